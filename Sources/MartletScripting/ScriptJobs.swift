import MartletJavaScript
import MartletJobs
import Synchronization

/// Jobs of scripts that run by the clock.
final class ScriptJobs: Sendable {
    private struct State {
        weak var generation: Generation?
        /// Those that files have added.
        var ids: Set<String> = []
    }

    private let schedule: JobSchedule
    private let state = Mutex(State())

    init(_ schedule: JobSchedule) {
        self.schedule = schedule
    }

    /// Puts the jobs of other files in the place of those before.
    func use(_ generation: Generation) throws {
        let jobs = generation.ordered.flatMap(\.jobs)
        let dropped = state.withLock { state in
            state.generation = generation
            defer { state.ids = Set(jobs.map(\.id)) }
            return state.ids.subtracting(jobs.map(\.id))
        }
        dropped.forEach { schedule.remove($0) }
        for job in jobs { try add(job) }
    }

    func add(_ job: FileRegistrations.CronJob) throws {
        let expression = try CronExpression(job.expression)
        schedule.set(
            JobSchedule.Job(id: job.id, expression: expression) { [weak self] in
                guard let generation = self?.state.withLock({ $0.generation }) else { return }
                try await generation.runJob(job.handler)
            }
        )
    }
}

extension Generation {
    /// Runs a job to its end on a thread of scripts.
    fileprivate func runJob(_ handler: HandlerSource) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let isAccepted = services.threads.submit {
                continuation.resume(with: Result { try self.callPlainly(handler) })
            }
            if !isAccepted { continuation.resume(throwing: HostFailure("too many scripts wait")) }
        }
    }

    private func callPlainly(_ handler: HandlerSource) throws {
        do {
            try inWorld { world in
                world.run = ScriptRun(services)
                let function = try world.compiled(handler)
                let result = try world.call("invokePlain", function)
                if try result.isPromise { _ = try world.instance.wait(for: result, on: services.threads) }
            }
        } catch let error as ScriptError {
            services.report(error, in: "a job")
            throw error
        }
    }
}
