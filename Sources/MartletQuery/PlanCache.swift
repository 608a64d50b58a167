import Synchronization

/// Keeps what was compiled, by the texts it was compiled from. A schema change empties it.
package final class PlanCache<Key: Hashable & Sendable, Plan: Sendable>: Sendable {
    private struct State {
        var version = -1
        var plans: [Key: [Plan]] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: So many keys are kept; one more empties the cache.
    package init(limit: Int = 2000) {
        self.limit = limit
    }

    /// The plan for a key that fits, made and kept if there is none.
    /// - Parameter version: The catalog's, to which plans belong.
    package func plan<Failure: Error>(
        for key: Key,
        version: Int,
        where fits: (Plan) -> Bool,
        make: () throws(Failure) -> Plan
    ) throws(Failure) -> Plan {
        let found = state.withLock { state -> Plan? in
            guard state.version == version else { return nil }
            return state.plans[key]?.first(where: fits)
        }
        if let found { return found }
        let plan = try make()
        state.withLock { state in
            if state.version != version || state.plans.count >= limit {
                state.plans.removeAll(keepingCapacity: true)
                state.version = version
            }
            // Shapes of request values are few, but a client chooses them.
            if state.plans[key]?.count ?? 0 >= 16 { state.plans[key] = nil }
            state.plans[key, default: []].append(plan)
        }
        return plan
    }
}
