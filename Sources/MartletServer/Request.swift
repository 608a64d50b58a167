package import NIOCore
package import NIOHTTP1

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

    package init(head: RequestHead, body: ByteBuffer) {
        self.head = head
        self.body = body
    }
}
