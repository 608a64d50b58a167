import MartletCore
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import OrderedCollections

/// The rows that a helper collection keeps of records that sign in.
struct OwnedRows: Sendable {
    let table: RecordLayout
    let layouts: RecordLayouts
    let observers: RecordObservers

    /// - Returns: nil when no collection's options have called for the helper yet.
    init?(_ name: String, _ layouts: RecordLayouts, observers: RecordObservers = RecordObservers()) {
        guard let table = layouts.layout(name), table.collection.isSystem else { return nil }
        self.table = table
        self.layouts = layouts
        self.observers = observers
    }

    /// In the order of their creation.
    func all(of owner: Record, _ session: any ReadSession) throws -> [Record] {
        let quoted = session.dialect.quoted
        let sql = """
            \(table.select) WHERE \(quoted("collectionRef")) = ? AND \(quoted("recordRef")) = ? \
            ORDER BY \(quoted("created")), \(quoted("id"))
            """
        return try session.all(sql, [.text(owner.collection.id), .text(owner.id)]) { table.record($0) }
    }

    /// Writes rows, with those who take part in that.
    func write<T: Sendable>(
        to storage: any Storage,
        _ body: @escaping @Sendable (any WriteSession) throws -> T
    ) async throws -> T {
        try await observers.write(to: storage, of: [table], body)
    }

    /// - Parameter submission: For values that are checked as they were sent, as passwords are.
    func insert(
        for owner: Record,
        _ values: [String: FieldValue],
        prepared submission: RecordWriter.Submission = RecordWriter.Submission(RecordBody([:])),
        _ session: any WriteSession
    ) throws -> Record {
        var row = Record(table, about: owner)
        for (name, value) in values { row[name] = value }
        return try RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
            .insert(row, submission)
    }

    /// Writes single columns of a row, unchecked, and that it was changed.
    /// - Returns: Whether there was such a row.
    @discardableResult
    func set(_ values: KeyValuePairs<String, SQLValue>, of id: String, _ session: any WriteSession) throws -> Bool {
        let quoted = session.dialect.quoted
        let columns = values.map { quoted($0.key) + " = ?" } + [quoted("updated") + " = ?"]
        let sql = """
            UPDATE \(quoted(table.collection.name)) SET \(columns.joined(separator: ", ")) WHERE \(quoted("id")) = ?
            """
        return try session.execute(sql, values.map(\.value) + [.text(Timestamp.now.description), .text(id)]) == 1
    }

    /// - Returns: Whether there was such a row.
    func delete(_ id: String, _ session: any WriteSession) throws -> Bool {
        let quoted = session.dialect.quoted
        let sql = "DELETE FROM \(quoted(table.collection.name)) WHERE \(quoted("id")) = ?"
        return try session.execute(sql, [.text(id)]) == 1
    }

    /// - Returns: Whether there was such a row of the owner.
    func delete(_ id: String, of owner: Record, _ session: any WriteSession) throws -> Bool {
        let quoted = session.dialect.quoted
        let sql = """
            DELETE FROM \(quoted(table.collection.name)) \
            WHERE \(quoted("id")) = ? AND \(quoted("collectionRef")) = ? AND \(quoted("recordRef")) = ?
            """
        return try session.execute(sql, [.text(id), .text(owner.collection.id), .text(owner.id)]) == 1
    }
}

extension Record {
    /// Whether a helper collection's row is about a record.
    func belongs(to owner: Record) -> Bool {
        text("recordRef") == owner.id && text("collectionRef") == owner.collection.id
    }
}
