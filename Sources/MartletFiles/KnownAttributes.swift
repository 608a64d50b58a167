import Synchronization
import SystemPackage

/// The attributes that were read before: of a file that is asked for again the disk is only asked whether they are still
/// the same.
final class KnownAttributes: Sendable {
    private struct Entry {
        let stamp: FileStatus.Stamp
        let attributes: FileAttributes
    }

    /// In entries, of some hundred bytes each.
    private static let limit = 20_000
    /// Attributes are small; nothing larger is read. In bytes.
    private static let sizeLimit = 64 << 10

    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter path: Of the file that they belong to.
    /// - Returns: Those of a file without any when nothing is said of it; nil when what is said cannot be read.
    func attributes(_ path: String) -> FileAttributes? {
        let beside = path + FileAttributes.suffix
        guard let status = FileStatus(beside) else { return .unknown }
        if let known = entries.withLock({ $0[path] }), known.stamp == status.stamp { return known.attributes }
        guard let bytes = Self.read(beside), let attributes = FileAttributes(json: bytes) else { return nil }
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll() }
            entries[path] = Entry(stamp: status.stamp, attributes: attributes)
        }
        return attributes
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = try? OpenFile.open(FilePath(path), .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        while bytes.count < sizeLimit {
            let piece = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
                count = (try? file.read(into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return nil
    }
}
