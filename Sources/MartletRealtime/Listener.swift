import MartletCore
import MartletQuery
import MartletRecords
import Synchronization

/// A connected client.
final class Listener: Sendable {
    /// Who the client was at its last request for topics, and what has to stay the same for it to go on being that.
    struct Identity: Sendable {
        var caller: RequestValues.Caller
        let tokenKey: String
        let collectionSecret: String
    }

    struct State: Sendable {
        var identity: Identity?
        var topics: [Topic] = []
        /// Events up to this position are not for these topics; while it is told what it missed, none is.
        var begin: UInt64 = 0
        /// Counts the requests for topics.
        var generation = 0
        /// Whether events tell their positions.
        var wantsPositions = false
        var lastSent = ContinuousClock.now
        var hasEnded = false
    }

    /// 40 letters and digits, which only the client knows.
    let id: String
    /// Where it connects from.
    let address: String
    let connected = ContinuousClock.now
    let sink: any EventSink
    let state: Mutex<State>

    /// A client that takes so little is not waited for: it comes back and asks anew. In bytes.
    private static let waitingLimit = 1 << 20

    init(address: String, sink: any EventSink) {
        id = RandomText.make(40)
        self.address = address
        self.sink = sink
        state = Mutex(State())
    }

    /// - Returns: Whether the client is still there.
    @discardableResult
    func send(event: String, _ data: [UInt8]) -> Bool {
        let hasEnded = state.withLock { state in
            state.lastSent = .now
            return state.hasEnded
        }
        guard !hasEnded else { return false }
        guard sink.waitingBytes <= Self.waitingLimit else {
            end { $0.abort() }
            return false
        }
        sink.write(EventText.bytes(id: id, event: event, data: data))
        return true
    }

    func end() {
        end { $0.finish() }
    }

    private func end(_ how: (any EventSink) -> Void) {
        let wasEnded = state.withLock { state in
            defer { state.hasEnded = true }
            return state.hasEnded
        }
        if !wasEnded { how(sink) }
    }
}
