import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

extension HTTPConnection {
    /// In bytes.
    private static let filePiece = 256 << 10

    /// Hands a request to the responder; the state is such that its answer may come.
    func answer(_ request: Request, _ context: ChannelHandlerContext) {
        client = request.client
        let isHead = request.head.method == .HEAD
        switch responder.respond(to: request) {
        case .now(let response): send(response, isHead: isHead, context)
        case .later(let start):
            let loop = context.eventLoop
            let bound = NIOLoopBound(context, eventLoop: loop)
            start { response in
                // A loop that has ended has no connection left to answer on.
                guard !self.hasEnded.load(ordering: .acquiring) else { return Self.discard(response) }
                loop.execute { self.send(response, isHead: isHead, bound.value) }
            }
        }
    }

    private func send(_ response: Response, isHead: Bool, _ context: ChannelHandlerContext) {
        let asked: Bool
        var isEarly = false
        switch state {
        case .responding(let closes): asked = closes
        // What is left of the body is not waited for: the connection cannot be used for another request.
        case .streaming(let intake):
            (asked, isEarly) = (true, true)
            intake.fail()
            state = .discarding
        default: return Self.discard(response)
        }
        hasAnswered = true
        let closes = asked || waiting.isEmpty && (isQuiescing || inputHasEnded)
        lastProgress = .now()
        if closes || response.body.takesTime {
            let promise = context.eventLoop.makePromise(of: Void.self)
            write(response, isHead: isHead, closes: closes, context, promise: promise)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            promise.futureResult.assumeIsolated().whenComplete { _ in
                if isEarly {
                    self.linger(bound.value)
                } else if closes {
                    bound.value.close(promise: nil)
                } else {
                    self.becomeIdle(bound.value)
                }
            }
        } else {
            write(response, isHead: isHead, closes: false, context, promise: nil)
            becomeIdle(context)
        }
    }

    private static func discard(_ response: Response) {
        if case .file(let handle, _, _) = response.body { try? handle.close() }
    }

    func write(
        _ response: Response,
        isHead: Bool,
        closes: Bool,
        _ context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>?
    ) {
        switch response.body {
        case .none:
            let length = response.status == 204 || response.status == 304 ? nil : 0
            var buffer = context.channel.allocator.buffer(capacity: 512)
            encoder.head(response, .length(length), closes: closes, into: &buffer)
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: promise)
        case .bytes(let bytes):
            var buffer = context.channel.allocator.buffer(capacity: bytes.count + 512)
            encoder.head(response, .length(bytes.count), closes: closes, into: &buffer)
            if !isHead { buffer.writeBytes(bytes) }
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: promise)
        case .shared(let bytes):
            var buffer = context.channel.allocator.buffer(capacity: 512)
            encoder.head(response, .length(bytes.readableBytes), closes: closes, into: &buffer)
            guard !isHead else { return context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: promise) }
            context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(bytes)), promise: promise)
        case .file(let handle, let offset, let count):
            var buffer = context.channel.allocator.buffer(capacity: 512)
            encoder.head(response, .length(count), closes: closes, into: &buffer)
            context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
            guard !isHead, count > 0 else {
                try? handle.close()
                return context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise)
            }
            let done = promise ?? context.eventLoop.makePromise(of: Void.self)
            done.futureResult.whenComplete { _ in try? handle.close() }
            writeFile(handle, Int(offset)..<(Int(offset) + count), context, promise: done)
        case .stream(let length, let produce):
            writeStream(response, length, isHead: isHead, closes: closes, context, promise, produce)
        }
    }

    /// Writes a file in pieces, each of which counts as progress when the client has taken it.
    private func writeFile(
        _ handle: NIOFileHandle,
        _ range: Range<Int>,
        _ context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>
    ) {
        let size = max(Self.filePiece, range.count / 1000)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
            let end = min(start + size, range.upperBound)
            let piece = IOData.fileRegion(FileRegion(fileHandle: handle, readerIndex: start, endIndex: end))
            if end == range.upperBound { return context.writeAndFlush(wrapOutboundOut(piece), promise: promise) }
            context.write(wrapOutboundOut(piece)).assumeIsolated().whenSuccess { self.lastProgress = .now() }
        }
    }

    /// Writes the head and lets `produce` send the body. A client of HTTP/1.0 learns the end from the connection's.
    private func writeStream(
        _ response: Response,
        _ length: Int?,
        isHead: Bool,
        closes: Bool,
        _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?,
        _ produce: (BodyWriter) -> Void
    ) {
        let isChunked = length == nil && takesChunks
        var buffer = context.channel.allocator.buffer(capacity: 512)
        let framing: ResponseEncoder.Framing = isChunked ? .chunked : .length(length)
        encoder.head(response, framing, closes: closes || length == nil && !isChunked, into: &buffer)
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
        if isHead {
            promise?.succeed()
            return
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let writer = BodyWriter(
            channel: context.channel,
            isChunked: isChunked,
            progress: { self.lastProgress = .now() },
            didFinish: {
                self.writer = nil
                self.streamed?.succeed()
                self.streamed = nil
                if length == nil, !isChunked { bound.value.close(promise: nil) }
            }
        )
        self.writer = writer
        streamed = promise
        produce(writer)
    }
}

extension Response.Body {
    /// Whether it is not on its way as soon as it is written.
    fileprivate var takesTime: Bool {
        switch self {
        case .none, .bytes: false
        case .shared(let bytes): bytes.readableBytes > 64 << 10
        case .file, .stream: true
        }
    }
}
