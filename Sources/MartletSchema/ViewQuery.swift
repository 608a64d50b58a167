import MartletCore

/// Why a view's query is refused.
package struct ViewQueryError: Error, Equatable {
    package let reason: String
    /// What is known of the query's columns.
    var columns = Columns.unknown

    enum Columns: Sendable { case unknown, withoutID, right }
}

/// What a `SELECT` names: its columns and its tables (`collections.md`, View collections).
struct ViewQuery: Equatable {
    struct Part: Equatable {
        let expression: String
        let alias: String
    }

    private(set) var columns: [Part] = []
    private(set) var tables: [Part] = []

    private enum Clause { case columns, tables, skipped }

    private static let skippedClauses: Set<String> = ["where", "group", "having", "order", "limit", "with", "on"]
    private static let joinWords: Set<String> = ["inner", "outer", "left", "right", "full", "cross", "natural"]

    init(_ text: String) throws(ViewQueryError) {
        var clause = Clause.skipped
        var words: [String] = []
        for token in try Self.tokens(text) {
            let keyword = token.asciiLowercased()
            switch keyword {
            case "select", "from", "join":
                try finish(&words, clause)
                clause = keyword == "select" ? .columns : .tables
            case "distinct" where clause == .columns && words.isEmpty: break
            case ",": try finish(&words, clause)
            case _ where Self.skippedClauses.contains(keyword):
                try finish(&words, clause)
                clause = .skipped
            case _ where clause == .tables && Self.joinWords.contains(keyword):
                try finish(&words, clause)
            default: words.append(token)
            }
        }
        try finish(&words, clause)
    }

    private mutating func finish(_ words: inout [String], _ clause: Clause) throws(ViewQueryError) {
        defer { words.removeAll() }
        guard !words.isEmpty, clause != .skipped else { return }
        let part = try Self.part(words)
        if clause == .columns { columns.append(part) } else { tables.append(part) }
    }

    private static func part(_ words: [String]) throws(ViewQueryError) -> Part {
        switch words.count {
        case 1: return Part(expression: words[0], alias: unquoted(lastName(words[0])))
        case 2 where ["union", "intersect", "except"].contains(words[1].asciiLowercased()):
            throw ViewQueryError(reason: "invalid identifier part - expected \"as\", got \(words[1])")
        case 2: return Part(expression: words[0], alias: unquoted(words[1]))
        case 3:
            guard words[1].asciiLowercased() == "as" else {
                throw ViewQueryError(reason: "invalid identifier part - expected \"as\", got \(words[1])")
            }
            return Part(expression: words[0], alias: unquoted(words[2]))
        default: throw ViewQueryError(reason: "invalid identifier parts [\(words.joined(separator: " "))]")
        }
    }

    private static func lastName(_ expression: String) -> String {
        guard !expression.contains("("), let dot = expression.lastIndex(of: ".") else { return expression }
        return String(expression[expression.index(after: dot)...])
    }

    static func unquoted(_ name: String) -> String {
        name.filter { !"`\"[]".contains($0) }
    }

    // MARK: - Tokens

    /// Words and commas; what stands in parentheses or quotes stays with its word.
    private static func tokens(_ text: String) throws(ViewQueryError) -> [String] {
        var tokens: [String] = []
        var word = ""
        var open: [Character] = []
        func flush() {
            if !word.isEmpty { tokens.append(word) }
            word = ""
        }
        for character in withoutComments(text) {
            if let closing = open.last {
                word.append(character)
                if character == closing {
                    open.removeLast()
                } else if closing == ")", let next = Self.closing(character) {
                    open.append(next)
                }
            } else if let next = closing(character) {
                word.append(character)
                open.append(next)
            } else if character == "," || character.isWhitespace || character == ";" {
                flush()
                if character == "," { tokens.append(",") }
            } else {
                word.append(character)
            }
        }
        flush()
        if !open.isEmpty {
            let start = word.isEmpty ? tokens.last ?? "" : word
            throw ViewQueryError(
                reason: "unbalanced parenthesis or quoted expression: \"\(start.isEmpty ? tokens.last ?? "" : start)\""
            )
        }
        return tokens
    }

    /// Whether a semicolon stands outside of quotes and comments.
    static func hasSeveralStatements(_ text: String) -> Bool {
        var quote: Character?
        for character in withoutComments(text) {
            if let open = quote {
                if character == open { quote = nil }
            } else if "`\"'".contains(character) {
                quote = character
            } else if character == ";" {
                return true
            }
        }
        return false
    }

    private static func closing(_ character: Character) -> Character? {
        switch character {
        case "(": ")"
        case "`", "\"", "'": character
        case "[": "]"
        default: nil
        }
    }

    private static func withoutComments(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        var quote: Character?
        while let character = rest.first {
            if let open = quote {
                if character == open { quote = nil }
            } else if "`\"'".contains(character) {
                quote = character
            } else if rest.hasPrefix("--") {
                rest = rest[(rest.firstIndex(where: \.isNewline) ?? rest.endIndex)...]
                continue
            } else if rest.hasPrefix("/*") {
                let end = rest.dropFirst(2).firstRange(of: "*/")?.upperBound ?? rest.endIndex
                rest = rest[end...]
                result.append(" ")
                continue
            }
            result.append(character)
            rest.removeFirst()
        }
        return result
    }
}
