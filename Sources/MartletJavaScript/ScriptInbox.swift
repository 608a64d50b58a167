import Synchronization

/// What other threads want done in an instance, in their order.
package final class ScriptInbox: Sendable {
    package typealias Task = @Sendable (ScriptInstance) -> Void

    private struct State {
        var tasks: [Task] = []
        /// Wakes whoever waits for the next task; nil while nobody does.
        var waiter: WaitingThread?
    }

    private let state = Mutex(State())

    func add(_ task: @escaping Task) {
        state.withLock { state in
            state.tasks.append(task)
            state.waiter?.wake()
        }
    }

    var isEmpty: Bool { state.withLock { $0.tasks.isEmpty } }

    func takeAll() -> [Task] {
        state.withLock { state in
            defer { state.tasks = [] }
            return state.tasks
        }
    }

    /// Waits for a task.
    /// - Returns: Whether there is one.
    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let waiter = WaitingThread()
        let isReady = state.withLock { state in
            if state.tasks.isEmpty { state.waiter = waiter }
            return !state.tasks.isEmpty
        }
        if isReady { return true }
        defer { state.withLock { $0.waiter = nil } }
        return waiter.wait(until: deadline)
    }
}
