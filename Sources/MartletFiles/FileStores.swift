package import MartletFetch
package import MartletSettings
package import MartletVault
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
