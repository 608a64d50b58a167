import DequeModule
import MartletCore
package import MartletRecords
import Synchronization

/// The last changes, with their positions, so that a client that was away can be told what it missed. It is kept in memory
/// only: after a restart the positions of before are answered with a gap.
package final class ChangeLog: Sendable {
    package struct Entry: Sendable {
        package let position: UInt64
        package fileprivate(set) var action: RecordChange.Action
        let collectionID: String
        package let recordID: String
        /// The last state of a deleted record.
        let record: Record?

        /// In bytes.
        var size: Int { record?.size ?? 0 }
    }

    private struct State {
        var entries: Deque<Entry> = []
        /// Of the records in it, in bytes.
        var size = 0
        var last: UInt64 = 0
        /// Nobody who never asked for positions pays for them.
        var isKept = false
    }

    private static let limit = 20_000
    /// In bytes.
    private static let sizeLimit = 32 << 20
    /// Tells the positions of this run from those of another.
    private let epoch = RandomText.make(8, of: RandomText.lowercaseAlphanumerics)
    private let state = Mutex(State())

    package init() {}

    /// Begins to keep changes, if that is not done yet.
    package func keep() {
        state.withLock { $0.isKept = true }
    }

    var isKept: Bool { state.withLock { $0.isKept } }

    /// Gives a change its position.
    package func append(_ change: RecordChange) -> UInt64 {
        state.withLock { state in
            state.last += 1
            guard state.isKept else { return state.last }
            let entry = Entry(
                position: state.last,
                action: change.action,
                collectionID: change.record.layout.collectionID,
                recordID: change.record.id,
                record: change.action == .delete ? change.record : nil
            )
            state.entries.append(entry)
            state.size += entry.size
            while state.entries.count > Self.limit || state.size > Self.sizeLimit {
                state.size -= state.entries.removeFirst().size
            }
            return state.last
        }
    }

    package var last: UInt64 { state.withLock { $0.last } }

    /// The form in which clients keep a position.
    package func text(_ position: UInt64) -> String { "\(epoch)-\(position)" }

    /// - Returns: nil for what is no position of this run.
    package func position(_ text: String) -> UInt64? {
        let parts = text.split(separator: "-")
        guard parts.count == 2, parts[0] == epoch, let position = UInt64(parts[1]), position <= last else { return nil }
        return position
    }

    /// The changes after one position up to another; several of one record count as the last, and what came and went
    /// as nothing.
    /// - Parameter told: Up to where the client has been told of changes, whether it has read that by now or not.
    /// - Returns: nil when the log does not reach back so far.
    package func changes(after start: UInt64, through end: UInt64, told: UInt64 = 0) -> [Entry]? {
        let entries = state.withLock { state -> [Entry]? in
            let first = state.entries.first?.position ?? state.last + 1
            guard state.isKept, start + 1 >= first else { return nil }
            return state.entries.filter { $0.position > start && $0.position <= end }
        }
        guard let entries else { return nil }
        var latest: [String: Entry] = [:]
        var isNew: Set<String> = []
        for entry in entries {
            let key = entry.collectionID + "/" + entry.recordID
            if latest[key] == nil, entry.action == .create, entry.position > told { isNew.insert(key) }
            latest[key] = entry
        }
        return latest.compactMap { key, entry in
            var entry = entry
            if isNew.contains(key) {
                if entry.action == .delete { return nil }
                entry.action = .create
            }
            return entry
        }.sorted { $0.position < $1.position }
    }
}
