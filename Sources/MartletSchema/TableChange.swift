import MartletCore
import MartletStorage

/// Brings a collection's table to its new shape (`collections.md`, Schema changes on save).
struct TableChange {
    let session: any WriteSession
    private var dialect: any Dialect { session.dialect }

    init(_ session: any WriteSession) {
        self.session = session
    }

    func create(_ collection: Collection) throws {
        let columns = collection.fields.map { (name: $0.name, kind: $0.column) }
            .sorted { utf8Precedes($0.name, $1.name) }
        try session.execute(dialect.createTable(collection.name, columns: columns))
    }

    func update(from old: Collection, to new: Collection) throws {
        if old.name.asciiLowercased() != new.name.asciiLowercased() {
            try session.execute(dialect.renameTable(old.name, to: new.name))
        } else if old.name != new.name {
            // SQLite refuses a rename that changes nothing but the case.
            let interim = "_temp_" + RandomText.make(5)
            try session.execute(dialect.renameTable(old.name, to: interim))
            try session.execute(dialect.renameTable(interim, to: new.name))
        }
        try drop(old, new)
        try add(old, new)
        try rename(old, new)
        try convert(old, new)
    }

    private func drop(_ old: Collection, _ new: Collection) throws {
        let kept = Set(new.fields.map(\.id))
        for field in old.fields where !kept.contains(field.id) {
            try explained("failed to drop column \(field.name)") {
                try session.execute(dialect.dropColumn(field.name, from: new.name))
            }
        }
    }

    private func add(_ old: Collection, _ new: Collection) throws {
        let known = Set(old.fields.map(\.id))
        // A new column may bear the name that a renamed one still has.
        for field in new.fields where !known.contains(field.id) {
            let isTaken = old.fields.contains { other in
                other.name.asciiLowercased() == field.name.asciiLowercased()
                    && new.fields.contains { $0.id == other.id && $0.name != other.name }
            }
            guard !isTaken else { continue }
            try explained("failed to add column \(field.name)") {
                try session.execute(dialect.addColumn(field.name, field.column, to: new.name))
            }
        }
    }

    /// Through interim names, so that two columns can change places.
    private func rename(_ old: Collection, _ new: Collection) throws {
        var renames: [(interim: String, name: String)] = []
        for field in new.fields {
            guard let before = old.fields.first(where: { $0.id == field.id }), before.name != field.name else {
                continue
            }
            let interim = "_temp_" + RandomText.make(5) + before.name
            try explained("failed to rename column \(before.name)") {
                try session.execute(dialect.renameColumn(before.name, to: interim, in: new.name))
            }
            renames.append((interim, field.name))
        }
        for (interim, name) in renames {
            try session.execute(dialect.renameColumn(interim, to: name, in: new.name))
        }
        let names = Set(
            try session.columns(of: "SELECT * FROM \(dialect.quoted(new.name))").map { $0.name.asciiLowercased() }
        )
        for field in new.fields where !names.contains(field.name.asciiLowercased()) {
            try session.execute(dialect.addColumn(field.name, field.column, to: new.name))
        }
    }

    // MARK: - One value or many

    private func convert(_ old: Collection, _ new: Collection) throws {
        let changed = new.fields.filter { field in
            guard let before = old.fields.first(where: { $0.id == field.id }) else { return false }
            return field.kind.maximumCount != nil && before.kind.isMultiple != field.kind.isMultiple
        }
        guard !changed.isEmpty else { return }
        // A view that reads the column would stop it from being dropped.
        let views = try session.all(dialect.viewDefinitions) { (name: $0.text(0), sql: $0.text(1)) }
        for view in views { try session.execute(dialect.dropView(view.name)) }
        for field in changed { try convert(field, in: new.name) }
        for view in views { try session.execute(view.sql) }
    }

    private func convert(_ field: Field, in table: String) throws {
        let interim = "_temp_" + RandomText.make(5) + field.name
        let column = dialect.quoted(interim)
        try session.execute(dialect.renameColumn(field.name, to: interim, in: table))
        try session.execute(dialect.addColumn(field.name, field.column, to: table))
        let value = field.kind.isMultiple ? dialect.arrayOfOne(column) : dialect.lastElement(of: column)
        try session.execute("UPDATE \(dialect.quoted(table)) SET \(dialect.quoted(field.name)) = \(value)")
        try session.execute(dialect.dropColumn(interim, from: table))
    }

    private func explained(_ context: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch StorageError.failed(let message) {
            throw StorageError.failed("\(context) - \(message)")
        }
    }

    // MARK: - Indexes

    func dropIndexes(of collection: Collection) throws {
        for text in collection.indexes {
            guard let index = IndexDefinition(text) else { continue }
            try session.execute(dialect.dropIndex(index.name))
        }
    }

    func createIndexes(of collection: Collection) throws {
        var errors = FieldErrors.none
        for (position, text) in collection.indexes.enumerated() {
            guard let index = IndexDefinition(text) else { continue }
            do {
                try session.savepoint { _ = try session.execute(index.canonical) }
            } catch StorageError.failed(let message) {
                let text = "Failed to create index \(index.name) - \(message)."
                errors.add(FieldError("validation_invalid_index_expression", text), at: "indexes", String(position))
            } catch StorageError.notUnique(let columns) {
                let names = columns.map { "\(collection.name).\($0)" }.joined(separator: ", ")
                let text =
                    "Failed to create index \(index.name) - constraint failed: UNIQUE constraint failed: \(names) (2067)."
                errors.add(FieldError("validation_invalid_index_expression", text), at: "indexes", String(position))
            }
        }
        if !errors.isEmpty { throw SchemaError.invalid(errors) }
    }
}
