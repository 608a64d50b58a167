import MartletCore
import MartletRecords

/// The query of a request, taken apart when first needed.
package struct QueryParameters: Sendable {
    /// In their order, names and values decoded.
    package let items: [(name: String, value: String)]

    package init(_ text: Substring) {
        guard !text.isEmpty else {
            items = []
            return
        }
        items = text.utf8.split(separator: UInt8(ascii: "&")).compactMap { FormEncoding.pair(Substring($0)) }
    }

    /// A form's values, which are all read or none.
    package init?(form text: Substring) {
        let pairs = text.split(separator: "&")
        items = pairs.compactMap(FormEncoding.pair)
        if items.count != pairs.count { return nil }
    }

    /// The first value of a name, empty when there is none.
    package func text(_ name: String) -> String {
        items.first { $0.name == name }?.value ?? ""
    }

    package var firstValues: [String: String] {
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
            guard let value = skip.truthValue else { throw Problem.badRequest() }
            skipsTotal = value
        }
        return RecordReader.Page(
            number: max(number, 1),
            size: size <= 0 ? 30 : min(size, 1000),
            skipsTotal: skipsTotal
        )
    }
}
