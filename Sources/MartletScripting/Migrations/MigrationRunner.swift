import MartletCore
import MartletJavaScript
import MartletStorage

/// Applies migrations and takes them back.
struct MigrationRunner {
    let services: ScriptServices

    private var folder: MigrationFolder { services.migrations }

    /// A migration that failed; nothing of what was to be applied with it was.
    struct Failure: Error, CustomStringConvertible {
        let action: String
        let file: String
        let error: any Error

        var description: String { "failed to \(action) migration \(file): \(error)" }
    }

    /// Migrations have more to do than requests.
    private var limits: ScriptLimits {
        var limits = services.options.limits
        limits.time = .seconds(600)
        limits.memory = max(limits.memory, 1 << 30)
        return limits
    }

    /// Applies what is pending, as one transaction.
    /// - Returns: The names of what was applied.
    /// - Throws: ``Failure``.
    func applyPending(on session: BlockingSession) throws -> [String] {
        try session.transaction {
            let known = Set(try MigrationHistory.applied(session))
            let pending = folder.files.filter { !known.contains($0) }
            // One after another sees what those before it have done.
            let call = ScriptRun(services, on: session)
            for file in pending {
                try run(file, isUp: true, call)
                try MigrationHistory.add(file, session)
            }
            return pending
        }
    }

    /// The last ones that were applied, the latest first.
    func last(_ count: Int, on session: any ReadSession) throws -> [String] {
        // What made the data folder is not to be taken back.
        Array(try MigrationHistory.applied(session).filter { !$0.hasSuffix(".go") }.reversed().prefix(count))
    }

    /// Takes back what was applied last. Of migrations that are no files only the row goes.
    func revert(_ files: [String], on session: BlockingSession) throws {
        let present = Set(folder.files)
        try session.transaction {
            let call = ScriptRun(services, on: session)
            for file in files {
                if present.contains(file) { try run(file, isUp: false, call) }
                try MigrationHistory.remove(file, session)
            }
        }
    }

    /// Forgets migrations whose files are gone.
    func syncHistory(on session: BlockingSession) throws {
        let present = Set(folder.files)
        try session.transaction {
            for file in try MigrationHistory.applied(session) where !present.contains(file) && !file.hasSuffix(".go") {
                try MigrationHistory.remove(file, session)
            }
        }
    }

    /// Runs one migration in an instance of its own.
    private func run(_ file: String, isUp: Bool, _ call: ScriptRun) throws {
        let path = folder.path(of: file)
        do {
            let instance = ScriptInstance(limits: limits)
            let world = try ScriptWorld(instance, services)
            world.purpose = .migrating
            instance.owner = world
            defer { instance.owner = nil }
            try world.prepare()
            world.run = call
            let module = try ModuleSource(try ModuleFiles.text(path), path: path)
            try instance.limited {
                let body = try instance.evaluate(module.function, name: path)
                _ = try world.call("runModule", body, instance.value(path))
                let result = try world.call(
                    "runMigration",
                    world.app(ScriptApp(call.data)),
                    instance.value(isUp)
                )
                if try result.isPromise { _ = try instance.wait(for: result, on: services.threads) }
            }
        } catch {
            throw Failure(action: isUp ? "apply" : "revert", file: file, error: error)
        }
    }
}
