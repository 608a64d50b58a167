import Synchronization

/// What other threads want done in an instance, in their order.
package final class ScriptInbox: Sendable {
    package typealias Task = @Sendable (ScriptInstance) -> Void

    struct Entry: Sendable {
        let task: Task
        /// The call for which it is done.
        let whenStopped: ScriptInstance.StopHandler?
    }

    private struct State {
        var entries: [Entry] = []
        /// Wakes whoever waits for the next task; nil while nobody does.
        var waiter: WaitingThread?
    }

    private let state = Mutex(State())

    func add(_ entry: Entry) {
        state.withLock { state in
            state.entries.append(entry)
            state.waiter?.wake()
        }
    }

    var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }

    func takeAll() -> [Entry] {
        state.withLock { state in
            defer { state.entries = [] }
            return state.entries
        }
    }

    /// Waits for a task.
    /// - Returns: Whether there is one.
    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let waiter = WaitingThread()
        let isReady = state.withLock { state in
            if state.entries.isEmpty { state.waiter = waiter }
            return !state.entries.isEmpty
        }
        if isReady { return true }
        defer { state.withLock { $0.waiter = nil } }
        return waiter.wait(until: deadline)
    }
}
