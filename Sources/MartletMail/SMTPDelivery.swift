import CCurl
import MartletCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Delivery over SMTP (RFC 5321) by libcurl: one connection a mail.
package struct SMTPDelivery: MailDelivery {
    package struct Server: Sendable, Hashable {
        package var host: String
        package var port: Int
        package var username = ""
        package var password = ""
        /// `PLAIN` or `LOGIN`.
        package var method = "PLAIN"
        /// Whether the connection is encrypted from the first byte. If not, it is as soon as the server offers it.
        package var usesTLS = false
        /// What the client calls itself.
        package var localName = "localhost"

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// In seconds: to connect, and for the whole.
    private static let connectTimeout = 15
    private static let timeout = 60

    private let server: Server

    package init(_ server: Server) {
        self.server = server
    }

    package func deliver(_ message: MailMessage) throws {
        for address in message.recipients + [message.from] where !Self.isSafe(address.address) {
            throw MailFailure("\(address.address.debugDescription) is no address", isLasting: true)
        }
        guard let handle = curl_easy_init() else { throw MailFailure("no memory for a connection") }
        defer { curl_easy_cleanup(handle) }
        let payload = Payload(MIME.render(message, namingBlindCopies: false))
        var recipients: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(recipients) }
        for recipient in message.recipients { recipients = curl_slist_append(recipients, "<\(recipient.address)>") }
        try withExtendedLifetime(payload) {
            configure(handle, message, recipients, payload)
            let code = curl_easy_perform(handle)
            guard code == CURLE_OK else { throw failure(code, handle) }
        }
    }

    /// Anything else in a command would be another command (RFC 5321, section 4.1.2).
    private static func isSafe(_ address: String) -> Bool {
        address.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "<" && $0 != ">" }
    }

    private func configure(
        _ handle: UnsafeMutableRawPointer,
        _ message: MailMessage,
        _ recipients: UnsafeMutablePointer<curl_slist>?,
        _ payload: Payload
    ) {
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        let scheme = server.usesTLS ? "smtps" : "smtp"
        _ = martlet_curl_set_text(handle, CURLOPT_URL, "\(scheme)://\(host):\(server.port)/\(server.localName)")
        _ = martlet_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, scheme)
        _ = martlet_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        _ = martlet_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT, Self.connectTimeout)
        _ = martlet_curl_set_long(handle, CURLOPT_TIMEOUT, Self.timeout)
        _ = martlet_curl_set_long(
            handle,
            CURLOPT_USE_SSL,
            needsEncryption ? Self.allEncrypted : Self.encryptedIfOffered
        )
        if let path = getenv("SSL_CERT_FILE") { _ = martlet_curl_set_text(handle, CURLOPT_CAINFO, path) }
        if !server.username.isEmpty || !server.password.isEmpty {
            _ = martlet_curl_set_text(handle, CURLOPT_USERNAME, server.username)
            _ = martlet_curl_set_text(handle, CURLOPT_PASSWORD, server.password)
            _ = martlet_curl_set_text(handle, CURLOPT_LOGIN_OPTIONS, "AUTH=\(server.method)")
        }
        _ = martlet_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(message.from.address)>")
        _ = martlet_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
        _ = martlet_curl_set_long(handle, CURLOPT_UPLOAD, 1)
        _ = martlet_curl_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(payload).toOpaque())
        _ = martlet_curl_set_read(handle) { buffer, size, count, context in
            guard let buffer, let context else { return 0 }
            return Unmanaged<Payload>.fromOpaque(context).takeUnretainedValue().read(into: buffer, size * count)
        }
    }

    private static let encryptedIfOffered = 1
    private static let allEncrypted = 3

    /// A password goes over the network encrypted only.
    private var needsEncryption: Bool {
        if server.username.isEmpty && server.password.isEmpty { return false }
        return !["localhost", "127.0.0.1", "::1"].contains(server.host)
    }

    private func failure(_ code: CURLcode, _ handle: UnsafeMutableRawPointer) -> MailFailure {
        var status = 0
        _ = martlet_curl_response_code(handle, &status)
        let reason = String(cString: curl_easy_strerror(code))
        // RFC 5321, section 4.2.1: 5yz is for good.
        let text = status > 0 ? "\(reason) (the server said \(status))" : reason
        return MailFailure("\(server.host):\(server.port): \(text)", isLasting: (500..<600).contains(status))
    }
}

/// The bytes of a mail while they are handed out.
private final class Payload {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func read(into buffer: UnsafeMutablePointer<CChar>, _ limit: Int) -> Int {
        let count = min(limit, bytes.count - position)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { memcpy(buffer, base + position, count) }
        }
        position += count
        return count
    }
}
