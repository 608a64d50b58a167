import Logging
import MartletBackups
import MartletCore
import MartletFetch
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletJobs
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import MartletVault

/// Where scripts live, and what they may use.
package struct ScriptOptions: Sendable {
    /// The folder of hook files.
    package var hooksFolder = "pb_hooks"
    /// The folder of pages.
    package var pagesFolder = "pages"
    /// The folder of migrations.
    package var migrationsFolder = "pb_migrations"
    package var dataFolder = ""
    package var isDevelopment = false
    /// The name of the environment variable with the settings' key.
    package var encryptionVariable = ""
    /// Processor time of one call, in seconds.
    package var timeLimit = 5.0
    /// In MiB.
    package var memoryLimit = 256
    /// Where resolved modules may come from besides: nil for the folder that the program was started in.
    package var workingFolder: String?

    package init() {}

    var limits: ScriptLimits {
        var limits = ScriptLimits()
        limits.time = .milliseconds(Int64(timeLimit * 1000))
        limits.memory = memoryLimit << 20
        return limits
    }
}

/// What the program gives to scripts.
final class ScriptServices: Sendable {
    let parts: APIParts
    let options: ScriptOptions
    let plans: ReadPlans
    let tokens = TokenAuthority()
    let access: AccountAccess
    let stores = SharedValues()
    let smallFiles = SmallFiles()
    let jobs: ScriptJobs
    let durable: ScriptDurableJobs
    let modules = LoadedModules()
    let threads: ScriptThreads
    let api: APIResponder
    let appHooks: AppHooks
    let pageCache: PageCache

    init(
        _ parts: APIParts,
        _ options: ScriptOptions,
        api: APIResponder,
        threads: ScriptThreads,
        appHooks: AppHooks,
        jobQueue: JobQueue,
        pageCache: PageCache
    ) {
        self.parts = parts
        self.api = api
        self.appHooks = appHooks
        self.pageCache = pageCache
        self.options = options
        self.threads = threads
        jobs = ScriptJobs(parts.schedule)
        durable = ScriptDurableJobs(jobQueue)
        plans = ReadPlans(dialect: parts.storage.dialect)
        access = AccountAccess(parts, plans, tokens)
    }

    var migrations: MigrationFolder { MigrationFolder(path: ModuleFiles.absolute(options.migrationsFolder)) }
    var layouts: RecordLayouts { parts.layouts.value }
    var logger: Logger { parts.logger }

    /// Waits for asynchronous work on a script's thread.
    func wait<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) throws -> T {
        let result = AwaitedResult(of: work)
        return try threads.blocking { try result.wait().get() }
    }

    func session(_ storage: any Storage) -> BlockingSession {
        BlockingSession(storage) { [threads] wait in threads.blocking(wait) }
    }
}
