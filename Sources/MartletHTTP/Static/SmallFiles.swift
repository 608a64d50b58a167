import MartletCore
import MartletServer
import MartletVault
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Hands out files of this machine: small ones from memory, checked against the disk at each request, large ones from the
/// disk to the socket.
package final class SmallFiles: Sendable {
    private struct CachedFile: Sendable {
        let bytes: ByteBuffer
        let stamp: FileStamp
        let entityTag: String
    }

    private struct State {
        var files: [String: CachedFile] = [:]
        var size = 0
    }

    private static let cachedFileLimit = 1 << 20
    private static let cacheLimit = 64 << 20

    private let cache = Mutex(State())

    package init() {}

    /// - Returns: nil when the file cannot be read.
    func body(_ path: String, _ stamp: FileStamp, _ range: Range<Int>) -> Response.Body? {
        if stamp.size <= Self.cachedFileLimit {
            guard let file = cached(path, stamp) else { return nil }
            let part = range.clamped(to: 0..<file.bytes.readableBytes)
            return file.bytes.getSlice(at: part.lowerBound, length: part.count).map { .shared($0) }
        }
        guard let handle = try? NIOFileHandle(_deprecatedPath: path) else { return nil }
        return .file(handle, offset: Int64(range.lowerBound), count: range.count)
    }

    /// What tells this content of a file from others: of small ones by what they hold, so that it outlives a copy to another
    /// machine.
    func entityTag(_ path: String, _ stamp: FileStamp) -> String {
        guard stamp.size <= Self.cachedFileLimit else { return stamp.entityTag }
        return cached(path, stamp)?.entityTag ?? stamp.entityTag
    }

    private func cached(_ path: String, _ stamp: FileStamp) -> CachedFile? {
        if let file = cache.withLock({ $0.files[path] }), file.stamp == stamp { return file }
        guard let read = Self.read(path, limit: Self.cachedFileLimit) else { return nil }
        let bytes = ByteBuffer(bytes: read)
        let tag = "\"\(SecureHash.sha256(read).prefix(12).hexadecimal)\""
        let file = CachedFile(bytes: bytes, stamp: stamp, entityTag: tag)
        cache.withLock { state in
            if state.size + bytes.readableBytes > Self.cacheLimit {
                state.files.removeAll()
                state.size = 0
            }
            state.size += bytes.readableBytes - (state.files[path]?.bytes.readableBytes ?? 0)
            state.files[path] = file
        }
        return file
    }

    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                count = max(posixRead(file, buffer.baseAddress, buffer.count), 0)
            }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
        return nil
    }
}

/// What tells one state of a file from another.
struct FileStamp: Sendable, Equatable {
    let size: Int
    let modified: Timestamp

    var entityTag: String { "\"\(String(modified.milliseconds, radix: 36))-\(String(size, radix: 36))\"" }
}

/// `read(2)`, whose name is taken above.
private func posixRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, buffer, count)
}
