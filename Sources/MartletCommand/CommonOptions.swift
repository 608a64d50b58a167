import ArgumentParser
import Logging
import Martlet
import MartletTelemetry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The flags that every command takes. Each is also an environment variable: `--publicDir` is `MARTLET_PUBLIC_DIR`. A
/// flag wins over the environment, the environment over the default.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customLong("dir"),
        help: "The data folder. (default: pb_data beside the program if it is there, otherwise ./martlet_data)"
    )
    var dataDirectory: String?

    @Flag(name: .customLong("dev"), help: "Log each SQL statement with its time.")
    var isDevelopment = false

    @Option(
        name: .customLong("encryptionEnv"),
        help: "The environment variable that holds the key (32 bytes) under which settings are stored."
    )
    var encryptionVariable: String?

    @Option(
        name: .customLong("masterKeyFile"),
        help:
            "The file with the key under which files, backups and settings are encrypted. It is not in the data folder."
    )
    var masterKeyFile: String?

    @Option(name: .customLong("queryTimeout"), help: "How many seconds one read may take. (default: 30)")
    var queryTimeout: Int?

    @Option(
        name: .customLong("publicDir"),
        help:
            "The folder of static files. (default: pb_public beside the program if it is there, otherwise martlet_public beside the data folder)"
    )
    var publicDirectory: String?

    @Option(
        name: .customLong("indexFallback"),
        help: "Whether a missing static file is answered with the root's index.html. (default: true)"
    )
    var hasIndexFallback: Bool?

    @Option(name: .customLong("hooksDir"), help: "The folder of hook files. (default: pb_hooks beside the data folder)")
    var hooksDirectory: String?

    @Option(name: .customLong("pagesDir"), help: "The folder of pages. (default: pages beside the data folder)")
    var pagesDirectory: String?

    @Option(
        name: .customLong("migrationsDir"),
        help: "The folder of migrations. (default: pb_migrations beside the data folder)"
    )
    var migrationsDirectory: String?

    @Option(
        name: .customLong("automigrate"),
        help: "Whether a migration is written for each collection that is changed through the API. (default: true)"
    )
    var writesMigrations: Bool?

    @Option(
        name: .customLong("hooksWatch"),
        help: "Whether hook files are loaded anew when they change. (default: true)"
    )
    var watchesHooks: Bool?

    @Option(name: .customLong("hooksPool"), help: .hidden)
    var hooksPool: Int?

    @Option(
        name: .customLong("scriptTime"),
        help: "How many seconds one call of a script may compute. (default: 5)"
    )
    var scriptTime: Double?

    @Option(name: .customLong("scriptMemory"), help: "How many MiB one call of a script may take. (default: 256)")
    var scriptMemory: Double?

    @Option(name: .customLong("logFormat"), help: "text or json. (default: text)")
    var logFormat: String?

    /// What flags and environment say, for everything but the network.
    func configuration() throws -> Martlet.Configuration {
        var configuration = Martlet.Configuration()
        configuration.dataDirectory = dataDirectory ?? Environment.text("dir") ?? Self.defaultDataDirectory
        configuration.publicDirectory =
            publicDirectory ?? Environment.text("publicDir") ?? Self.defaultPublicDirectory(configuration.dataDirectory)
        configuration.hasIndexFallback = try hasIndexFallback ?? Environment.bool("indexFallback") ?? true
        configuration.isDevelopment = try isDevelopment || Environment.bool("dev") ?? false
        configuration.queryTimeout = try queryTimeout ?? Environment.integer("queryTimeout") ?? 30
        guard configuration.queryTimeout > 0 else { throw ValidationError("--queryTimeout is at least one second.") }
        if let name = encryptionVariable ?? Environment.text("encryptionEnv") {
            configuration.settingsKey = getenv(name).map { String(cString: $0) }
        }
        configuration.masterKey = try masterKey(configuration.dataDirectory)
        configuration.formerMasterKey = Environment.text("formerMasterKey")
        configuration.thumbnailWorkers = try Self.thumbnailWorkers()
        configuration.hooksDirectory = hooksDirectory ?? Environment.text("hooksDir")
        configuration.pagesDirectory = pagesDirectory ?? Environment.text("pagesDir")
        configuration.migrationsDirectory = migrationsDirectory ?? Environment.text("migrationsDir")
        configuration.writesMigrations = try writesMigrations ?? Environment.bool("automigrate") ?? true
        configuration.watchesHooks = try watchesHooks ?? Environment.bool("hooksWatch") ?? true
        configuration.scriptTime = try Self.positive("scriptTime", scriptTime, or: configuration.scriptTime)
        configuration.scriptMemory = Int(
            try Self.positive("scriptMemory", scriptMemory, or: Double(configuration.scriptMemory))
        )
        return configuration
    }

    /// The key from the environment, or from a file. A key beside what it encrypts would protect nothing.
    private func masterKey(_ dataDirectory: String) throws -> String? {
        if masterKeyFile == nil, let key = Environment.text("masterKey") { return key }
        guard let path = masterKeyFile ?? Environment.text("masterKeyFile") else { return nil }
        return try KeyFile.read(path, outside: dataDirectory)
    }

    /// A flag, or its environment variable, that is a number above 0.
    private static func positive(_ name: String, _ flag: Double?, or standard: Double) throws -> Double {
        let value = flag ?? Environment.text(name).flatMap { Double($0) } ?? standard
        guard value > 0 else { throw ValidationError("--\(name) is more than 0.") }
        return value
    }

    /// Named as the reference server names it.
    private static func thumbnailWorkers() throws -> Int {
        guard let text = getenv("PB_THUMBS_MAX_WORKERS").map({ String(cString: $0) }), !text.isEmpty else {
            return Martlet.Configuration().thumbnailWorkers
        }
        guard let count = Int(text), count > 0 else {
            throw ValidationError("PB_THUMBS_MAX_WORKERS is a number of at least 1, not \(text).")
        }
        return count
    }

    func logger() throws -> Logger {
        let name = logFormat ?? Environment.text("logFormat") ?? "text"
        guard let format = ConsoleLogHandler.Format(rawValue: name) else {
            throw ValidationError("--logFormat is text or json, not \(name).")
        }
        let level: Logger.Level = try configuration().isDevelopment ? .debug : .info
        return Logger(label: "martlet") { _ in ConsoleLogHandler(format: format, level: level) }
    }

    /// Whether there is a data folder already.
    func hasData() throws -> Bool {
        var info = stat()
        return stat(try configuration().dataDirectory + "/data.db", &info) == 0
    }

    /// Opens the application, lets `body` work with it, and closes it whatever happens.
    func withApplication<T>(
        for purpose: Application.Purpose = .tool,
        _ body: (Application) async throws -> T
    ) async throws -> T {
        try await withApplication(try configuration(), for: purpose, body)
    }

    func withApplication<T>(
        _ configuration: Martlet.Configuration,
        for purpose: Application.Purpose,
        _ body: (Application) async throws -> T
    ) async throws -> T {
        let application = try await Application.open(configuration, for: purpose, logger: try logger())
        do {
            let result = try await body(application)
            await application.close()
            return result
        } catch {
            await application.close()
            throw error
        }
    }

    private static var defaultDataDirectory: String {
        let existing = programDirectory + "/pb_data"
        return isDirectory(existing) ? existing : "martlet_data"
    }

    private static func defaultPublicDirectory(_ data: String) -> String {
        let existing = programDirectory + "/pb_public"
        if isDirectory(existing) { return existing }
        let parent = data.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return parent.isEmpty ? "martlet_public" : parent + "/martlet_public"
    }

    private static var programDirectory: String {
        guard let path = realpath(CommandLine.arguments.first ?? "", nil) else { return "." }
        defer { free(path) }
        return String(cString: path).split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
    }

    private static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }
}
