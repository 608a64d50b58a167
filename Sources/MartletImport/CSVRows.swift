import MartletCore
import OrderedCollections

/// Comma-separated values with a header line (RFC 4180): quoted fields may hold commas, quotes and line ends. Lines end
/// with LF, CRLF or CR; blank lines are passed over.
struct CSVRows: RowSource {
    /// A field that is longer is an error of the file, most likely a quote that never ends.
    private static let fieldLimit = 8 << 20

    private let input: ByteInput
    private var names: [String]?

    init(_ input: ByteInput) {
        self.input = input
    }

    mutating func next() throws -> ImportItem? {
        let names = try names ?? header()
        self.names = names
        guard let (line, fields) = try record() else { return nil }
        let texts = fields.map { String(validating: $0, as: UTF8.self) }
        if let column = texts.firstIndex(of: nil) {
            let shown = fields.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
            return .unreadable(line: line, reason: "field \(column + 1) is no UTF-8", text: shown)
        }
        guard fields.count == names.count else {
            let reason = "\(fields.count) fields where the header has \(names.count)"
            return .unreadable(line: line, reason: reason, text: texts.compactMap(\.self).joined(separator: ","))
        }
        var values: JSONObject = [:]
        for (name, text) in zip(names, texts) { values[name] = .string(text ?? "") }
        return .row(ImportRow(line: line, values: values))
    }

    private func header() throws -> [String] {
        let names = try record()?.fields.map { String(decoding: $0, as: UTF8.self).trimmingBlanks() } ?? []
        if let name = OrderedSet(names).first(where: { name in names.count { $0 == name } > 1 }) {
            throw ByteInput.Unreadable(description: "the header names the column \"\(name)\" twice")
        }
        return names
    }

    /// The next line that is not blank, with its number.
    private func record() throws -> (line: Int, fields: [[UInt8]])? {
        while try input.peek() != nil {
            let line = input.line
            var fields: [[UInt8]] = []
            var isLast = false
            while !isLast { fields.append(try field(&isLast)) }
            if fields != [[]] { return (line, fields) }
        }
        return nil
    }

    private func field(_ isLast: inout Bool) throws -> [UInt8] {
        let line = input.line
        var bytes: [UInt8] = []
        var isQuoted = false
        if try input.peek() == UInt8(ascii: "\"") {
            _ = try input.next()
            isQuoted = true
        }
        while let byte = try input.next() {
            guard bytes.count < Self.fieldLimit else {
                throw ByteInput.Unreadable(description: "the field that begins in line \(line) does not end")
            }
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if try input.peek() == byte {
                    bytes.append(byte)
                    _ = try input.next()
                } else {
                    isQuoted = false
                }
            case _ where isQuoted: bytes.append(byte)
            case UInt8(ascii: ","): return bytes
            case 0x0D:
                if try input.peek() == 0x0A { _ = try input.next() }
                isLast = true
                return bytes
            case 0x0A:
                isLast = true
                return bytes
            default: bytes.append(byte)
            }
        }
        if isQuoted {
            throw ByteInput.Unreadable(description: "the file ends inside the quoted field that begins in line \(line)")
        }
        isLast = true
        return bytes
    }
}
