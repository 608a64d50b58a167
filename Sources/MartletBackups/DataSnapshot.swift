import MartletCore
import MartletFiles
import MartletStorage
import NIOPosix
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A state of the whole data folder, held still while it is packed: copies of the databases, and second names for files.
struct DataSnapshot {
    private let folder: FilePath
    private let place: FilePath

    /// - Parameter folder: The data folder.
    init(of folder: String) {
        self.folder = FilePath(folder)
        place = self.folder.appending(DataFolder.scratch).appending("backup_" + RandomText.make(10))
    }

    /// Takes the snapshot. Writing goes on meanwhile.
    /// - Parameters:
    ///   - databases: By their file names.
    ///   - removals: Files that the copied databases name are not removed before they have their second name.
    func take(_ databases: [(name: String, storage: any Storage)], _ removals: FileRemovals) async throws {
        let (place, folder) = (place, folder)
        _ = try await NIOThreadPool.singleton.runIfActive { try place.makeDirectories() }
        removals.pause()
        defer { removals.resume() }
        for (name, storage) in databases { try await storage.copy(to: place.appending(name).string) }
        try await NIOThreadPool.singleton.runIfActive {
            for name in folder.names() where DataFolder.isKept(name) {
                try Self.link(folder.appending(name), place.appending(name))
            }
        }
    }

    /// Gives everything below a folder a second name; where the disk knows no second names, a copy.
    private static func link(_ source: FilePath, _ target: FilePath) throws {
        if source.isDirectory {
            try target.makeDirectories()
            for name in source.names() { try link(source.appending(name), target.appending(name)) }
            return
        }
        // Sockets, links and devices are nobody's data.
        guard source.isRegularFile else { return }
        if Glibc.link(source.string, target.string) == 0 { return }
        switch errno {
        // It went while we looked.
        case ENOENT: return
        case EXDEV, EPERM, EMLINK, ENOTSUP: try LocalFiles.copy(source, to: target)
        default: throw Errno(rawValue: errno)
        }
    }

    /// Packs what was taken into an archive: the databases first, then the rest by name.
    func pack(into path: String) async throws {
        let place = place
        try await NIOThreadPool.singleton.runIfActive {
            let zip = try ZipWriter(path: path)
            do {
                var names: [String] = []
                Self.collect(place, "", &names)
                names.removeAll { DataFolder.databases.contains($0) }
                for name in DataFolder.databases + names.sorted(by: utf8Precedes) {
                    try zip.add(name, fileAt: place.appending(FilePath(name).components).string)
                }
            } catch {
                zip.discard()
                throw error
            }
            try zip.finish()
        }
    }

    private static func collect(_ folder: FilePath, _ prefix: String, _ names: inout [String]) {
        for name in folder.names() {
            let path = folder.appending(name)
            if path.isDirectory { collect(path, prefix + name + "/", &names) } else { names.append(prefix + name) }
        }
    }

    func discard() async {
        let place = place
        try? await NIOThreadPool.singleton.runIfActive { place.removeAll() }
    }
}
