package import MartletStorage

/// Keeps what superusers change about collections, so that it can be done again elsewhere.
package protocol CollectionJournal: Sendable {
    /// Inside the transaction that makes, changes or removes a collection.
    /// - Parameters:
    ///   - old: nil for a new one.
    ///   - new: nil for one that is removed.
    func note(from old: Collection?, to new: Collection?, in session: any WriteSession) throws
}
