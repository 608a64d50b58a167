import Synchronization

/// Files that were handed out to everybody a moment ago: many who ask for the same picture cost one look into the
/// database. What is remembered is forgotten with the next commit.
final class RecentGrants: Sendable {
    struct Key: Sendable, Hashable {
        let collectionID: String
        let recordID: String
        let fileName: String
    }

    private struct State {
        var grants: [Key: FileGrants.Grant] = [:]
        var commits: UInt64 = 0
        var began = ContinuousClock.now
    }

    /// Programs beside the server that write to its database are noticed that late.
    private static let lifetime = Duration.seconds(1)
    private static let limit = 10_000

    private let state = Mutex(State())

    /// - Parameter commits: How many commits there were when the request came.
    func grant(_ key: Key, commits: UInt64) -> FileGrants.Grant? {
        state.withLock { state in
            guard state.commits == commits, let grant = state.grants[key] else { return nil }
            return ContinuousClock.now - state.began < Self.lifetime ? grant : nil
        }
    }

    /// - Parameter commits: How many commits there were before the database was asked.
    func keep(_ grant: FileGrants.Grant, for key: Key, commits: UInt64) {
        state.withLock { state in
            let isFresh = state.commits == commits && ContinuousClock.now - state.began < Self.lifetime
            if !isFresh || state.grants.count >= Self.limit { state = State(commits: commits) }
            state.grants[key] = grant
        }
    }
}
