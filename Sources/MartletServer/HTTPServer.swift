import Logging
package import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// HTTP/1.1 on a TCP port.
package final class HTTPServer: Sendable {
    /// How long the other side may keep a connection waiting.
    package struct Limits: Sendable {
        /// Between two requests.
        package var idleTimeout = TimeAmount.minutes(5)
        /// While a request comes in, since its head or the last piece of its body; and before the first.
        package var readTimeout = TimeAmount.seconds(60)
        /// While an answer goes out.
        package var writeTimeout = TimeAmount.minutes(5)
        /// For the client to read a refusal, or the last answer, before the connection ends.
        package var lingerTimeout = TimeAmount.seconds(1)
        /// For requests in flight when the server stops: less than what service managers wait before they kill.
        package var drainTimeout = TimeAmount.seconds(8)
        /// In bytes: request line and headers.
        package var headSize = 128 << 10

        package init() {}
    }

    /// Somebody else has the port, or it may not be used.
    package struct AddressUnavailable: Error, CustomStringConvertible {
        package let description: String
    }

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// Given up before the event loops end: its own end is an event on one of them.
    private let quiescing: Mutex<ServerQuiescingHelper?>
    private let limits: Limits
    /// The port, which the kernel chose if 0 was asked for.
    package let port: Int

    /// Starts listening.
    /// - Parameter threads: Event loops; each core's share of connections.
    package init(
        host: String,
        port: Int,
        threads: Int = System.coreCount,
        limits: Limits = Limits(),
        responder: any Responder
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        do {
            let quiescing = ServerQuiescingHelper(group: group)
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            quiescing.makeServerChannelHandler(channel: channel)
                        )
                    }
                }
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
                        let connection = HTTPConnection(responder: responder, limits: limits)
                        try channel.pipeline.syncOperations.addHandlers(
                            HeadSizeLimit(limit: limits.headSize, connection: connection),
                            decoder,
                            connection
                        )
                    }
                }
                .bind(host: host, port: port).get()
            self.quiescing = Mutex(quiescing)
        } catch {
            try? await group.shutdownGracefully()
            guard let error = error as? IOError else { throw error }
            let reason = String(cString: strerror(error.errnoCode))
            throw AddressUnavailable(description: "\(host):\(port) cannot be listened on: \(reason)")
        }
        self.group = group
        self.limits = limits
        self.port = channel.localAddress?.port ?? port
    }

    /// Stops listening, lets requests in flight finish, and closes everything.
    package func shutdown() async {
        let loop = group.next()
        let promise = loop.makePromise(of: Void.self)
        quiescing.withLock { helper in
            if let helper { helper.initiateShutdown(promise: promise) } else { promise.succeed() }
            helper = nil
        }
        // By then each connection has closed itself.
        let timeout = loop.scheduleTask(in: limits.drainTimeout + .seconds(1)) { promise.succeed() }
        try? await promise.futureResult.get()
        timeout.cancel()
        try? await group.shutdownGracefully()
    }
}
