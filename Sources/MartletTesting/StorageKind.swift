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
        switch self {
        case .sqlite:
            return try await withTemporaryFolder { folder in
                var options = SQLiteOptions()
                options.durability = durability
                options.inlineBudget = inlineBudget
                options.queryTimeout = queryTimeout
                let storage = try SQLiteStorage(path: folder + "/data.db", options: options)
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
    }
}

/// A folder that is gone after the test.
package func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = NSTemporaryDirectory() + "martlet-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
