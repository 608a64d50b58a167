package import NIOHTTP1

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A request to another server.
package struct WebRequest: Sendable {
    package var method = HTTPMethod.GET
    package var url: String
    package var headers: HTTPHeaders = [:]
    package var body: [UInt8] = []
    /// For the whole, name look-up and body included.
    package var timeout = Duration.seconds(10)
    /// Answers with a larger body are an error. In bytes.
    package var bodyLimit = 4 << 20

    package init(_ url: String, method: HTTPMethod = .GET) {
        self.method = method
        self.url = url
    }

    /// Says who is asking (RFC 7617).
    package mutating func authorize(_ name: String, _ password: String) {
        let pair = Data((name + ":" + password).utf8).base64EncodedString()
        headers.replaceOrAdd(name: "authorization", value: "Basic " + pair)
    }
}

/// What another server answered.
package struct WebResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: [UInt8]

    package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why there is no answer.
package struct WebFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
