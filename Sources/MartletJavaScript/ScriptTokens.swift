import MartletCore

/// A script's text in pieces, as far as finding its imports and exports takes: names, marks, and everything else as one
/// (ECMAScript, section 12). Comments and spaces are no tokens.
package struct ScriptTokens: Sequence, IteratorProtocol {
    package struct Token {
        package enum Kind { case name, mark, text, template, pattern, number }

        package let kind: Kind
        package let range: Range<Int>
        /// Whether a line end stands before it.
        package let startsLine: Bool
    }

    package let bytes: [UInt8]
    private var index = 0
    private var last: Token?
    /// For each open `${`, how many braces are open within.
    private var templates: [Int] = []

    package init(_ text: String) {
        self.init(Array(text.utf8), from: 0)
    }

    /// - Parameter start: Where in the text the script begins.
    package init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        index = start
    }

    package func text(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    package func isMark(_ token: Token?, _ mark: Character) -> Bool {
        guard let token, token.kind == .mark, token.range.count == 1 else { return false }
        return bytes[token.range.lowerBound] == mark.asciiValue
    }

    package mutating func next() -> Token? {
        let startsLine = skipBlanks()
        guard index < bytes.count else { return nil }
        let start = index
        let kind = scan()
        let token = Token(kind: kind, range: start..<index, startsLine: startsLine)
        last = token
        return token
    }

    // MARK: - Blanks

    private mutating func skipBlanks() -> Bool {
        var sawLine = index == 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n"):
                sawLine = true
                index += 1
            case 0x20, 0x09, 0x0B, 0x0C, 0x0D: index += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): skip(while: { $0 != UInt8(ascii: "\n") })
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                index += 2
                while index < bytes.count, !(bytes[index] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    if bytes[index] == UInt8(ascii: "\n") { sawLine = true }
                    index += 1
                }
                index = Swift.min(index + 2, bytes.count)
            default: return sawLine
            }
        }
        return sawLine
    }

    private func peek(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while index < bytes.count, condition(bytes[index]) { index += 1 }
    }

    // MARK: - Tokens

    private mutating func scan() -> Token.Kind {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            scanText(byte)
            return .text
        case UInt8(ascii: "`"):
            index += 1
            scanTemplate()
            return .template
        case UInt8(ascii: "}") where templates.last == 0:
            templates.removeLast()
            index += 1
            scanTemplate()
            return .template
        case UInt8(ascii: "/") where mayBePattern:
            scanPattern()
            return .pattern
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            skip(while: { Self.isNamePart($0) || $0 == UInt8(ascii: ".") })
            return .number
        case _ where Self.isNamePart(byte) || byte == UInt8(ascii: "#"):
            index += 1
            skip(while: Self.isNamePart)
            return .name
        default:
            if byte == UInt8(ascii: "{"), !templates.isEmpty { templates[templates.count - 1] += 1 }
            if byte == UInt8(ascii: "}"), !templates.isEmpty { templates[templates.count - 1] -= 1 }
            index += 1
            return .mark
        }
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        byte.isWordByte || byte == UInt8(ascii: "$") || byte >= 0x80
    }

    private mutating func scanText(_ quote: UInt8) {
        index += 1
        while index < bytes.count, bytes[index] != quote, bytes[index] != UInt8(ascii: "\n") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index = Swift.min(index + 1, bytes.count)
    }

    /// Up to the end of a template, or to the next value in it.
    private mutating func scanTemplate() {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index = Swift.min(index + 2, bytes.count)
            case UInt8(ascii: "`"):
                index += 1
                return
            case UInt8(ascii: "$") where peek(1) == UInt8(ascii: "{"):
                index += 2
                templates.append(0)
                return
            default: index += 1
            }
        }
    }

    private mutating func scanPattern() {
        index += 1
        var isInClass = false
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\") {
                index = Swift.min(index + 2, bytes.count)
                continue
            }
            if byte == UInt8(ascii: "[") { isInClass = true }
            if byte == UInt8(ascii: "]") { isInClass = false }
            index += 1
            if byte == UInt8(ascii: "/"), !isInClass { break }
        }
        skip(while: Self.isNamePart)
    }

    /// A slash after a value divides, all others begin a pattern.
    private var mayBePattern: Bool {
        guard let last else { return true }
        switch last.kind {
        case .number, .text, .pattern: return false
        case .template: return bytes[last.range.upperBound - 1] != UInt8(ascii: "`")
        case .name:
            let before = [
                "return", "typeof", "case", "in", "of", "void", "delete", "throw", "new", "do", "else", "instanceof",
                "await", "yield",
            ]
            return before.contains(text(last))
        case .mark: return !")]}".utf8.contains(bytes[last.range.lowerBound])
        }
    }
}
