import Logging
import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletStorage
import Synchronization

extension RealtimeHub {
    /// Tells of changes that were committed one after the other; a client gets what there is for it in one piece.
    /// - Returns: How many clients were told.
    func tell(_ changes: [Change]) async -> Int {
        if let change = changes.first, change.layout.isAuth {
            do {
                try await followIdentity(change)
            } catch {
                report(error)
                return 0
            }
        }
        var told: [Listener] = []
        for (change, seen) in zip(changes, await look(at: changes)) {
            if let farewell = change.farewell {
                let due = farewell.deliveries.filter { $0.listener.state.withLock { $0.begin } < change.position }
                told += post(due, change.action, change.position)
            }
            report(seen.failure)
            told += post(seen.deliveries, change.action, change.position)
            giveUp(seen.unheard)
        }
        flush(told)
        return told.count
    }

    /// How long all questions about changes that are told together may take.
    private static let patience = Duration.seconds(2)

    private func look(at changes: [Change]) async -> [Audience.Result] {
        let current = layouts.value
        let audiences = changes.map { audience(of: $0, current) }
        let moments = zip(changes, audiences).map { change, audience in audience.map { change.moment(for: $0.layout) } }
        guard !audiences.allSatisfy({ $0 == nil }) else { return changes.map { _ in Audience.Result() } }
        do {
            return try await storage.read { [slow] session in
                try Self.look(audiences, moments, session, slow, patience: Self.patience)
            }
        } catch  where changes.count > 1 {
            // One of them is too much: alone it is no trouble for the others.
            var seen: [Audience.Result] = []
            for change in changes { seen += await look(at: [change]) }
            return seen
        } catch {
            return [Audience.Result(failure: error, unheard: audiences.flatMap { $0?.listeners ?? [] })]
        }
    }

    /// Asks the quick questions about all changes first: who asks a slow one waits for the others, and not they for it.
    static func look(
        _ audiences: [Audience?],
        _ moments: [Audience.Moment?],
        _ session: any ReadSession,
        _ slow: SlowQuestions,
        patience: Duration
    ) throws -> [Audience.Result] {
        let end = ContinuousClock.now + patience
        var results = audiences.map { _ in Audience.Result() }
        for round in [Audience.Round.quick, .slow] {
            for index in audiences.indices {
                guard let audience = audiences[index], let moment = moments[index] else { continue }
                try audience.look(at: moment, session, round, slow, until: end, into: &results[index])
            }
        }
        return results
    }

    /// Ends the connections of clients that cannot be told of a change: they come again and read what there is.
    func giveUp(_ listeners: [Listener]) {
        guard !listeners.isEmpty else { return }
        logger.warning(
            "Clients have to connect again: what they ask takes too long.",
            metadata: ["count": "\(listeners.count)"]
        )
        for listener in listeners { listener.end() }
    }

    /// Who may have to be told of a change, beside those who were asked before a record went.
    /// - Returns: nil for nobody.
    private func audience(of change: Change, _ current: RecordLayouts) -> Audience? {
        // The collection may have another name by now, or be gone.
        guard let layout = current.layout(id: change.layout.collectionID) else { return nil }
        var audience = Audience(layout: layout, layouts: current, plans: plans)
        audience.seat(table, recordID: change.recordID, position: change.position)
        if let farewell = change.farewell { audience.remove(seatedIn: farewell.audience) }
        return audience.isEmpty ? nil : audience
    }

    func report(_ failure: (any Error)?) {
        guard let failure else { return }
        logger.warning("A change was not told to some clients.", metadata: ["error": "\(failure)"])
    }

    /// Lays events out for clients.
    /// - Returns: Those who have something to be sent now.
    func post(
        _ deliveries: [Audience.Delivery],
        _ action: RecordChange.Action,
        _ position: UInt64
    ) -> [Listener] {
        var last: (record: [UInt8], wantsPosition: Bool, data: [UInt8])?
        var waiting: [Listener] = []
        for delivery in deliveries {
            // Those who see the same follow each other.
            if last?.wantsPosition != delivery.wantsPosition || last?.record != delivery.record {
                let place = delivery.wantsPosition ? log.text(position) : nil
                let data = Self.data(delivery.record, action, place)
                last = (delivery.record, delivery.wantsPosition, data)
            }
            guard let data = last?.data else { continue }
            if delivery.listener.post(event: delivery.topic, data, position: position) {
                waiting.append(delivery.listener)
            }
        }
        return waiting
    }

    func flush(_ listeners: [Listener]) {
        for listener in listeners { listener.flush() }
    }

    private static func data(_ record: [UInt8], _ action: RecordChange.Action, _ position: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: record.count + 64)
        writer.raw(#"{"record":"#)
        writer.raw(record)
        writer.raw(#","action":""#)
        writer.raw(action.rawValue)
        writer.raw(#"""#)
        if let position {
            writer.raw(#","position":"#)
            writer.string(position)
        }
        writer.raw("}")
        return writer.bytes
    }

    /// Clients who are the changed record go on as what it has become, or as guests (`realtime.md`, Client auth life cycle).
    private func followIdentity(_ change: Change) async throws {
        let listeners = table.listeners(as: change.recordID)
        guard !listeners.isEmpty else { return }
        let stored = try await storage.read { try change.layout.record(id: change.recordID, in: $0) }
        for listener in listeners {
            table.set(listener) { state in
                guard let identity = state.identity, identity.caller.collectionID == change.layout.collectionID else {
                    return
                }
                guard let stored, stored.text("tokenKey") == identity.tokenKey else { return state.identity = nil }
                state.identity?.caller = RequestValues.Caller(stored)
            }
        }
    }
}

extension RealtimeHub.Change {
    /// A record of before a change of its collection does not fit the fields any more: what it is by now has to do.
    fileprivate func moment(for current: RecordLayout) -> Audience.Moment {
        layout === current ? .state(record) : .stored(id: recordID)
    }
}
