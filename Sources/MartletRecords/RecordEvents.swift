package import MartletSchema
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

    package init(action: Action, record: Record, original: Record?) {
        self.action = action
        self.record = record
        self.original = original
    }
}

/// Told of writes. Throwing before the commit undoes the write.
package protocol RecordObserver: Sendable {
    /// Whether what it does inside the transaction may be done again, because it changes nothing but the database.
    var isRepeatable: Bool { get }
    /// Whether it has to be told of each record of a collection that goes, where one statement could remove them all.
    func watches(_ layout: RecordLayout) -> Bool
    /// Inside the transaction, before a record goes.
    func willDelete(_ record: Record, in session: any WriteSession) throws
    /// Inside the transaction, after the statement.
    func didWrite(_ change: RecordChange, in session: any WriteSession) throws
    /// After the commit is on disk.
    func didCommit(_ change: RecordChange)
}

extension RecordObserver {
    package var isRepeatable: Bool { false }
    package func watches(_ layout: RecordLayout) -> Bool { true }
    package func willDelete(_ record: Record, in session: any WriteSession) throws {}
    package func didWrite(_ change: RecordChange, in session: any WriteSession) throws {}
    package func didCommit(_ change: RecordChange) {}
}

/// Everybody who is told of writes, and who takes part in them.
package struct RecordObservers: Sendable {
    let told: [any RecordObserver]
    package let hooks: RecordHooks?
    /// Those who take part in changes of collections.
    package let collections: CollectionHooks?

    package init(
        _ told: [any RecordObserver] = [],
        hooks: RecordHooks? = nil,
        collections: CollectionHooks? = nil
    ) {
        self.told = told
        self.hooks = hooks
        self.collections = collections
    }

    /// Those who are told, without those who take part.
    package var withoutHooks: RecordObservers { RecordObservers(told) }

    /// Whether what they do inside a transaction may be done again.
    package var areRepeatable: Bool { told.allSatisfy(\.isRepeatable) }

    func watch(_ layout: RecordLayout) -> Bool {
        told.contains { $0.watches(layout) } || hooks?.concern(layout) ?? false
    }
}
