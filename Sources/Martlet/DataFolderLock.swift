import MartletBackups
import MartletFiles
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Says that this process serves a data folder, for as long as it is kept: tools that work on the same folder, and a second
/// server, leave alone what belongs to the first.
final class DataFolderLock: Sendable {
    /// Why work that needs the folder for itself is not begun.
    static let refusal = ConfigurationError(description: "The data folder is being served: stop the server first.")

    private let file: Int32

    /// - Returns: nil when another process serves the folder.
    init?(_ folder: String) {
        file = open(folder + "/.martlet_lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            return nil
        }
    }

    deinit {
        close(file)
    }

    /// Brings a folder that nobody serves into order: a restore that was begun is finished, and what was on its way into the
    /// folder when the last server ended is removed.
    /// - Returns: Whether the data were exchanged.
    func tidy(_ folder: String) throws -> Bool {
        let isRestored = try Restore(folder: folder).finish()
        FilePath(folder).appending(".pb_temp_to_delete").removeAll()
        return isRestored
    }
}
