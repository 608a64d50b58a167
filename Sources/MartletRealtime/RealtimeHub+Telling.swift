import Logging
import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletStorage
import Synchronization

extension RealtimeHub {
    func tell(_ change: Change) async {
        do {
            if change.layout.isAuth { try await followIdentity(change) }
            if let farewell = change.farewell {
                let due = farewell.deliveries.filter { $0.listener.state.withLock { $0.begin } < change.position }
                send(due, change.action, change.position)
            }
            let current = layouts.value
            // The collection may have another name by now, or be gone.
            guard let layout = current.layout(id: change.layout.collectionID) else { return }
            var audience = Audience(layout: layout, layouts: current, plans: plans)
            audience.seat(table, recordID: change.recordID, position: change.position)
            if let farewell = change.farewell { audience.remove(seatedIn: farewell.audience) }
            guard !audience.isEmpty else { return }
            let seated = audience
            // A record of before a change of the collection does not fit its fields any more.
            let isCurrent = change.layout === layout
            let moment: Audience.Moment = isCurrent ? .state(change.record) : .stored(id: change.recordID)
            let seen = try await storage.read { try seated.look(at: moment, $0) }
            report(seen.failure)
            send(seen.deliveries, change.action, change.position)
        } catch {
            report(error)
        }
    }

    func report(_ failure: (any Error)?) {
        guard let failure else { return }
        logger.warning("A change was not told to clients.", metadata: ["error": "\(failure)"])
    }

    func send(_ deliveries: [Audience.Delivery], _ action: RecordChange.Action, _ position: UInt64) {
        var last: (record: [UInt8], wantsPosition: Bool, data: [UInt8])?
        for delivery in deliveries {
            // Those who see the same follow each other.
            if last?.wantsPosition != delivery.wantsPosition || last?.record != delivery.record {
                let place = delivery.wantsPosition ? log.text(position) : nil
                let data = Self.data(delivery.record, action, place)
                last = (delivery.record, delivery.wantsPosition, data)
            }
            if let data = last?.data { delivery.listener.send(event: delivery.topic, data) }
        }
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
