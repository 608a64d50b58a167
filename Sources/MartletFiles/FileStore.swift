package import MartletCore
package import NIOCore

/// A place where files are kept, by paths of parts between slashes. What is put there is on the disk, or acknowledged by
/// the other server, when the call returns.
package protocol FileStore: Sendable {
    /// What is stored under a path, if that can be said without waiting.
    func findNow(_ path: String) throws -> Found

    /// - Throws: ``FileStoreError``, as all of these.
    func find(_ path: String) async throws -> StoredFile?

    /// Moves a staged file to a path, in place of what is there.
    func put(_ file: StagedFile, at path: String, _ attributes: FileAttributes) async throws

    /// Writes a stored file's attributes anew; its bytes stay.
    func setAttributes(_ attributes: FileAttributes, at path: String) async throws

    /// Removes a file with its attributes. One that is not there is no error.
    func delete(_ path: String) async throws

    /// Removes everything below a folder. One that is not there is no error.
    func deleteFolder(_ folder: String) async throws

    /// Removes a folder if there is nothing in it.
    func deleteIfEmpty(_ folder: String) async throws

    /// Removes what the store itself left behind when it was interrupted, as far as it is older.
    func removeDebris(before limit: Timestamp) async throws

    /// Calls `visit` with each file whose path begins with a prefix, in no particular order.
    func list(_ prefix: String, _ visit: @escaping @Sendable (Entry) async throws -> Void) async throws

    typealias Found = FoundFile
    typealias Entry = FileEntry
}

/// What can be said of a path at once.
package enum FoundFile: Sendable {
    case file(StoredFile)
    case missing
    /// It takes a look at another server.
    case unknown
}

/// One file of a listing.
package struct FileEntry: Sendable, Hashable {
    package let path: String
    /// In bytes, as stored.
    package let size: Int
    package let modified: Timestamp

    package init(path: String, size: Int, modified: Timestamp) {
        self.path = path
        self.size = size
        self.modified = modified
    }
}

/// Why a store does not do what it is asked for.
package struct FileStoreError: Error, CustomStringConvertible {
    /// For the log and for superusers.
    package let description: String
    /// Whether there is no room left on the disk.
    package let isFull: Bool

    package init(_ description: String, isFull: Bool = false) {
        self.description = description
        self.isFull = isFull
    }
}

/// A file as it is stored.
package struct StoredFile: Sendable {
    /// In bytes.
    package let size: Int
    package let modified: Timestamp
    package let attributes: FileAttributes
    package let content: any FileContent

    package init(size: Int, modified: Timestamp, attributes: FileAttributes, content: any FileContent) {
        self.size = size
        self.modified = modified
        self.attributes = attributes
        self.content = content
    }
}

/// The bytes of a file, to be read in pieces.
package protocol FileContent: Sendable {
    /// Where the bytes lie as they are on this machine's disk, if they do.
    var localPath: String? { get }

    /// Calls `take` with the bytes of a part, in their order and in pieces of moderate size.
    /// - Throws: ``FileStoreError`` when they cannot be read, ``SealedChunks/Tampered``, or what `take` throws.
    func read(_ range: Range<Int>, _ take: (ByteBuffer) async throws -> Void) async throws
}

extension FileContent {
    package var localPath: String? { nil }

    /// The bytes of a part that is known to be small.
    package func bytes(_ range: Range<Int>) async throws -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        try await read(range) { result += $0.readableBytesView }
        return result
    }
}
