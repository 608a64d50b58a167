import MartletCore
import MartletQuery
import MartletSchema
import MartletStorage

extension RecordWriter {
    /// Deletes a record if the collection's rule lets the caller.
    /// - Throws: ``RecordError``.
    package func delete(id: String, in layout: RecordLayout) throws {
        try remove(allowed(deleting: id, in: layout))
    }

    /// The record, if the collection's rule lets the caller delete it.
    func allowed(deleting id: String, in layout: RecordLayout) throws -> Record {
        let rule = layout.collection.deleteRule
        if rule == nil, !isSuperuser { throw RecordError.superusersOnly }
        guard let record = try find(id: id, layout) else { throw RecordError.notFound }
        if let rule, !rule.isEmpty, !isSuperuser {
            guard try passes(rule, id: id, layout) else { throw RecordError.notFound }
        }
        return record
    }

    /// Deletes a record and settles what refers to it (`records.md`, Cascade on delete).
    package func remove(_ record: Record) throws {
        if hooks(for: record.layout) != nil { return try delete(RecordModel(record)) }
        try removeWithReferences(record)
    }

    /// Deletes a record and what goes with it, with handlers around what goes with it only.
    func removeWithReferences(_ record: Record) throws {
        var removed = RemovedRecords()
        try dropAlone(record, &removed)
        try settleReferences(to: &removed)
    }

    func settleReferences(to removed: inout RemovedRecords) throws {
        while let next = removed.list.popLast() { try settleReferences(to: next, &removed) }
    }

    /// Records that are gone, with references to them that are still to be settled. A list and no recursion: comments on
    /// comments on comments can go as deep as there are records.
    struct RemovedRecords {
        fileprivate var list: [RemovedRecord] = []
    }

    fileprivate struct RemovedRecord {
        let id: String
        let collectionID: String
    }

    /// Deletes the record alone, with handlers around it.
    private func drop(_ record: Record, _ removed: inout RemovedRecords) throws {
        guard let hooks = hooks(for: record.layout), let session = session as? BlockingSession else {
            return try dropAlone(record, &removed)
        }
        try deleting(RecordModel(record), hooks, session, &removed)
    }

    /// Deletes the record alone. At once, so that records that refer to each other do not call for one another for ever.
    func dropAlone(_ record: Record, _ removed: inout RemovedRecords) throws {
        if record.collection.isSuperusers {
            let count = try session.first("SELECT COUNT(*) FROM \(record.layout.table)") { $0.integer(0) } ?? 0
            if count <= 1 { throw RecordError.lastSuperuser }
        }
        for observer in observers.told { try observer.willDelete(record, in: session) }
        try session.execute(record.layout.deleteSQL, [.text(record.id)])
        if record.layout.isAuth {
            try deleteHelpers(SystemCollections.helperNames, of: record)
        }
        removed.list.append(RemovedRecord(id: record.id, collectionID: record.collection.id))
        try finish(RecordChange(action: .delete, record: record, original: record))
    }

    /// Deletes all records of a collection with their consequences.
    package func truncate(_ layout: RecordLayout) throws {
        while true {
            let batch = try session.all("\(layout.select) LIMIT 500") { layout.record($0) }
            if batch.isEmpty { return }
            for record in batch { try remove(record) }
        }
    }

    private func settleReferences(to target: RemovedRecord, _ removed: inout RemovedRecords) throws {
        let referring = layouts.catalog.collections.filter { !$0.isView }.sorted { utf8Precedes($0.name, $1.name) }
        for collection in referring {
            guard let layout = layouts.layout(id: collection.id) else { continue }
            for (position, field) in layout.fields.enumerated() {
                guard let options = field.kind.relation, options.collectionID == target.collectionID else { continue }
                try settle(layout, position, options, target.id, &removed)
            }
        }
    }

    /// Takes the id out of one field of all records, batch by batch.
    private func settle(
        _ layout: RecordLayout,
        _ position: Int,
        _ options: RelationOptions,
        _ id: String,
        _ removed: inout RemovedRecords
    ) throws {
        let column = session.dialect.quoted(layout.fields[position].name)
        let condition =
            layout.fields[position].kind.isMultiple ? session.dialect.hasElement(column, "?") : "\(column) = ?"
        let key = session.dialect.quoted("id")
        let sql = "\(layout.select) WHERE \(condition) AND \(key) > ? ORDER BY \(key) LIMIT 500"
        var last = ""
        while true {
            let batch = try session.all(sql, [.text(id), .text(last)]) { layout.record($0) }
            for record in batch { try release(record, position, options, from: id, &removed) }
            guard let end = batch.last else { return }
            last = end.id
        }
    }

    private func release(
        _ stored: Record,
        _ position: Int,
        _ options: RelationOptions,
        from id: String,
        _ removed: inout RemovedRecords
    ) throws {
        let left = stored.values[position].items.filter { $0 != id }
        if left.isEmpty, options.cascadesDelete { return try drop(stored, &removed) }
        if left.isEmpty, options.isRequired { throw RecordError.requiredReference }
        var record = stored
        record.values[position] = record.layout.fields[position].kind.value(.array(left.map { .string($0) }))
        try saveUnchecked(record, original: stored)
    }

    private func saveUnchecked(_ record: Record, original: Record) throws {
        if hooks(for: record.layout) != nil {
            return try update(RecordModel(record, original: original), validating: false)
        }
        let record = record.touched(since: original)
        try write(record, over: original)
        try finish(RecordChange(action: .update, record: record, original: original))
    }
}
