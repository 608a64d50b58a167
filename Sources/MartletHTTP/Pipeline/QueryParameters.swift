import MartletCore
import MartletRecords

/// The query of a request, taken apart when first needed.
struct QueryParameters: Sendable {
    /// In their order, names and values decoded.
    let items: [(name: String, value: String)]

    init(_ text: Substring) {
        guard !text.isEmpty else {
            items = []
            return
        }
        items = text.utf8.split(separator: UInt8(ascii: "&")).compactMap { Self.pair(Substring($0)) }
    }

    /// A form's values, which are all read or none.
    init?(form text: Substring) {
        let pairs = text.split(separator: "&")
        items = pairs.compactMap(Self.pair)
        if items.count != pairs.count { return nil }
    }

    /// A name and its value; nil for what cannot be decoded or holds a semicolon, which once separated pairs too.
    private static func pair(_ text: Substring) -> (name: String, value: String)? {
        guard !text.utf8.contains(UInt8(ascii: ";")) else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard let name = PercentEncoding.decode(parts[0], plusIsBlank: true, repairing: true),
            let value = parts.count == 2 ? PercentEncoding.decode(parts[1], plusIsBlank: true, repairing: true) : ""
        else { return nil }
        return (name, value)
    }

    /// The first value of a name, empty when there is none.
    func text(_ name: String) -> String {
        items.first { $0.name == name }?.value ?? ""
    }

    var firstValues: [String: String] {
        Dictionary(items, uniquingKeysWith: { first, _ in first })
    }

    /// - Throws: a plain 400 for what is no whole number.
    private func integer(_ name: String) throws -> Int? {
        let text = text(name)
        if text.isEmpty { return nil }
        guard let value = Int(text) else { throw Problem.badRequest() }
        return value
    }

    /// `http-general.md`, Pagination.
    func page() throws -> RecordReader.Page {
        let number = try integer("page") ?? 1
        let size = try integer("perPage") ?? 30
        let skip = text("skipTotal")
        var skipsTotal = false
        if !skip.isEmpty {
            guard let value = Self.bool(skip) else { throw Problem.badRequest() }
            skipsTotal = value
        }
        return RecordReader.Page(
            number: max(number, 1),
            size: size <= 0 ? 30 : min(size, 1000),
            skipsTotal: skipsTotal
        )
    }

    static func bool(_ text: String) -> Bool? {
        if ["1", "t", "T", "TRUE", "true", "True"].contains(text) { return true }
        if ["0", "f", "F", "FALSE", "false", "False"].contains(text) { return false }
        return nil
    }
}
