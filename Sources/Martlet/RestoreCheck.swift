import Logging
import MartletSQLite
import MartletSchema
import MartletStorage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Application {
    /// Why a folder is no data folder for this server.
    private struct UnusableFolder: Error, CustomStringConvertible {
        let description: String
    }

    /// Makes sure that a server can start on a data folder, by doing what the start does.
    /// - Throws: What is wrong with it.
    static func check(_ folder: String, _ configuration: Configuration, _ logger: Logger) async throws {
        for name in ["data.db", "auxiliary.db"] where access("\(folder)/\(name)", F_OK) == 0 {
            try await checkDatabase(name, in: folder)
        }
        var configuration = configuration
        configuration.dataDirectory = folder
        try await open(configuration, for: .tool, logger: logger).close()
    }

    private static func checkDatabase(_ name: String, in folder: String) async throws {
        var options = SQLiteOptions()
        // It reads all of the file.
        options.queryTimeout = .seconds(3600)
        let storage = try SQLiteStorage(path: "\(folder)/\(name)", options: options)
        do {
            let result = try await storage.read { session in
                try session.first("SELECT quick_check FROM pragma_quick_check(1)", []) { $0.text(0) }
            }
            guard result == "ok" else { throw UnusableFolder(description: "\(name) is damaged: \(result ?? "")") }
            if name == "data.db", try await storage.read({ try CollectionTable.load($0) }).isEmpty {
                throw UnusableFolder(description: "there are no collections in data.db")
            }
        } catch {
            await storage.close()
            throw error
        }
        await storage.close()
    }
}
