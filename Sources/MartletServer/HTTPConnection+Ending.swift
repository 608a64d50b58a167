import NIOCore

extension HTTPConnection {
    /// A request that is being answered is waited for, as long as the server waits at all; a client that is slow to send
    /// or to take is not, for long.
    func quiesce(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let loop = context.eventLoop.assumeIsolated()
        // The server's own end would come too late for those who count its connections.
        loop.scheduleTask(in: limits.drainTimeout) { channel.close(promise: nil) }.futureResult.whenFailure { _ in }
        switch state {
        case .responding, .closed: return
        // Its answer closes.
        case .streaming: return closesAfterStream = true
        case .idle: closeAfterAnswers(context)
        case .reading, .discarding: break
        }
        loop.scheduleTask(in: limits.lingerTimeout) {
            if case .responding = self.state { return }
            channel.close(promise: nil)
        }.futureResult.whenFailure { _ in }
    }

    /// Closes once the client has had the time to read.
    func linger(_ context: ChannelHandlerContext) {
        if isPaused { pause(context, false) }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: limits.lingerTimeout) { channel.close(promise: nil) }
            .futureResult.whenFailure { _ in }
    }

    /// Closes once everything that was written before has gone out.
    func closeAfterAnswers(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer()))).assumeIsolated().whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }
}
