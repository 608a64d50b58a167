package import MartletCore
import NIOPosix
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files in a folder of this machine, each with its attributes in a file beside it.
package struct LocalFileStore: FileStore {
    private let root: FilePath
    private let known = KnownAttributes()

    /// - Parameter root: Made when the first file is put there.
    package init(root: String) {
        self.root = FilePath(root)
    }

    private func location(_ path: String) -> FilePath {
        root.appending(path.split(separator: "/").map { FilePath.Component(String($0)) ?? "_" })
    }

    private func attributesLocation(_ path: String) -> FilePath { location(path + FileAttributes.suffix) }

    // MARK: - Reading

    package func findNow(_ path: String) throws -> FoundFile {
        try stored(path).map { .file($0) } ?? .missing
    }

    package func find(_ path: String) async throws -> StoredFile? {
        try await onThread { try stored(path) }
    }

    private func stored(_ path: String) throws -> StoredFile? {
        let location = root.string + "/" + path
        guard let status = FileStatus(location), status.isFile else { return nil }
        // Some that cannot be read say nothing of the file, perhaps not even that it is sealed.
        guard let attributes = known.attributes(location) else { return nil }
        return StoredFile(
            size: status.size,
            modified: status.modified,
            attributes: attributes,
            content: LocalContent(path: location)
        )
    }

    private static func entry(_ location: FilePath, _ path: String) -> FileEntry? {
        guard let status = FileStatus(location.string), status.isFile else { return nil }
        return FileEntry(path: path, size: status.size, modified: status.modified)
    }

    // MARK: - Writing

    package func put(_ file: StagedFile, at path: String, _ attributes: FileAttributes) async throws {
        try await onThread {
            // An empty folder may be removed by others while it is to be filled.
            for _ in 0..<5 {
                do {
                    return try place(file, path, attributes)
                } catch Errno.noSuchFileOrDirectory where access(file.path, F_OK) == 0 {
                    continue
                }
            }
            try place(file, path, attributes)
        }
    }

    private func place(_ file: StagedFile, _ path: String, _ attributes: FileAttributes) throws {
        let location = location(path)
        let folder = location.removingLastComponent()
        let made = try folder.makeDirectories()
        // The attributes come first: there is never a file without.
        try write(attributes, at: path)
        try Self.move(FilePath(file.path), to: location)
        try folder.syncDirectory()
        for new in made { try new.removingLastComponent().syncDirectory() }
    }

    package func setAttributes(_ attributes: FileAttributes, at path: String) async throws {
        try await onThread {
            try write(attributes, at: path)
            try location(path).removingLastComponent().syncDirectory()
        }
    }

    private func write(_ attributes: FileAttributes, at path: String) throws {
        let location = attributesLocation(path)
        let partial = Self.partial(beside: location)
        let file = try OpenFile.open(
            partial,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        do {
            try file.closeAfter {
                _ = try file.writeAll(attributes.json.utf8)
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
            guard rename(partial.string, location.string) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            unlink(partial.string)
            throw error
        }
    }

    /// Files that are being written begin with it; no stored name begins with a dot.
    private static let partialPrefix = ".partial_"
    private static let condemnedPrefix = ".removing_"

    /// Names that begin so are for what is not finished.
    static let ownPrefixes = [partialPrefix, condemnedPrefix]

    private static func partial(beside target: FilePath) -> FilePath {
        target.removingLastComponent().appending(partialPrefix + RandomText.make(16))
    }

    /// Moves a file, over a copy where the folders are on different disks.
    private static func move(_ source: FilePath, to target: FilePath) throws {
        if rename(source.string, target.string) == 0 { return }
        guard errno == EXDEV else { throw Errno(rawValue: errno) }
        let partial = partial(beside: target)
        do {
            try LocalFiles.copy(source, to: partial)
            guard rename(partial.string, target.string) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            unlink(partial.string)
            throw error
        }
        unlink(source.string)
    }

    // MARK: - Removing

    package func delete(_ path: String) async throws {
        try await onThread {
            for location in [location(path), attributesLocation(path)] {
                if unlink(location.string) != 0, errno != ENOENT, errno != ENOTDIR { throw Errno(rawValue: errno) }
            }
        }
    }

    package func deleteFolder(_ folder: String) async throws {
        try await onThread {
            // It is gone at once under its name: a new one may be made while the old one is emptied.
            let condemned = root.appending(Self.condemnedPrefix + RandomText.make(12))
            guard rename(location(folder).string, condemned.string) == 0 else {
                if errno == ENOENT || errno == ENOTDIR { return }
                throw Errno(rawValue: errno)
            }
            condemned.removeAll()
        }
    }

    package func deleteIfEmpty(_ folder: String) async throws {
        try await onThread { _ = rmdir(location(folder).string) }
    }

    package func removeDebris(before limit: Timestamp) async throws {
        try await onThread { Self.removeDebris(root, limit) }
    }

    /// Files that were not finished, folders that were not emptied, attributes without a file.
    private static func removeDebris(_ folder: FilePath, _ limit: Timestamp) {
        for name in folder.names() {
            let path = folder.appending(name)
            if isDirectory(path) {
                if name.hasPrefix(condemnedPrefix) { path.removeAll() } else { removeDebris(path, limit) }
                continue
            }
            let isPartial = name.hasPrefix(partialPrefix)
            let isLone =
                name.hasSuffix(FileAttributes.suffix)
                && entry(folder.appending(String(name.dropLast(FileAttributes.suffix.count))), "") == nil
            guard isPartial || isLone, let entry = entry(path, ""), entry.modified < limit else { continue }
            unlink(path.string)
        }
    }

    package func list(_ prefix: String, _ visit: @escaping @Sendable (FileEntry) async throws -> Void) async throws {
        let folder = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        var folders = [folder]
        while let next = folders.popLast() {
            let names = try await onThread { location(next).names() }
            for name in names {
                let path = next.isEmpty ? name : next + "/" + name
                guard path.hasPrefix(prefix) || prefix.hasPrefix(path + "/") else { continue }
                if Self.isDirectory(location(path)) {
                    folders.append(path)
                } else if !name.hasSuffix(FileAttributes.suffix), !name.hasPrefix(Self.partialPrefix),
                    path.hasPrefix(prefix),
                    let entry = Self.entry(location(path), path)
                {
                    try await visit(entry)
                }
            }
        }
    }

    private static func isDirectory(_ location: FilePath) -> Bool {
        FileStatus(location.string)?.isDirectory ?? false
    }

    private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        do {
            return try await NIOThreadPool.singleton.runIfActive(body)
        } catch let error as Errno {
            throw FileStoreError("\(error)", isFull: error == .noSpace || error == .diskQuotaExceeded)
        }
    }
}
