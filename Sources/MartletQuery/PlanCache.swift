import Synchronization

/// Keeps what was compiled, by the texts it was compiled from. A schema change empties it.
///
/// Two generations: what is used moves to the young one; when that is full, the old one goes and the young one takes its
/// place. So filters that come once do not push out those that come all the time.
package final class PlanCache<Key: Hashable & Sendable, Plan: Sendable>: Sendable {
    private struct State {
        var version = -1
        var young: [Key: [Plan]] = [:]
        var old: [Key: [Plan]] = [:]
        var youngWeight = 0
    }

    private static var countLimit: Int { 1000 }
    private static var weightLimit: Int { 4 << 20 }
    /// Shapes of request values are few, but a client chooses them.
    private static var shapeLimit: Int { 16 }

    private let weight: @Sendable (Plan) -> Int
    private let state = Mutex(State())

    /// - Parameter weight: The size of a plan, in bytes of the texts that it holds.
    package init(weight: @escaping @Sendable (Plan) -> Int) {
        self.weight = weight
    }

    /// The plan for a key that fits, made and kept if there is none.
    /// - Parameter version: The catalog's, to which plans belong.
    package func plan<Failure: Error>(
        for key: Key,
        version: Int,
        where fits: (Plan) -> Bool,
        make: () throws(Failure) -> Plan
    ) throws(Failure) -> Plan {
        let (plans, isOld) = state.withLock { state -> ([Plan], Bool) in
            guard state.version == version else { return ([], false) }
            if let plans = state.young[key] { return (plans, false) }
            return (state.old[key] ?? [], true)
        }
        if let plan = plans.first(where: fits) {
            if isOld { keep(plans, for: key, version: version) }
            return plan
        }
        let plan = try make()
        keep((plans.count < Self.shapeLimit ? plans : []) + [plan], for: key, version: version)
        return plan
    }

    private func keep(_ plans: [Plan], for key: Key, version: Int) {
        let added = plans.reduce(0) { $0 + weight($1) }
        state.withLock { state in
            if state.version != version {
                state = State()
                state.version = version
            }
            if state.young.count >= Self.countLimit || state.youngWeight + added > Self.weightLimit {
                state.old = state.young
                state.young = [:]
                state.youngWeight = 0
            }
            if added > Self.weightLimit { return }
            state.young[key] = plans
            state.youngWeight += added
        }
    }
}
