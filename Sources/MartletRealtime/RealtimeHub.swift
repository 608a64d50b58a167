package import Logging
import MartletCore
package import MartletIdentity
import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage
import NIOCore
import OrderedCollections
import Synchronization

/// Tells connected clients of changes to records (`realtime.md`).
///
/// Changes are told in the order of their commits, by one task that reads what they have become; who may see it is asked
/// then, under the rules of then. What a deleted record was is read before it goes.
package final class RealtimeHub: RecordObserver {
    /// A committed change.
    struct Change: Sendable {
        let action: RecordChange.Action
        let layout: RecordLayout
        let recordID: String
        let record: Record
        let position: UInt64
        /// For deleted records: what was prepared before they went.
        let farewell: Farewell?
    }

    /// What those who listened before a record went are told of its end.
    struct Farewell: Sendable {
        let audience: Audience
        let deliveries: [Audience.Delivery]
    }

    /// A request for topics that wants to know what it missed.
    struct Subscription: Sendable {
        let listener: Listener
        let identity: Listener.Identity?
        let topics: [Topic]
        /// nil for whoever begins.
        let since: UInt64?
        let isKnown: Bool
        let done: @Sendable (String) -> Void
    }

    private static let quietLimit = Duration.seconds(300)
    private static let lifetime = Duration.seconds(1800)
    /// To send something to a client costs some 30 µs: so telling takes a third of one core while there is much to tell.
    private static let pausePerClient = Duration.microseconds(100)
    private static let longestPause = Duration.milliseconds(20)

    package let gate: MessageGate?
    let storage: any Storage
    let layouts: CurrentLayouts
    let plans: ReadPlans
    private let redirects: OAuth2Redirects
    let logger: Logger
    let table = ListenerTable()
    let log = ChangeLog()
    let queue = HubQueue()
    let slow = SlowQuestions()

    /// - Parameter gate: Past which all messages go.
    package init(
        storage: any Storage,
        layouts: CurrentLayouts,
        redirects: OAuth2Redirects,
        gate: MessageGate? = nil,
        logger: Logger
    ) {
        self.gate = gate
        self.storage = storage
        self.layouts = layouts
        self.redirects = redirects
        self.logger = logger
        plans = ReadPlans(dialect: storage.dialect)
    }

    // MARK: - Clients

    /// An id for a client that is about to come: only it is to know it.
    package static func newClientID() -> String { RandomText.make(40) }

    /// Takes a client in, and tells it its id.
    /// - Parameters:
    ///   - address: From where alone it may say what it wants to hear.
    ///   - id: The client's, where it is chosen already.
    package func connect(from address: String, as id: String? = nil, _ sink: any EventSink) -> RealtimeClient {
        let listener = Listener(id: id ?? Self.newClientID(), address: address, sink: sink, gate: gate)
        table.add(listener)
        listener.send(event: "PB_CONNECT", Array(#"{"clientId":"\#(listener.id)"}"#.utf8))
        return RealtimeClient(listener: listener)
    }

    package func disconnect(_ client: RealtimeClient) {
        client.listener.state.withLock { $0.hasEnded = true }
        table.remove(client.listener)
        redirects.forget(client.listener.id)
    }

    /// Why a client does not get what it asks for.
    package enum Refusal: Error {
        case unknownClient
        /// The request comes from elsewhere than the connection.
        case otherAddress
        /// The client was somebody else before.
        case otherCaller
    }

    /// Replaces what a client listens to.
    /// - Parameters:
    ///   - since: The position of the last event that the client knows; empty to begin; nil for a client that knows of no
    ///     positions.
    /// - Returns: The position from which on it is told of everything, nil for a client that knows of none.
    /// - Throws: ``Refusal``.
    package func subscribe(
        _ clientID: String,
        to texts: [String],
        as signedIn: SignedInRecord?,
        from address: String,
        since: String?
    ) async throws -> String? {
        guard let listener = table.listener(clientID) else { throw Refusal.unknownClient }
        guard listener.address == address else { throw Refusal.otherAddress }
        let current = layouts.value
        let before = listener.state.withLock { $0.identity }.flatMap { $0.isValid(in: current) ? $0.caller : nil }
        if let before, before.id != signedIn?.caller.id || before.collectionID != signedIn?.caller.collectionID {
            throw Refusal.otherCaller
        }
        let topics = OrderedSet(texts).filter { !$0.isEmpty }.map { Topic($0) }
        awaitRedirect(listener, topics)
        let identity = signedIn.map(Listener.Identity.init)
        guard let since else {
            table.set(listener) { state in
                (state.identity, state.topics, state.wantsPositions) = (identity, topics, false)
                state.begin = 0
                state.generation += 1
            }
            return nil
        }
        log.keep()
        let position = log.position(since)
        return await withCheckedContinuation { continuation in
            let subscription = Subscription(
                listener: listener,
                identity: identity,
                topics: topics,
                since: since.isEmpty ? nil : position ?? 0,
                isKnown: since.isEmpty || position != nil,
                done: { continuation.resume(returning: $0) }
            )
            if queue.add(subscription) { return }
            // It would wait for events that never come.
            listener.end()
            continuation.resume(returning: log.text(log.last))
        }
    }

    /// A client that signs in with another provider is told what the browser came back with.
    private func awaitRedirect(_ listener: Listener, _ topics: [Topic]) {
        guard topics.contains(where: { $0.text == "@oauth2" }) else { return redirects.forget(listener.id) }
        redirects.expect(for: listener.id, at: listener.address) { [table] arrival in
            var data: JSONObject = ["state": .string(arrival.state), "code": .string(arrival.code)]
            if !arrival.error.isEmpty { data["error"] = .string(arrival.error) }
            let isTold = listener.send(event: "@oauth2", Array(JSONValue.object(data).text.utf8))
            table.set(listener) { $0.topics.removeAll { $0.text == "@oauth2" } }
            return isTold
        }
    }

    // MARK: - Changes

    package var isRepeatable: Bool { true }

    package func watches(_ layout: RecordLayout) -> Bool {
        log.isKept || table.hasListeners(collectionID: layout.collectionID, name: layout.collectionName)
            || layout.isAuth && table.hasCallers
    }

    package func willDelete(_ record: Record, in session: any WriteSession) throws {
        let committed = RecordChange(action: .delete, record: record, original: record)
        guard watches(record.layout) else {
            // Somebody may come before the commit.
            return session.afterCommit { self.enqueue(committed, nil) }
        }
        var audience = Audience(layout: record.layout, layouts: layouts.value, plans: plans)
        audience.seat(table, recordID: record.id, position: nil)
        // Other writers wait meanwhile.
        let moment = Audience.Moment.stored(id: record.id)
        let seen = try Self.look([audience], [moment], session, slow, patience: .milliseconds(200))[0]
        report(seen.failure)
        giveUp(seen.unheard)
        let farewell = Farewell(audience: audience, deliveries: seen.deliveries)
        session.afterCommit { self.enqueue(committed, farewell) }
    }

    package func didCommit(_ change: RecordChange) {
        if change.action != .delete { enqueue(change, nil) }
    }

    private func enqueue(_ change: RecordChange, _ farewell: Farewell?) {
        guard watches(change.record.layout) else { return }
        let item = Change(
            action: change.action,
            layout: change.record.layout,
            recordID: change.record.id,
            record: change.record,
            position: log.append(change),
            farewell: farewell
        )
        if !queue.add(item) {
            logger.warning("Too many changes wait to be told: all clients have to connect again.")
            shutdown()
        }
    }

    // MARK: - Telling

    /// Tells of changes until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.endOldConnections() }
            for await _ in queue.signals {
                while !Task.isCancelled, let work = queue.next() {
                    switch work {
                    case .changes(let changes): await pause(after: await tell(changes))
                    case .subscription(let subscription): begin(subscription)
                    case .replay(let replay): await go(on: replay)
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Where changes come fast, those of a moment reach many clients in one piece each. A change after a quiet moment is
    /// told at once.
    /// - Parameter count: How many clients were told.
    private func pause(after count: Int) async {
        guard count > 0, !queue.isLong else { return }
        try? await Task.sleep(for: min(Self.pausePerClient * count, Self.longestPause))
    }

    /// Lets all clients go, so that the server can stop.
    package func shutdown() {
        for listener in table.all { listener.end() }
    }

    // MARK: - Time

    private func endOldConnections() async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
            let now = ContinuousClock.now
            for listener in table.all {
                let quiet = now - listener.state.withLock { $0.lastSent }
                if quiet >= Self.quietLimit || now - listener.connected >= Self.lifetime { listener.end() }
            }
        }
    }
}

/// A connected client, for whoever holds its connection.
package struct RealtimeClient: Sendable {
    let listener: Listener
}

extension Listener.Identity {
    init(_ signedIn: SignedInRecord) {
        self.init(
            caller: signedIn.caller,
            tokenKey: signedIn.record.text("tokenKey"),
            collectionSecret: signedIn.record.layout.tokens[.auth]?.secret ?? ""
        )
    }
}
