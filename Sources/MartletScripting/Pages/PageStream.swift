import MartletServer
import NIOCore
import Synchronization

/// A page that goes out while it is made.
final class PageStream: Sendable {
    private struct State {
        var writer: BodyWriter?
        /// What was made before there was anybody to take it.
        var waiting: [(bytes: ByteBuffer, done: @Sendable (Bool) -> Void)] = []
        var end: End?
    }

    private enum End { case finished, failed }

    private let state = Mutex(State())

    /// The body of the answer.
    var body: Response.Body {
        .stream(length: nil) { writer in self.begin(writer) }
    }

    private func begin(_ writer: BodyWriter) {
        let (waiting, end) = state.withLock { state in
            defer { state.waiting = [] }
            state.writer = writer
            return (state.waiting, state.end)
        }
        for piece in waiting { Self.send(piece.bytes, to: writer, piece.done) }
        if let end { Self.finish(writer, end) }
    }

    /// - Parameter done: Told when the client has room for more; false when it has left.
    func send(_ bytes: ByteBuffer, done: @escaping @Sendable (Bool) -> Void) {
        let writer = state.withLock { state -> BodyWriter? in
            if state.writer == nil { state.waiting.append((bytes, done)) }
            return state.writer
        }
        if let writer { Self.send(bytes, to: writer, done) }
    }

    private static func send(_ bytes: ByteBuffer, to writer: BodyWriter, _ done: @escaping @Sendable (Bool) -> Void) {
        Task {
            do {
                try await writer.send(bytes)
                done(true)
            } catch {
                done(false)
            }
        }
    }

    /// Ends the page, or the connection where the page is not whole.
    func end(isWhole: Bool) {
        let end = isWhole ? End.finished : End.failed
        let writer = state.withLock { state in
            state.end = end
            return state.writer
        }
        if let writer { Self.finish(writer, end) }
    }

    private static func finish(_ writer: BodyWriter, _ end: End) {
        switch end {
        case .finished: writer.finish()
        case .failed: writer.abort()
        }
    }
}
