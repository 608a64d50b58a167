import MartletCore
package import MartletStorage

/// Works out a view's fields from its query (`collections.md`, View collections).
package struct ViewInference {
    private let catalog: Catalog
    private let session: any WriteSession

    package init(catalog: Catalog, session: any WriteSession) {
        self.catalog = catalog
        self.session = session
    }

    /// A view's fields and the SQL with which it is made.
    package struct Result: Sendable {
        package let fields: [Field]
        package let definition: String
    }

    /// Makes the view under a temporary name, looks at it, and undoes it.
    /// - Throws: ``ViewQueryError``.
    package func infer(_ query: String) throws -> Result {
        let name = "temp_view_" + RandomText.make(5)
        var result: Result?
        do {
            try session.savepoint {
                result = try look(at: query, name: name)
                throw Undo()
            }
        } catch is Undo {
            if let result { return result }
        } catch let error as StorageError {
            throw ViewQueryError(reason: String(error.description.prefix(500)))
        }
        throw ViewQueryError(reason: "empty query")
    }

    private struct Undo: Error {}

    private func look(at query: String, name: String) throws -> Result {
        let trimmed = Self.trimmed(query)
        if ViewQuery.hasSeveralStatements(trimmed) {
            throw ViewQueryError(reason: "multiple statements are not supported")
        }
        let parsed = try ViewQuery(trimmed)
        let source = "(\(trimmed))"
        try session.execute(session.dialect.createView(name, as: "SELECT * FROM \(source)"))
        let columns = try session.columns(of: "SELECT * FROM \(session.dialect.quoted(name))")
        let fields = try fields(columns, parsed)
        guard let id = columns.first(where: { $0.name == "id" }) else {
            throw ViewQueryError(
                reason: "missing required id column (you can use `(ROW_NUMBER() OVER()) as id` if you don't have one)",
                columns: .withoutID
            )
        }
        var definition = "SELECT * FROM \(source)"
        if id.declaredType.uppercased() != "TEXT" {
            let list = columns.map { $0.name == "id" ? "CAST(`id` as TEXT) `id`" : "`\($0.name)`" }
            definition = "SELECT * FROM (SELECT \(list.joined(separator: ",")) FROM \(source))"
        }
        try checkSample(definition)
        return Result(fields: fields, definition: definition)
    }

    static func trimmed(_ query: String) -> String {
        var text = query.trimmingBlanks()[...]
        while text.hasPrefix(";") { text = text.dropFirst() }
        while text.hasSuffix(";") { text = text.dropLast() }
        return text.trimmingBlanks()
    }

    private func checkSample(_ definition: String) throws {
        // Anything can stand in a view's query, and all writes wait behind this one.
        session.stop(after: .seconds(30))
        let ids = try session.all("SELECT id FROM (\(definition)) LIMIT 10") { $0.optionalText(0) ?? "" }
        if ids.contains("") {
            throw ViewQueryError(reason: "the query could return records with empty or invalid ids", columns: .right)
        }
        if Set(ids).count != ids.count {
            throw ViewQueryError(reason: "the query could return records with non-unique ids", columns: .right)
        }
    }

    // MARK: - Fields

    private func fields(_ columns: [ResultColumn], _ query: ViewQuery) throws -> [Field] {
        if query.columns.contains(where: { $0.alias == "*" || $0.expression.hasSuffix(".*") }) {
            throw ViewQueryError(
                reason:
                    "wildcard columns (*) are not supported - manually type the collection field names you want the "
                    + "view query to have"
            )
        }
        var fields: [Field] = []
        for (index, column) in columns.enumerated() {
            let part = query.columns.first { $0.alias == column.name }
            let field = field(column.name, part?.expression, query)
            if let error = FieldSettingsValidator.nameError(field.name) {
                let reason = Self.rawText(error)
                throw ViewQueryError(reason: "invalid field \"\(field.name)\" (\(index)): name: \(reason)")
            }
            fields.append(field)
        }
        return fields
    }

    /// A generic message as it stands inside another one.
    private static func rawText(_ error: FieldError) -> String {
        if error.code == "validation_found_via" { return error.message }
        let text = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    private func field(_ name: String, _ expression: String?, _ query: ViewQuery) -> Field {
        if name == "id" {
            let options = TextOptions(pattern: "^[a-z0-9]+$", isRequired: true, isPrimaryKey: true)
            return Field("id", .text(options), isSystem: true)
        }
        guard let expression else { return Field(name, Self.free) }
        let lowered = expression.asciiLowercased()
        if lowered.hasPrefix("count(") { return Field(name, .number(NumberOptions(isInteger: true))) }
        if lowered.hasPrefix("total(") { return Field(name, .number(NumberOptions())) }
        if let kind = Self.castKind(lowered) { return Field(name, kind) }
        return reference(name, expression, query) ?? Field(name, Self.free)
    }

    /// Any JSON; the size of 1 marks values that nobody writes.
    private static let free = FieldKind.json(JSONOptions(maximumSize: 1))

    private static func castKind(_ expression: String) -> FieldKind? {
        guard expression.hasPrefix("cast("), expression.hasSuffix(")") else { return nil }
        let words = expression.dropLast().split(whereSeparator: \.isWhitespace)
        guard words.count >= 3, words[words.count - 2] == "as" else { return nil }
        switch words[words.count - 1] {
        case "real", "decimal", "numeric": return .number(NumberOptions())
        case "int", "integer": return .number(NumberOptions(isInteger: true))
        case "text": return .text(TextOptions())
        case "boolean", "bool": return .bool(isRequired: false)
        default: return nil
        }
    }

    /// A copy of the field that a plain column name refers to.
    private func reference(_ name: String, _ expression: String, _ query: ViewQuery) -> Field? {
        guard let (collection, original) = query.reference(expression, in: catalog) else { return nil }
        var field = original
        if field.name == "id" {
            return Field(name, .relation(RelationOptions(collectionID: collection.id, maximumCount: 1)))
        }
        field.name = name
        field.id = "_clone_" + RandomText.make(4)
        return field
    }
}

extension Catalog {
    /// So deep views may stand on views.
    private static let viewDepth = 5

    /// The field of a table from which a view's column comes, followed through views.
    /// - Returns: nil for a column that is no plain reference.
    package func origin(of fieldName: String, in collection: Collection) -> (collection: Collection, field: Field)? {
        var (collection, name) = (collection, fieldName)
        for _ in 0...Self.viewDepth {
            guard let query = collection.viewQuery else {
                return collection.field(named: name).map { (collection, $0) }
            }
            guard let parsed = try? ViewQuery(ViewInference.trimmed(query)),
                let expression = parsed.columns.first(where: { $0.alias == name })?.expression,
                let reference = parsed.reference(expression, in: self)
            else { return nil }
            (collection, name) = (reference.collection, reference.field.name)
        }
        return nil
    }
}

extension ViewQuery {
    /// The collection's field that a plain column name refers to.
    fileprivate func reference(_ expression: String, in catalog: Catalog) -> (collection: Collection, field: Field)? {
        let parts = Self.unquoted(expression).split(separator: ".").map(String.init)
        guard let columnName = parts.last, (1...2).contains(parts.count), let first = tables.first else { return nil }
        let table = parts.count == 2 ? tables.first { $0.alias == parts[0] } : first
        guard let table, let collection = catalog.collection(Self.unquoted(table.expression)),
            collection.name == Self.unquoted(table.expression),
            let field = collection.fields.first(where: { $0.name.asciiLowercased() == columnName.asciiLowercased() })
        else { return nil }
        return (collection, field)
    }
}
