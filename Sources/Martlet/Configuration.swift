import MartletIdentity
import MartletScripting

/// How an application runs. Every value has a default that works.
public struct Configuration: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 lets the kernel choose.
    public var port = 8090
    /// The folder with the databases and everything else that is kept.
    public var dataDirectory = "martlet_data"
    /// The folder of static files.
    public var publicDirectory = "martlet_public"
    /// Whether a missing static file is answered with the root's `index.html`.
    public var hasIndexFallback = true
    /// Which origins browsers may call from: exact ones, or patterns with `*` and `?`.
    public var origins = ["*"]
    /// Whether each SQL statement is logged with its time.
    public var isDevelopment = false
    /// 32 bytes under which the settings are stored, nil to store them plain.
    public var settingsKey: String?
    /// Under which files, backups and settings are encrypted: 32 bytes as hexadecimal digits or base64. nil to store them
    /// plain.
    public var masterKey: String?
    /// The master key before, while what it encrypted is being wrapped anew.
    public var formerMasterKey: String?
    /// How many seconds one read may take.
    public var queryTimeout = 30
    /// How many attempts to sign in to one account may fail from one address within ``authWindow``; 0 for any number.
    public var authAttempts = 20
    /// In seconds.
    public var authWindow = 300
    /// The folder of hook files; nil for `pb_hooks` beside the data folder.
    public var hooksDirectory: String?
    /// The folder of pages; nil for `pages` beside the data folder.
    public var pagesDirectory: String?
    /// The folder of migrations; nil for `pb_migrations` beside the data folder.
    public var migrationsDirectory: String?
    /// Whether a migration is written for each collection that is made, changed or removed through the API.
    public var writesMigrations = true
    /// Whether hook files are loaded anew when they change.
    public var watchesHooks = true
    /// How long one call of a script may compute, in seconds.
    public var scriptTime = 5.0
    /// How much memory one call of a script may take, in MiB.
    public var scriptMemory = 256
    /// How many pictures are made smaller at a time.
    public var thumbnailWorkers = 2

    /// The defaults.
    public init() {}
}

extension Configuration {
    /// What is beside the data folder.
    private func beside(_ name: String) -> String {
        let parts = dataDirectory.split(separator: "/", omittingEmptySubsequences: true)
        let parent = parts.dropLast().joined(separator: "/")
        if dataDirectory.hasPrefix("/") { return "/" + (parent.isEmpty ? name : "\(parent)/\(name)") }
        return parent.isEmpty ? name : "\(parent)/\(name)"
    }

    var scripts: ScriptOptions {
        var options = ScriptOptions()
        options.hooksFolder = hooksDirectory ?? beside("pb_hooks")
        options.pagesFolder = pagesDirectory ?? beside("pages")
        options.migrationsFolder = migrationsDirectory ?? beside("pb_migrations")
        options.dataFolder = dataDirectory
        options.isDevelopment = isDevelopment
        options.timeLimit = scriptTime
        options.memoryLimit = scriptMemory
        return options
    }

    var attemptLimits: AttemptLimiter.Limits {
        var limits = AttemptLimiter.Limits()
        limits.attempts = max(authAttempts, 0)
        limits.window = max(authWindow, 1)
        return limits
    }
}

/// Why an application cannot start.
public struct ConfigurationError: Error, CustomStringConvertible {
    /// What is wrong, for a person.
    public let description: String
}
