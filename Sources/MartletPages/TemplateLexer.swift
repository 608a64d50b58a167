import MartletJavaScript

/// A piece of a template.
struct TemplateToken {
    enum Kind: Equatable {
        /// Goes out as it is.
        case text(String)
        /// `{{ … }}`: a value.
        case value(String)
        /// `{% … %}`: what is done.
        case tag(String)
        /// Where the token against forged requests goes.
        case formToken
    }

    var kind: Kind
    /// The line on which it begins, from 1.
    let line: Int
}

/// Takes a template apart. What stands in the marks is a script, so that marks within its texts are none.
struct TemplateLexer {
    private let path: String
    private let bytes: [UInt8]
    private var index = 0
    private var line: Int
    private(set) var tokens: [TemplateToken] = []

    /// - Parameter line: Of the file on which the text begins.
    /// - Throws: ``ScriptError``.
    init(_ text: String, path: String, line: Int = 1) throws {
        self.path = path
        self.line = line
        bytes = Array(text.utf8)
        while index < bytes.count { try scan() }
    }

    private func has(_ mark: String, at index: Int) -> Bool { bytes[index...].starts(with: mark.utf8) }

    private mutating func scan() throws {
        let start = index
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "{"), index + 1 < bytes.count else {
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "{"): return try mark("}", from: start) { .value($0) }
            case UInt8(ascii: "%"): return try mark("%", from: start) { .tag($0) }
            case UInt8(ascii: "#"): return try comment(from: start)
            default: index += 1
            }
        }
        addText(start..<index)
    }

    private mutating func addText(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        tokens.append(TemplateToken(kind: .text(String(decoding: bytes[range], as: UTF8.self)), line: line))
        line += bytes[range].count { $0 == UInt8(ascii: "\n") }
    }

    private func failure(_ message: String, line: Int) -> ScriptError {
        ScriptError(name: "SyntaxError", message: message, file: path, line: line)
    }

    // MARK: - Marks

    private mutating func mark(
        _ closing: Character,
        from start: Int,
        _ kind: (String) -> TemplateToken.Kind
    ) throws {
        let open = index
        let first = line + bytes[start..<open].count { $0 == UInt8(ascii: "\n") }
        guard let end = end(of: closing, from: open + 2) else {
            throw failure("\(closing == "}" ? "{{" : "{%") has no end", line: first)
        }
        let code = String(decoding: bytes[open + 2..<end], as: UTF8.self)
        var kept = start..<open
        var next = end + 2
        if closing == "%" {
            if code.trimmed == "verbatim" { return try verbatim(from: start, open, next) }
            (kept, next) = alone(kept, next)
        }
        addText(kept)
        // Blanks before a tag that stands alone hold no line end, so the count is right.
        tokens.append(TemplateToken(kind: kind(code), line: line))
        line += bytes[kept.upperBound..<next].count { $0 == UInt8(ascii: "\n") }
        index = next
    }

    /// Where a script ends that stands in marks.
    private func end(of closing: Character, from start: Int) -> Int? {
        let tokens = ScriptTokens(bytes, from: start)
        var depth = 0
        for token in tokens where token.kind == .mark {
            let at = token.range.lowerBound
            let isPair = at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "}")
            if tokens.isMark(token, closing), isPair, closing == "%" || depth == 0 { return at }
            if tokens.isMark(token, "{") { depth += 1 }
            if tokens.isMark(token, "}") { depth -= 1 }
        }
        return nil
    }

    /// A tag that is alone on its line takes the line with it.
    private func alone(_ text: Range<Int>, _ next: Int) -> (Range<Int>, Int) {
        var before = text.upperBound
        while before > 0, bytes[before - 1] == 0x20 || bytes[before - 1] == 0x09 { before -= 1 }
        var after = next
        while after < bytes.count, bytes[after] == 0x20 || bytes[after] == 0x09 || bytes[after] == 0x0D { after += 1 }
        let startsLine = before == 0 || bytes[before - 1] == UInt8(ascii: "\n")
        let endsLine = after == bytes.count || bytes[after] == UInt8(ascii: "\n")
        guard startsLine, endsLine, before >= text.lowerBound else { return (text, next) }
        return (text.lowerBound..<before, min(after + 1, bytes.count))
    }

    private mutating func comment(from start: Int) throws {
        let open = index
        addText(start..<open)
        guard let end = bytes[open...].firstRange(of: "#}".utf8) else { throw failure("{# has no end", line: line) }
        line += bytes[open..<end.upperBound].count { $0 == UInt8(ascii: "\n") }
        index = end.upperBound
    }

    /// `{% verbatim %}` … `{% end %}`: marks in it are none.
    private mutating func verbatim(from start: Int, _ open: Int, _ inner: Int) throws {
        addText(start..<open)
        let rest = String(decoding: bytes[inner...], as: UTF8.self)
        guard let end = rest.firstMatch(of: /\{%\s*end\s*%\}/) else { throw failure("verbatim has no end", line: line) }
        let length = rest[..<end.range.lowerBound].utf8.count
        line += bytes[open..<inner].count { $0 == UInt8(ascii: "\n") }
        addText(inner..<inner + length)
        index = inner + length + end.0.utf8.count
    }
}

extension StringProtocol {
    var trimmed: String { String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()) }
}
