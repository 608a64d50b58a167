public import Logging
package import MartletBackups
import MartletCore
package import MartletFetch
package import MartletFiles
package import MartletIdentity
import MartletJavaScript
package import MartletJobs
import MartletMail
import MartletQuery
import MartletRecords
import MartletSQLite
package import MartletSchema
package import MartletSettings
package import MartletStorage
import MartletTelemetry
package import MartletVault
import NIOCore

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
    package let uploads: ResumableUploads
    package let backups: Backups
    /// Where scripts run, and other code that may wait.
    let threads = ScriptThreads(parallel: max(2, System.coreCount))
    let blocking: BlockingThreads
    let hooks: AppHookRunner
    let recordHooks: RecordHooks
    package let jobQueue: JobQueue
    private let lock: DataFolderLock?
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
        lock: DataFolderLock?,
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
        self.lock = lock
        blocking = BlockingThreads(
            submit: { [threads] in threads.submit($0) },
            whileWaiting: { [threads] in threads.blocking($0) }
        )
        hooks = AppHookRunner(threads: blocking)
        recordHooks = RecordHooks(threads: blocking)
        jobQueue = JobQueue(storage: storage, logger: logger) {
            catalog.value.collection(SystemCollections.jobsName) != nil
        }
        fileRemovals = FileRemovals(stores: fileStores, logger: logger)
        thumbnails = Thumbnails(stores: fileStores, workers: configuration.thumbnailWorkers, logger: logger)
        uploads = ResumableUploads(stores: fileStores)
        backups = Backups(
            folder: configuration.dataDirectory,
            databases: [("data.db", storage), ("auxiliary.db", logStorage)],
            stores: fileStores,
            removals: fileRemovals,
            settings: settings,
            logger: logger,
            hooks: hooks,
            check: { try await Self.check($0, configuration, logger) }
        )
        self.logger = logger
    }

    /// What an application is opened for.
    public enum Purpose: Sendable {
        /// A server, which has the data folder to itself but for tools.
        case serving
        /// A command that works on the folder, perhaps beside a server.
        case tool
        /// A command that works on the folder while nobody serves it.
        case upkeep
    }

    /// Opens the data folder, making what is missing.
    /// - Throws: ``ConfigurationError``, or the database's error.
    public static func open(
        _ configuration: Configuration,
        for purpose: Purpose = .serving,
        logger: Logger
    ) async throws -> Application {
        // A full disk and a client that left are errors to handle, not reasons to die.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        try makeDirectory(configuration.dataDirectory)
        let lock = purpose == .tool ? nil : DataFolderLock(configuration.dataDirectory)
        if let lock, try lock.tidy(configuration.dataDirectory) { logger.info("The data are those of the backup now.") }
        if purpose == .upkeep, lock == nil {
            throw DataFolderLock.refusal
        }
        let keys = try keyRing(configuration)
        let storage = try SQLiteStorage(
            path: configuration.dataDirectory + "/data.db",
            options: options(configuration, logger)
        )
        var logOptions = options(configuration, logger)
        logOptions.durability = .normal
        logOptions.writerCache = 2000
        logOptions.trace = nil
        let logStorage = try SQLiteStorage(path: configuration.dataDirectory + "/auxiliary.db", options: logOptions)
        let settings = SettingsStore(
            seal: try seal(configuration) ?? keys.map { SealedText($0.current) },
            formerSeal: keys?.former.map { SealedText($0) }
        )
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
                keys: keys
            ),
            lock: lock,
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

    /// The folder's keys. Once one was used, the folder says so.
    private static func keyRing(_ configuration: Configuration) throws -> KeyRing? {
        let folder = configuration.dataDirectory
        do {
            let current = try configuration.masterKey.map { try MasterKey($0) }
            let former = try configuration.formerMasterKey.map { try MasterKey($0) }
            let keys = try KeyRing.forFolder(folder, current: current, former: former)
            if let keys, try VaultState.read(in: folder) != keys.state { try keys.state.write(in: folder) }
            return keys
        } catch let error as MasterKey.Malformed {
            throw ConfigurationError(description: error.description)
        } catch let error as VaultProblem {
            throw ConfigurationError(description: error.description)
        }
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

    /// Finds files that no record names.
    package var fileSweep: FileSweep {
        FileSweep(stores: fileStores, storage: storage) { [catalog, storage] in
            RecordLayouts(catalog.value, dialect: storage.dialect)
        }
    }
}
