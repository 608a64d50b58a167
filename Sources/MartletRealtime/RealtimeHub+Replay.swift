import Logging
import MartletCore
import MartletRecords
import MartletStorage
import Synchronization

/// Tells clients what they missed, a little at a time, so that whoever missed much keeps nobody else waiting. Meanwhile
/// they are told of nothing else, so that positions come in their order.
extension RealtimeHub {
    struct Replay: Sendable {
        let listener: Listener
        /// The request for topics that this is for; a later one ends it.
        let generation: Int
        var missed: ArraySlice<ChangeLog.Entry>
        /// The end of what is in `missed`.
        var end: UInt64
    }

    /// How long one client is told before others have their turn.
    private static let turn = Duration.milliseconds(50)
    /// How long the questions of one client about one change may take.
    private static let patience = Duration.milliseconds(200)
    /// In bytes.
    private static let waitingLimit = 256 << 10

    func begin(_ subscription: Subscription) {
        let listener = subscription.listener
        let now = log.last
        let told = listener.state.withLock { $0.told }
        let missed = subscription.since.flatMap { since in
            subscription.isKnown ? log.changes(after: since, through: now, told: told) : nil
        }
        var generation = 0
        table.set(listener) { state in
            (state.identity, state.topics) = (subscription.identity, subscription.topics)
            (state.wantsPositions, state.begin) = (true, missed == nil ? now : .max)
            state.generation += 1
            generation = state.generation
        }
        subscription.done(log.text(now))
        if let missed {
            proceed(Replay(listener: listener, generation: generation, missed: missed[...], end: now))
        } else if subscription.since != nil {
            tellGap(listener, now)
        }
    }

    func go(on replay: Replay) async {
        guard isWanted(replay) else { return }
        let end = ContinuousClock.now + Self.turn
        var rest = replay
        while let entry = rest.missed.first, ContinuousClock.now < end {
            // A client is given no more than it takes.
            guard replay.listener.sink.waitingBytes < Self.waitingLimit else { return later(rest) }
            do {
                guard try await tell(entry, to: replay.listener) else {
                    return finish(replay, at: log.last, hasGap: true)
                }
            } catch {
                logger.warning("A missed change was not told.", metadata: ["error": "\(error)"])
                return finish(replay, at: log.last, hasGap: true)
            }
            rest.missed.removeFirst()
        }
        proceed(rest)
    }

    /// Comes back to it when the client has had a moment to read.
    private func later(_ replay: Replay) {
        Task { [queue] in
            try? await Task.sleep(for: .milliseconds(20))
            if !queue.add(replay) { replay.listener.end() }
        }
    }

    private func isWanted(_ replay: Replay) -> Bool {
        replay.listener.state.withLock { !$0.hasEnded && $0.generation == replay.generation }
    }

    /// Comes back to it when those who wait now had their turn.
    private func proceed(_ replay: Replay) {
        var replay = replay
        if replay.missed.isEmpty {
            let now = log.last
            let told = replay.listener.state.withLock { $0.told }
            guard let missed = log.changes(after: replay.end, through: now, told: told) else {
                return finish(replay, at: now, hasGap: true)
            }
            if missed.isEmpty { return finish(replay, at: now, hasGap: false) }
            (replay.missed, replay.end) = (missed[...], now)
        }
        if !queue.add(replay) { finish(replay, at: log.last, hasGap: true) }
    }

    private func finish(_ replay: Replay, at position: UInt64, hasGap: Bool) {
        let isLast = replay.listener.state.withLock { state in
            guard state.generation == replay.generation else { return false }
            state.begin = position
            return true
        }
        if hasGap, isLast { tellGap(replay.listener, position) }
    }

    private func tellGap(_ listener: Listener, _ position: UInt64) {
        let data: JSONValue = ["position": .string(log.text(position))]
        listener.send(event: "@gap", Array(data.text.utf8))
    }

    /// - Returns: false for what cannot be told any more.
    private func tell(_ entry: ChangeLog.Entry, to listener: Listener) async throws -> Bool {
        let current = layouts.value
        guard let layout = current.layout(id: entry.collectionID) else { return true }
        var audience = Audience(layout: layout, layouts: current, plans: plans)
        audience.seat(listener, recordID: entry.recordID)
        guard !audience.isEmpty else { return true }
        // What it was does not fit the fields of now, and nobody can say who might see it.
        if let record = entry.record, record.layout !== layout { return false }
        let seated = audience
        let seen = try await storage.read { [slow] session in
            let moment: Audience.Moment = entry.record.map { .state($0) } ?? .stored(id: entry.recordID)
            return try Self.look([seated], [moment], session, slow, patience: Self.patience)[0]
        }
        report(seen.failure)
        // Whether it was to be seen cannot be said any more.
        if seen.isDoubtful { return false }
        giveUp(seen.unheard)
        flush(post(seen.deliveries, entry.action, entry.position))
        return true
    }
}
