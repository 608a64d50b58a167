import MartletCore

/// Objects of a JSON array, or one object a line.
struct JSONRows: RowSource {
    private static let rowLimit = 32 << 20

    private let input: ByteInput
    private let isArray: Bool
    private var isInside = false
    private var hasEnded = false

    init(_ input: ByteInput, isArray: Bool) {
        self.input = input
        self.isArray = isArray
    }

    mutating func next() throws -> ImportItem? {
        try skipBlanks()
        if isArray, try !moveToElement() { return nil }
        guard try input.peek() != nil else {
            if isArray { throw ByteInput.Unreadable(description: "the JSON array does not end") }
            return nil
        }
        let line = input.line
        let bytes = isArray ? try element() : try lineBytes()
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            guard case .object(let values) = try JSONParser.parse(bytes) else {
                return .unreadable(line: line, reason: "no JSON object", text: text)
            }
            return .row(ImportRow(line: line, values: values))
        } catch {
            return .unreadable(line: line, reason: error.description, text: text)
        }
    }

    /// Passes over the bracket or the comma before an element.
    /// - Returns: Whether there is an element.
    private mutating func moveToElement() throws -> Bool {
        if hasEnded { return false }
        if !isInside {
            guard try input.next() == UInt8(ascii: "[") else {
                throw ByteInput.Unreadable(description: "the file is no JSON array")
            }
            isInside = true
            try skipBlanks()
            guard try input.peek() == UInt8(ascii: "]") else { return true }
        }
        switch try input.next() {
        case UInt8(ascii: ","):
            try skipBlanks()
            guard try input.peek() != UInt8(ascii: "]") else { break }
            return true
        case UInt8(ascii: "]"):
            hasEnded = true
            try skipBlanks()
            guard try input.peek() != nil else { return false }
            throw ByteInput.Unreadable(description: "line \(input.line): there is more behind the JSON array")
        case nil: throw ByteInput.Unreadable(description: "the JSON array does not end")
        default: break
        }
        throw ByteInput.Unreadable(description: "line \(input.line): the JSON array is not well formed")
    }

    private func skipBlanks() throws {
        while let byte = try input.peek(), byte <= 0x20 { _ = try input.next() }
    }

    private func lineBytes() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = try input.next(), byte != 0x0A { try append(byte, to: &bytes) }
        return bytes
    }

    /// The bytes up to the end of the value that begins here.
    private func element() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var depth = 0
        var isString = false
        while let byte = try input.peek() {
            if !isString, depth == 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") { return bytes }
            _ = try input.next()
            try append(byte, to: &bytes)
            if isString {
                if byte == UInt8(ascii: "\\"), let escaped = try input.next() { try append(escaped, to: &bytes) }
                if byte == UInt8(ascii: "\"") { isString = false }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return bytes }
            default: break
            }
        }
        return bytes
    }

    private func append(_ byte: UInt8, to bytes: inout [UInt8]) throws {
        guard bytes.count < Self.rowLimit else {
            throw ByteInput.Unreadable(description: "the value before line \(input.line) is larger than 32 MiB")
        }
        bytes.append(byte)
    }
}
