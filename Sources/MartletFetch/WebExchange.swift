import AsyncHTTPClient
package import NIOCore
package import NIOHTTP1

/// A body that is sent to another server.
package enum WebBody: Sendable {
    case none
    case bytes([UInt8])
    /// Pieces of known length in all, read anew for each attempt.
    case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable, length: Int)
}

/// An answer whose body is still to be read.
package struct WebExchange: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    let body: HTTPClientResponse.Body

    /// Calls `take` with the pieces of the body.
    /// - Throws: ``WebFailure`` when it breaks off, or what `take` throws.
    package func read(_ take: (ByteBuffer) async throws -> Void) async throws {
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch let error as CancellationError {
                throw error
            } catch {
                throw WebFailure("\(error)")
            }
            guard let piece else { return }
            try await take(piece)
        }
    }

    /// - Parameter limit: A longer body is a ``WebFailure``. In bytes.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await read { piece in
            bytes += piece.readableBytesView
            if bytes.count > limit { throw WebFailure("the answer is too long") }
        }
        return bytes
    }

    /// Reads what there is and forgets it, so that the connection can be used again.
    package func finish() async throws {
        try await read { _ in }
    }
}
