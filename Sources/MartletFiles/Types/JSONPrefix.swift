import MartletCore

/// Reads as much of a JSON text as there is (RFC 8259). The start of a valid text is valid.
struct JSONPrefix {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    /// Whether the text ends where its value does.
    private(set) var isComplete = false
    /// Some texts of the outer objects, by their keys: enough to tell formats apart.
    private(set) var keys: [String: String] = [:]

    private enum Stop: Error { case end, invalid }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func isJSON() -> Bool {
        do {
            try value()
            skipBlanks()
            isComplete = index == bytes.count
            return isComplete
        } catch Stop.end {
            // Only what fills the whole look is taken for the start of something longer.
            return bytes.count >= 4096
        } catch {
            return false
        }
    }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func next() throws -> UInt8 {
        guard index < bytes.count else { throw Stop.end }
        defer { index += 1 }
        return bytes[index]
    }

    private mutating func value() throws {
        skipBlanks()
        depth += 1
        defer { depth -= 1 }
        guard depth < 200 else { throw Stop.invalid }
        guard index < bytes.count else { throw Stop.end }
        switch bytes[index] {
        case UInt8(ascii: "{"): try members()
        case UInt8(ascii: "["): try elements()
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), 0x30...0x39: try number()
        default: throw Stop.invalid
        }
    }

    private mutating func members() throws {
        index += 1
        skipBlanks()
        guard index < bytes.count else { throw Stop.end }
        if bytes[index] == UInt8(ascii: "}") { return index += 1 }
        while true {
            skipBlanks()
            guard index < bytes.count else { throw Stop.end }
            let key = try string()
            skipBlanks()
            guard try next() == UInt8(ascii: ":") else { throw Stop.invalid }
            skipBlanks()
            let start = index
            try value()
            if depth <= 2, keys[key] == nil { keys[key] = text(start) }
            skipBlanks()
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return
            default: throw Stop.invalid
            }
        }
    }

    private func text(_ start: Int) -> String {
        let raw = bytes[start..<index]
        guard raw.first == UInt8(ascii: "\""), raw.count >= 2, raw.count < 60 else { return "" }
        return String(decoding: raw.dropFirst().dropLast(), as: UTF8.self)
    }

    private mutating func elements() throws {
        index += 1
        skipBlanks()
        guard index < bytes.count else { throw Stop.end }
        if bytes[index] == UInt8(ascii: "]") { return index += 1 }
        while true {
            try value()
            skipBlanks()
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "]"): return
            default: throw Stop.invalid
            }
        }
    }

    private mutating func string() throws -> String {
        guard try next() == UInt8(ascii: "\"") else { throw Stop.invalid }
        let start = index
        while true {
            switch try next() {
            case UInt8(ascii: "\""): return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
            case UInt8(ascii: "\\"): _ = try next()
            case 0..<0x20: throw Stop.invalid
            default: break
            }
        }
    }

    private mutating func word(_ word: StaticString) throws {
        for byte in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard try next() == byte else { throw Stop.invalid }
        }
    }

    private mutating func number() throws {
        var count = 0
        while index < bytes.count, bytes[index].isDigit || "+-.eE".utf8.contains(bytes[index]) {
            index += 1
            count += 1
        }
        guard count > 1 || bytes[index - 1].isDigit else { throw Stop.invalid }
    }
}
