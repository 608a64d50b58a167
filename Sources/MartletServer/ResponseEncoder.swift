import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Renders response heads (RFC 9112). Not NIO's own encoder: it takes a dictionary-like header list apart for each
/// response, where most of our headers are the same bytes every time (docs/decisions/0005-own-http-layer.md).
struct ResponseEncoder {
    private var second: time_t = 0
    private var date: [UInt8] = []

    /// How the client learns where the body ends.
    enum Framing {
        case length(Int?)
        case chunked
    }

    mutating func head(_ response: Response, _ framing: Framing, closes: Bool, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(Self.statusLine(response.status))
        buffer.writeStaticString(response.preset)
        for (name, value) in response.headers where Self.isSafe(name) && Self.isSafe(value) {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        switch framing {
        case .length(let length?):
            buffer.writeStaticString("Content-Length: ")
            buffer.writeString(String(length))
            buffer.writeStaticString("\r\n")
        case .length(nil): break
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
        writeDate(&buffer)
        if closes { buffer.writeStaticString("Connection: close\r\n") }
        buffer.writeStaticString("\r\n")
    }

    /// A value with a line end in it would be a header of somebody else's making.
    private static func isSafe(_ text: String) -> Bool {
        !text.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
    }

    private mutating func writeDate(_ buffer: inout ByteBuffer) {
        let now = time(nil)
        if now != second {
            second = now
            date = Array("Date: \(Self.httpDate(now))\r\n".utf8)
        }
        buffer.writeBytes(date)
    }

    /// RFC 9110, section 5.6.7.
    static func httpDate(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
            + "\(1900 + parts.tm_year) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static func statusLine(_ status: Int) -> String {
        switch status {
        case 200: "200 OK\r\n"
        case 201: "201 Created\r\n"
        case 204: "204 No Content\r\n"
        case 206: "206 Partial Content\r\n"
        case 301: "301 Moved Permanently\r\n"
        case 303: "303 See Other\r\n"
        case 304: "304 Not Modified\r\n"
        case 307: "307 Temporary Redirect\r\n"
        case 400: "400 Bad Request\r\n"
        case 401: "401 Unauthorized\r\n"
        case 403: "403 Forbidden\r\n"
        case 404: "404 Not Found\r\n"
        case 405: "405 Method Not Allowed\r\n"
        case 422: "422 Unprocessable Content\r\n"
        case 409: "409 Conflict\r\n"
        case 410: "410 Gone\r\n"
        case 412: "412 Precondition Failed\r\n"
        case 413: "413 Content Too Large\r\n"
        case 415: "415 Unsupported Media Type\r\n"
        case 416: "416 Range Not Satisfiable\r\n"
        case 429: "429 Too Many Requests\r\n"
        case 423: "423 Locked\r\n"
        case 431: "431 Request Header Fields Too Large\r\n"
        case 500: "500 Internal Server Error\r\n"
        case 460: "460 Checksum Mismatch\r\n"
        case 503: "503 Service Unavailable\r\n"
        default: "\(status) Status\r\n"
        }
    }
}
