package import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// NIO has a type of the same name.
typealias OpenFile = SystemPackage.FileDescriptor

extension FilePath {
    /// Makes the folder with those above it.
    /// - Returns: The folders that were not there before, the outermost first.
    @discardableResult
    package func makeDirectories() throws -> [FilePath] {
        if mkdir(string, 0o700) == 0 { return [self] }
        switch errno {
        case EEXIST: return []
        case ENOENT:
            let outer = removingLastComponent()
            guard !outer.isEmpty, outer != self else { throw Errno.noSuchFileOrDirectory }
            let made = try outer.makeDirectories()
            if mkdir(string, 0o700) != 0, errno != EEXIST { throw Errno(rawValue: errno) }
            return made + [self]
        default: throw Errno(rawValue: errno)
        }
    }

    /// Puts the names in a folder on the disk: a file is there for good only when its folder says so.
    package func syncDirectory() throws {
        let folder = try OpenFile.open(self, .readOnly, options: [.closeOnExec, .directory])
        try folder.closeAfter {
            guard fsync(folder.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// The names in a folder, none when there is no such folder.
    package func names() -> [String] { (try? entries()) ?? [] }

    /// The names in a folder, in no particular order.
    /// - Throws: `Errno`.
    package func entries() throws -> [String] {
        guard let folder = opendir(string) else { throw Errno(rawValue: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file, or a folder with everything in it. Links are removed, not followed.
    package func removeAll() {
        if unlink(string) == 0 || errno == ENOENT { return }
        for name in names() { appending(name).removeAll() }
        rmdir(string)
    }
}

/// Copies of files on this machine.
package enum LocalFiles {
    /// Copies a file onto the disk. It blocks.
    package static func copy(_ source: FilePath, to target: FilePath) throws {
        let input = try OpenFile.open(source, .readOnly, options: .closeOnExec)
        defer { try? input.close() }
        let output = try OpenFile.open(
            target,
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try output.closeAfter {
            try read(input) { _ = try output.writeAll($0) }
            guard fsync(output.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// Calls `take` with the bytes of an open file, in pieces.
    static func read(_ file: OpenFile, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
            while true {
                let count = try file.read(into: buffer)
                if count == 0 { return }
                try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }
}
