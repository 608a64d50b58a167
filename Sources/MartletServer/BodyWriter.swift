package import NIOCore
import NIOHTTP1
import Synchronization

/// Sends the body of an answer in pieces, from any thread.
package final class BodyWriter: Sendable {
    /// The client is not there any more.
    package struct ClientGone: Error {}

    private struct State {
        var hasEnded = false
        var actions: [@Sendable () -> Void] = []
    }

    /// So many bytes may wait for a client before whoever writes waits with them.
    private static let highWater = 256 << 10

    private let channel: any Channel
    private let isChunked: Bool
    private let progress: @Sendable () -> Void
    private let didFinish: @Sendable () -> Void
    private let state = Mutex(State())
    private let waiting = Atomic(0)

    init(
        channel: any Channel,
        isChunked: Bool,
        progress: @escaping @Sendable () -> Void,
        didFinish: @escaping @Sendable () -> Void
    ) {
        self.channel = channel
        self.isChunked = isChunked
        self.progress = progress
        self.didFinish = didFinish
    }

    /// How many bytes the client has not taken yet.
    package var waitingBytes: Int { waiting.load(ordering: .relaxed) }

    /// Sends without waiting; whoever calls it looks at ``waitingBytes``.
    package func write(_ bytes: ByteBuffer) {
        _ = enqueue(bytes)
    }

    /// Sends, and waits while the client takes less than it gets.
    /// - Throws: ``ClientGone``.
    package func send(_ bytes: ByteBuffer) async throws {
        guard let written = enqueue(bytes) else { throw ClientGone() }
        guard waitingBytes > Self.highWater else { return }
        do {
            try await written.get()
        } catch {
            throw ClientGone()
        }
    }

    private func enqueue(_ bytes: ByteBuffer) -> EventLoopFuture<Void>? {
        guard !hasEnded else { return nil }
        let count = bytes.readableBytes
        guard count > 0 else { return channel.eventLoop.makeSucceededVoidFuture() }
        waiting.add(count, ordering: .relaxed)
        let written = channel.writeAndFlush(IOData.byteBuffer(framed(bytes)))
        written.whenComplete { result in
            self.waiting.subtract(count, ordering: .relaxed)
            if case .success = result { self.progress() }
        }
        return written
    }

    /// RFC 9112, section 7.1.
    private func framed(_ bytes: ByteBuffer) -> ByteBuffer {
        guard isChunked else { return bytes }
        var frame = channel.allocator.buffer(capacity: bytes.readableBytes + 12)
        frame.writeString(String(bytes.readableBytes, radix: 16))
        frame.writeStaticString("\r\n")
        frame.writeImmutableBuffer(bytes)
        frame.writeStaticString("\r\n")
        return frame
    }

    /// Ends the body as it should.
    package func finish() {
        guard end() else { return }
        let last = isChunked ? ByteBuffer(string: "0\r\n\r\n") : ByteBuffer()
        channel.writeAndFlush(IOData.byteBuffer(last)).whenComplete { _ in self.didFinish() }
    }

    /// Ends the connection, so that the client does not take what it has for the whole.
    package func abort() {
        guard end() else { return }
        channel.close(promise: nil)
    }

    private var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Has `action` called once when the body has ended, however it did; at once if it has.
    package func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.hasEnded { state.actions.append(action) }
            return state.hasEnded
        }
        if isLate { action() }
    }

    /// - Returns: Whether this was the end, and not one after it.
    @discardableResult
    func end() -> Bool {
        let actions = state.withLock { state -> [@Sendable () -> Void]? in
            guard !state.hasEnded else { return nil }
            state.hasEnded = true
            defer { state.actions = [] }
            return state.actions
        }
        actions?.forEach { $0() }
        return actions != nil
    }
}
