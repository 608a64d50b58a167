import MartletCore
import MartletQuery
import MartletRecords
import NIOCore
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
        /// Of the last change that it was told of.
        var told: UInt64 = 0
        /// Counts the requests for topics.
        var generation = 0
        /// Whether events tell their positions.
        var wantsPositions = false
        var lastSent = ContinuousClock.now
        var hasEnded = false
        /// Events that are not handed to the connection yet.
        var outbox = ByteBuffer()
    }

    /// 40 letters and digits, which only the client knows.
    let id: String
    /// Where it connects from.
    let address: String
    let connected = ContinuousClock.now
    let sink: any EventSink
    private let gate: MessageGate?
    let state: Mutex<State>

    /// A client that takes so little is not waited for: it comes back and asks anew. In bytes.
    private static let waitingLimit = 1 << 20
    /// So much is not collected before it is sent. In bytes.
    private static let outboxLimit = 64 << 10

    init(id: String, address: String, sink: any EventSink, gate: MessageGate? = nil) {
        self.gate = gate
        self.id = id
        self.address = address
        self.sink = sink
        state = Mutex(State())
    }

    /// Tells the client of something now.
    /// - Returns: Whether the client is still there.
    @discardableResult
    func send(event: String, _ data: [UInt8]) -> Bool {
        _ = post(event: event, data)
        flush()
        return state.withLock { !$0.hasEnded }
    }

    /// Lays an event out for ``flush()``.
    /// - Parameter position: Of the change that it tells of.
    /// - Returns: Whether it is the first that waits for that.
    func post(event: String, _ data: [UInt8], position: UInt64? = nil) -> Bool {
        if gate?.take(self, event, data, position) ?? false { return false }
        return layOut(event, data, position)
    }

    /// Sends an event that has passed the gate.
    func deliver(_ event: String, _ data: [UInt8], _ position: UInt64?) {
        // A line end would begin a field, or another event.
        let name = event.filter { !$0.isNewline }
        let lines = data.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
        _ = layOut(name, lines, position)
        flush()
    }

    private func layOut(_ event: String, _ data: [UInt8], _ position: UInt64?) -> Bool {
        let (isFirst, isFull) = state.withLock { state in
            guard !state.hasEnded else { return (false, false) }
            let isFirst = state.outbox.readableBytes == 0
            if let position { state.told = max(state.told, position) }
            EventText.write(id: id, event: event, data: data, to: &state.outbox)
            return (isFirst, state.outbox.readableBytes > Self.outboxLimit)
        }
        if isFull { flush() }
        return isFirst && !isFull
    }

    /// Sends the events that wait.
    func flush() {
        let events = state.withLock { state in
            defer { state.outbox = ByteBuffer() }
            state.lastSent = .now
            return state.outbox
        }
        guard events.readableBytes > 0 else { return }
        if sink.waitingBytes > Self.waitingLimit { end { $0.abort() } } else { sink.write(events) }
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
