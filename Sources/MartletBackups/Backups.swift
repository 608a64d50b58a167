package import Logging
package import MartletCore
package import MartletFiles
package import MartletSettings
package import MartletStorage
import NIOPosix
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Makes, keeps and brings back copies of the whole data folder (`files-and-storage.md`, Backups and Restore).
package final class Backups: Sendable {
    /// Why nothing was done.
    package enum Refusal: Error {
        /// Another backup or restore is under way.
        case busy
        case exists
        case notFound
        /// The backup is being made or restored.
        case inUse
    }

    private enum Activity: Equatable {
        case none
        case busy(String)
    }

    private let folder: String
    private let databases: [(name: String, storage: any Storage)]
    private let stores: FileStores
    private let removals: FileRemovals
    private let settings: SettingsStore
    private let check: Check
    private let hooks: AppHookRunner?
    private let logger: Logger
    private let activity = Mutex(Activity.none)

    /// Throws what keeps a server from starting on a data folder.
    package typealias Check = @Sendable (_ folder: String) async throws -> Void

    /// - Parameters:
    ///   - databases: By the names of their files.
    ///   - check: Asked before unpacked data take the place of others.
    package init(
        folder: String,
        databases: [(name: String, storage: any Storage)],
        stores: FileStores,
        removals: FileRemovals,
        settings: SettingsStore,
        logger: Logger,
        hooks: AppHookRunner? = nil,
        check: @escaping Check
    ) {
        self.folder = folder
        self.databases = databases
        self.stores = stores
        self.removals = removals
        self.settings = settings
        self.logger = logger
        self.check = check
        self.hooks = hooks
    }

    /// Whether nothing is under way.
    package var isFree: Bool { activity.withLock { $0 == .none } }

    private func begin(_ name: String) throws {
        try activity.withLock { activity in
            guard activity == .none else { throw Refusal.busy }
            activity = .busy(name)
        }
    }

    private func end() {
        activity.withLock { $0 = .none }
    }

    // MARK: - What there is

    package struct Item: Sendable {
        package let name: String
        /// In bytes, as it is downloaded.
        package let size: Int
        package let modified: Timestamp
    }

    /// - Throws: ``FileStoreError``.
    package func list() async throws -> [Item] {
        let archive = stores.backups
        let found = Mutex<[FileEntry]>([])
        try await archive.store.list("") { entry in
            if !entry.path.contains("/") { found.withLock { $0.append(entry) } }
        }
        var items: [Item] = []
        for entry in found.withLock({ $0 }).sorted(by: { utf8Precedes($0.path, $1.path) }) {
            let size = stores.isSealing ? try await archive.find(entry.path)?.size : entry.size
            items.append(Item(name: entry.path, size: size ?? entry.size, modified: entry.modified))
        }
        return items
    }

    package func find(_ name: String) async throws -> StoredFile? {
        guard Self.isSafe(name) else { return nil }
        return try await stores.backups.find(name)
    }

    private static func isSafe(_ name: String) -> Bool {
        FileKey(collectionID: "backups", recordID: "backups", name: name) != nil
    }

    // MARK: - Making

    /// Makes a backup.
    /// - Parameter name: nil for one with the application's name and the time.
    /// - Throws: ``Refusal``, ``FileStoreError``, or what went wrong.
    package func create(name: String?, isAutomatic: Bool = false) async throws {
        let application = settings.snapshot.settings.meta.appName
        let name = name ?? BackupName.make(application: application, isAutomatic: isAutomatic)
        try begin(name)
        defer { end() }
        guard let hooks else { return try await make(name) }
        try await hooks.around(.backupCreate, name: name) { try await self.make(name) }
    }

    private func make(_ name: String) async throws {
        let snapshot = DataSnapshot(of: folder)
        let path = folder + "/" + DataFolder.scratch + "/packing_" + RandomText.make(10) + ".zip"
        do {
            try await snapshot.take(databases, removals)
            try await snapshot.pack(into: path)
            await snapshot.discard()
        } catch {
            await snapshot.discard()
            unlink(path)
            throw error
        }
        let staging = stores.staging
        let staged = try await NIOThreadPool.singleton.runIfActive { try staging.take(fileAt: path) }
        try await stores.backups.put(staged, at: name, contentType: "application/zip", originalName: name)
    }

    /// What is wrong with a name for a new backup, if anything.
    package func nameError(_ name: String) async throws -> FieldError? {
        if let error = BackupName.error(name) { return error }
        guard try await find(name) != nil else { return nil }
        return FieldError("validation_backup_name_exists", "The backup file name is invalid or already exists.")
    }

    /// Makes the backup that the clock asks for, and removes the oldest of its kind.
    package func createAutomatically() async throws {
        try await create(name: nil, isAutomatic: true)
        let limit = settings.snapshot.settings.backups.cronMaxKeep
        guard limit > 0 else { return }
        let automatic = try await list().filter { $0.name.hasPrefix(BackupName.automaticPrefix) }
        for old in automatic.sorted(by: { $0.modified < $1.modified }).dropLast(limit) {
            try await stores.backups.store.delete(old.name)
        }
    }

    /// Keeps a backup that was made elsewhere.
    /// - Throws: ``Refusal/exists``, ``FileStoreError``.
    package func keep(_ file: UploadedFile) async throws {
        let name = file.originalName
        guard Self.isSafe(name) else { throw FileStoreError("no name for a backup: \(name)") }
        guard try await find(name) == nil else { throw Refusal.exists }
        try await stores.backups.put(
            file.staged,
            at: name,
            contentType: file.type.name,
            originalName: name
        )
    }

    /// - Throws: ``Refusal``, ``FileStoreError``.
    package func delete(_ name: String) async throws {
        if activity.withLock({ $0 == .busy(name) }) { throw Refusal.inUse }
        guard try await find(name) != nil else { throw Refusal.notFound }
        try await stores.backups.store.delete(name)
    }

    // MARK: - Restoring

    /// Unpacks a backup beside the data, so that the next start puts it in their place.
    /// - Parameters:
    ///   - restart: Called when everything is ready for that.
    /// - Throws: ``Refusal``. What goes wrong later is in the log, and the data stay as they are.
    package func restore(_ name: String, then restart: @escaping @Sendable () -> Void) async throws {
        guard let file = try await find(name) else { throw Refusal.notFound }
        try begin(name)
        Task {
            do {
                // So that the answer reaches the client first.
                try await Task.sleep(for: .seconds(1))
                let work = { @Sendable [self] in
                    try await Restore(folder: folder).prepare(file, check: check)
                    logger.info("The backup \(name) is unpacked; starting anew.")
                    restart()
                }
                guard let hooks else { return try await work() }
                try await hooks.around(.backupRestore, name: name, work)
            } catch {
                logger.error("The backup was not restored.", metadata: ["backup": "\(name)", "error": "\(error)"])
                end()
            }
        }
    }
}
