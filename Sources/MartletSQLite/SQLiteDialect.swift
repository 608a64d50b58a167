package import MartletStorage

/// SQLite's SQL. Table declarations are byte for byte those of the reference server (`collections.md`, SQLite layout),
/// so that a data folder can move between the two.
package struct SQLiteDialect: Dialect {
    package init() {}

    package func declaration(of column: ColumnKind) -> String {
        switch column {
        case .primaryKey: "TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL"
        case .text: "TEXT DEFAULT '' NOT NULL"
        case .number: "NUMERIC DEFAULT 0 NOT NULL"
        case .bool: "BOOLEAN DEFAULT FALSE NOT NULL"
        case .json: "JSON DEFAULT NULL"
        case .list: "JSON DEFAULT '[]' NOT NULL"
        case .point: #"JSON DEFAULT '{"lon":0,"lat":0}' NOT NULL"#
        }
    }

    package func json(_ expression: String, at path: [JSONPathPart]) -> String {
        var text = "$"
        for part in path {
            switch part {
            case .key(let key): text += ".\"" + key.filter { $0 != "\"" && $0 != "'" } + "\""
            case .index(let index): text += "[\(index)]"
            }
        }
        // A column may hold text that is no JSON; SQLite would refuse the whole statement. Such text stands for itself.
        let otherwise = path.isEmpty ? " ELSE \(expression)" : ""
        return "(CASE WHEN json_valid(\(expression)) THEN json_extract(\(expression), '\(text)')\(otherwise) END)"
    }

    package func elements(of expression: String) -> String {
        "json_each(CASE WHEN iif(json_valid(\(expression)), json_type(\(expression)) = 'array', FALSE) "
            + "THEN \(expression) ELSE json_array(\(expression)) END)"
    }

    package func elements(ofArray expression: String) -> String { "json_each(\(expression))" }

    package func elementCount(of expression: String) -> String {
        "json_array_length(CASE WHEN iif(json_valid(\(expression)), json_type(\(expression)) = 'array', FALSE) "
            + "THEN \(expression) ELSE (CASE WHEN \(expression) = '' OR \(expression) IS NULL THEN json_array() "
            + "ELSE json_array(\(expression)) END) END)"
    }

    package func singleCount(of expression: String) -> String {
        "(CASE WHEN \(expression) = '' OR \(expression) IS NULL THEN 0 ELSE 1 END)"
    }

    package func isSame(_ left: String, _ right: String) -> String { "\(left) IS \(right)" }
    package func isNotSame(_ left: String, _ right: String) -> String { "\(left) IS NOT \(right)" }

    package func matches(_ value: String, pattern: String) -> String { #"\#(value) LIKE \#(pattern) ESCAPE '\'"# }
    package func matchesNot(_ value: String, pattern: String) -> String {
        #"\#(value) NOT LIKE \#(pattern) ESCAPE '\'"#
    }

    package func equalsIgnoringCase(_ left: String, _ right: String) -> String { "\(left) = \(right) COLLATE NOCASE" }

    package func concatenation(_ parts: [String]) -> String { "(" + parts.joined(separator: " || ") + ")" }
    package func formattedTime(_ arguments: [String]) -> String { "strftime(\(arguments.joined(separator: ", ")))" }

    package func lastElement(of expression: String) -> String {
        "(CASE WHEN COALESCE(\(expression), '[]') = '[]' THEN '' ELSE (CASE WHEN json_valid(\(expression)) "
            + "AND json_type(\(expression)) = 'array' THEN COALESCE(json_extract(\(expression), '$[#-1]'), '') "
            + "ELSE \(expression) END) END)"
    }

    package func arrayOfOne(_ expression: String) -> String {
        "(CASE WHEN COALESCE(\(expression), '') = '' THEN '[]' ELSE (CASE WHEN json_valid(\(expression)) "
            + "AND json_type(\(expression)) = 'array' THEN \(expression) ELSE json_array(\(expression)) END) END)"
    }

    package var random: String { "RANDOM()" }
    package var rowID: String { "_rowid_" }
    package var lastRowID: String { "last_insert_rowid()" }
    package var relationNames: String { "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')" }
    package var viewDefinitions: String { "SELECT name, sql FROM sqlite_master WHERE type = 'view'" }

    package func createTable(_ name: String, columns: [(name: String, kind: ColumnKind)]) -> String {
        let parts = columns.map { "\(quoted($0.name)) \(declaration(of: $0.kind))" }
        return "CREATE TABLE \(quoted(name)) (\(parts.joined(separator: ", ")))"
    }

    package func addColumn(_ name: String, _ kind: ColumnKind, to table: String) -> String {
        "ALTER TABLE \(quoted(table)) ADD COLUMN \(quoted(name)) \(declaration(of: kind))"
    }

    package func dropColumn(_ name: String, from table: String) -> String {
        "ALTER TABLE \(quoted(table)) DROP COLUMN \(quoted(name))"
    }

    package func renameColumn(_ name: String, to newName: String, in table: String) -> String {
        "ALTER TABLE \(quoted(table)) RENAME COLUMN \(quoted(name)) TO \(quoted(newName))"
    }

    package func renameTable(_ name: String, to newName: String) -> String {
        "ALTER TABLE \(quoted(name)) RENAME TO \(quoted(newName))"
    }

    package func dropTable(_ name: String) -> String { "DROP TABLE IF EXISTS \(quoted(name))" }
    package func createView(_ name: String, as query: String) -> String { "CREATE VIEW \(quoted(name)) AS \(query)" }
    package func dropView(_ name: String) -> String { "DROP VIEW IF EXISTS \(quoted(name))" }
    package func dropIndex(_ name: String) -> String { "DROP INDEX IF EXISTS \(quoted(name))" }
}
