import MartletCore

/// A `CREATE INDEX` text, taken apart (`collections.md`, Indexes).
package struct IndexDefinition: Sendable, Hashable {
    package struct Column: Sendable, Hashable {
        /// A column name, or an expression.
        package var name: String
        package var collation = ""
        /// `ASC`, `DESC` or empty.
        package var order = ""

        /// Whether this is an expression, which cannot be mapped to a field.
        package var isExpression: Bool { name.contains("(") || name.contains(" ") }
    }

    package var isUnique = false
    package var isOptional = false
    package var schema = ""
    package var name = ""
    package var table = ""
    package var columns: [Column] = []
    package var condition = ""

    /// - Returns: nil when the text is no index definition.
    package init?(_ text: String) {
        var scanner = IndexScanner(text)
        guard text.first?.isWhitespace == false else { return nil }
        guard scanner.keyword("CREATE") else { return nil }
        isUnique = scanner.keyword("UNIQUE")
        guard scanner.keyword("INDEX") else { return nil }
        if scanner.keyword("IF") {
            guard scanner.keyword("NOT"), scanner.keyword("EXISTS") else { return nil }
            isOptional = true
        }
        guard var name = scanner.identifier() else { return nil }
        if scanner.take(".") {
            schema = name
            guard let inner = scanner.identifier() else { return nil }
            name = inner
        }
        guard scanner.keyword("ON"), let table = scanner.identifier(), let body = scanner.parenthesized() else {
            return nil
        }
        self.name = name
        self.table = table
        columns = IndexScanner.split(body).compactMap(Self.column)
        guard !columns.isEmpty else { return nil }
        if scanner.keyword("WHERE") {
            condition = scanner.rest.trimmingBlanks()
            guard !condition.isEmpty else { return nil }
        } else if !scanner.rest.trimmingBlanks().isEmpty {
            return nil
        }
        if name.contains(where: \.isWhitespace) { return nil }
    }

    private static func column(_ text: String) -> Column? {
        var words = text.trimmingBlanks()
        guard !words.isEmpty else { return nil }
        var column = Column(name: "")
        for order in ["ASC", "DESC"] where words.asciiLowercased().hasSuffix(" " + order.asciiLowercased()) {
            column.order = order
            words = String(words.dropLast(order.count)).trimmingBlanks()
        }
        let parts = words.split(whereSeparator: \.isWhitespace)
        if parts.count >= 3, parts[parts.count - 2].asciiLowercased() == "collate" {
            column.collation = IndexScanner.unquoted(String(parts[parts.count - 1]))
            if let range = words.asciiLowercased().range(ofLast: "collate") {
                words = String(words.prefix(range)).trimmingBlanks()
            }
        }
        column.name = IndexScanner.unquoted(words)
        return column
    }

    /// Whether the index keeps values of this column alone apart.
    package func isUnique(on column: String) -> Bool {
        isUnique && columns.count == 1 && columns[0].name.asciiLowercased() == column.asciiLowercased()
    }

    /// The form in which indexes are made in the database and stored after a rename.
    package var canonical: String {
        var text = "CREATE " + (isUnique ? "UNIQUE " : "") + "INDEX " + (isOptional ? "IF NOT EXISTS " : "")
        if !schema.isEmpty { text += "`\(schema)`." }
        text += "`\(name)` ON `\(table)` ("
        let parts = columns.map { column in
            var part = column.isExpression ? column.name : "`\(column.name)`"
            if !column.collation.isEmpty { part += " COLLATE \(column.collation)" }
            if !column.order.isEmpty { part += " \(column.order)" }
            return part
        }
        text += parts.count > 1 ? "\n  " + parts.joined(separator: ",\n  ") + "\n" : parts.joined()
        return text + ")" + (condition.isEmpty ? "" : " WHERE \(condition)")
    }
}

extension String {
    /// How many characters stand before the last occurrence of a text.
    fileprivate func range(ofLast text: String) -> Int? {
        let characters = Array(self)
        let searched = Array(text)
        guard characters.count >= searched.count else { return nil }
        return stride(from: characters.count - searched.count, through: 0, by: -1).first { start in
            characters[start..<(start + searched.count)].elementsEqual(searched)
        }
    }
}

/// Reads the parts of an index definition from left to right.
private struct IndexScanner {
    private let characters: [Character]
    private var position = 0

    init(_ text: String) {
        characters = Array(text)
    }

    var rest: String { String(characters[position...]) }

    private mutating func skipBlanks() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard position < characters.count, characters[position] == character else { return false }
        position += 1
        return true
    }

    mutating func keyword(_ word: String) -> Bool {
        skipBlanks()
        let end = position + word.count
        guard end <= characters.count, String(characters[position..<end]).uppercased() == word else { return false }
        if end < characters.count, characters[end].isLetter || characters[end].isNumber || characters[end] == "_" {
            return false
        }
        position = end
        return true
    }

    mutating func identifier() -> String? {
        skipBlanks()
        guard position < characters.count else { return nil }
        if let closing = Self.closingQuote(characters[position]) {
            guard let end = characters[(position + 1)...].firstIndex(of: closing) else { return nil }
            defer { position = end + 1 }
            return String(characters[(position + 1)..<end])
        }
        let start = position
        while position < characters.count, !characters[position].isWhitespace, !"().".contains(characters[position]) {
            position += 1
        }
        return position > start ? String(characters[start..<position]) : nil
    }

    /// The text between the next parenthesis and the one that closes it.
    mutating func parenthesized() -> String? {
        guard take("(") else { return nil }
        let start = position
        var depth = 1
        var quote: Character?
        while position < characters.count {
            let character = characters[position]
            position += 1
            if let open = quote {
                if character == open { quote = nil }
            } else if let closing = Self.closingQuote(character) {
                quote = closing
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth -= 1
                if depth == 0 { return String(characters[start..<(position - 1)]) }
            }
        }
        return nil
    }

    static func closingQuote(_ character: Character) -> Character? {
        switch character {
        case "`", "\"", "'": character
        case "[": "]"
        default: nil
        }
    }

    static func unquoted(_ text: String) -> String {
        guard let first = text.first, let closing = closingQuote(first), text.count >= 2, text.last == closing else {
            return text
        }
        let inner = text.dropFirst().dropLast()
        return inner.contains(closing) ? text : String(inner)
    }

    /// Splits at commas outside of parentheses and quotes.
    static func split(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if let closing = closingQuote(character) {
                quote = closing
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth -= 1
            } else if character == ",", depth == 0 {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return parts
    }
}
