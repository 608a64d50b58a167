import AsyncHTTPClient
import MartletCore
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sends requests to other servers, over connections that are kept for the next one. Redirects are not followed: a token
/// must not travel to where an answer points.
package final class WebClient: Sendable {
    private let client: HTTPClient

    package init() {
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration)
    }

    private static var configuration: HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // As OpenSSL's programs do: a company's own authority is named in the environment.
        if let path = getenv("SSL_CERT_FILE") { tls.trustRoots = .file(String(cString: path)) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(10)
        configuration.decompression = .enabled(limit: .size(16 << 20))
        return configuration
    }

    /// - Throws: ``WebFailure``, whatever the answer's status is not.
    package func send(_ request: WebRequest) async throws -> WebResponse {
        try await Self.send(request, client)
    }

    /// Gets what a stranger named: only from public addresses, with redirects checked like the first address.
    /// - Throws: ``WebFailure``.
    package func getPublic(_ request: WebRequest) async throws -> WebResponse {
        var request = request
        for _ in 0..<5 {
            let response = try await sendPublic(request)
            guard (300..<400).contains(response.status), let target = response.headers.first(name: "location") else {
                return response
            }
            guard let next = WebAddress(target, relativeTo: request.url) else {
                throw WebFailure("a redirect to an address that cannot be read")
            }
            request.url = next.text
        }
        throw WebFailure("too many redirects")
    }

    /// The address that was checked is the one that is connected to: a name that resolves to another one a moment later
    /// wins nothing.
    private func sendPublic(_ request: WebRequest) async throws -> WebResponse {
        guard let address = WebAddress(request.url) else { throw WebFailure("no web address") }
        let resolved = try await NIOThreadPool.singleton.runIfActive {
            try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
        }
        guard let ip = resolved.ipAddress, let checked = IPAddress(ip), checked.isPublic else {
            throw WebFailure("\(address.host) is not on the public network")
        }
        var configuration = Self.configuration
        configuration.dnsOverride = [address.host: ip]
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<WebResponse, any Error>
        do {
            result = .success(try await Self.send(request, client))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }

    private static func send(_ request: WebRequest, _ client: HTTPClient) async throws -> WebResponse {
        guard WebAddress(request.url) != nil else { throw WebFailure("no web address") }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = request.headers
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let components = request.timeout.components
        let deadline =
            NIODeadline.now() + .seconds(components.seconds)
            + .nanoseconds(components.attoseconds / 1_000_000_000)
        do {
            let response = try await client.execute(outgoing, deadline: deadline)
            let body = try await response.body.collect(upTo: request.bodyLimit)
            return WebResponse(
                status: Int(response.status.code),
                headers: response.headers,
                body: Array(body.readableBytesView)
            )
        } catch let error as CancellationError {
            throw error
        } catch {
            throw WebFailure("\(error)")
        }
    }

    package func shutdown() async {
        try? await client.shutdown()
    }
}
