import Synchronization

#if canImport(Glibc)
    import CLinux
    import Glibc
#else
    import Darwin
#endif

/// How long a job may compute before nobody waits for it any longer.
///
/// Scripts are ended by the engine (``ScriptLimits``), which asks between their steps. A regular expression that tries
/// everything is one step, however long it takes, and so is a chain of promises that are settled already: their thread is
/// given up instead, and works on behind all others.
package struct ScriptWatch: Sendable {
    /// Of processor time.
    let limit: Duration
    /// Told once, from another thread.
    let whenGivenUp: @Sendable () -> Void

    package init(limit: Duration, whenGivenUp: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.whenGivenUp = whenGivenUp
    }
}

/// What somebody who looks after a thread knows of its work.
final class WatchedThread: Sendable {
    private struct Work {
        let watch: ScriptWatch
        /// What the thread had computed when it was looked at first: most jobs are over before. In nanoseconds.
        var start: UInt64?
        var isGivenUp = false
    }

    private let clock: ThreadClock?
    private let work = Mutex<Work?>(nil)

    /// - Parameter clock: Of the thread; without one it is never given up.
    init(clock: ThreadClock?) {
        self.clock = clock
    }

    func begin(_ watch: ScriptWatch) {
        work.withLock { $0 = Work(watch: watch) }
    }

    /// - Returns: Whether the thread still belongs to those that work.
    func end() -> Bool {
        work.withLock { work in
            defer { work = nil }
            return work?.isGivenUp != true
        }
    }

    /// Looks after the thread.
    /// - Returns: The watch, where it is given up now.
    func check() -> ScriptWatch? {
        work.withLock { work in
            guard let clock, let watched = work, !watched.isGivenUp, let now = clock.now else { return nil }
            guard let start = watched.start else {
                work?.start = now
                return nil
            }
            guard Duration.nanoseconds(Int64(clamping: now &- start)) > watched.watch.limit else { return nil }
            work?.isGivenUp = true
            clock.yieldToOthers()
            return watched.watch
        }
    }
}

/// The processor time of a thread, for other threads.
struct ThreadClock: Sendable {
    #if canImport(Glibc)
        private let clock: clockid_t
        private let number: Int32

        /// The calling thread's.
        init?() {
            var clock = clockid_t()
            guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
            self.clock = clock
            number = martlet_thread_number()
        }

        /// In nanoseconds; nil when the thread has ended.
        var now: UInt64? {
            var time = timespec()
            guard clock_gettime(clock, &time) == 0 else { return nil }
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }

        /// Lets all other threads go first.
        func yieldToOthers() { martlet_lower_priority(number) }
    #else
        // Darwin has no clock of other threads.
        init?() { return nil }
        var now: UInt64? { nil }
        func yieldToOthers() {}
    #endif
}
