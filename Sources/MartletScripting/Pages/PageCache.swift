import MartletCore
package import MartletRecords
import MartletServer
import MartletVault
import NIOCore
import Synchronization

/// Pages as they were made for visitors that the server knows nothing of. A page is dropped when its time is over, or when a
/// record changes of a collection that it was made from.
package final class PageCache: RecordObserver {
    /// What a page says about being kept.
    struct Rule: Sendable {
        let lifetime: Duration
        /// The collections that it is made from.
        let tags: Set<String>
    }

    /// The moment at which the making of a page began.
    struct Moment: Sendable {
        fileprivate let change: UInt64
    }

    private struct Entry {
        let response: Response
        let entityTag: String
        let tags: Set<String>
        let end: ContinuousClock.Instant
        let size: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// The keys of the pages with a tag.
        var keys: [String: Set<String>] = [:]
        var size = 0
        /// Counts changes.
        var change: UInt64 = 0
        /// By tag, the last one.
        var changes: [String: UInt64] = [:]
        /// The last change of everything.
        var reset: UInt64 = 0

        mutating func remove(_ key: String) {
            guard let entry = entries.removeValue(forKey: key) else { return }
            size -= entry.size
            for tag in entry.tags { keys[tag]?.remove(key) }
        }

        mutating func add(_ entry: Entry, _ key: String) {
            entries[key] = entry
            size += entry.size
            for tag in entry.tags { keys[tag, default: []].insert(key) }
        }

        mutating func empty() {
            entries = [:]
            keys = [:]
            size = 0
        }
    }

    /// In bytes.
    private static let limit = 64 << 20
    private static let entryLimit = 4 << 20
    /// Of what belongs to a page beside its text.
    private static let entryCost = 1024

    private let state = Mutex(State())

    package init() {}

    var now: Moment { state.withLock { Moment(change: $0.change) } }

    /// The page under a key, if it is still what it was made from.
    func response(_ key: String, ifNoneMatch known: String?) -> Response? {
        let entry = state.withLock { state -> Entry? in
            guard let entry = state.entries[key] else { return nil }
            if entry.end > .now { return entry }
            state.remove(key)
            return nil
        }
        guard let entry else { return nil }
        guard let known, EntityTags.matches(entry.entityTag, known) else { return entry.response }
        return Response(304, preset: entry.response.preset, headers: entry.response.headers)
    }

    /// Keeps a page, unless what it was made from has changed meanwhile.
    /// - Returns: The page as it is answered.
    func keep(_ response: Response, _ key: String, by rule: Rule, since start: Moment) -> Response {
        guard case .bytes(let bytes) = response.body, bytes.count <= Self.entryLimit else { return response }
        let entityTag = "\"\(SecureHash.sha256(bytes).prefix(12).hexadecimal)\""
        var kept = response
        kept.body = .shared(ByteBuffer(bytes: bytes))
        kept.headers += [("ETag", entityTag)]
        let entry = Entry(
            response: kept,
            entityTag: entityTag,
            tags: rule.tags,
            end: .now + rule.lifetime,
            size: bytes.count + key.utf8.count + Self.entryCost
        )
        state.withLock { state in
            let last = rule.tags.compactMap { state.changes[$0] }.max() ?? 0
            guard max(last, state.reset) <= start.change else { return }
            state.remove(key)
            if state.size + entry.size > Self.limit { state.empty() }
            state.add(entry, key)
        }
        return kept
    }

    /// Drops all pages with a tag.
    package func drop(tag: String) {
        state.withLock { state in
            state.change += 1
            state.changes[tag] = state.change
            for key in state.keys.removeValue(forKey: tag) ?? [] { state.remove(key) }
        }
    }

    package func dropAll() {
        state.withLock { state in
            state.change += 1
            state.reset = state.change
            state.empty()
        }
    }

    // MARK: - RecordObserver

    package var isRepeatable: Bool { true }

    package func watches(_ layout: RecordLayout) -> Bool { false }

    package func didCommit(_ change: RecordChange) {
        drop(tag: change.record.layout.collectionName)
    }
}

/// `If-None-Match` (RFC 9110, section 13.1.2).
enum EntityTags {
    static func matches(_ tag: String, _ header: String) -> Bool {
        header.split(separator: ",").map { $0.trimmingBlanks() }.contains { $0 == "*" || $0 == tag || $0 == "W/\(tag)" }
    }
}
