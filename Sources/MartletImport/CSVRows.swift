import MartletCore
import OrderedCollections

/// Comma-separated values with a header line (RFC 4180): quoted fields may hold commas, quotes and line ends.
struct CSVRows: RowSource {
    /// A field that is longer is an error of the file, most likely a quote that never ends.
    private static let fieldLimit = 8 << 20

    private let input: ByteInput
    private var names: [String]?

    init(_ input: ByteInput) {
        self.input = input
    }

    mutating func next() throws -> ImportItem? {
        if names == nil { names = try header() }
        guard let names else { return nil }
        let line = input.line
        guard let fields = try record() else { return nil }
        if fields.count == 1, fields[0].isEmpty { return try next() }
        guard fields.count == names.count else {
            let reason = "\(fields.count) fields where the header has \(names.count)"
            return .unreadable(line: line, reason: reason, text: fields.joined(separator: ","))
        }
        var values: JSONObject = [:]
        for (name, field) in zip(names, fields) { values[name] = .string(field) }
        return .row(ImportRow(line: line, values: values))
    }

    /// The names of the first line; a byte-order mark before them is no part of a name.
    private func header() throws -> [String]? {
        try record().map { names in
            names.enumerated().map { index, name in
                let text = index == 0 && name.hasPrefix("\u{FEFF}") ? String(name.dropFirst()) : name
                return text.trimmingBlanks()
            }
        }
    }

    private func record() throws -> [String]? {
        guard try input.peek() != nil else { return nil }
        var fields: [String] = []
        while true {
            let (text, isLast) = try field()
            fields.append(text)
            if isLast { return fields }
        }
    }

    private func field() throws -> (String, isLast: Bool) {
        var bytes: [UInt8] = []
        var isQuoted = false
        if try input.peek() == UInt8(ascii: "\"") {
            _ = try input.next()
            isQuoted = true
        }
        while let byte = try input.next() {
            guard bytes.count < Self.fieldLimit else {
                throw ByteInput.Unreadable(description: "a field before line \(input.line) does not end")
            }
            if isQuoted {
                guard byte == UInt8(ascii: "\"") else {
                    bytes.append(byte)
                    continue
                }
                if try input.peek() == UInt8(ascii: "\"") {
                    bytes.append(byte)
                    _ = try input.next()
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: ",") {
                return (String(decoding: bytes, as: UTF8.self), false)
            } else if byte == 0x0A {
                if bytes.last == 0x0D { bytes.removeLast() }
                return (String(decoding: bytes, as: UTF8.self), true)
            } else {
                bytes.append(byte)
            }
        }
        if bytes.last == 0x0D { bytes.removeLast() }
        return (String(decoding: bytes, as: UTF8.self), true)
    }
}
