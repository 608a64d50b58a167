import MartletCore

/// Reads as much of a JSON text as there is, more leniently than a parser: commas at the end of lists, odd numbers and raw
/// control characters pass, as they do in the reference server.
struct JSONPrefix {
    private static let depthLimit = 4096

    private let bytes: [UInt8]
    private let mayEndEarly: Bool
    private var index = 0
    private var path: [String] = []
    private var depth = 0
    /// Whether it is an object or a list.
    private(set) var isStructured = false
    /// The texts of the two outer levels by their keys, `outer` or `outer.inner`; values of other types are empty.
    private(set) var texts: [String: String] = [:]

    private enum Stop: Error { case end, invalid }

    /// - Parameter mayEndEarly: Whether the start of a valid text is valid.
    init(_ bytes: [UInt8], mayEndEarly: Bool) {
        self.bytes = bytes
        self.mayEndEarly = mayEndEarly
    }

    mutating func isJSON() -> Bool {
        do {
            try value()
            skipBlanks()
            return index == bytes.count
        } catch Stop.end {
            return mayEndEarly || isStructured && bytes.count == 1
        } catch {
            return false
        }
    }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private func peek() throws -> UInt8 {
        guard index < bytes.count else { throw Stop.end }
        return bytes[index]
    }

    private mutating func next() throws -> UInt8 {
        defer { index += 1 }
        return try peek()
    }

    private mutating func value() throws {
        skipBlanks()
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthLimit else { throw Stop.invalid }
        switch try peek() {
        case UInt8(ascii: "{"): try members()
        case UInt8(ascii: "["): try elements()
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), UInt8(ascii: "."), 0x30...0x39: try number()
        default: throw Stop.invalid
        }
    }

    private mutating func members() throws {
        if depth == 1 { isStructured = true }
        index += 1
        while true {
            skipBlanks()
            if try peek() == UInt8(ascii: "}") {
                index += 1
                return
            }
            let key = try string()
            skipBlanks()
            guard try next() == UInt8(ascii: ":") else { throw Stop.invalid }
            skipBlanks()
            let start = index
            if depth <= 2 { path.append(key) }
            defer { if depth <= 2 { path.removeLast() } }
            try value()
            if depth <= 2, path.count == depth { texts[path.joined(separator: ".")] = text(start) }
            skipBlanks()
            switch try peek() {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"): break
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
        if depth == 1 { isStructured = true }
        index += 1
        while true {
            skipBlanks()
            if try peek() == UInt8(ascii: "]") {
                index += 1
                return
            }
            try value()
            skipBlanks()
            switch try peek() {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"): break
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
            case UInt8(ascii: "\\"): try escape()
            default: break
            }
        }
    }

    private mutating func escape() throws {
        switch try next() {
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                let digit = try next()
                guard digit.isDigit || (0x61...0x66).contains(digit | 0x20) else { throw Stop.invalid }
            }
        case let byte: guard "\"\\/bfnrt".utf8.contains(byte) else { throw Stop.invalid }
        }
    }

    private mutating func word(_ word: StaticString) throws {
        for byte in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard try next() == byte else { throw Stop.invalid }
        }
    }

    private mutating func number() throws {
        var hasDigit = false
        while index < bytes.count, bytes[index].isDigit || "+-.eE".utf8.contains(bytes[index]) {
            hasDigit = hasDigit || bytes[index].isDigit
            index += 1
        }
        if !hasDigit { throw index == bytes.count ? Stop.end : Stop.invalid }
    }
}
