package import NIOCore
package import NIOHTTP1
import Synchronization

/// The start of a request: everything but its body.
package struct RequestHead: Sendable {
    package let method: HTTPMethod
    /// Path and query as they were sent.
    package let target: String
    package let headers: HTTPHeaders
    /// The address of the other end of the connection.
    package let remoteAddress: String

    package init(method: HTTPMethod, target: String, headers: HTTPHeaders, remoteAddress: String) {
        self.method = method
        self.target = target
        self.headers = headers
        self.remoteAddress = remoteAddress
    }

    /// The first value of a header.
    package func header(_ name: String) -> String? {
        headers.first(name: name)
    }
}

/// A request with its whole body.
package struct Request: Sendable {
    package let head: RequestHead
    package let body: ByteBuffer
    package let client = ClientPresence()

    package init(head: RequestHead, body: ByteBuffer) {
        self.head = head
        self.body = body
    }
}

/// Whether somebody still waits for an answer: long work may stop when nobody does.
package final class ClientPresence: Sendable {
    private let gone = Atomic<Bool>(false)

    package var isGone: Bool { gone.load(ordering: .relaxed) }

    func leave() {
        gone.store(true, ordering: .relaxed)
    }
}
