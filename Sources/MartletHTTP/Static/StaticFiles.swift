import MartletCore
import MartletServer
import NIOCore
import NIOHTTP1
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Serves the public directory (`http-general.md`, Static files). Small files are kept in memory and checked against the
/// disk at each request; large ones go from the disk to the socket.
final class StaticFiles: Sendable {
    private struct CachedFile: Sendable {
        let bytes: [UInt8]
        let stamp: FileStamp
    }

    private struct State {
        var files: [String: CachedFile] = [:]
        var size = 0
    }

    private static let cachedFileLimit = 256 << 10
    private static let cacheLimit = 64 << 20

    private let root: String
    private let hasIndexFallback: Bool
    private let cache = Mutex(State())

    init(root: String, hasIndexFallback: Bool) {
        self.root = root
        self.hasIndexFallback = hasIndexFallback
    }

    private static let notFound = Problem(404, "File not found.")

    func response(to head: RequestHead, path: [String], hasTrailingSlash: Bool) throws -> Response {
        let parts = path.filter { !$0.isEmpty }
        // The path is decoded: a slash or a dot segment in here came in disguise.
        let isSafe = parts.allSatisfy {
            $0 != ".." && $0 != "." && !$0.utf8.contains { $0 == 0x2F || $0 == 0 || $0 == 0x5C }
        }
        guard isSafe else { return try fallback(head) }
        let file = ([root] + parts).joined(separator: "/")
        guard let stamp = FileStamp(file) else { return try fallback(head) }
        let location = "/" + parts.map(Self.encoded).joined(separator: "/")
        if stamp.isDirectory {
            guard hasTrailingSlash || parts.isEmpty else { return .redirect(301, to: location + "/") }
            let index = file + "/index.html"
            guard let indexStamp = FileStamp(index), indexStamp.isFile else { return try fallback(head) }
            return try serve(index, indexStamp, head)
        }
        guard stamp.isFile else { return try fallback(head) }
        if hasTrailingSlash { return .redirect(301, to: location) }
        if parts.last == "index.html" {
            return .redirect(301, to: String(location.dropLast("index.html".count)))
        }
        return try serve(file, stamp, head)
    }

    private func fallback(_ head: RequestHead) throws -> Response {
        let index = root + "/index.html"
        guard hasIndexFallback, let stamp = FileStamp(index), stamp.isFile else { throw Self.notFound }
        return try serve(index, stamp, head)
    }

    private static func encoded(_ part: String) -> String {
        part.utf8.reduce(into: "") { text, byte in
            let isPlain = byte.isWordByte || "-.~!$&'()*+,;=:@".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }
    }

    // MARK: - Content

    private func serve(_ path: String, _ stamp: FileStamp, _ head: RequestHead) throws -> Response {
        var headers: [(name: String, value: String)] = [
            ("Content-Type", ContentType.of(path)), ("Last-Modified", stamp.httpDate), ("ETag", stamp.entityTag),
            ("Accept-Ranges", "bytes"),
        ]
        let conditions = FileConditions(head, stamp)
        if conditions.isUnchanged {
            return Response(304, preset: Response.plainHeaders, headers: Array(headers.dropFirst()))
        }
        if conditions.isRefused { throw Problem(412, "Precondition failed.") }
        switch conditions.range {
        case .whole:
            return Response(
                200,
                preset: Response.plainHeaders,
                headers: headers,
                body: try body(path, stamp, 0..<stamp.size)
            )
        case .part(let range):
            headers.append(("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(stamp.size)"))
            return Response(206, preset: Response.plainHeaders, headers: headers, body: try body(path, stamp, range))
        case .unsatisfiable:
            return Response(
                416,
                preset: Response.plainHeaders,
                headers: [
                    ("Content-Range", "bytes */\(stamp.size)"), ("Content-Type", "text/plain; charset=utf-8"),
                ],
                body: .bytes(Array("invalid range: failed to overlap\n".utf8))
            )
        }
    }

    private func body(_ path: String, _ stamp: FileStamp, _ range: Range<Int>) throws -> Response.Body {
        if stamp.size <= Self.cachedFileLimit {
            let bytes = try cached(path, stamp)
            guard range != 0..<stamp.size else { return .bytes(bytes) }
            return .bytes(Array(bytes[range.clamped(to: bytes.indices)]))
        }
        guard let handle = try? NIOFileHandle(_deprecatedPath: path) else { throw Self.notFound }
        return .file(handle, offset: Int64(range.lowerBound), count: range.count)
    }

    private func cached(_ path: String, _ stamp: FileStamp) throws -> [UInt8] {
        if let file = cache.withLock({ $0.files[path] }), file.stamp == stamp { return file.bytes }
        guard let bytes = FileStamp.read(path, limit: Self.cachedFileLimit) else { throw Self.notFound }
        cache.withLock { state in
            if state.size + bytes.count > Self.cacheLimit {
                state.files.removeAll()
                state.size = 0
            }
            state.size += bytes.count - (state.files[path]?.bytes.count ?? 0)
            state.files[path] = CachedFile(bytes: bytes, stamp: stamp)
        }
        return bytes
    }
}

/// What tells one state of a file from another.
struct FileStamp: Sendable, Equatable {
    let size: Int
    let modified: Timestamp
    let isDirectory: Bool
    let isFile: Bool

    init?(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        size = Int(info.st_size)
        #if canImport(Glibc)
            let time = info.st_mtim
        #else
            let time = info.st_mtimespec
        #endif
        modified = Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        isDirectory = info.st_mode & S_IFMT == S_IFDIR
        isFile = info.st_mode & S_IFMT == S_IFREG
    }

    var httpDate: String { modified.httpDate }

    var entityTag: String { "\"\(String(modified.milliseconds, radix: 36))-\(String(size, radix: 36))\"" }

    static func read(_ path: String, limit: Int) -> [UInt8]? {
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

/// `read(2)`, whose name is taken above.
private func posixRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, buffer, count)
}
