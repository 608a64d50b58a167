import MartletBackups
import MartletCore
import MartletFiles
import MartletSettings
import MartletStorage
import MartletVault
import Synchronization

/// Encryption of a data folder: what is encrypted, and under which master key.
public struct Vault: Sendable {
    private let application: Application

    /// The vault of an application that nobody serves at the time.
    public init(_ application: Application) {
        self.application = application
    }

    /// What is encrypted, and what is not.
    public struct Status: Sendable, Equatable {
        /// Files and backups under the master key in use.
        public var current = 0
        /// Under the one before.
        public var former = 0
        /// Not encrypted.
        public var plain = 0
    }

    /// Counts files and backups.
    public func status() async throws -> Status {
        let status = Mutex(Status())
        try await forEachFile { archive, path in
            let state = try await archive.sealing(of: path)
            status.withLock { status in
                switch state {
                case .current: status.current += 1
                case .former: status.former += 1
                case .plain: status.plain += 1
                }
            }
        }
        return status.withLock { $0 }
    }

    /// Wraps the keys of all files, and the settings, under the key in use. What is done stays done when it is interrupted,
    /// and the next run goes on behind it.
    /// - Parameter progress: Told how many files were looked at and how many of them were wrapped anew.
    /// - Returns: How many files were wrapped anew.
    @discardableResult
    public func rotate(progress: @escaping @Sendable (_ looked: Int, _ wrapped: Int) -> Void) async throws -> Int {
        let counts = Mutex((looked: 0, wrapped: 0))
        try await forEachFile { archive, path in
            let isWrapped = try await archive.rewrap(path)
            let now = counts.withLock { counts in
                counts.looked += 1
                if isWrapped { counts.wrapped += 1 }
                return counts
            }
            progress(now.looked, now.wrapped)
        }
        try await application.storage.write(.exclusive) { [settings = application.settings] session in
            _ = try settings.change(session) { _ in }
        }
        return counts.withLock { $0.wrapped }
    }

    private func forEachFile(
        _ body: @escaping @Sendable (FileArchive, String) async throws -> Void
    ) async throws {
        let stores = application.fileStores
        for archive in [stores.records, stores.backups, stores.uploads] {
            try await archive.store.list("") { try await body(archive, $0.path) }
        }
    }
}

extension Vault {
    /// Notes in a data folder that its master key is being replaced. It is no error if that is noted already.
    /// - Throws: ``ConfigurationError`` when the old key is not the folder's, or the folder is being served.
    public static func beginRotation(in folder: String, from old: String, to new: String) throws {
        guard let lock = DataFolderLock(folder) else { throw DataFolderLock.refusal }
        try withExtendedLifetime(lock) { try noteRotation(in: folder, from: old, to: new) }
    }

    private static func noteRotation(in folder: String, from old: String, to new: String) throws {
        do {
            let (old, new) = (try MasterKey(old), try MasterKey(new))
            guard old.id != new.id else { throw ConfigurationError(description: "The new master key is the old one.") }
            guard let state = try VaultState.read(in: folder) else {
                throw ConfigurationError(description: "The data folder is not encrypted: start with the key instead.")
            }
            if state.keyIDs == [new.id, old.id] { return }
            guard state.keyIDs == [old.id] else {
                throw ConfigurationError(
                    description:
                        "The data folder is encrypted under \(state.keyIDs.joined(separator: " and ")), the key "
                        + "that was given is \(old.id)."
                )
            }
            try VaultState(keyIDs: [new.id, old.id]).write(in: folder)
        } catch let error as MasterKey.Malformed {
            throw ConfigurationError(description: error.description)
        }
    }

    /// Notes that only the new master key is needed from now on.
    public static func endRotation(in folder: String, to new: String) throws {
        try VaultState(keyIDs: [try MasterKey(new).id]).write(in: folder)
    }
}

/// Master keys.
public enum VaultKey {
    /// A new one from the system's cryptographic source, as 64 hexadecimal digits.
    public static func make() -> String {
        RandomBytes.make(32).hexadecimal
    }
}
