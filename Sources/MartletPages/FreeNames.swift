import MartletJavaScript

/// The names that a script refers to without declaring them itself.
package enum FreeNames {
    private static let reserved: Set = [
        "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else",
        "enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import", "in",
        "instanceof", "interface", "let", "new", "null", "of", "package", "private", "protected", "public", "return",
        "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while",
        "with", "yield", "async", "arguments", "eval",
    ]

    /// More may be told than there are: names of members in object literals are among them.
    package static func names(in code: String) -> Set<String> {
        let tokens = ScriptTokens(code)
        var names: Set<String> = []
        var last: ScriptTokens.Token?
        for token in tokens {
            defer { last = token }
            guard token.kind == .name else { continue }
            let isMember = tokens.isMark(last, ".") && !isSpread(last, tokens)
            let name = tokens.text(token)
            if !isMember, !reserved.contains(name), !name.hasPrefix("#") { names.insert(name) }
        }
        return names
    }

    /// `...name` is no member of anything.
    private static func isSpread(_ dot: ScriptTokens.Token?, _ tokens: ScriptTokens) -> Bool {
        guard let dot, dot.range.lowerBound >= 2 else { return false }
        return tokens.bytes[dot.range.lowerBound - 1] == UInt8(ascii: ".")
            && tokens.bytes[dot.range.lowerBound - 2] == UInt8(ascii: ".")
    }

    /// Whether a script waits for something.
    static func waits(_ code: String) -> Bool {
        let tokens = ScriptTokens(code)
        return tokens.contains { $0.kind == .name && tokens.text($0) == "await" }
    }
}
