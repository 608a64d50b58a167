import MartletCore
package import MartletFetch
package import MartletSettings
package import MartletVault
import NIOPosix
import Synchronization

/// Where the files of records and the backups are kept by the settings in force: in the data folder, or on S3.
package final class FileStores: Sendable {
    private struct Cache {
        var records: (settings: S3Settings, archive: FileArchive)?
        var backups: (settings: S3Settings, archive: FileArchive)?
    }

    private let folder: String
    private let settings: SettingsStore
    private let client: WebClient
    private let keys: KeyRing?
    private let cache = Mutex(Cache())
    /// For files on their way in.
    package let staging: StagingArea

    /// Whether files are stored encrypted.
    package var isSealing: Bool { keys != nil }

    /// - Parameters:
    ///   - folder: The data folder.
    ///   - keys: Under which files are encrypted, nil to store them plain.
    package init(folder: String, settings: SettingsStore, client: WebClient, keys: KeyRing?) {
        self.folder = folder
        self.settings = settings
        self.client = client
        self.keys = keys
        staging = StagingArea(folder: folder + "/.pb_temp_to_delete", isSealing: keys != nil)
    }

    package var records: FileArchive {
        let wanted = settings.snapshot.settings.s3
        return cache.withLock { cache in
            if let known = cache.records, known.settings == wanted { return known.archive }
            let archive = archive(wanted, folder: "storage")
            cache.records = (wanted, archive)
            return archive
        }
    }

    /// Uploads on their way in, on this machine whatever the settings say.
    package var uploads: FileArchive {
        FileArchive(store: LocalFileStore(root: folder + "/.martlet_uploads"), keys: keys)
    }

    package var backups: FileArchive {
        let wanted = settings.snapshot.settings.backups.s3
        return cache.withLock { cache in
            if let known = cache.backups, known.settings == wanted { return known.archive }
            let archive = archive(wanted, folder: "backups")
            cache.backups = (wanted, archive)
            return archive
        }
    }

    private func archive(_ wanted: S3Settings, folder name: String) -> FileArchive {
        let store: any FileStore =
            wanted.isEnabled
            ? S3FileStore(S3Bucket(wanted), client) : LocalFileStore(root: folder + "/" + name)
        return FileArchive(store: store, keys: keys)
    }
}

extension FileStores {
    /// Writes, finds and removes a small file.
    /// - Throws: ``FileStoreError`` for whatever of it does not work.
    package func test(_ archive: FileArchive) async throws {
        let folder = "pb_settings_test_" + RandomText.make(5)
        let staged = try await NIOThreadPool.singleton.runIfActive { [staging] in
            let writer = try staging.begin()
            try writer.append(Array("test".utf8))
            return try writer.finish()
        }
        try await archive.put(staged, at: folder + "/test.txt", contentType: "text/plain")
        let found = Mutex(false)
        try await archive.store.list(folder + "/") { _ in found.withLock { $0 = true } }
        guard found.withLock({ $0 }) else { throw FileStoreError("the test file is not in the bucket's list") }
        try await archive.store.delete(folder + "/test.txt")
    }
}
