import MartletFiles
import Synchronization

/// What a listing has found.
final class EntryList: Sendable {
    private let entries = Mutex<[FileEntry]>([])

    func add(_ entry: FileEntry) { entries.withLock { $0.append(entry) } }

    /// By their paths.
    var all: [FileEntry] { entries.withLock { $0.sorted { $0.path < $1.path } } }
}
