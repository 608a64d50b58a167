import Foundation
package import MartletSQLite
package import MartletStorage

/// Every engine behind the storage seam: contract tests run over all of them.
package enum StorageKind: String, CaseIterable, Sendable {
    case sqlite

    /// Hands out an empty database of this kind, and removes it afterwards.
    package func withStorage<T>(
        durability: SQLiteOptions.Durability = .normal,
        inlineBudget: Duration = .milliseconds(2),
        queryTimeout: Duration = .seconds(30),
        _ body: (any Storage) async throws -> T
    ) async throws -> T {
        try await withTemporaryFolder { folder in
            let storage = try open(
                folder,
                durability: durability,
                inlineBudget: inlineBudget,
                queryTimeout: queryTimeout
            )
            do {
                let result = try await body(storage)
                await storage.close()
                return result
            } catch {
                await storage.close()
                throw error
            }
        }
    }

    /// Opens the database that belongs to a folder, making it when there is none.
    package func open(
        _ folder: String,
        durability: SQLiteOptions.Durability = .normal,
        inlineBudget: Duration = .milliseconds(2),
        queryTimeout: Duration = .seconds(30)
    ) throws -> any Storage {
        switch self {
        case .sqlite:
            var options = SQLiteOptions()
            options.durability = durability
            options.inlineBudget = inlineBudget
            options.queryTimeout = queryTimeout
            return try SQLiteStorage(path: folder + "/data.db", options: options)
        }
    }
}

/// A folder that is gone after the test.
package func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = NSTemporaryDirectory() + "martlet-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
