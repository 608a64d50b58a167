package import NIOCore
import Synchronization

/// Why the rest of a body does not come.
package enum BodyError: Error {
    /// There is more of it than the route takes.
    case tooLarge
    /// The client left, or broke the protocol.
    case incomplete
}

/// A request's body in the pieces in which it comes. Reading it slowly slows the client down.
///
/// It is read once; what is left of it when nobody holds it any more is of no interest.
package struct BodyStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer
    fileprivate typealias Producer = NIOThrowingAsyncSequenceProducer<
        ByteBuffer, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, BodyDemand
    >

    fileprivate let sequence: Producer
    fileprivate let source: Producer.Source

    /// Ends the body for its reader, as if the client had left.
    package func interrupt() {
        source.finish(BodyError.incomplete)
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: Producer.AsyncIterator

        /// - Throws: ``BodyError``.
        package mutating func next() async throws -> ByteBuffer? {
            try await base.next()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: sequence.makeAsyncIterator())
    }
}

/// Carries the reader's wish for more to the connection.
private final class BodyDemand: NIOAsyncSequenceProducerDelegate {
    private let ask: @Sendable () -> Void

    init(ask: @escaping @Sendable () -> Void) {
        self.ask = ask
    }

    func produceMore() { ask() }

    /// Nobody reads any more: what comes is let through and dropped.
    func didTerminate() { ask() }
}

/// The connection's end of a ``BodyStream``. Used on its event loop only.
final class BodyIntake {
    let stream: BodyStream
    private let source: BodyStream.Producer.Source
    private var remaining: Int
    /// What came in the current round of reading. Clients that send tiny chunks do not cost the reader a turn for each.
    private var pending = ByteBuffer()
    /// In bytes.
    private static let pieceSize = 65_536

    /// - Parameters:
    ///   - limit: In bytes.
    ///   - ask: Called from any thread when there is room again.
    init(limit: Int, ask: @escaping @Sendable () -> Void) {
        let made = BodyStream.Producer.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            // In pieces, of about 64 KiB at most.
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: false,
            delegate: BodyDemand(ask: ask)
        )
        source = made.source
        stream = BodyStream(sequence: made.sequence, source: made.source)
        remaining = limit
    }

    /// - Returns: Whether the reader wants more now.
    func take(_ bytes: ByteBuffer) -> Bool {
        remaining -= bytes.readableBytes
        if remaining < 0 {
            source.finish(BodyError.tooLarge)
            return true
        }
        if pending.readableBytes == 0 {
            pending = bytes
            return true
        }
        if pending.readableBytes + bytes.readableBytes > Self.pieceSize {
            let wantsMore = passOn()
            pending = bytes
            return wantsMore
        }
        pending.writeImmutableBuffer(bytes)
        return true
    }

    /// Hands over what ``take(_:)`` held back.
    /// - Returns: Whether the reader wants more now.
    func passOn() -> Bool {
        guard pending.readableBytes > 0 else { return true }
        defer { pending = ByteBuffer() }
        return source.yield(pending) != .stopProducing
    }

    func finish() {
        _ = passOn()
        source.finish()
    }

    func fail() {
        source.finish(BodyError.incomplete)
    }
}
