import Logging
import MartletCore
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletJobs
import MartletRealtime
import MartletRecords
import MartletSchema
import MartletScripting
import MartletServer
import MartletSettings
import MartletStorage
import MartletTelemetry
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// An application on the network.
public struct Server: Sendable {
    private let application: Application
    private let activity: ActivityLog
    private let schedule: JobSchedule
    private let server: HTTPServer
    private let realtime: RealtimeHub
    private let restarts = RestartRequests()
    private let scripts: ScriptHost

    /// The port that is listened on.
    public var port: Int { server.port }

    /// Starts listening.
    public init(_ application: Application) async throws {
        self.application = application
        let settings = application.settings
        activity = ActivityLog(storage: application.logStorage, logger: application.logger) {
            ActivityLog.Rules(settings.snapshot.settings.logs)
        }
        schedule = JobSchedule(logger: application.logger)
        BuiltInJobs(application: application).add(to: schedule)
        AutomaticBackups(application: application).schedule(settings.snapshot.settings, in: schedule)
        let logStorage = application.logStorage
        let logger = application.logger
        let limiterExpression = try CronExpression("2 * * * *")
        let limiterJob = "__pbRateLimitersCleanup__"
        let limiter = RateLimiter { [schedule] limiter in
            // There is nothing to clean before.
            schedule.set(JobSchedule.Job(id: limiterJob, expression: limiterExpression) { limiter.clean() })
        }
        let notices = ChangeNotices(application)
        let redirects = OAuth2Redirects()
        let layouts = CurrentLayouts(catalog: application.catalog, dialect: application.storage.dialect)
        realtime = RealtimeHub(
            storage: application.storage,
            layouts: layouts,
            redirects: redirects,
            logger: application.logger
        )
        let threads = ScriptThreads(parallel: max(2, System.coreCount))
        let hooks = RecordHooks()
        let pageCache = PageCache()
        let parts = APIParts(
            storage: application.storage,
            logStorage: application.logStorage,
            catalog: application.catalog,
            settings: settings,
            hasher: application.hasher,
            mailer: application.mailer,
            webClient: application.webClient,
            redirects: redirects,
            realtime: realtime,
            layouts: layouts,
            schedule: schedule,
            limiter: limiter,
            attempts: AttemptLimiter(application.configuration.attemptLimits),
            activity: activity,
            files: RecordFiles(stores: application.fileStores, removals: application.fileRemovals),
            thumbnails: application.thumbnails,
            uploads: application.uploads,
            backups: application.backups,
            fileStores: application.fileStores,
            restart: { [restarts] in restarts.request() },
            observers: RecordObservers(
                [application.fileRemovals, realtime, pageCache],
                hooks: hooks,
                collections: CollectionHooks(models: hooks.models)
            ),
            hooks: RequestHooks(
                submit: { threads.submit($0) },
                makeSession: { [storage = application.storage] in
                    BlockingSession(storage) { wait in threads.blocking(wait) }
                },
                whileWaiting: { threads.blocking($0) }
            ),
            publicDirectory: application.configuration.publicDirectory,
            hasIndexFallback: application.configuration.hasIndexFallback,
            origins: application.configuration.origins,
            collectionsDidChange: { notices.post("collections") },
            settingsDidChange: { [schedule] old, new in
                notices.post("settings")
                AutomaticBackups(application: application).schedule(new, in: schedule)
                limiter.reset()
                schedule.remove(limiterJob)
                guard old.logs != new.logs else { return }
                logStorage.write(
                    .once,
                    { session in
                        try LogTable.clean(maxDays: new.logs.maxDays, minLevel: new.logs.minLevel, session)
                    },
                    completion: { result in
                        if case .failure(let error) = result {
                            logger.warning("Old log rows could not be removed.", metadata: ["error": "\(error)"])
                        }
                    }
                )
            },
            logger: application.logger
        )
        let (host, port) = (application.configuration.host, application.configuration.port)
        let responder = APIResponder(parts)
        scripts = ScriptHost(
            parts,
            application.configuration.scripts,
            api: responder,
            threads: threads,
            pageCache: pageCache
        )
        try await Self.load(scripts, application)
        do {
            server = try await HTTPServer(host: host, port: port, responder: responder)
        } catch let error as HTTPServer.AddressUnavailable {
            throw ConfigurationError(description: error.description)
        }
    }

    /// Loads the hook files. With a watcher, those that are broken wait to be mended.
    private static func load(_ scripts: ScriptHost, _ application: Application) async throws {
        let failures: [ScriptHost.LoadFailure]
        do {
            failures = try await scripts.loadFirst()
        } catch {
            throw ConfigurationError(description: "The hook files cannot be loaded: \(error)")
        }
        guard let first = failures.first else { return }
        guard application.configuration.watchesHooks else { throw ConfigurationError(description: first.description) }
        failures.forEach { application.logger.error("\($0)") }
    }

    /// Why a server has ended.
    public enum End: Sendable {
        /// The process was told to.
        case stopped
        /// Other data are to be served: the process is to be started again.
        case restarting
    }

    /// Serves until the process is told to stop, then lets requests in flight finish and puts everything on the disk.
    @discardableResult
    public func run() async throws -> End {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: Work { await activity.run() }), .init(service: Work { await schedule.run() }),
                    .init(service: Work { await ChangeNotices(application).watch() }),
                    .init(service: Work { await realtime.run() }),
                    .init(service: Work { await IdleMemory().run() }),
                    .init(service: restarts, successTerminationBehavior: .gracefullyShutdownGroup),
                ] + watcher + [.init(service: Listening(server: server, realtime: realtime))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await group.run()
        await activity.flush()
        return restarts.isRequested ? .restarting : .stopped
    }

    private var watcher: [ServiceGroupConfiguration.ServiceConfiguration] {
        guard application.configuration.watchesHooks else { return [] }
        return [.init(service: Work { await scripts.watch() })]
    }

    /// Stops listening without a signal: for tests and embedding.
    public func stop() async {
        scripts.shutdown()
        realtime.shutdown()
        await server.shutdown()
        await activity.flush()
    }
}

/// Ends the server when somebody asks for another one in its place.
private final class RestartRequests: Service {
    private let requests: AsyncStream<Void>
    private let input: AsyncStream<Void>.Continuation
    private let wasRequested = Atomic<Bool>(false)

    init() {
        (requests, input) = AsyncStream.makeStream(of: Void.self)
    }

    var isRequested: Bool { wasRequested.load(ordering: .acquiring) }

    func request() {
        wasRequested.store(true, ordering: .releasing)
        input.yield()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.requests { return }
        }
    }
}

/// Work that ends when it is cancelled.
private struct Work: Service {
    let body: @Sendable () async -> Void

    init(_ body: @escaping @Sendable () async -> Void) {
        self.body = body
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await body() }
    }
}

/// The listening socket, for as long as the process is not told to stop.
private struct Listening: Service {
    let server: HTTPServer
    let realtime: RealtimeHub

    func run() async throws {
        try? await gracefulShutdown()
        realtime.shutdown()
        await server.shutdown()
    }
}

extension ActivityLog.Rules {
    init(_ settings: LogSettings) {
        self.init()
        isEnabled = settings.maxDays > 0
        minLevel = settings.minLevel
        showsIP = settings.logsIP
        showsAuthID = settings.logsAuthID
        dataLimit = settings.effectiveMaxDataSize
    }
}
