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

/// A request with its body, which is here whole or comes as a stream.
package struct Request: Sendable {
    package let head: RequestHead
    /// Empty when there is a stream.
    package let body: ByteBuffer
    /// For routes that asked for it (``BodyHandling``).
    package let stream: BodyStream?
    package let client = ClientPresence()

    package init(head: RequestHead, body: ByteBuffer = ByteBuffer(), stream: BodyStream? = nil) {
        self.head = head
        self.body = body
        self.stream = stream
    }
}

/// Whether somebody still waits for an answer: long work may stop when nobody does.
package final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    package var isGone: Bool { state.withLock { $0.isGone } }

    /// Has `action` called when the client leaves, or at once if it has left.
    package func whenGone(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isGone { state.actions.append(action) }
            return state.isGone
        }
        if isLate { action() }
    }

    func leave() {
        let actions = state.withLock { state in
            defer { state.actions = [] }
            state.isGone = true
            return state.actions
        }
        actions.forEach { $0() }
    }
}
