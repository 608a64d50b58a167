import MartletCore
package import MartletSchema
package import MartletStorage

/// How a collection's records lie in memory and in the database: made once per collection and catalog.
package final class RecordLayout: Sendable {
    package let collection: Collection
    /// In the byte order of their names, which is the order of record JSON.
    package let fields: [Field]
    private let positions: [String: Int]
    package let idPosition: Int
    /// Whether a field's values are hashed before they are stored.
    package let hasPasswords: Bool
    let insertSQL: String
    /// Selects the fields of all records, to be narrowed by a condition.
    package let select: String
    let deleteSQL: String
    let table: String

    package init(_ collection: Collection, dialect: any Dialect) {
        self.collection = collection
        fields = collection.fields.sorted { utf8Precedes($0.name, $1.name) }
        positions = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        idPosition = positions["id"] ?? 0
        hasPasswords = fields.contains { if case .password = $0.kind { true } else { false } }
        table = dialect.quoted(collection.name)
        let columns = fields.map { dialect.quoted($0.name) }.joined(separator: ", ")
        let marks = fields.map { _ in "?" }.joined(separator: ", ")
        insertSQL = "INSERT INTO \(table) (\(columns)) VALUES (\(marks))"
        select = "SELECT \(columns) FROM \(table)"
        deleteSQL = "DELETE FROM \(table) WHERE `id` = ?"
    }

    package func position(_ name: String) -> Int? {
        positions[name]
    }

    /// The columns of a query for ``record(_:)``.
    func columns(of query: (String) -> String) -> String {
        fields.map { query($0.name) }.joined(separator: ", ")
    }

    /// Reads a row whose first columns are the layout's fields.
    package func record(_ row: any Row) -> Record {
        var record = Record(self)
        for (position, field) in fields.enumerated() { record.values[position] = field.kind.value(row, position) }
        record.isNew = false
        return record
    }
}

/// One record: the values of a layout's fields.
package struct Record: Sendable {
    package let layout: RecordLayout
    package var values: [FieldValue]
    package var isNew = true

    package init(_ layout: RecordLayout) {
        self.layout = layout
        values = layout.fields.map(\.kind.zero)
    }

    package var collection: Collection { layout.collection }

    package var id: String {
        get { values[layout.idPosition].text }
        set { values[layout.idPosition] = .text(newValue) }
    }

    /// The value of a field, nil when the collection has no such field. Setting an unknown field does nothing.
    package subscript(name: String) -> FieldValue? {
        get { layout.position(name).map { values[$0] } }
        set { if let position = layout.position(name), let newValue { values[position] = newValue } }
    }

    package func text(_ name: String) -> String { self[name]?.text ?? "" }

    package func bool(_ name: String) -> Bool { self[name] == .bool(true) }
}

/// The layouts of the catalog in force.
package final class RecordLayouts: Sendable {
    package let catalog: Catalog
    private let layouts: [String: RecordLayout]
    private let byName: [String: RecordLayout]

    package init(_ catalog: Catalog, dialect: any Dialect) {
        self.catalog = catalog
        let all = catalog.collections.map { RecordLayout($0, dialect: dialect) }
        layouts = Dictionary(all.map { ($0.collection.id, $0) }, uniquingKeysWith: { first, _ in first })
        byName = Dictionary(all.map { ($0.collection.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func layout(id: String) -> RecordLayout? {
        layouts[id]
    }

    package func layout(_ idOrName: String) -> RecordLayout? {
        if let layout = layouts[idOrName] ?? byName[idOrName] { return layout }
        return catalog.collection(idOrName).flatMap { layouts[$0.id] }
    }
}
