import MartletCore
import MartletFiles
package import MartletServer
import NIOHTTP1

/// Files of a site, as they are: told apart by their content, and compressed where somebody has put a compressed copy beside
/// them.
package struct SiteFiles: Sendable {
    private let root: String
    private let smallFiles: SmallFiles

    package init(root: String, smallFiles: SmallFiles) {
        self.root = root
        self.smallFiles = smallFiles
    }

    /// By how small they are, usually.
    private static let encodings = [("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz")]

    private func find(_ path: [String]) -> (file: String, status: FileStatus)? {
        let isSafe = path.allSatisfy {
            !$0.isEmpty && $0 != ".." && $0 != "." && !$0.utf8.contains { $0 == 0x2F || $0 == 0 || $0 == 0x5C }
        }
        let file = ([root] + path).joined(separator: "/")
        guard isSafe, let status = FileStatus(file, followsLinks: true), status.isFile else { return nil }
        return (file, status)
    }

    /// Whether there is a file.
    package func has(_ path: [String]) -> Bool { find(path) != nil }

    /// - Parameter path: Decoded.
    /// - Returns: nil where there is no such file.
    package func response(to head: RequestHead, _ path: [String]) -> Response? {
        guard let (file, status) = find(path) else { return nil }
        let copy = compressed(file, status, head)
        let served = copy.map { file + $0.ending } ?? file
        let size = copy?.status ?? status
        let stamp = FileStamp(size: size.size, modified: size.modified)
        var content = RangedContent(
            size: stamp.size,
            modified: stamp.modified,
            entityTag: smallFiles.entityTag(served, stamp),
            type: ContentType.of(file)
        )
        content.headers = [("Vary", "Accept-Encoding")]
        if let copy { content.headers.append(("Content-Encoding", copy.name)) }
        return try? content.response(to: head, from: LocalContent(path: served)) { range in
            guard let body = smallFiles.body(served, stamp, range) else { throw Problem.notFound }
            return body
        }
    }

    /// A copy that the client takes and that is not older than the file.
    private func compressed(
        _ file: String,
        _ original: FileStatus,
        _ head: RequestHead
    ) -> (name: String, ending: String, status: FileStatus)? {
        guard let accepted = head.header("accept-encoding") else { return nil }
        let names = AcceptedEncodings.names(accepted)
        for (name, ending) in Self.encodings where names.contains(name) {
            guard let status = FileStatus(file + ending, followsLinks: true), status.isFile,
                status.modified.milliseconds >= original.modified.milliseconds
            else { continue }
            return (name, ending, status)
        }
        return nil
    }
}
