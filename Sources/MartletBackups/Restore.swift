import MartletCore
import MartletFiles
import NIOCore
import NIOPosix
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Puts a backup in the place of the data.
///
/// The new data are unpacked beside the old. Then a mark is set, and from there on every start goes on with the exchange
/// until it is through, before anything is opened: whenever it is interrupted, either all of the old data or all of the
/// new ones are served.
package struct Restore: Sendable {
    private let folder: FilePath
    private let place: FilePath
    private var new: FilePath { place.appending("new") }
    private var old: FilePath { place.appending("old") }
    /// Its text tells how far the exchange is.
    private var mark: FilePath { place.appending("step") }

    private enum Step: String {
        case takingOut, puttingIn
    }

    /// Why a backup cannot be restored.
    package struct Unusable: Error, CustomStringConvertible {
        package let description: String
    }

    package init(folder: String) {
        self.folder = FilePath(folder)
        place = self.folder.appending(DataFolder.restore)
    }

    // MARK: - Before the restart

    /// Unpacks an archive, has it looked at, and sets the mark.
    func prepare(_ file: StoredFile, check: Backups.Check) async throws {
        let archive = place.appending("archive.zip")
        try await NIOThreadPool.singleton.runIfActive {
            place.removeAll()
            try place.makeDirectories()
        }
        do {
            try await fetch(file, to: archive)
            try await NIOThreadPool.singleton.runIfActive {
                try unpack(archive)
                unlink(archive.string)
            }
            try await check(new.string)
            try await NIOThreadPool.singleton.runIfActive {
                Self.settle()
                try set(.takingOut)
            }
        } catch {
            try? await NIOThreadPool.singleton.runIfActive { place.removeAll() }
            throw error
        }
    }

    /// libzip reads from the disk, in any order.
    private func fetch(_ file: StoredFile, to path: FilePath) async throws {
        let output = try OpenFile.open(
            path,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        defer { try? output.close() }
        try await file.content.read(0..<file.size) { piece in
            try await NIOThreadPool.singleton.runIfActive {
                _ = try piece.withUnsafeReadableBytes { try output.writeAll($0) }
            }
        }
    }

    private func unpack(_ archive: FilePath) throws {
        let zip = try ZipReader(path: archive.string)
        defer { zip.close() }
        let entries = try zip.entries()
        try checkRoom(for: entries)
        for entry in entries {
            let parts = try Self.parts(entry.name)
            guard !parts.isEmpty, !DataFolder.lasting.contains(parts[0]) else { continue }
            let path = new.appending(parts.map { FilePath.Component($0) ?? "_" })
            if entry.name.hasSuffix("/") {
                try path.makeDirectories()
            } else {
                try path.removingLastComponent().makeDirectories()
                try write(zip, entry, to: path)
            }
        }
        let data = new.appending("data.db")
        guard data.isRegularFile else {
            throw Unusable(description: "there is no data.db in the backup")
        }
    }

    /// An archive that says it is larger than the disk, or is packed beyond reason, is not begun.
    private func checkRoom(for entries: [ZipReader.Entry]) throws {
        var info = statvfs()
        guard statvfs(folder.string, &info) == 0 else { return }
        let free = Int(clamping: UInt64(info.f_bavail) * UInt64(info.f_frsize))
        // Sizes are the archive's word: all of them together may be more than a number holds.
        let needed = entries.reduce(0) { total, entry in
            let (sum, isBeyond) = total.addingReportingOverflow(entry.size)
            return isBeyond || entry.size < 0 ? .max : sum
        }
        guard needed <= free else {
            throw Unusable(description: "the backup needs \(needed) bytes, \(free) are free")
        }
    }

    /// - Throws: for a name that leads out of the folder.
    private static func parts(_ name: String) throws -> [String] {
        let parts = name.split(separator: "/").map(String.init)
        let isSafe =
            !name.hasPrefix("/") && !name.contains("\\") && !name.utf8.contains(0)
            && parts.allSatisfy { $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
        guard isSafe else { throw Unusable(description: "the backup has an entry with an unsafe name") }
        return parts
    }

    private func write(_ zip: ZipReader, _ entry: ZipReader.Entry, to path: FilePath) throws {
        let output = try OpenFile.open(
            path,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try output.closeAfter {
            var count = 0
            try zip.read(entry) { bytes in
                count += bytes.count
                guard count <= entry.size else { throw Unusable(description: "\(entry.name) is longer than it says") }
                _ = try output.writeAll(bytes)
            }
            #if !canImport(Glibc)
                guard fsync(output.rawValue) == 0 else { throw Errno(rawValue: errno) }
            #endif
        }
    }

    /// Puts all that was unpacked on the disk. Linux waits here for everything at once, which takes a fraction of what a wait
    /// for each of many small files takes.
    private static func settle() {
        #if canImport(Glibc)
            sync()
        #endif
    }

    // MARK: - At the start

    /// Goes on with an exchange that was prepared, if there is one.
    /// - Returns: Whether the data are others than before.
    package func finish() throws -> Bool {
        guard let step = try step() else {
            // What was not marked was not whole.
            if place.isDirectory { place.removeAll() }
            return false
        }
        if step == .takingOut {
            try old.makeDirectories()
            for name in folder.names() where !DataFolder.lasting.contains(name) {
                try move(folder.appending(name), old.appending(name))
            }
            try folder.syncDirectory()
            try set(.puttingIn)
        }
        for name in new.names() where !DataFolder.lasting.contains(name) {
            try move(new.appending(name), folder.appending(name))
        }
        try folder.syncDirectory()
        unlink(mark.string)
        try place.syncDirectory()
        place.removeAll()
        return true
    }

    private func move(_ source: FilePath, _ target: FilePath) throws {
        guard rename(source.string, target.string) == 0 else { throw Errno(rawValue: errno) }
    }

    private func set(_ step: Step) throws {
        let partial = place.appending("step.part")
        let file = try OpenFile.open(
            partial,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            _ = try file.writeAll(step.rawValue.utf8)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        try move(partial, mark)
        try place.syncDirectory()
    }

    private func step() throws -> Step? {
        guard mark.isRegularFile else { return nil }
        let file = try OpenFile.open(mark, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        return try withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { buffer in
            let count = try file.read(into: buffer)
            return Step(rawValue: String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}
