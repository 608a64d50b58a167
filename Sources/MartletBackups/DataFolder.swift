import MartletCore
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// NIO has a type of the same name.
typealias OpenFile = SystemPackage.FileDescriptor

/// Which parts of a data folder belong to a backup (`files-and-storage.md`, Backups).
enum DataFolder {
    static let databases = ["data.db", "auxiliary.db"]
    static let scratch = ".pb_temp_to_delete"
    /// Where a restore keeps the data that come and those that go, until it is through.
    static let restore = ".martlet_restore"

    /// What a restore leaves where it is.
    static let lasting: Set<String> = ["backups", scratch, restore, ".autocert_cache", "lost+found", ".martlet_lock"]

    /// What is not worth keeping, beside that.
    private static let passing: Set<String> = [".notify", ".martlet_uploads"]

    /// Whether an entry of the folder goes into a backup as it lies there. Databases are copied otherwise.
    static func isKept(_ name: String) -> Bool {
        !lasting.contains(name) && !passing.contains(name)
            && !databases.contains {
                name == $0 || name == $0 + "-wal" || name == $0 + "-shm" || name == $0 + "-journal"
            }
    }
}

extension FilePath {
    var isDirectory: Bool { kind(of: string) == S_IFDIR }

    var isRegularFile: Bool { kind(of: string) == S_IFREG }
}

/// What lies at a path, of links the link itself; nil for nothing. Out here, since `FilePath` has a `stat` of its own.
private func kind(of path: String) -> mode_t? {
    var info = stat()
    return lstat(path, &info) == 0 ? info.st_mode & S_IFMT : nil
}
