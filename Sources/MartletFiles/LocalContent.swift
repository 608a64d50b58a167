package import NIOCore
import NIOPosix
import SystemPackage

/// The bytes of a file on this machine.
package struct LocalContent: FileContent {
    private let path: String

    package init(path: String) {
        self.path = path
    }

    package var localPath: String? { path }

    package func read(_ range: Range<Int>, _ take: (ByteBuffer) async throws -> Void) async throws {
        guard !range.isEmpty else { return }
        let path = path
        let file: OpenFile
        do {
            file = try await NIOThreadPool.singleton.runIfActive {
                try OpenFile.open(FilePath(path), .readOnly, options: .closeOnExec)
            }
        } catch {
            throw FileStoreError("\(path): \(error)")
        }
        defer { try? file.close() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let (start, count) = (offset, min(256 << 10, range.upperBound - offset))
            let piece = try await NIOThreadPool.singleton.runIfActive {
                var buffer = ByteBufferAllocator().buffer(capacity: count)
                try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                    let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
                    return try file.read(fromAbsoluteOffset: Int64(start), into: room)
                }
                return buffer
            }
            guard piece.readableBytes > 0 else { throw FileStoreError("\(path) is shorter than it was") }
            offset += piece.readableBytes
            try await take(piece)
        }
    }
}
