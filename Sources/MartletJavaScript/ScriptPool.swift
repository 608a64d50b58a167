import Synchronization

/// Instances that all know the same scripts. Whoever runs a script borrows one; the one that was given back last goes
/// first, while it is warm.
package final class ScriptPool: Sendable {
    private struct State {
        var idle: [ScriptInstance] = []
        var isOver = false
    }

    package let threads: ScriptThreads
    private let limits: ScriptLimits
    private let prepare: @Sendable (ScriptInstance) throws -> Void
    private let state = Mutex(State())
    /// So many instances stay when nobody needs them.
    private let keeps: Int
    /// An instance whose heap stays larger is not used again. In bytes.
    private static let heapLimit = 192 << 20
    private static let measureInterval: Duration = .seconds(5)

    /// - Parameter prepare: Puts what scripts need into a new instance.
    package init(
        threads: ScriptThreads,
        limits: ScriptLimits = ScriptLimits(),
        keeps: Int = 16,
        prepare: @escaping @Sendable (ScriptInstance) throws -> Void
    ) {
        self.threads = threads
        self.limits = limits
        self.keeps = keeps
        self.prepare = prepare
    }

    /// Runs `body` with an instance of its own, on the calling thread.
    /// - Throws: What `body` throws, and ``ScriptStop``.
    package func run<T>(_ body: (ScriptInstance) throws -> T) throws -> T {
        let instance = try borrow()
        do {
            let result = try instance.limited { try body(instance) }
            giveBack(instance)
            return result
        } catch let stop as ScriptStop {
            // What it has on its heap is of no use to anybody.
            if case .memory = stop { instance.collectGarbage() }
            giveBack(instance)
            throw stop
        } catch {
            giveBack(instance)
            throw error
        }
    }

    private func borrow() throws -> ScriptInstance {
        if let instance = state.withLock({ $0.idle.popLast() }) { return instance }
        let instance = ScriptInstance(limits: limits)
        instance.attach(to: self)
        try prepare(instance)
        return instance
    }

    private func giveBack(_ instance: ScriptInstance) {
        let isWorn = isWorn(instance)
        while true {
            instance.runInbox()
            let isDone = state.withLock { state in
                guard instance.inbox.isEmpty else { return false }
                let isWanted = !state.isOver && !isWorn && state.idle.count < keeps
                if isWanted || instance.hasPromises { state.idle.append(instance) }
                return true
            }
            if isDone { return }
        }
    }

    private func isWorn(_ instance: ScriptInstance) -> Bool {
        instance.uses += 1
        guard instance.uses % 64 == 0 else { return false }
        // The engine counts every object for that, which takes longer than a hundred calls.
        let now = ContinuousClock.now
        guard now - instance.lastMeasured > Self.measureInterval else { return false }
        instance.lastMeasured = now
        guard instance.heapSize > Self.heapLimit else { return false }
        instance.collectGarbage()
        return instance.heapSize > Self.heapLimit
    }

    /// Has something done in an instance, at once if nobody works with it.
    func post(_ entry: ScriptInbox.Entry, to instance: ScriptInstance) {
        instance.inbox.add(entry)
        let isResting = state.withLock { state in
            guard let index = state.idle.firstIndex(where: { $0 === instance }) else { return false }
            state.idle.remove(at: index)
            return true
        }
        guard isResting else { return }
        let isAccepted = threads.submit { self.giveBack(instance) }
        // Better late than never: the next one who borrows it does it.
        if !isAccepted { state.withLock { $0.idle.append(instance) } }
    }

    /// Lets instances go as they become idle.
    package func retire() {
        state.withLock { state in
            state.isOver = true
            state.idle.removeAll { !$0.hasPromises }
        }
    }
}
