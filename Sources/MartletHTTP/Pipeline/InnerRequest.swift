import MartletCore
package import MartletFiles
import MartletServer
import NIOCore
package import NIOHTTP1

/// A request that the application makes to its own interface, for whoever has asked the application for something: with
/// their rights, their address, and under the limits that hold for them.
package struct InnerRequest: Sendable {
    package let method: HTTPMethod
    /// Path and query.
    package let target: String
    /// JSON.
    package let body: [UInt8]
    /// By field.
    package let files: [(name: String, file: UploadedFile)]

    /// Where a filter refers to a value that travels beside it, behind a number.
    package static let boundValue = "@request.query._v"

    package init(
        _ method: HTTPMethod,
        _ target: String,
        body: [UInt8] = [],
        files: [(name: String, file: UploadedFile)] = []
    ) {
        self.method = method
        self.target = target
        self.body = body
        self.files = files
    }
}

extension APIResponder {
    /// Asks one of our own routes; those of scripts and what runs around requests are not asked.
    /// - Throws: ``Problem``.
    package func answer(_ inner: InnerRequest, for outer: Call) throws -> Answer {
        guard let target = Target(inner.target), target.redirect == nil,
            let match = routing.base.find(inner.method, target.segments)
        else { throw Problem.notFound }
        var headers = outer.request.head.headers
        for name in ["content-type", "content-length", "transfer-encoding", "if-none-match", "range"] {
            headers.remove(name: name)
        }
        if !inner.body.isEmpty { headers.add(name: "content-type", value: "application/json") }
        let head = RequestHead(
            method: inner.method,
            target: inner.target,
            headers: headers,
            remoteAddress: outer.request.head.remoteAddress
        )
        var call = Call(
            request: Request(head: head, body: ByteBuffer(bytes: inner.body)),
            parameters: match.parameters,
            pattern: match.pattern,
            query: target.query,
            signedIn: outer.signedIn,
            address: outer.address
        )
        call.isInner = true
        if !inner.files.isEmpty { call.form = SubmittedForm(files: inner.files) }
        try checkSuperuserAddress(call)
        try checkRate(match.endpoint, target, call)
        try checkAccess(match.endpoint, call)
        return try match.endpoint.handle(call)
    }
}
