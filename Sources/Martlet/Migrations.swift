import MartletScripting

/// The migrations of an application, as the command line manages them (`settings-logs-misc.md`, Command line).
public struct Migrations: Sendable {
    private let application: Application
    private let scripts: ScriptHost

    /// The migrations of an application.
    public init(_ application: Application) throws {
        self.application = application
        scripts = try Assembly(application).scripts
    }

    /// Applies what is pending, as a whole.
    /// - Returns: The names of what was applied.
    public func apply() async throws -> [String] {
        let applied = try await scripts.applyMigrations()
        if !applied.isEmpty { tellOthers() }
        return applied
    }

    /// The last migrations that were applied, the latest first.
    public func last(_ count: Int) async throws -> [String] { try await scripts.lastMigrations(count) }

    /// Takes migrations back, in the order given.
    public func revert(_ files: [String]) async throws {
        try await scripts.revertMigrations(files)
        tellOthers()
    }

    /// Writes a migration without content.
    /// - Returns: Its path.
    public func create(_ name: String) throws -> String { try scripts.createMigration(name) }

    /// Writes a migration with all collections as they are.
    /// - Returns: Its path.
    public func snapshot() async throws -> String { try await scripts.snapshotMigration() }

    /// Forgets migrations whose files are gone.
    public func syncHistory() async throws { try await scripts.syncMigrations() }

    private func tellOthers() {
        ChangeNotices(application).post("collections")
    }
}
