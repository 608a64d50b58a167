import Crypto
import MartletCore
package import MartletVault
package import NIOCore
import SystemPackage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A whole file that waits, on this machine's disk, for its place on a store. It is gone when nobody holds it any more.
package final class StagedFile: Sendable {
    package let path: String
    /// Of the plain bytes.
    package let size: Int
    /// Of what lies on the disk.
    package let storedSize: Int
    /// Of what lies on the disk.
    package let md5: [UInt8]
    /// The first plain bytes: what it is can be seen in them.
    package let head: [UInt8]
    /// The key under which it is encrypted, nil for plain files.
    package let dataKey: DataKey?

    fileprivate init(path: String, size: Int, storedSize: Int, md5: [UInt8], head: [UInt8], dataKey: DataKey?) {
        self.path = path
        self.size = size
        self.storedSize = storedSize
        self.md5 = md5
        self.head = head
        self.dataKey = dataKey
    }

    /// The plain bytes, for as long as the file waits.
    package var content: any FileContent {
        let stored = LocalContent(path: path)
        guard let dataKey else { return stored }
        return SealedContent(stored: stored, storedSize: storedSize, key: dataKey)
    }

    deinit {
        // Unless it was moved to its place.
        unlink(path)
    }
}

/// The folder for files on their way in. Whatever a start finds in it is of no use to anybody.
package struct StagingArea: Sendable {
    private let folder: String
    private let isSealing: Bool

    /// - Parameters:
    ///   - folder: On the same disk as the store, so that a file can be moved to its place.
    ///   - isSealing: Whether files are encrypted before they touch the disk.
    package init(folder: String, isSealing: Bool) {
        self.folder = folder
        self.isSealing = isSealing
    }

    /// - Throws: `Errno`.
    package func begin() throws -> StagingWriter {
        try begin(isSealing: isSealing)
    }

    /// Takes a file that lies on the disk already; it is gone from there. It blocks.
    package func take(fileAt path: String) throws -> StagedFile {
        defer { unlink(path) }
        let input = try OpenFile.open(FilePath(path), .readOnly, options: .closeOnExec)
        defer { try? input.close() }
        let writer = try begin()
        try LocalFiles.read(input) { try writer.append($0) }
        return try writer.finish()
    }

    private func begin(isSealing: Bool) throws -> StagingWriter {
        try FilePath(folder).makeDirectories()
        let path = folder + "/upload_" + RandomText.make(20)
        return try StagingWriter(path: path, dataKey: isSealing ? DataKey() : nil)
    }
}

/// Takes a file's bytes as they come. It blocks: to be used on threads that may.
///
/// `@unchecked Sendable`: who has begun a file calls it once at a time, if from different threads.
package final class StagingWriter: @unchecked Sendable {
    /// As much as the detection of types looks at (`files-and-storage.md`, Detected content types).
    private static let headSize = 4096

    private let path: String
    private let file: OpenFile
    private let dataKey: DataKey?
    private var digest = Insecure.MD5()
    private var head: [UInt8] = []
    private var storedSize = 0
    private var chunk: [UInt8] = []
    private var chunkCount = 0
    private var isDone = false
    /// In plain bytes, so far.
    private(set) package var size = 0

    fileprivate init(path: String, dataKey: DataKey?) throws {
        self.path = path
        self.dataKey = dataKey
        file = try OpenFile.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        if dataKey != nil { try store(SealedChunks.mark) }
    }

    deinit {
        try? file.close()
        if !isDone { unlink(path) }
    }

    /// - Throws: `Errno`.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        size += bytes.count
        if head.count < Self.headSize { head += bytes.prefix(Self.headSize - head.count) }
        if dataKey == nil { try store(bytes) } else { try seal(bytes) }
    }

    package func append(_ bytes: ByteBuffer) throws {
        try bytes.withUnsafeReadableBytes { try append($0) }
    }

    package func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try append($0) }
    }

    /// Puts everything on the disk.
    package func finish() throws -> StagedFile {
        if let dataKey { try store(SealedChunks.seal(chunk[...], chunk: chunkCount, isLast: true, dataKey)) }
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        isDone = true
        return StagedFile(
            path: path,
            size: size,
            storedSize: storedSize,
            md5: Array(digest.finalize()),
            head: head,
            dataKey: dataKey
        )
    }

    /// A full chunk waits until more comes: it may be the last.
    private func seal(_ bytes: UnsafeRawBufferPointer) throws {
        guard let dataKey else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            if chunk.count == SealedChunks.plainSize {
                try store(SealedChunks.seal(chunk[...], chunk: chunkCount, isLast: false, dataKey))
                chunkCount += 1
                chunk.removeAll(keepingCapacity: true)
            }
            let part = rest.prefix(SealedChunks.plainSize - chunk.count)
            chunk += part
            rest = rest.dropFirst(part.count)
        }
    }

    private func store(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try store($0) }
    }

    private func store(_ bytes: UnsafeRawBufferPointer) throws {
        digest.update(bufferPointer: bytes)
        storedSize += try file.writeAll(bytes)
    }
}
