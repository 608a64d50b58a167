package import NIOCore

/// What goes back to the client. Length, date and connection headers are the server's matter.
package struct Response: Sendable {
    package enum Body: Sendable {
        /// No body and, except for HEAD's sake, no length: for 204 and 304.
        case none
        case bytes([UInt8])
        /// Bytes that many answers share: they are not copied for each.
        case shared(ByteBuffer)
        /// A part of an open file, which is closed afterwards.
        case file(NIOFileHandle, offset: Int64, count: Int)
        /// Pieces that come over time, from whoever is given the writer. It is called on the connection's event loop, and
        /// not at all for HEAD. Without a length, the end of the body is told by its framing.
        case stream(length: Int?, @Sendable (BodyWriter) -> Void)
    }

    package var status: Int
    /// Header lines that are rendered already, each with its line end: for those that many responses share.
    package var preset: StaticString
    package var headers: [(name: String, value: String)]
    package var body: Body

    package init(
        _ status: Int,
        preset: StaticString = "",
        headers: [(name: String, value: String)] = [],
        body: Body = .none
    ) {
        self.status = status
        self.preset = preset
        self.headers = headers
        self.body = body
    }
}

/// An answer that is there, or that comes later from any thread.
package enum Reply: Sendable {
    case now(Response)
    case later(@Sendable (@escaping @Sendable (Response) -> Void) -> Void)

    /// An answer that asynchronous work makes.
    package static func task(_ work: @escaping @Sendable () async -> Response) -> Reply {
        .later { complete in
            Task { complete(await work()) }
        }
    }
}

/// How a route takes its body.
package struct BodyHandling: Sendable {
    /// In bytes.
    package var limit: Int
    /// Whether the request is answered while its body still comes, instead of after.
    package var isStreamed: Bool

    package init(limit: Int, isStreamed: Bool = false) {
        self.limit = limit
        self.isStreamed = isStreamed
    }
}

/// Answers requests. Called on the connection's event loop, which it must not hold up.
package protocol Responder: Sendable {
    /// What is to be done with a body that is about to come.
    func bodyHandling(_ head: RequestHead) -> BodyHandling

    func respond(to request: Request) -> Reply

    /// The answer to what is no request, or to one that is too large.
    func refusal(_ status: Int, _ head: RequestHead?) -> Response
}
