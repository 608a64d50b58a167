import MartletCore
import MartletQuery
import MartletSchema
import MartletStorage

extension RecordWriter {
    /// Deletes a record if the collection's rule lets the caller.
    /// - Throws: ``RecordError``.
    package func delete(id: String, in layout: RecordLayout) throws {
        let rule = layout.collection.deleteRule
        if rule == nil, !isSuperuser { throw RecordError.superusersOnly }
        guard let record = try find(id: id, layout) else { throw RecordError.notFound }
        if let rule, !rule.isEmpty, !isSuperuser {
            guard try passes(rule, id: id, layout) else { throw RecordError.notFound }
        }
        try remove(record)
    }

    /// Deletes a record and settles what refers to it (`records.md`, Cascade on delete).
    package func remove(_ record: Record) throws {
        if record.collection.isSuperusers {
            let count = try session.first("SELECT COUNT(*) FROM \(record.layout.table)") { $0.integer(0) } ?? 0
            if count <= 1 { throw RecordError.lastSuperuser }
        }
        var change = RecordChange(action: .delete, record: record, original: record)
        for observer in observers { try observer.willWrite(&change, in: session) }
        // First, so that records that refer to each other do not call for one another for ever.
        try session.execute(record.layout.deleteSQL, [.text(record.id)])
        try settleReferences(to: record)
        if record.collection.isAuth {
            try deleteHelpers(["_mfas", "_otps", "_externalAuths", "_authOrigins"], of: record)
        }
        try finish(change)
    }

    /// Deletes all records of a collection with their consequences.
    package func truncate(_ layout: RecordLayout) throws {
        while true {
            let batch = try session.all("\(layout.select) LIMIT 500") { layout.record($0) }
            if batch.isEmpty { return }
            for record in batch { try remove(record) }
        }
    }

    private func settleReferences(to record: Record) throws {
        let referring = layouts.catalog.collections.filter { !$0.isView }.sorted { utf8Precedes($0.name, $1.name) }
        for collection in referring {
            guard let layout = layouts.layout(id: collection.id) else { continue }
            for (position, field) in layout.fields.enumerated() {
                guard let options = field.kind.relation, options.collectionID == record.collection.id else { continue }
                try settle(layout, position, field, options, record.id)
            }
        }
    }

    private func settle(
        _ layout: RecordLayout,
        _ position: Int,
        _ field: Field,
        _ options: RelationOptions,
        _ id: String
    ) throws {
        let column = session.dialect.quoted(field.name)
        let condition =
            field.kind.isMultiple
            ? "EXISTS (SELECT 1 FROM \(session.dialect.elements(of: column)) `__e` WHERE `__e`.`value` = ?)"
            : "\(column) = ?"
        let referring = try session.all("\(layout.select) WHERE \(condition)", [.text(id)]) { layout.record($0) }
        for var record in referring {
            // It may have gone with an earlier one.
            guard let stored = try find(id: record.id, layout) else { continue }
            record = stored
            let left = record.values[position].items.filter { $0 != id }
            if left.isEmpty, options.cascadesDelete {
                try remove(record)
            } else if left.isEmpty, options.isRequired {
                throw RecordError.requiredReference
            } else {
                record.values[position] = field.kind.value(.array(left.map { .string($0) }))
                try saveUnchecked(record, original: stored)
            }
        }
    }

    private func saveUnchecked(_ record: Record, original: Record) throws {
        var record = record
        let now = Timestamp.now.description
        for (position, field) in record.layout.fields.enumerated() {
            if case .autodate(let options) = field.kind, options.onUpdate { record.values[position] = .text(now) }
        }
        var change = RecordChange(action: .update, record: record, original: original)
        for observer in observers { try observer.willWrite(&change, in: session) }
        try write(change.record, over: original)
        try finish(change)
    }
}
