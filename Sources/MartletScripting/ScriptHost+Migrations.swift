import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletSchema
import MartletStorage

/// Migrations, for the server's start and the command line.
extension ScriptHost {
    private func onThread<T: Sendable>(
        _ body: @escaping @Sendable (MigrationRunner, BlockingSession) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isAccepted = services.threads.submit { [services] in
                let session = services.session(services.parts.storage)
                continuation.resume(with: Result { try body(MigrationRunner(services: services), session) })
            }
            if !isAccepted { continuation.resume(throwing: CancellationError()) }
        }
    }

    /// Applies what is pending; where there are no files, the engine is not even started.
    /// - Returns: The names of what was applied.
    @discardableResult
    package func applyMigrations() async throws -> [String] {
        guard !services.migrations.files.isEmpty else { return [] }
        return try await onThread { try $0.applyPending(on: $1) }
    }

    /// The migrations that would be taken back, the latest first.
    package func lastMigrations(_ count: Int) async throws -> [String] {
        try await onThread { try $0.last(count, on: $1) }
    }

    package func revertMigrations(_ files: [String]) async throws {
        try await onThread { try $0.revert(files, on: $1) }
    }

    package func syncMigrations() async throws {
        try await onThread { try $0.syncHistory(on: $1) }
    }

    /// Writes a migration without content.
    /// - Returns: Its path.
    package func createMigration(_ name: String) throws -> String {
        let folder = services.migrations
        return folder.path(of: try folder.write(MigrationText.blank, title: MigrationFolder.title(name)))
    }

    /// Writes a migration with all collections as they are; it counts as applied.
    /// - Returns: Its path.
    package func snapshotMigration() async throws -> String {
        let folder = services.migrations
        let text = MigrationText.snapshot(services.parts.catalog.value.collections)
        let file = try folder.write(text, title: "collections_snapshot")
        try await onThread { _, session in try session.transaction { try MigrationHistory.add(file, session) } }
        return folder.path(of: file)
    }
}
