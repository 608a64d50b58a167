package import Logging
import MartletCore
import Synchronization

/// Jobs that run by the clock, and on demand.
package final class JobSchedule: Sendable {
    package struct Job: Sendable {
        package let id: String
        package let expression: CronExpression
        package let run: @Sendable () async throws -> Void

        package init(id: String, expression: CronExpression, run: @escaping @Sendable () async throws -> Void) {
            self.id = id
            self.expression = expression
            self.run = run
        }
    }

    private let jobs = Mutex<[Job]>([])
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    /// Adds a job, in place of the one with the same id.
    package func set(_ job: Job) {
        jobs.withLock { jobs in
            if let index = jobs.firstIndex(where: { $0.id == job.id }) { jobs[index] = job } else { jobs.append(job) }
        }
    }

    package func remove(_ id: String) {
        jobs.withLock { $0.removeAll { $0.id == id } }
    }

    /// In the order in which they were added.
    package var all: [Job] { jobs.withLock { $0 } }

    /// Starts a job now.
    /// - Returns: Whether there is one with this id.
    package func start(_ id: String) -> Bool {
        guard let job = all.first(where: { $0.id == id }) else { return false }
        Task { await run(job) }
        return true
    }

    /// Runs due jobs at the start of each minute until the task is cancelled.
    package func run() async {
        var next = (Timestamp.now.milliseconds / 60_000 + 1) * 60_000
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let wait = next - Timestamp.now.milliseconds
                // In short sleeps, since the clock on the wall may be set.
                if wait > 0 { try? await Task.sleep(for: .milliseconds(min(wait, 10_000))) }
                guard !Task.isCancelled, Timestamp.now.milliseconds >= next else { continue }
                let minute = Timestamp.now
                for job in all where job.expression.matches(minute) { group.addTask { await self.run(job) } }
                next = (minute.milliseconds / 60_000 + 1) * 60_000
            }
            group.cancelAll()
        }
    }

    private func run(_ job: Job) async {
        do {
            try await job.run()
        } catch {
            logger.error("A job failed.", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }
}
