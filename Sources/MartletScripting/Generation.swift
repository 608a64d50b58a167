import MartletCore
import MartletFiles
import MartletHTTP
import MartletJavaScript
import MartletPages
import MartletRecords
import MartletServer
import MartletStorage
import Synchronization

/// What the files say at one time, and the instances that run it.
final class Generation: Sendable {
    let services: ScriptServices
    let pool: ScriptPool
    /// By file.
    let files: [String: FileRegistrations]
    /// The pages; nil where there is no folder of them.
    let site: PageSite?

    init(_ services: ScriptServices, _ files: [String: FileRegistrations], _ site: PageSite?) {
        self.services = services
        self.files = files
        self.site = site
        pool = ScriptPool(threads: services.threads, limits: services.options.limits) { instance in
            let world = try ScriptWorld(instance, services)
            world.site = site
            instance.owner = world
            try world.prepare()
        }
    }

    /// The registrations in the order of their files.
    var ordered: [FileRegistrations] { files.sorted { utf8Precedes($0.key, $1.key) }.map(\.value) }

    // MARK: - Running

    /// Runs `body` in an instance that is free, within somebody's call.
    func inWorld<T>(_ body: (ScriptWorld) throws -> T) throws -> T {
        try pool.run { instance in
            guard let world = instance.owner as? ScriptWorld else { throw HostFailure("the instance has ended") }
            return try body(world)
        }
    }

    /// Calls a handler and waits for what it promises.
    /// - Throws: What the handler throws: where that came from the program, or from another handler, just that.
    func call(_ handler: HandlerSource, _ event: ScriptEvent, _ run: ScriptRun) throws {
        // Not before: a handler may go on behind an `await`.
        defer { event.settle() }
        do {
            try callAndWait(handler, event, run)
        } catch let error as ScriptError {
            if let underlying = error.underlying { throw underlying }
            services.report(error, in: handler.file)
            throw error
        }
    }

    private func callAndWait(_ handler: HandlerSource, _ event: ScriptEvent, _ run: ScriptRun) throws {
        try inWorld { world in
            let result = try world.invoke(handler, event, run)
            guard try result.isPromise else { return }
            _ = try world.instance.wait(for: result, on: services.threads, mayBlock: !run.data.isInTransaction)
        }
    }

    /// Calls a handler; what it promises is waited for without a thread.
    /// - Parameter done: Called when it has returned and nothing is promised any more, on some thread.
    func start(
        _ handler: HandlerSource,
        _ event: ScriptEvent,
        _ run: ScriptRun,
        done: @escaping (Result<Void, any Error>) -> Void
    ) {
        let ending = Ending(done)
        do {
            try inWorld { world in
                let result = try world.instance.working(whenStopped: { ending.finish(.failure($0)) }) {
                    try world.invoke(handler, event, run)
                }
                guard try result.isPromise else { return ending.finish(.success(())) }
                let patience = world.instance.limits.patience
                let alarm = Task {
                    try await Task.sleep(for: patience)
                    ending.finish(.failure(ScriptStop.patience(patience)))
                }
                try world.instance.whenSettled(result) { outcome in
                    alarm.cancel()
                    ending.finish(outcome.map { _ in })
                }
            }
        } catch {
            ending.finish(.failure(error))
        }
    }

    /// Tells of an end once, whoever comes first.
    ///
    /// `@unchecked Sendable`: the closure is called by one thread only, after all that it looks at has been done.
    private final class Ending: @unchecked Sendable {
        private let done: (Result<Void, any Error>) -> Void
        private let isOver = Atomic(false)

        init(_ done: @escaping (Result<Void, any Error>) -> Void) {
            self.done = done
        }

        func finish(_ result: Result<Void, any Error>) {
            if !isOver.exchange(true, ordering: .acquiringAndReleasing) { done(result) }
        }
    }
}
