import MartletCore
import MartletJavaScript
import MartletJobs
import MartletSchema
import Synchronization

/// Durable jobs of scripts.
final class ScriptDurableJobs: Sendable {
    let queue: JobQueue
    private static let owner = "scripts"

    init(_ queue: JobQueue) {
        self.queue = queue
    }

    /// Puts the handlers of other files in the place of those before.
    func use(_ generation: Generation) {
        let handlers = generation.ordered.flatMap(\.durableJobs).map { registered in
            let handler = JobHandler(parallel: registered.parallel) { [weak generation] job in
                guard let generation else { throw CancellationError() }
                try await generation.run(registered.handler, for: job)
            }
            return (registered.name, handler)
        }
        queue.use(Dictionary(handlers, uniquingKeysWith: { $1 }), owner: Self.owner)
    }
}

extension Generation {
    /// Runs a job; what its handler promises is waited for without a thread.
    fileprivate func run(_ handler: HandlerSource, for job: DurableJob) async throws {
        let end = JobEnd()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                end.wait(continuation)
                let isAccepted = services.threads.submit {
                    self.start(handler, ScriptJobEvent(job), ScriptRun(self.services)) { result in
                        if case .failure(let error) = result { self.services.report(error, in: "the job \(job.name)") }
                        end.set(result)
                    }
                }
                if !isAccepted { end.set(.failure(HostFailure("too many scripts wait"))) }
            }
        } onCancel: {
            // The server does not wait for it: it begins anew at the next start.
            end.set(.failure(CancellationError()))
        }
    }
}

/// The end of a job, told once.
private final class JobEnd: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, any Error>?
        var result: Result<Void, any Error>?
    }

    private let state = Mutex(State())

    func wait(_ continuation: CheckedContinuation<Void, any Error>) {
        let early = state.withLock { state in
            if state.result == nil { state.continuation = continuation }
            return state.result
        }
        if let early { continuation.resume(with: early) }
    }

    func set(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.continuation = nil }
            return state.continuation
        }
        waiting?.resume(with: result)
    }
}

/// A durable job in a script's hands.
final class ScriptJobEvent: ScriptEvent {
    private let job: DurableJob

    init(_ job: DurableJob) {
        self.job = job
        super.init(.jobEvent) {}
    }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        switch name {
        case "id": world.pair("value", world.instance.value(job.id))
        case "name": world.pair("value", world.instance.value(job.name))
        case "payload": world.pair("json", world.instance.value(job.payload.text))
        case "key": world.pair("value", world.instance.value(job.key))
        case "attempt": world.pair("value", world.instance.value(job.attempt))
        case "retries": world.pair("value", world.instance.value(job.retries))
        default: nil
        }
    }
}
