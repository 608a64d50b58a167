import MartletCore
import MartletFiles
import MartletServer
import NIOCore

/// Several parts of one content in one body: `multipart/byteranges` (RFC 9110, section 14.6).
struct ByteRanges {
    private let boundary = RandomText.make(60, of: Array("0123456789abcdef".utf8))
    /// Each part with the lines before it.
    private let parts: [(range: Range<Int>, head: String)]

    /// - Parameter ranges: With the values of their `Content-Range` lines.
    init(ranges: [(range: Range<Int>, contentRange: String)], type: String) {
        let boundary = boundary
        parts = ranges.enumerated().map { index, part in
            let start = index == 0 ? "" : "\r\n"
            let lines = "Content-Range: \(part.contentRange)\r\nContent-Type: \(type)"
            return (part.range, "\(start)--\(boundary)\r\n\(lines)\r\n\r\n")
        }
    }

    var contentType: String { "multipart/byteranges; boundary=\(boundary)" }

    private var end: String { "\r\n--\(boundary)--\r\n" }

    func body(_ content: any FileContent) -> Response.Body {
        let length = parts.reduce(end.utf8.count) { $0 + $1.head.utf8.count + $1.range.count }
        let (parts, end) = (parts, end)
        return .content(length: length) { writer in
            for part in parts {
                try await writer.send(ByteBuffer(string: part.head))
                try await content.read(part.range) { try await writer.send($0) }
            }
            try await writer.send(ByteBuffer(string: end))
        }
    }
}

extension Response.Body {
    /// A body that asynchronous work sends. When it fails midway the connection ends, so that nobody takes what came for
    /// the whole.
    static func content(length: Int, _ send: @escaping @Sendable (BodyWriter) async throws -> Void) -> Response.Body {
        .stream(length: length) { writer in
            Task {
                do {
                    try await send(writer)
                    writer.finish()
                } catch {
                    writer.abort()
                }
            }
        }
    }

    /// A part of a stored file.
    /// - Parameter didFail: Told when the file, not the client, is the reason why it breaks off.
    static func part(
        _ range: Range<Int>,
        of content: any FileContent,
        didFail: @escaping @Sendable (any Error) -> Void
    ) -> Response.Body {
        .content(length: range.count) { writer in
            do {
                try await content.read(range) { try await writer.send($0) }
            } catch let error as BodyWriter.ClientGone {
                throw error
            } catch {
                didFail(error)
                throw error
            }
        }
    }
}
