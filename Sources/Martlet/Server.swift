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
import MartletWebhooks
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// An application on the network.
public struct Server: Sendable {
    private let application: Application
    private let assembly: Assembly
    private let server: HTTPServer

    /// The port that is listened on.
    public var port: Int { server.port }

    /// Starts listening.
    public init(_ application: Application) async throws {
        self.application = application
        assembly = try Assembly(application)
        try await Self.load(assembly.scripts, application)
        await assembly.webhooks.load()
        let (host, port) = (application.configuration.host, application.configuration.port)
        do {
            server = try await HTTPServer(host: host, port: port, responder: assembly.responder)
        } catch let error as HTTPServer.AddressUnavailable {
            throw ConfigurationError(description: error.description)
        }
    }

    /// Applies migrations and loads the hook files. With a watcher, those that are broken wait to be mended.
    private static func load(_ scripts: ScriptHost, _ application: Application) async throws {
        do {
            try await scripts.applyMigrations()
        } catch {
            throw ConfigurationError(description: "\(error)")
        }
        let failures: [ScriptHost.LoadFailure]
        do {
            failures = try await scripts.loadFirst()
            try await application.hooks.around(.bootstrap)
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
                    .init(service: Work { await assembly.activity.run() }),
                    .init(service: Work { await assembly.schedule.run() }),
                    .init(service: Work { await ChangeNotices(application).watch(assembly.webhooks.load) }),
                    .init(service: Work { await assembly.realtime.run() }),
                    .init(service: Work { await assembly.jobs.run() }),
                    .init(service: Work { await IdleMemory().run() }),
                    .init(service: assembly.restarts, successTerminationBehavior: .gracefullyShutdownGroup),
                ] + watcher + [.init(service: Listening(server: server, realtime: assembly.realtime))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        try await group.run()
        await tell(.terminate)
        await tell(.bootstrapClear)
        await assembly.activity.flush()
        return assembly.restarts.isRequested ? .restarting : .stopped
    }

    /// Tells hooks of the end; they have as much time as other calls of scripts.
    private func tell(_ stage: AppStage) async {
        do {
            try await application.hooks.around(stage, isRestart: assembly.restarts.isRequested)
        } catch {
            application.logger.error("A hook for the end failed: \(error)")
        }
    }

    private var watcher: [ServiceGroupConfiguration.ServiceConfiguration] {
        guard application.configuration.watchesHooks else { return [] }
        return [.init(service: Work { await assembly.scripts.watch() })]
    }

    /// Stops listening without a signal: for tests and embedding.
    public func stop() async {
        assembly.scripts.shutdown()
        assembly.realtime.shutdown()
        await server.shutdown()
        await assembly.activity.flush()
    }
}

/// Ends the server when somebody asks for another one in its place.
final class RestartRequests: Service {
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
