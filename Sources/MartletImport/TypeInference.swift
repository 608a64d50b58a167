package import MartletCore
import MartletRecords
package import MartletSchema
import OrderedCollections

/// Guesses a collection from rows of a file.
package struct TypeInference {
    /// What the values of one column have been so far.
    private struct Column {
        var isBool = true
        var isNumber = true
        var isDate = true
        var isStructured = false
        var longest = 0
        var hasValues = false
    }

    private var columns: OrderedDictionary<String, Column> = [:]

    package init() {}

    package mutating func add(_ row: ImportRow) {
        for (name, value) in row.values { note(value, in: name) }
    }

    private mutating func note(_ value: JSONValue, in name: String) {
        var column = columns[name] ?? Column()
        switch value {
        case .null: break
        case .bool:
            column.isNumber = false
            column.isDate = false
            column.hasValues = true
        case .number:
            column.isBool = false
            column.isDate = false
            column.hasValues = true
        case .array, .object:
            column.isStructured = true
            column.hasValues = true
        case .string(let text):
            column.longest = max(column.longest, text.unicodeScalars.count)
            if !text.isEmpty {
                column.hasValues = true
                if !["true", "false"].contains(text) { column.isBool = false }
                if !Self.isNumber(text) { column.isNumber = false }
                if Timestamp(parsing: text) == nil { column.isDate = false }
            }
        }
        columns[name] = column
    }

    /// A number that keeps its meaning as one: `007` and `+49` are rather codes.
    package static func isNumber(_ text: String) -> Bool {
        guard let value = Double(text), value.isFinite, let first = text.utf8.first else { return false }
        guard first.isDigit || first == UInt8(ascii: "-") else { return false }
        let digits = text.drop { $0 == "-" }
        guard FieldKind.number(digits: text) != nil else { return false }
        // More digits than a double keeps are rather an identifier.
        if digits.utf8.allSatisfy(\.isDigit), value.magnitude > 9_007_199_254_740_992 { return false }
        return !(digits.count > 1 && digits.hasPrefix("0") && !digits.hasPrefix("0."))
    }

    /// Whether no row has told a column.
    package var isEmpty: Bool { columns.isEmpty }

    /// The names of the fields by the names of the columns.
    package var fieldNames: [String: String] {
        var names: [String: String] = [:]
        var taken: Set<String> = ["id"]
        for column in columns.keys {
            var name = String(
                column.unicodeScalars.map { $0.value < 128 && UInt8($0.value).isWordByte ? Character($0) : "_" }
            )
            if name.isEmpty { name = "column" }
            if ["id", "expand", "collectionid", "collectionname", "null", "true", "false", "_rowid_"].contains(
                name.asciiLowercased()
            ) {
                name = "source_" + name
            }
            name = name.replacing("_via_", with: "_via")
            let base = String(name.prefix(90))
            var candidate = base
            var number = 2
            while !taken.insert(candidate.asciiLowercased()).inserted {
                candidate = "\(base)_\(number)"
                number += 1
            }
            names[column] = candidate
        }
        return names
    }

    /// A collection that takes the rows, open to superusers only.
    /// - Parameter key: The column by which records are found again; it gets a unique index.
    package func collection(named name: String, key: String?) throws(InvalidFormat) -> Collection {
        let names = fieldNames
        var fields: [JSONValue] = []
        for (column, facts) in columns {
            guard let field = names[column] else { continue }
            var members: JSONObject = ["name": .string(field), "type": .string(Self.type(facts))]
            if Self.type(facts) == "text", facts.longest > 4000 { members["max"] = .number(Double(facts.longest * 4)) }
            fields.append(.object(members))
        }
        var members: JSONObject = ["name": .string(name), "type": "base", "fields": .array(fields)]
        if let key, let field = names[key] {
            members["indexes"] = ["CREATE UNIQUE INDEX `idx_\(name)_\(field)` ON `\(name)` (`\(field)`)".json]
        }
        return try Collection(creating: members)
    }

    private static func type(_ column: Column) -> String {
        if column.isStructured { return "json" }
        guard column.hasValues else { return "text" }
        if column.isBool { return "bool" }
        if column.isNumber { return "number" }
        return column.isDate ? "date" : "text"
    }
}

extension String {
    fileprivate var json: JSONValue { .string(self) }
}
