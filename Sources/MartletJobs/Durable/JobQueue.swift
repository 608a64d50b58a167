package import Logging
package import MartletCore
package import MartletStorage
import Synchronization

/// Runs durable jobs: each at least once, again after a failure with growing pauses, and after that laid aside.
package final class JobQueue: Sendable {
    private struct State {
        /// By name, with those whose handlers they are.
        var handlers: [String: (owner: String, handler: JobHandler)] = [:]
        /// How many run, by name.
        var running: [String: Int] = [:]
        var hasRecovered = false
        var alarm: Task<Void, any Error>?
    }

    private let storage: any Storage
    private let logger: Logger
    private let table: JobTable
    private let isThere: @Sendable () -> Bool
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let input: AsyncStream<Void>.Continuation

    /// The longest pause before another attempt. In seconds.
    private static let longestPause = 3600.0
    /// The queue looks that often whatever it was told: the clock on the wall may be set.
    private static let longestSleep = Duration.seconds(30)

    /// - Parameter isThere: Whether the collection of jobs has been made.
    package init(storage: any Storage, logger: Logger, isThere: @escaping @Sendable () -> Bool) {
        self.storage = storage
        self.logger = logger
        self.isThere = isThere
        table = JobTable(storage.dialect)
        (signals, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: - Handlers

    /// Puts other handlers in the place of all that an owner had.
    package func use(_ handlers: [String: JobHandler], owner: String) {
        state.withLock { state in
            state.handlers = state.handlers.filter { $0.value.owner != owner }
            for (name, handler) in handlers { state.handlers[name] = (owner, handler) }
        }
        wake()
    }

    /// Puts a job in the queue, within the caller's transaction.
    /// - Returns: Its id.
    package func add(
        _ name: String,
        _ payload: JSONValue,
        _ options: JobOptions = JobOptions(),
        _ session: any WriteSession
    ) throws -> String {
        let id = try table.add(name, payload, options, session)
        session.afterCommit { self.wake() }
        return id
    }

    /// Has the queue look for what is due.
    package func wake() { input.yield() }

    // MARK: - Running

    /// Runs jobs until the task is cancelled. Those that run then begin anew at the next start.
    package func run() async {
        wake()
        await withDiscardingTaskGroup { group in
            for await _ in signals {
                await begin(&group)
                await setAlarm()
            }
            group.cancelAll()
        }
        state.withLock { $0.alarm?.cancel() }
    }

    private func begin(_ group: inout DiscardingTaskGroup) async {
        guard isThere() else { return }
        let room = state.withLock { state in
            state.handlers.reduce(into: [String: Int]()) { room, entry in
                room[entry.key] = entry.value.handler.parallel - state.running[entry.key, default: 0]
            }
        }
        guard room.values.contains(where: { $0 > 0 }) else { return }
        do {
            for job in try await take(room) {
                state.withLock { $0.running[job.name, default: 0] += 1 }
                group.addTask { await self.run(job) }
            }
        } catch {
            logger.error("Jobs could not be taken from the queue.", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func take(_ room: [String: Int]) async throws -> [DurableJob] {
        let names = room.filter { $0.value > 0 }.map(\.key)
        let hasRecovered = state.withLock { $0.hasRecovered }
        if hasRecovered {
            // A look costs no write.
            let next = try await storage.read { [table] in try table.next(names, $0) }
            guard let next, next <= .now else { return [] }
        }
        let jobs = try await storage.write { [table] session in
            if !hasRecovered { try table.recover(session) }
            return try table.take(room, session)
        }
        state.withLock { $0.hasRecovered = true }
        return jobs
    }

    /// Has the queue wake when the next job is due.
    private func setAlarm() async {
        var sleep = Self.longestSleep
        let names = state.withLock { state in
            state.handlers.filter { $0.value.handler.parallel > state.running[$0.key, default: 0] }.map(\.key)
        }
        if isThere(), let next = try? await storage.read({ [table] in try table.next(names, $0) }) {
            sleep = min(sleep, .milliseconds(max(next.milliseconds - Timestamp.now.milliseconds, 1)))
        }
        let wait = sleep
        let alarm = Task {
            try await Task.sleep(for: wait)
            wake()
        }
        state.withLock { state in
            state.alarm?.cancel()
            state.alarm = alarm
        }
    }

    private func run(_ job: DurableJob) async {
        let handler = state.withLock { $0.handlers[job.name]?.handler }
        do {
            guard let handler else { throw NoHandler() }
            try await handler.run(job)
            await settle(job) { try $0.finish(job.id, $1) }
        } catch is CancellationError where Task.isCancelled {
            // The server ends.
            await settle(job) { try $0.recover(job.id, attempts: job.attempt - 1, $1) }
        } catch {
            await fail(job, error)
        }
        state.withLock { $0.running[job.name, default: 1] -= 1 }
        wake()
    }

    private func fail(_ job: DurableJob, _ error: any Error) async {
        let isLast = job.attempt > job.retries || error is JobRefusal
        // 1, 2, 4, 8 … seconds, with some chance in it, so that those that failed together do not come back together.
        let pause = min(pow2(job.attempt - 1), Self.longestPause) * Double.random(in: 0.9...1.1)
        let start = isLast ? nil : Timestamp.now.adding(milliseconds: Int64(pause * 1000))
        if isLast {
            logger.error(
                "A job has failed for good.",
                metadata: ["job": "\(job.name)", "id": "\(job.id)", "error": "\(error)"]
            )
        }
        await settle(job) { try $0.fail(job.id, "\(error)", again: start, $1) }
    }

    private struct NoHandler: Error, CustomStringConvertible {
        let description = "nobody does jobs of this name any more"
    }

    /// Notes how a job ended; a full disk may have room again in a moment.
    private func settle(
        _ job: DurableJob,
        _ body: @escaping @Sendable (JobTable, any WriteSession) throws -> Void
    ) async {
        let table = table
        for attempt in 1...5 {
            do {
                _ = try await storage.write { try body(table, $0) }
                return
            } catch {
                logger.error(
                    "A job's end was not stored; without that, it runs again at the next start.",
                    metadata: ["id": "\(job.id)", "attempt": "\(attempt)", "error": "\(error)"]
                )
                if Task.isCancelled { return }
                try? await Task.sleep(for: .seconds(attempt))
            }
        }
    }

    private func pow2(_ exponent: Int) -> Double { Double(sign: .plus, exponent: min(exponent, 20), significand: 1) }
}
