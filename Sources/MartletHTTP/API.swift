package import Logging
package import MartletBackups
package import MartletFetch
package import MartletFiles
package import MartletIdentity
package import MartletJobs
import MartletQuery
package import MartletRealtime
package import MartletRecords
package import MartletSchema
import MartletServer
package import MartletSettings
package import MartletStorage
package import MartletTelemetry
package import MartletVault

/// What the HTTP interface is made of. Only the composition root fills it in; each route takes what it uses.
package struct APIParts: Sendable {
    package let storage: any Storage
    package let logStorage: any Storage
    package let catalog: CurrentCatalog
    package let settings: SettingsStore
    package let hasher: PasswordHasher
    package let mailer: AccountMailer
    package let webClient: WebClient
    package let redirects: OAuth2Redirects
    package let realtime: RealtimeHub
    package let layouts: CurrentLayouts
    package let schedule: JobSchedule
    package let limiter: RateLimiter
    package let attempts: AttemptLimiter
    package let activity: ActivityLog
    package let files: RecordFiles
    package let thumbnails: Thumbnails
    package let uploads: ResumableUploads
    package let backups: Backups
    package let fileStores: FileStores
    package let restart: @Sendable () -> Void
    package let hooks: RequestHooks?
    package let observers: RecordObservers
    package let journal: (any CollectionJournal)?
    package let publicDirectory: String
    package let hasIndexFallback: Bool
    package let origins: [String]
    package let collectionsDidChange: @Sendable () -> Void
    package let settingsDidChange: @Sendable (_ old: Settings, _ new: Settings) -> Void
    package let logger: Logger

    package init(
        storage: any Storage,
        logStorage: any Storage,
        catalog: CurrentCatalog,
        settings: SettingsStore,
        hasher: PasswordHasher,
        mailer: AccountMailer,
        webClient: WebClient,
        redirects: OAuth2Redirects,
        realtime: RealtimeHub,
        layouts: CurrentLayouts,
        schedule: JobSchedule,
        limiter: RateLimiter,
        attempts: AttemptLimiter,
        activity: ActivityLog,
        files: RecordFiles,
        thumbnails: Thumbnails,
        uploads: ResumableUploads,
        backups: Backups,
        fileStores: FileStores,
        restart: @escaping @Sendable () -> Void,
        observers: RecordObservers,
        hooks: RequestHooks? = nil,
        journal: (any CollectionJournal)? = nil,
        publicDirectory: String,
        hasIndexFallback: Bool,
        origins: [String],
        collectionsDidChange: @escaping @Sendable () -> Void,
        settingsDidChange: @escaping @Sendable (_ old: Settings, _ new: Settings) -> Void,
        logger: Logger
    ) {
        self.storage = storage
        self.logStorage = logStorage
        self.catalog = catalog
        self.settings = settings
        self.hasher = hasher
        self.mailer = mailer
        self.webClient = webClient
        self.redirects = redirects
        self.realtime = realtime
        self.layouts = layouts
        self.schedule = schedule
        self.limiter = limiter
        self.attempts = attempts
        self.activity = activity
        self.files = files
        self.thumbnails = thumbnails
        self.uploads = uploads
        self.backups = backups
        self.fileStores = fileStores
        self.restart = restart
        self.observers = observers
        self.hooks = hooks
        self.journal = journal
        self.publicDirectory = publicDirectory
        self.hasIndexFallback = hasIndexFallback
        self.origins = origins
        self.collectionsDidChange = collectionsDidChange
        self.settingsDidChange = settingsDidChange
        self.logger = logger
    }
}

extension APIResponder {
    private static func registerAccounts(
        _ parts: APIParts,
        _ layouts: CurrentLayouts,
        _ plans: ReadPlans,
        _ tokens: TokenAuthority,
        _ router: inout Router<Endpoint>
    ) {
        let attempts = AttemptGuard(limiter: parts.attempts, layouts: layouts)
        let access = AccountAccess(parts, plans, tokens)
        let (factors, sessions, signIn) = (access.factors, access.sessions, access.signIn)
        AuthRoutes(
            storage: parts.storage,
            layouts: layouts,
            tokens: tokens,
            signIn: signIn,
            sessions: sessions,
            answers: access.answers,
            hooks: parts.hooks
        ).register(in: &router)
        let completion = access.completion
        OAuth2Routes(
            layouts: layouts,
            accounts: OAuth2SignIn(
                storage: parts.storage,
                hasher: parts.hasher,
                exchange: ProviderExchange(client: parts.webClient),
                observers: parts.observers
            ),
            redirects: parts.redirects,
            completion: completion,
            attempts: attempts,
            hooks: parts.hooks
        ).register(in: &router)
        SignInRoutes(
            layouts: layouts,
            passwords: PasswordSignIn(storage: parts.storage, hasher: parts.hasher),
            codes: OneTimePasswords(
                storage: parts.storage,
                hasher: parts.hasher,
                mailer: parts.mailer,
                observers: parts.observers
            ),
            completion: completion,
            attempts: attempts,
            hooks: parts.hooks
        ).register(in: &router)
        let authenticators = Authenticators(storage: parts.storage, observers: parts.observers)
        AuthenticatorRoutes(
            layouts: layouts,
            settings: parts.settings,
            authenticators: authenticators,
            factors: factors,
            completion: completion,
            attempts: attempts
        ).register(in: &router)
        PasskeyRoutes(
            layouts: layouts,
            settings: parts.settings,
            passkeys: Passkeys(storage: parts.storage, observers: parts.observers),
            authenticators: authenticators,
            factors: factors,
            completion: completion,
            attempts: attempts
        ).register(in: &router)
        SessionRoutes(layouts: layouts, sessions: sessions).register(in: &router)
        let flows = AccountFlows(
            storage: parts.storage,
            layouts: layouts,
            tokens: tokens,
            hasher: parts.hasher,
            mailer: parts.mailer,
            observers: parts.observers
        )
        AccountRoutes(layouts: layouts, flows: flows, attempts: attempts, hooks: parts.hooks).register(in: &router)
        AppleSecretRoute().register(in: &router)
        TestMailRoute(layouts: layouts, tokens: tokens, mailer: parts.mailer).register(in: &router)
    }

    /// The whole HTTP interface.
    package init(_ parts: APIParts) {
        let layouts = parts.layouts
        let plans = ReadPlans(dialect: parts.storage.dialect)
        let tokens = TokenAuthority()
        let records = RecordRoutes(
            storage: parts.storage,
            layouts: layouts,
            plans: plans,
            hasher: parts.hasher,
            observers: parts.observers,
            attempts: parts.attempts,
            files: parts.files,
            uploads: parts.uploads,
            hooks: parts.hooks
        )
        let smallFiles = SmallFiles()
        var router = Router<Endpoint>()
        UploadRoutes(layouts: layouts, uploads: parts.uploads).register(in: &router)
        BackupRoutes(
            storage: parts.storage,
            layouts: layouts,
            settings: parts.settings,
            tokens: tokens,
            backups: parts.backups,
            staging: parts.fileStores.staging,
            logger: parts.logger,
            restart: parts.restart
        ).register(in: &router)
        TestStorageRoute(settings: parts.settings, stores: parts.fileStores).register(in: &router)
        RealtimeRoutes(hub: parts.realtime, hooks: parts.hooks).register(in: &router)
        AccountPages().register(in: &router)
        ClientModule().register(in: &router)
        HealthRoute(settings: parts.settings, backups: parts.backups).register(in: &router)
        records.register(in: &router)
        BatchRoute(
            storage: parts.storage,
            layouts: layouts,
            plans: plans,
            settings: parts.settings,
            records: records,
            limiter: parts.limiter,
            observers: parts.observers,
            hooks: parts.hooks
        ).register(in: &router)
        CollectionRoutes(
            storage: parts.storage,
            catalog: parts.catalog,
            layouts: layouts,
            settings: parts.settings,
            observers: parts.observers,
            files: parts.files,
            didChange: parts.collectionsDidChange,
            hooks: parts.hooks,
            journal: parts.journal
        ).register(in: &router)
        Self.registerAccounts(parts, layouts, plans, tokens, &router)
        FileRoutes(
            storage: parts.storage,
            layouts: layouts,
            settings: parts.settings,
            tokens: tokens,
            grants: FileGrants(tokens: tokens, plans: plans),
            files: parts.files,
            thumbnails: parts.thumbnails,
            smallFiles: smallFiles,
            hooks: parts.hooks,
            logger: parts.logger
        ).register(in: &router)
        SettingsRoutes(
            storage: parts.storage,
            settings: parts.settings,
            didChange: parts.settingsDidChange,
            hooks: parts.hooks
        )
        .register(in: &router)
        LogRoutes(storage: parts.logStorage, activity: parts.activity).register(in: &router)
        CronRoutes(schedule: parts.schedule).register(in: &router)
        SQLRoute(storage: parts.storage).register(in: &router)
        self.init(
            routing: Routing(router),
            files: StaticFiles(
                root: parts.publicDirectory,
                hasIndexFallback: parts.hasIndexFallback,
                smallFiles: smallFiles
            ),
            cors: CORS(parts.origins),
            storage: parts.storage,
            layouts: layouts,
            tokens: tokens,
            settings: parts.settings,
            limiter: parts.limiter,
            activity: parts.activity,
            logger: parts.logger
        )
    }
}
