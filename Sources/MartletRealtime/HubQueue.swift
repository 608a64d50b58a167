import DequeModule
import MartletRecords
import Synchronization

/// What the hub has to do, in its order. Changes that wait together are handed out together.
final class HubQueue: Sendable {
    enum Work: Sendable {
        case changes([RealtimeHub.Change])
        case subscription(RealtimeHub.Subscription)
        case replay(RealtimeHub.Replay)
    }

    private enum Item {
        case change(RealtimeHub.Change)
        case subscription(RealtimeHub.Subscription)
        case replay(RealtimeHub.Replay)
    }

    private struct State {
        var items: Deque<Item> = []
        /// Of the changed records. In bytes.
        var size = 0
    }

    /// So many changes, of so many bytes, may wait to be told.
    private static let limit = 100_000
    private static let sizeLimit = 256 << 20
    /// So many are told together, and so many bytes about.
    private static let portion = 64
    private static let portionSize = 1 << 20

    private let state = Mutex(State())
    private let signal: AsyncStream<Void>.Continuation
    /// Comes round when there may be something to do.
    let signals: AsyncStream<Void>

    init() {
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: Whether there was room.
    func add(_ change: RealtimeHub.Change) -> Bool { add(.change(change), size: change.record.size) }

    func add(_ subscription: RealtimeHub.Subscription) -> Bool { add(.subscription(subscription)) }

    func add(_ replay: RealtimeHub.Replay) -> Bool { add(.replay(replay)) }

    private func add(_ item: Item, size: Int = 0) -> Bool {
        let isTaken = state.withLock { state in
            guard state.items.count < Self.limit, size == 0 || state.size < Self.sizeLimit else { return false }
            state.items.append(item)
            state.size += size
            return true
        }
        if isTaken { signal.yield() }
        return isTaken
    }

    /// Whether as much waits as is handed out together.
    var isLong: Bool { state.withLock { $0.items.count >= Self.portion } }

    func next() -> Work? {
        state.withLock { state in
            switch state.items.first {
            case nil: return nil
            case .subscription(let subscription):
                state.items.removeFirst()
                return .subscription(subscription)
            case .replay(let replay):
                state.items.removeFirst()
                return .replay(replay)
            case .change: return .changes(Self.changes(&state))
            }
        }
    }

    /// A change of an account may change who those are that are told of the next: it goes alone.
    private static func changes(_ state: inout State) -> [RealtimeHub.Change] {
        var changes: [RealtimeHub.Change] = []
        var size = 0
        while changes.count < portion, size < portionSize, case .change(let change)? = state.items.first {
            if change.layout.isAuth, !changes.isEmpty { break }
            state.items.removeFirst()
            changes.append(change)
            size += change.record.size
            if change.layout.isAuth { break }
        }
        state.size -= size
        return changes
    }
}
