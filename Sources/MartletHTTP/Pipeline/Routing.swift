package import MartletServer
import NIOHTTP1
import Synchronization

/// The pages of an application: they answer what is no route.
package protocol PageRouting: Sendable {
    /// - Parameter segments: Decoded; a trailing slash leaves an empty last one.
    func match(_ head: RequestHead, _ segments: [String]) -> Router<Endpoint>.Match?
    /// What is answered where nothing is found; nil for what the server says.
    func missing(_ call: Call) -> Answer?
}

/// Where requests go: our own routes, and those that the application adds. Exchanged as a whole.
package final class Routing: Sendable {
    /// Runs around a request, after its caller is known and before its endpoint is asked.
    package typealias Middleware =
        @Sendable (
            _ call: Call, _ next: @escaping @Sendable (Call) throws -> Answer
        ) throws -> Answer

    /// What is in force at one time.
    package final class Table: Sendable {
        private let router: Router<Endpoint>
        /// Routes of single hosts, which go before all others. By the host's name in small letters.
        private let hosts: [String: Router<Endpoint>]
        package let middleware: Middleware?
        package let pages: (any PageRouting)?

        package init(
            router: Router<Endpoint>,
            hosts: [String: Router<Endpoint>] = [:],
            middleware: Middleware? = nil,
            pages: (any PageRouting)? = nil
        ) {
            self.router = router
            self.hosts = hosts
            self.middleware = middleware
            self.pages = pages
        }

        /// HEAD is taken wherever GET is.
        func match(_ head: RequestHead, _ segments: [String]) -> Router<Endpoint>.Match? {
            if !hosts.isEmpty, let host = head.header("host"), let own = hosts[Self.name(of: host)],
                let found = Self.find(head.method, segments, in: own)
            {
                return found
            }
            return Self.find(head.method, segments, in: router)
        }

        private static func find(
            _ method: HTTPMethod,
            _ segments: [String],
            in router: Router<Endpoint>
        ) -> Router<Endpoint>.Match? {
            if let found = router.find(method, segments) { return found }
            return method == .HEAD ? router.find(.GET, segments) : nil
        }

        /// A host without its port.
        private static func name(of host: String) -> String {
            let end = host.hasSuffix("]") ? nil : host.lastIndex(of: ":")
            return host[..<(end ?? host.endIndex)].lowercased()
        }
    }

    /// Our own routes.
    package let base: Router<Endpoint>
    private let table: Mutex<Table>

    init(_ base: Router<Endpoint>) {
        self.base = base
        table = Mutex(Table(router: base))
    }

    package var current: Table { table.withLock { $0 } }

    package func use(_ new: Table) {
        table.withLock { $0 = new }
    }
}
