import Logging
package import MartletCore
import MartletFiles
package import MartletHTTP
package import MartletJavaScript
package import MartletJobs
import MartletRecords
import NIOCore
import Synchronization

/// Runs the scripts of an application: loads them, binds them to what happens, and loads them anew when they change.
package final class ScriptHost: Sendable {
    let services: ScriptServices
    private let routing: Routing
    private let generation: Mutex<Generation?>

    /// A file that cannot be loaded.
    package struct LoadFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter api: The interface whose routes scripts add to, and which pages ask.
    package init(
        _ parts: APIParts,
        _ options: ScriptOptions,
        api: APIResponder,
        threads: ScriptThreads,
        appHooks: AppHooks,
        jobQueue: JobQueue,
        pageCache: PageCache
    ) {
        services = ScriptServices(
            parts,
            options,
            api: api,
            threads: threads,
            appHooks: appHooks,
            jobQueue: jobQueue,
            pageCache: pageCache
        )
        routing = api.routing
        generation = Mutex(nil)
    }

    /// Whether there is anything to run.
    package var hasFiles: Bool {
        !HookLoader.paths(in: services.hooksFolder).isEmpty
            || FileStatus(services.pagesFolder, followsLinks: true)?.isDirectory ?? false
    }

    /// Loads all files and puts what they say in force, as a whole.
    /// - Returns: What is wrong with files whose former state goes on.
    /// - Throws: ``LoadFailure`` where the files together make no sense; what was in force stays.
    @discardableResult
    package func load() throws -> [LoadFailure] {
        let former = generation.withLock { $0 }
        let outcome = try HookLoader(services: services).load(keeping: former)
        let next = Generation(services, outcome.files, outcome.site)
        let table: Routing.Table
        do {
            table = try ScriptRoutes(generation: next).table(over: routing.base)
        } catch {
            throw LoadFailure(description: "\(error)")
        }
        routing.use(table)
        ScriptHooks(generation: next).bind(services.parts)
        try services.jobs.use(next)
        services.durable.use(next)
        generation.withLock { $0 = next }
        services.pageCache.dropAll()
        former?.pool.retire()
        return outcome.failures.map { LoadFailure(description: "failed to execute \($0.file):\n - \($0.error)") }
    }

    /// Loads the files of a server that is about to start; where there are none, the engine is not even started.
    package func loadFirst() async throws -> [LoadFailure] {
        guard hasFiles else { return [] }
        ScriptTypes.write(into: services.options.dataFolder)
        return try await withCheckedThrowingContinuation { continuation in
            let isAccepted = services.threads.submit { continuation.resume(with: Result { try self.load() }) }
            if !isAccepted { continuation.resume(throwing: CancellationError()) }
        }
    }

    /// Loads files anew when they change, until the task is cancelled.
    package func watch() async {
        let watchers = [services.hooksFolder, services.pagesFolder].map { FolderWatcher($0) }
        var seen = watchers.map(\.state)
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(300))
            let now = watchers.map(\.state)
            guard now != seen || services.modules.haveChanged() else { continue }
            seen = now
            await reload()
        }
    }

    private func reload() async {
        let logger = services.logger
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isAccepted = services.threads.submit {
                do {
                    let failures = try self.load()
                    failures.forEach { logger.error("\($0)\n   The file's former state goes on.") }
                    if failures.isEmpty { logger.info("The hook files were loaded anew.") }
                } catch {
                    logger.error("The hook files were not loaded: \(error). What was in force goes on.")
                }
                continuation.resume()
            }
            if !isAccepted { continuation.resume() }
        }
    }

    package func shutdown() {
        services.threads.shutdown()
    }
}
