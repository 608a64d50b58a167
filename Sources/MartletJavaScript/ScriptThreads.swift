import DequeModule
import Dispatch
import MartletCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Threads for scripts: they may block, and their stacks are deep.
///
/// No more scripts run at once than there are processors for them; one that waits for something else (``blocking(_:)``)
/// makes room for another, and so does one that nothing ends (``ScriptWatch``). The thread that rested last works first, while its caches are warm.
package final class ScriptThreads: Sendable {
    package typealias Job = @Sendable () -> Void

    private struct Task {
        let job: Job
        let watch: ScriptWatch?
    }

    private struct State {
        var waiting: Deque<Task> = []
        /// Those that other jobs wait for: they go first, and have a thread however many others wait.
        var nested: Deque<Task> = []
        var idle: [Worker] = []
        /// How many threads there are.
        var count = 0
        /// How many of them compute, and do not wait for something else.
        var running = 0
        var isOver = false
        /// Those that are looked after, and who does it.
        var watched: [ObjectIdentifier: WatchedThread] = [:]
        var watcher: (any DispatchSourceTimer)?
    }

    private let state = Mutex(State())
    private let parallel: Int
    private let limit: Int
    private let waitingLimit: Int
    private static let stackSize = 32 << 20
    private static let watchInterval: DispatchTimeInterval = .milliseconds(500)

    /// - Parameters:
    ///   - parallel: How many scripts compute at once.
    ///   - limit: How many threads there may be, waiting ones included.
    ///   - waitingLimit: How many jobs may wait for a thread.
    package init(parallel: Int, limit: Int = 64, waitingLimit: Int = 4096) {
        self.parallel = parallel
        self.limit = max(limit, parallel)
        self.waitingLimit = waitingLimit
    }

    /// - Parameter watch: How long it may compute, where somebody waits for it.
    /// - Returns: Whether the job will run. It does not when too many wait already, or when the threads have ended.
    package func submit(watch: ScriptWatch? = nil, _ job: @escaping Job) -> Bool {
        let task = Task(job: job, watch: watch)
        let (isAccepted, start) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            if state.isOver { return (false, nil) }
            if NestedWork.isNested {
                state.nested.append(task)
                return (true, next(&state))
            }
            if state.waiting.count >= waitingLimit { return (false, nil) }
            state.waiting.append(task)
            return (true, next(&state))
        }
        start?()
        return isAccepted
    }

    /// Lets another script compute while this thread waits in `body`. On a thread that is none of these, one script more than
    /// there are processors may compute meanwhile.
    package func blocking<T>(_ body: () throws -> T) rethrows -> T {
        let start = state.withLock { state in
            state.running -= 1
            return next(&state)
        }
        start?()
        defer { state.withLock { $0.running += 1 } }
        return try body()
    }

    /// Who is to be started for the jobs that wait.
    private func next(_ state: inout State) -> (@Sendable () -> Void)? {
        guard !state.waiting.isEmpty || !state.nested.isEmpty, state.running < parallel else { return nil }
        if let worker = state.idle.popLast() {
            state.running += 1
            return { worker.signal.wake() }
        }
        guard state.count < limit || !state.nested.isEmpty else { return nil }
        state.count += 1
        state.running += 1
        return { self.start(Worker()) }
    }

    private final class Worker: Sendable {
        let signal = WaitingThread()
    }

    /// What a new thread is given.
    private final class Start {
        let threads: ScriptThreads
        let worker: Worker

        init(_ threads: ScriptThreads, _ worker: Worker) {
            self.threads = threads
            self.worker = worker
        }
    }

    private func start(_ worker: Worker) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let argument = Unmanaged.passRetained(Start(self, worker)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = pthread_create(&thread, &attributes, { Self.main($0) }, argument)
        #else
            var thread = pthread_t()
            let code = pthread_create(
                &thread,
                &attributes,
                { argument in
                    if let argument { ScriptThreads.main(argument) }
                    return nil
                },
                argument
            )
        #endif
        guard code != 0 else { return }
        Unmanaged<Start>.fromOpaque(argument).release()
        state.withLock { state in
            state.count -= 1
            state.running -= 1
        }
    }

    private static func main(_ argument: UnsafeMutableRawPointer) {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.threads.work(start.worker)
    }

    private enum Step {
        case run(Task)
        case rest
        case end
    }

    private func work(_ worker: Worker) {
        let thread = WatchedThread(clock: ThreadClock())
        state.withLock { state in
            state.watched[ObjectIdentifier(thread)] = thread
            if state.watcher == nil { state.watcher = startWatcher() }
        }
        defer { state.withLock { $0.watched[ObjectIdentifier(thread)] = nil } }
        while true {
            switch state.withLock({ step(worker, &$0) }) {
            case .run(let task):
                guard run(task, thread) else {
                    return state.withLock { $0.count -= 1 }
                }
            case .rest: worker.signal.wait()
            case .end: return
            }
        }
    }

    /// - Returns: Whether the thread is still needed.
    private func run(_ task: Task, _ thread: WatchedThread) -> Bool {
        guard let watch = task.watch else {
            task.job()
            return true
        }
        thread.begin(watch)
        task.job()
        return thread.end()
    }

    private func startWatcher() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + Self.watchInterval, repeating: Self.watchInterval)
        timer.setEventHandler { [weak self] in self?.lookAfterThreads() }
        timer.resume()
        return timer
    }

    private func lookAfterThreads() {
        for thread in state.withLock({ Array($0.watched.values) }) {
            guard let watch = thread.check() else { continue }
            let start = state.withLock { state in
                state.running -= 1
                return next(&state)
            }
            start?()
            watch.whenGivenUp()
        }
    }

    private func step(_ worker: Worker, _ state: inout State) -> Step {
        if state.running <= parallel, let job = state.nested.popFirst() ?? state.waiting.popFirst() { return .run(job) }
        state.running -= 1
        if state.isOver {
            state.count -= 1
            return .end
        }
        state.idle.append(worker)
        return .rest
    }

    /// Lets waiting jobs finish, and ends the threads.
    package func shutdown() {
        let idle = state.withLock { state in
            state.isOver = true
            state.watcher?.cancel()
            state.watcher = nil
            defer { state.idle = [] }
            state.running += state.idle.count
            return state.idle
        }
        idle.forEach { $0.signal.wake() }
    }
}
