/// What one engine's SQL says in its own way. Everything that only one engine understands is rendered here.
package protocol Dialect: Sendable {
    /// A column's declaration, without its name.
    func declaration(of column: ColumnKind) -> String

    /// Refers to what a JSON value holds at a path; NULL when there is nothing.
    func json(_ expression: String, at path: [JSONPathPart]) -> String

    /// A table expression with a column `value`: the elements of a JSON array, or one row for any other value.
    func elements(of expression: String) -> String

    /// A table expression with a column `value`: the elements of a bound JSON array.
    func elements(ofArray expression: String) -> String

    /// How many elements a JSON array column holds.
    func elementCount(of expression: String) -> String

    /// How many values a single-valued column holds: 0 or 1.
    func singleCount(of expression: String) -> String

    /// Null-safe equality and its opposite.
    func isSame(_ left: String, _ right: String) -> String
    func isNotSame(_ left: String, _ right: String) -> String

    /// ASCII-case-insensitive pattern match with `\` as the escape character.
    func matches(_ value: String, pattern: String) -> String
    func matchesNot(_ value: String, pattern: String) -> String

    /// Equality of texts without regard to ASCII case.
    func equalsIgnoringCase(_ left: String, _ right: String) -> String

    /// Concatenates text expressions.
    func concatenation(_ parts: [String]) -> String

    /// `strftime(format, value, modifiers…)`, with SQLite's meaning.
    func formattedTime(_ arguments: [String]) -> String

    /// The last element of a JSON array column as text, `''` when there is none.
    func lastElement(of expression: String) -> String

    /// A one-element JSON array of a text column, `'[]'` when it is empty.
    func arrayOfOne(_ expression: String) -> String

    /// A random sort key.
    var random: String { get }

    /// The hidden insertion-order column of a table.
    var rowID: String { get }

    /// An expression: the number of the row that this connection inserted last.
    var lastRowID: String { get }

    /// Lists tables and views by name.
    var relationNames: String { get }

    /// Changes of tables.
    func createTable(_ name: String, columns: [(name: String, kind: ColumnKind)]) -> String
    func addColumn(_ name: String, _ kind: ColumnKind, to table: String) -> String
    func dropColumn(_ name: String, from table: String) -> String
    func renameColumn(_ name: String, to newName: String, in table: String) -> String
    func renameTable(_ name: String, to newName: String) -> String
    func dropTable(_ name: String) -> String
    func createView(_ name: String, as query: String) -> String
    func dropView(_ name: String) -> String
    func dropIndex(_ name: String) -> String

    /// Lists `name, sql` of the views that are stored.
    var viewDefinitions: String { get }

    /// What an empty data database starts with: the tables that are no collections.
    var systemTables: [String] { get }

    /// What an empty log database starts with.
    var logTables: [String] { get }
}

extension Dialect {
    /// A quoted name: the only way in which a name gets into a statement.
    package func quoted(_ name: String) -> String {
        SQLIdentifier(name).description
    }

    /// Whether a column that holds a JSON array has an element.
    package func hasElement(_ column: String, _ value: String) -> String {
        let element = quoted("__e")
        return
            "EXISTS (SELECT 1 FROM \(elements(of: column)) \(element) WHERE \(element).\(quoted("value")) = \(value))"
    }
}

/// A quoted SQL name, quotes inside doubled.
package struct SQLIdentifier: CustomStringConvertible, Sendable, Hashable {
    package let description: String

    package init(_ name: String) {
        var text = "`"
        for character in name.unicodeScalars {
            if character == "`" { text.unicodeScalars.append("`") }
            text.unicodeScalars.append(character)
        }
        description = text + "`"
    }
}

/// How a column stores its values.
package enum ColumnKind: Sendable, Hashable {
    /// The text id of a table.
    case primaryKey
    /// Text, empty by default.
    case text
    /// A number, 0 by default.
    case number
    /// 0 or 1, 0 by default.
    case bool
    /// Any JSON, NULL by default.
    case json
    /// A JSON array, empty by default.
    case list
    /// `{"lon":…,"lat":…}`, zeros by default.
    case point
}

/// One step into a JSON value.
package enum JSONPathPart: Sendable, Hashable {
    case key(String)
    case index(Int)
}
