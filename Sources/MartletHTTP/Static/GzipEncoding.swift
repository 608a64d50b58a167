import CZlib
import MartletCore
package import MartletServer
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Makes answers smaller for clients that take it (RFC 1952; RFC 9110, section 8.4).
package enum GzipEncoding {
    /// Larger files go out as they are: whoever serves them often puts a compressed copy beside them. In bytes.
    private static let fileLimit: Int64 = 4 << 20
    /// As most servers have it: more takes much longer for little.
    private static let level: Int32 = 6
    /// What is compressed already.
    private static let dense = ["image/", "video/", "audio/", "font/woff", "application/zip", "application/gzip"]

    /// The answer with its body compressed, where that makes sense. Bodies that come in pieces stay as they are.
    package static func encoded(_ response: Response, for head: RequestHead) -> Response {
        var response = response
        response.headers.append(("Vary", "Accept-Encoding"))
        let accepted = head.header("accept-encoding").map(AcceptedEncodings.names) ?? []
        guard accepted.contains("gzip"), head.method != .HEAD, response.status != 206, isCompressible(response),
            let bytes = content(response.body), let compressed = compress(bytes)
        else { return response }
        if case .file(let handle, _, _) = response.body { try? handle.close() }
        response.headers.removeAll { ["accept-ranges", "content-length"].contains($0.name.lowercased()) }
        for (index, header) in response.headers.enumerated() where header.name.lowercased() == "etag" {
            // The same content, but not the same bytes (RFC 9110, section 8.8.1).
            if !header.value.hasPrefix("W/") { response.headers[index].value = "W/" + header.value }
        }
        response.headers.append(("Content-Encoding", "gzip"))
        response.body = .bytes(compressed)
        return response
    }

    private static func isCompressible(_ response: Response) -> Bool {
        var type = ""
        for (name, value) in response.headers {
            switch name.lowercased() {
            case "content-encoding": return false
            case "content-type": type = value.lowercased()
            default: break
            }
        }
        return type.hasPrefix("image/svg") || !dense.contains { type.hasPrefix($0) }
    }

    private static func content(_ body: Response.Body) -> [UInt8]? {
        switch body {
        case .bytes(let bytes): bytes.isEmpty ? nil : bytes
        case .shared(let buffer): Array(buffer.readableBytesView)
        case .file(let handle, let offset, let count):
            Int64(count) > fileLimit ? nil : try? handle.withUnsafeFileDescriptor { read($0, offset, count) }
        case .none, .stream: nil
        }
    }

    private static func read(_ descriptor: CInt, _ offset: Int64, _ count: Int) -> [UInt8]? {
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while done < count, let base = buffer.baseAddress {
                let got = pread(descriptor, base + done, count - done, off_t(offset) + off_t(done))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                done += got
            }
            filled = done
        }
        return done == count ? bytes : nil
    }

    /// - Returns: nil when there is no memory for it.
    private static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard martlet_gzip_begin(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var code = Z_OK
        let compressed = bytes.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: bound) { target, filled in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(clamping: source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(clamping: bound)
                code = deflate(&stream, Z_FINISH)
                filled = bound - Int(stream.avail_out)
            }
        }
        return code == Z_STREAM_END ? compressed : nil
    }
}
