public import Logging
import MartletCore
package import MartletFetch
package import MartletFiles
package import MartletIdentity
import MartletMail
import MartletQuery
import MartletRecords
import MartletSQLite
package import MartletSchema
package import MartletSettings
package import MartletStorage
import MartletTelemetry
package import MartletVault

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An application on a data folder: its databases, collections and settings. ``Server`` puts it on the network.
public final class Application: Sendable {
    /// How the application runs.
    public let configuration: Configuration
    package let storage: any Storage
    package let logStorage: any Storage
    package let catalog: CurrentCatalog
    package let settings: SettingsStore
    package let hasher: PasswordHasher
    package let mailer: AccountMailer
    package let webClient: WebClient
    package let fileStores: FileStores
    package let fileRemovals: FileRemovals
    package let thumbnails: Thumbnails
    package let logger: Logger

    private init(
        configuration: Configuration,
        storage: any Storage,
        logStorage: any Storage,
        catalog: CurrentCatalog,
        settings: SettingsStore,
        hasher: PasswordHasher,
        mailer: AccountMailer,
        webClient: WebClient,
        fileStores: FileStores,
        logger: Logger
    ) {
        self.configuration = configuration
        self.storage = storage
        self.logStorage = logStorage
        self.catalog = catalog
        self.settings = settings
        self.hasher = hasher
        self.mailer = mailer
        self.webClient = webClient
        self.fileStores = fileStores
        fileRemovals = FileRemovals(stores: fileStores, logger: logger)
        thumbnails = Thumbnails(stores: fileStores, workers: configuration.thumbnailWorkers, logger: logger)
        self.logger = logger
    }

    /// Opens the data folder, making what is missing.
    /// - Throws: ``ConfigurationError``, or the database's error.
    public static func open(_ configuration: Configuration, logger: Logger) async throws -> Application {
        // A full disk and a client that left are errors to handle, not reasons to die.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        try makeDirectory(configuration.dataDirectory)
        let storage = try SQLiteStorage(
            path: configuration.dataDirectory + "/data.db",
            options: options(configuration, logger)
        )
        var logOptions = options(configuration, logger)
        logOptions.durability = .normal
        logOptions.writerCache = 2000
        logOptions.trace = nil
        let logStorage = try SQLiteStorage(path: configuration.dataDirectory + "/auxiliary.db", options: logOptions)
        let settings = SettingsStore(seal: try seal(configuration))
        let collections = try await storage.write(.exclusive) { session in
            try Bootstrap.run(session)
            try settings.load(session)
            return try CollectionTable.load(session)
        }
        try await logStorage.write(.exclusive) { try LogTable.create($0) }
        let webClient = WebClient()
        return Application(
            configuration: configuration,
            storage: storage,
            logStorage: logStorage,
            catalog: CurrentCatalog(Catalog(collections, version: 1)),
            settings: settings,
            hasher: PasswordHasher(),
            mailer: AccountMailer(MailQueue(configuration, settings, logger), settings),
            webClient: webClient,
            fileStores: FileStores(
                folder: configuration.dataDirectory,
                settings: settings,
                client: webClient,
                keys: nil
            ),
            logger: logger
        )
    }

    private static func options(_ configuration: Configuration, _ logger: Logger) -> SQLiteOptions {
        var options = SQLiteOptions()
        options.queryTimeout = .seconds(max(configuration.queryTimeout, 1))
        if configuration.isDevelopment {
            options.trace = { sql, duration in
                let (seconds, attoseconds) = duration.components
                let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
                logger.debug("[\(microseconds)µs] \(sql)")
            }
        }
        return options
    }

    private static func seal(_ configuration: Configuration) throws -> SealedText? {
        guard let key = configuration.settingsKey, !key.isEmpty else { return nil }
        guard let seal = SealedText(secret: key) else {
            throw ConfigurationError(
                description: "The settings' encryption key must have 32 bytes, it has \(key.utf8.count)."
            )
        }
        return seal
    }

    private static func makeDirectory(_ path: String) throws {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/" + part
            if mkdir(partial, 0o700) != 0, errno != EEXIST {
                throw ConfigurationError(
                    description: "The folder \(path) cannot be made: \(String(cString: strerror(errno)))."
                )
            }
        }
    }

    /// Reads collections and settings again: another process changed them.
    package func reload() async throws {
        try await storage.write(.exclusive) { [catalog, settings] session in
            try settings.load(session)
            let collections = try CollectionTable.load(session)
            // Not later than that: the next write may change them again.
            session.afterCommit {
                if collections != catalog.value.collections { catalog.set(collections) }
            }
        }
    }

    /// Finishes waiting writes, moves the write-ahead logs into the databases, and closes them.
    public func close() async {
        await mailer.queue.shutdown()
        await fileRemovals.shutdown()
        await thumbnails.shutdown()
        await webClient.shutdown()
        await hasher.shutdown()
        await logStorage.close()
        await storage.close()
    }
}
