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
import MartletSettings
import MartletStorage
import MartletTelemetry
import MartletWebhooks
import NIOCore

/// Has the queue look when somebody changes a job through the API.
private struct JobWaker: RecordObserver {
    let queue: JobQueue

    var isRepeatable: Bool { true }
    func watches(_ layout: RecordLayout) -> Bool { false }

    func didCommit(_ change: RecordChange) {
        if change.record.layout.collectionName == SystemCollections.jobsName { queue.wake() }
    }
}

/// An application's parts, put together: everything but the socket. The one place that knows them all.
struct Assembly: Sendable {
    let activity: ActivityLog
    let schedule: JobSchedule
    let realtime: RealtimeHub
    let restarts = RestartRequests()
    let responder: APIResponder
    let scripts: ScriptHost
    let jobs: JobQueue
    let webhooks: Webhooks

    init(_ application: Application) throws {
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
            gate: MessageGate(threads: application.blocking),
            logger: application.logger
        )
        let hooks = application.recordHooks
        jobs = application.jobQueue
        webhooks = Webhooks(
            storage: application.storage,
            queue: application.jobQueue,
            hooks: hooks,
            layouts: layouts,
            client: application.webClient,
            logger: application.logger
        )
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
                [application.fileRemovals, realtime, pageCache, JobWaker(queue: application.jobQueue), webhooks],
                hooks: hooks,
                collections: CollectionHooks(models: hooks.models)
            ),
            hooks: RequestHooks(threads: application.blocking, storage: application.storage),
            journal: application.configuration.writesMigrations
                ? AutomaticMigrations(
                    folder: application.configuration.scripts.migrationsFolder,
                    logger: application.logger
                ) : nil,
            publicDirectory: application.configuration.publicDirectory,
            hasIndexFallback: application.configuration.hasIndexFallback,
            origins: application.configuration.origins,
            collectionsDidChange: { notices.post("collections") },
            settingsDidChange: { [schedule] old, new in
                notices.post("settings")
                Task { [hooks = application.hooks] in
                    do {
                        try await hooks.around(.settingsReload)
                    } catch {
                        logger.error("A hook for new settings failed: \(error)")
                    }
                }
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
        responder = APIResponder(parts)
        scripts = ScriptHost(
            parts,
            application.configuration.scripts,
            api: responder,
            threads: application.threads,
            appHooks: application.hooks.hooks,
            jobQueue: application.jobQueue,
            pageCache: pageCache
        )
    }
}
