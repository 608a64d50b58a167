import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Sends requests to other servers, over connections that are kept for the next one. Redirects are not followed: a token
/// must not travel to where an answer points.
package final class WebClient: Sendable {
    private enum State {
        /// It has threads of its own, so it is made when it is needed first.
        case unused
        case running(HTTPClient)
        case over
    }

    private let state = Mutex(State.unused)
    private let streamingState = Mutex(State.unused)

    package init() {}

    private func client() throws(WebFailure) -> HTTPClient {
        try Self.client(state, Self.configuration)
    }

    private func streamingClient() throws(WebFailure) -> HTTPClient {
        try Self.client(streamingState, Self.streamingConfiguration)
    }

    private static func client(
        _ state: borrowing Mutex<State>,
        _ configuration: HTTPClient.Configuration
    ) throws(WebFailure) -> HTTPClient {
        try state.withLock { state throws(WebFailure) in
            switch state {
            case .unused:
                let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
                state = .running(client)
                return client
            case .running(let client): return client
            case .over: throw WebFailure("the program is about to end")
            }
        }
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

    /// Large bodies: as they are, and for as long as they go on coming.
    private static var streamingConfiguration: HTTPClient.Configuration {
        var configuration = configuration
        configuration.decompression = .disabled
        // Whoever streams decides whether to try again, and would wait in vain for what nobody answers.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.read = .seconds(60)
        configuration.timeout.write = .seconds(60)
        return configuration
    }

    /// - Throws: ``WebFailure`` when there is no answer; one that tells of an error is an answer.
    package func send(_ request: WebRequest) async throws -> WebResponse {
        // The library knows more: sockets of this machine, for one.
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard ["http", "https"].contains(scheme) else { throw WebFailure("no web address: \(request.url)") }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = request.headers
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        do {
            return try await answer(to: outgoing, request)
        } catch let error as CancellationError {
            throw error
        } catch let failure as WebFailure {
            throw failure
        } catch {
            throw WebFailure("\(error)")
        }
    }

    /// Answers may begin in time and never end: the limit is on the whole.
    private func answer(to outgoing: HTTPClientRequest, _ request: WebRequest) async throws -> WebResponse {
        let client = try client()
        return try await withThrowingTaskGroup(of: WebResponse.self) { group in
            group.addTask {
                let response = try await client.execute(outgoing, timeout: TimeAmount(request.timeout))
                let body = try await response.body.collect(upTo: request.bodyLimit)
                return WebResponse(
                    status: Int(response.status.code),
                    headers: response.headers,
                    body: Array(body.readableBytesView)
                )
            }
            group.addTask {
                try await Task.sleep(for: request.timeout)
                throw WebFailure("no whole answer from \(request.url) in time")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// Sends a request and returns as soon as the answer begins. Its body is not unpacked, and may take as long as it
    /// goes on coming.
    /// - Throws: ``WebFailure`` when there is no answer.
    package func open(_ request: WebRequest, _ body: WebBody) async throws -> WebExchange {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = request.headers
        switch body {
        case .none: break
        case .bytes(let bytes): outgoing.body = .bytes(ByteBuffer(bytes: bytes))
        case .stream(let pieces, let length): outgoing.body = Self.body(pieces, length)
        }
        do {
            let response = try await streamingClient().execute(outgoing, deadline: .now() + Self.longest)
            return WebExchange(status: Int(response.status.code), headers: response.headers, body: response.body)
        } catch let error as CancellationError {
            throw error
        } catch let failure as WebFailure {
            throw failure
        } catch {
            throw WebFailure("\(error)")
        }
    }

    /// For one request with its answer.
    private static let longest = TimeAmount.hours(6)

    private static func body(
        _ pieces: some AsyncSequence<ByteBuffer, any Error> & Sendable,
        _ length: Int
    ) -> HTTPClientRequest.Body {
        .stream(pieces, length: .known(Int64(length)))
    }

    package func shutdown() async {
        for client in [Self.end(state), Self.end(streamingState)] { try? await client?.shutdown() }
    }

    private static func end(_ state: borrowing Mutex<State>) -> HTTPClient? {
        state.withLock { state -> HTTPClient? in
            defer { state = .over }
            if case .running(let client) = state { return client }
            return nil
        }
    }
}
