import MartletSchema
package import MartletStorage

/// One record being written.
package struct RecordChange: Sendable {
    package enum Action: String, Sendable {
        case create, update, delete
    }

    package let action: Action
    package var record: Record
    /// The record as it was, nil for new ones.
    package let original: Record?
}

/// Told of writes at their stages. Throwing before the commit undoes the write.
package protocol RecordObserver: Sendable {
    /// Whether what it does inside the transaction may be done again, because it changes nothing but the database.
    var isRepeatable: Bool { get }
    /// Whether it has to be told of each record of a collection that goes, where one statement could remove them all.
    func watches(_ layout: RecordLayout) -> Bool
    /// Inside the transaction, before validation; may change the record.
    func willValidate(_ change: inout RecordChange, in session: any WriteSession) throws
    /// Inside the transaction, after validation and before the statement; may change the record.
    func willWrite(_ change: inout RecordChange, in session: any WriteSession) throws
    /// Inside the transaction, after the statement.
    func didWrite(_ change: RecordChange, in session: any WriteSession) throws
    /// After the commit is on disk.
    func didCommit(_ change: RecordChange)
}

extension RecordObserver {
    package var isRepeatable: Bool { false }
    package func watches(_ layout: RecordLayout) -> Bool { true }
    package func willValidate(_ change: inout RecordChange, in session: any WriteSession) throws {}
    package func willWrite(_ change: inout RecordChange, in session: any WriteSession) throws {}
    package func didWrite(_ change: RecordChange, in session: any WriteSession) throws {}
    package func didCommit(_ change: RecordChange) {}
}
