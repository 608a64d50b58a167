import NIOCore
import NIOExtras
import NIOHTTP1
import Synchronization

/// One connection: takes requests one after the other, hands each with its body to the responder, and writes the
/// answers in their order.
///
/// `@unchecked Sendable`: everything in it is touched on the channel's event loop only; answers that come from
/// elsewhere are brought there first.
final class HTTPConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = IOData

    enum State {
        case idle
        /// What has come of the body is in ``HTTPConnection/body``: here it would be copied with each piece.
        case reading(RequestHead, limit: Int, closes: Bool)
        /// The request is answered while its body still comes in.
        case streaming(BodyIntake)
        /// The answer is out already, the rest of the body is of no interest.
        case discarding
        case responding(closes: Bool)
        case closed
    }

    /// So many parts of later requests may wait before reading stops.
    private static let pipelineLimit = 32

    let responder: any Responder
    let limits: HTTPServer.Limits
    var state = State.idle
    private var body = ByteBuffer()
    var waiting: CircularBuffer<HTTPServerRequestPart> = []
    var isPaused = false
    private var context: ChannelHandlerContext?
    /// What came in since the parser last made something of it.
    var bytesSincePart = 0
    var isQuiescing = false
    var inputHasEnded = false
    var hasAnswered = false
    private var isTakingWaiting = false
    /// Of the request that is being answered.
    var client: ClientPresence?
    /// Of the answer that goes out piece by piece.
    var writer: BodyWriter?
    /// Kept when that answer is out.
    var streamed: EventLoopPromise<Void>?
    /// Whether the request's version knows chunks.
    private(set) var takesChunks = true
    var encoder = ResponseEncoder()
    private var remoteAddress = ""
    var lastProgress = NIODeadline.now()
    private var watch: RepeatedTask?
    var closesAfterStream = false
    /// Read by answers that come from other threads.
    let hasEnded = Atomic<Bool>(false)

    init(responder: any Responder, limits: HTTPServer.Limits) {
        self.responder = responder
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Called when a head grows beyond its limit.
    func refuseOversizedHead() {
        guard let context else { return }
        bytesSincePart = 0
        switch state {
        case .idle, .reading: refuse(431, nil, context)
        case .streaming, .discarding, .responding, .closed: context.close(promise: nil)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        remoteAddress = context.remoteAddress?.ipAddress ?? ""
        let interval = TimeAmount.seconds(5)
        let channel = context.channel
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            guard let self, self.isStuck else { return }
            channel.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .streaming(let intake) = state { intake.fail() }
        state = .closed
        hasEnded.store(true, ordering: .releasing)
        client?.leave()
        // Both refer to each other.
        writer?.end()
        writer = nil
        streamed?.fail(BodyWriter.ClientGone())
        streamed = nil
        watch?.cancel()
        context.fireChannelInactive()
    }

    /// Whether the other side has kept the connection waiting for too long.
    private var isStuck: Bool {
        let quiet = NIODeadline.now() - lastProgress
        switch state {
        case .idle where hasAnswered && bytesSincePart == 0: return quiet > limits.idleTimeout
        case .idle, .reading, .discarding: return quiet > limits.readTimeout
        // A reader that is slow to take the body keeps the client waiting, not the other way round.
        case .streaming: return quiet > (isPaused ? limits.writeTimeout : limits.readTimeout)
        // Who sends an answer over time decides how long it may be quiet.
        case .responding: return quiet > limits.writeTimeout && writer?.waitingBytes != 0
        case .closed: return false
        }
    }

    // MARK: - Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        bytesSincePart = 0
        if mustWait(context) {
            waiting.append(part)
            if waiting.count > Self.pipelineLimit, !isPaused { pause(context, true) }
        } else {
            take(part, context)
        }
    }

    /// Whether later requests have to wait: for the answer to this one, or for a client that does not read its answers.
    private func mustWait(_ context: ChannelHandlerContext) -> Bool {
        switch state {
        case .responding: true
        case .idle: !waiting.isEmpty || !context.channel.isWritable
        case .reading, .streaming, .discarding, .closed: false
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, case .idle = state { takeWaiting(context) }
        context.fireChannelWritabilityChanged()
    }

    func pause(_ context: ChannelHandlerContext, _ value: Bool) {
        isPaused = value
        context.channel.setOption(.autoRead, value: !value).whenFailure { _ in }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        lastProgress = .now()
        switch (part, state) {
        case (.head(let head), .idle): begin(head, context)
        case (.body(var bytes), .reading(let head, let limit, _)):
            guard body.readableBytes + bytes.readableBytes <= limit else {
                return refuse(413, head, context)
            }
            body.writeBuffer(&bytes)
        case (.end, .reading(let head, _, let closes)):
            state = .responding(closes: closes)
            answer(Request(head: head, body: takeBody()), context)
        case (.body(let bytes), .streaming(let intake)):
            if !intake.take(bytes) { pause(context, true) }
        case (.end, .streaming(let intake)):
            state = .responding(closes: closesAfterStream)
            if isPaused { pause(context, false) }
            intake.finish()
        default: break
        }
    }

    private func takeBody() -> ByteBuffer {
        defer { body = ByteBuffer() }
        return body
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .streaming(let intake) = state, !intake.passOn() { pause(context, true) }
        context.fireChannelReadComplete()
    }

    private func begin(_ parsed: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let head = RequestHead(
            method: parsed.method,
            target: parsed.uri,
            headers: parsed.headers,
            remoteAddress: remoteAddress
        )
        // RFC 9112, section 3.2: exactly one host.
        if parsed.version.minor > 0, parsed.headers["host"].count != 1 { return refuse(400, head, context) }
        let closes = !parsed.isKeepAlive || isQuiescing
        takesChunks = parsed.version.minor > 0
        let length = parsed.headers.first(name: "content-length").map { Int($0) ?? .max }
        // Most requests have no body, and the question costs a look at the routes.
        let hasBody = length ?? 0 > 0 || parsed.headers.contains(name: "transfer-encoding")
        let handling = hasBody ? responder.bodyHandling(head) : BodyHandling(limit: 0)
        if let length, length > handling.limit { return refuse(413, head, context) }
        if parsed.headers.first(name: "expect")?.lowercased() == "100-continue" {
            var buffer = context.channel.allocator.buffer(capacity: 32)
            buffer.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
        }
        if handling.isStreamed { return stream(head, limit: handling.limit, closes: closes, context) }
        // The length is the client's word: room is made for what comes, not for what is announced.
        body = context.channel.allocator.buffer(capacity: min(length ?? 0, 65_536))
        state = .reading(head, limit: handling.limit, closes: closes)
    }

    private func stream(_ head: RequestHead, limit: Int, closes: Bool, _ context: ChannelHandlerContext) {
        let loop = context.eventLoop
        let bound = NIOLoopBound(context, eventLoop: loop)
        let intake = BodyIntake(limit: limit) {
            guard !self.hasEnded.load(ordering: .acquiring) else { return }
            loop.execute {
                guard case .streaming = self.state, self.isPaused else { return }
                self.lastProgress = .now()
                self.pause(bound.value, false)
            }
        }
        closesAfterStream = closes
        state = .streaming(intake)
        answer(Request(head: head, stream: intake.stream), context)
    }

    /// Answers without reading on. The connection ends once the client has stopped sending, so that it sees the answer
    /// before the end.
    private func refuse(_ status: Int, _ head: RequestHead?, _ context: ChannelHandlerContext) {
        state = .discarding
        body = ByteBuffer()
        write(responder.refusal(status, head), isHead: false, closes: true, context, promise: nil)
        linger(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error, state) {
        case (is HTTPParserError, .idle), (is HTTPParserError, .reading):
            let status = (error as? HTTPParserError) == .headerOverflow ? 431 : 400
            refuse(status, nil, context)
        // Whatever else the client sends is of no interest; it is to read the answer first.
        case (_, .discarding) where !(error is IOError): break
        default: context.close(promise: nil)
        }
    }

    // `Any` is NIO's: handlers of other packages send events of their own types.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            quiesce(context)
        case ChannelEvent.inputClosed:
            // The client has said its last word; what it asked is still answered, unless that takes long.
            client?.leave()
            inputHasEnded = true
            switch state {
            case .idle: takeWaiting(context)
            case .responding: break
            case .streaming(let intake): intake.fail()
            case .reading, .discarding, .closed: closeAfterAnswers(context)
            }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: - Between requests

    func becomeIdle(_ context: ChannelHandlerContext) {
        guard case .responding = state else { return }
        state = .idle
        takeWaiting(context)
    }

    private func takeWaiting(_ context: ChannelHandlerContext) {
        // An answer that is there at once comes back here: the loop that runs already goes on instead.
        guard !isTakingWaiting else { return }
        isTakingWaiting = true
        defer { isTakingWaiting = false }
        while let part = waiting.first {
            if case .idle = state, !context.channel.isWritable { return }
            waiting.removeFirst()
            take(part, context)
            if case .responding = state { return }
        }
        if isPaused { pause(context, false) }
        if case .streaming(let intake) = state, !intake.passOn() { pause(context, true) }
        guard isQuiescing || inputHasEnded else { return }
        switch state {
        case .idle: closeAfterAnswers(context)
        case .reading where inputHasEnded: closeAfterAnswers(context)
        default: break
        }
    }
}
