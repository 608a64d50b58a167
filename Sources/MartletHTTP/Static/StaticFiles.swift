import MartletCore
import MartletFiles
package import MartletServer
import NIOHTTP1

/// Serves the public directory (`http-general.md`, Static files).
package final class StaticFiles: Sendable {
    private let root: String
    private let hasIndexFallback: Bool
    private let smallFiles: SmallFiles

    package init(root: String, hasIndexFallback: Bool, smallFiles: SmallFiles) {
        self.smallFiles = smallFiles
        self.root = root
        self.hasIndexFallback = hasIndexFallback
    }

    private static let notFound = Problem(404, "File not found.")

    package func response(to head: RequestHead, path: [String], hasTrailingSlash: Bool) throws -> Response {
        let parts = path.filter { !$0.isEmpty }
        // The path is decoded: a slash or a dot segment in here came in disguise.
        let isSafe = parts.allSatisfy {
            $0 != ".." && $0 != "." && !$0.utf8.contains { $0 == 0x2F || $0 == 0 || $0 == 0x5C }
        }
        guard isSafe else { return try fallback(head) }
        let file = ([root] + parts).joined(separator: "/")
        guard let status = Self.status(file) else { return try fallback(head) }
        let location = "/" + parts.map(Self.encoded).joined(separator: "/")
        if status.isDirectory {
            guard hasTrailingSlash || parts.isEmpty else { return .redirect(301, to: location + "/") }
            let index = file + "/index.html"
            guard let indexStatus = Self.status(index), indexStatus.isFile else { return try fallback(head) }
            return try serve(index, indexStatus, head)
        }
        guard status.isFile else { return try fallback(head) }
        if hasTrailingSlash { return .redirect(301, to: location) }
        if parts.last == "index.html" {
            return .redirect(301, to: String(location.dropLast("index.html".count)))
        }
        return try serve(file, status, head)
    }

    /// Links are followed: who may write into the public directory may show what they like.
    private static func status(_ path: String) -> FileStatus? { FileStatus(path, followsLinks: true) }

    private func fallback(_ head: RequestHead) throws -> Response {
        let index = root + "/index.html"
        guard hasIndexFallback, let status = Self.status(index), status.isFile else { throw Self.notFound }
        return try serve(index, status, head)
    }

    private static func encoded(_ part: String) -> String {
        part.utf8.reduce(into: "") { text, byte in
            let isPlain = byte.isWordByte || "-.~!$&'()*+,;=:@".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }
    }

    // MARK: - Content

    private func serve(_ path: String, _ status: FileStatus, _ head: RequestHead) throws -> Response {
        let stamp = FileStamp(size: status.size, modified: status.modified)
        let content = RangedContent(
            size: stamp.size,
            modified: stamp.modified,
            entityTag: stamp.entityTag,
            type: ContentType.of(path)
        )
        return try content.response(to: head, from: LocalContent(path: path)) { range in
            guard let body = smallFiles.body(path, stamp, range) else { throw Self.notFound }
            return body
        }
    }
}
