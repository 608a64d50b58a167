import OrderedCollections

/// Why a text is not JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    /// In bytes from the start of the text.
    package let offset: Int
    package var description: String { "\(reason) at byte \(offset)" }
}

/// A strict RFC 8259 parser: duplicate keys, lone surrogates, invalid UTF-8, a byte-order mark and numbers outside
/// the 64-bit float range are errors, as they are in the reference server.
package struct JSONParser {
    /// Deeper nesting is refused, so that the recursion's stack stays small.
    package static let depthLimit = 500

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// What may follow the value.
    package enum Ending {
        /// Only white space.
        case whole
        /// Anything: the reference server reads the first value of a request body and ignores the rest.
        case first
    }

    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>, ending: Ending = .whole) throws(JSONError)
        -> JSONValue
    {
        var parser = JSONParser(bytes)
        parser.skipBlanks()
        let value = try parser.value()
        if ending == .whole {
            parser.skipBlanks()
            if parser.position != bytes.count { throw parser.error("unexpected text after the value") }
        }
        return value
    }

    package static func parse(_ bytes: [UInt8], ending: Ending = .whole) throws(JSONError) -> JSONValue {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONError) in try parse(buffer, ending: ending) }
        }
        return try result.get()
    }

    package static func parse(_ text: String, ending: Ending = .whole) throws(JSONError) -> JSONValue {
        var text = text
        let result = text.withUTF8 { buffer in
            Result { () throws(JSONError) in try parse(buffer, ending: ending) }
        }
        return try result.get()
    }

    // MARK: - Values

    private mutating func value() throws(JSONError) -> JSONValue {
        guard position < bytes.count else { throw error("unexpected end") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        var members = JSONObject()
        if take(UInt8(ascii: "}")) { return leave(.object(members)) }
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw error("expected a key") }
            let start = position
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw error("expected a colon") }
            skipBlanks()
            let member = try value()
            if members.updateValue(member, forKey: key) != nil {
                throw JSONError(reason: "duplicate key", offset: start)
            }
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw error("expected a comma or the end of the object") }
            return leave(.object(members))
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return leave(.array(elements)) }
        while true {
            skipBlanks()
            elements.append(try value())
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw error("expected a comma or the end of the array") }
            return leave(.array(elements))
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count else { throw error("unexpected end") }
        for index in 0..<length where bytes[position + index] != text.utf8Start[index] {
            throw error("unexpected character")
        }
        position += length
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        _ = takeHere(UInt8(ascii: "-"))
        guard digits() > 0 else { throw error("unexpected character") }
        let first = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
        if bytes[first] == UInt8(ascii: "0"), position - first > 1 { throw error("a number starts with 0") }
        var isInteger = true
        if takeHere(UInt8(ascii: ".")) {
            isInteger = false
            guard digits() > 0 else { throw error("expected a digit") }
        }
        if takeHere(UInt8(ascii: "e")) || takeHere(UInt8(ascii: "E")) {
            isInteger = false
            if !takeHere(UInt8(ascii: "+")) { _ = takeHere(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw error("expected a digit") }
        }
        if isInteger, position - start <= 15 { return .number(Double(smallInteger(start..<position))) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(reason: "number out of range", offset: start)
        }
        return .number(value)
    }

    private func smallInteger(_ range: Range<Int>) -> Int {
        var result = 0
        for byte in bytes[range] where byte != UInt8(ascii: "-") {
            result = result * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return bytes[range.lowerBound] == UInt8(ascii: "-") ? -result : result
    }

    // MARK: - Strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                return try text(start..<position)
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw error("control character in a string") }
            position += 1
        }
        throw error("unterminated string")
    }

    private func text(_ range: Range<Int>) throws(JSONError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONError(reason: "invalid UTF-8", offset: range.lowerBound)
        }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var result = try text(start..<position)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return result
            case UInt8(ascii: "\\"):
                position += 1
                result.unicodeScalars.append(try escape())
            case 0..<0x20:
                throw error("control character in a string")
            default:
                let runStart = position
                while position < bytes.count, !Self.endsRun(bytes[position]) { position += 1 }
                result += try text(runStart..<position)
            }
        }
        throw error("unterminated string")
    }

    private static func endsRun(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        guard position < bytes.count else { throw error("unterminated string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let high = try hexadecimal()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard (0xD800..<0xDC00).contains(high), takeHere(UInt8(ascii: "\\")), takeHere(UInt8(ascii: "u")) else {
            throw error("lone surrogate")
        }
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("lone surrogate") }
        let code = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        guard let scalar = Unicode.Scalar(code) else { throw error("lone surrogate") }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw error("unterminated escape") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = byte.isDigit ? byte - 0x30 : Self.hexLetter(byte) else {
                throw error("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private static func hexLetter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    // MARK: - Scanning

    private mutating func enter() throws(JSONError) {
        position += 1
        depth += 1
        if depth > Self.depthLimit { throw error("nested too deeply") }
        skipBlanks()
    }

    private mutating func leave(_ value: JSONValue) -> JSONValue {
        depth -= 1
        return value
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        return takeHere(byte)
    }

    private mutating func takeHere(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }

    private func error(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: position)
    }
}
