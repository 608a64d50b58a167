import NIOCore

/// Ends connections whose request line, headers or chunk extensions do not end: the parser behind it keeps what it has
/// not finished.
final class HeadSizeLimit: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let limit: Int
    private let connection: HTTPConnection

    /// - Parameter limit: So many bytes may come without the parser making anything of them.
    init(limit: Int, connection: HTTPConnection) {
        self.limit = limit
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesSincePart += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        if connection.bytesSincePart > limit { connection.refuseOversizedHead() }
    }
}
