#if canImport(Glibc)
    import CLinux
    import Glibc
#endif

/// Gives memory back that a load needed, once it is over. glibc keeps what was freed for as long as something above it is
/// in use: after a busy hour that is more than what the server itself needs.
struct IdleMemory: Sendable {
    /// Less than this part of a core is quiet.
    private static let quiet = Duration.milliseconds(200)
    private static let interval = Duration.seconds(1)

    /// Watches until the task is cancelled.
    func run() async {
        #if canImport(Glibc)
            var wasBusy = true
            var before = Self.processorTime()
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                let now = Self.processorTime()
                let isBusy = now - before > Self.quiet
                if wasBusy, !isBusy { malloc_trim(0) }
                (wasBusy, before) = (isBusy, Self.processorTime())
            }
        #endif
    }

    #if canImport(Glibc)
        /// What the process has used of all cores.
        private static func processorTime() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
    #endif
}
