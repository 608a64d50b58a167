import Dispatch

/// A thread that waits until another wakes it.
package struct WaitingThread: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    package func wake() { semaphore.signal() }

    package func wait() { semaphore.wait() }

    /// - Returns: Whether somebody woke it in time.
    package func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let (seconds, attoseconds) = (deadline - .now).components
        let nanoseconds = max(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000), 0)
        return semaphore.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success
    }
}
