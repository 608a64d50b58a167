import MartletServer
import Synchronization

/// Where requests go: our own routes, and those that the application adds. Exchanged as a whole.
package final class Routing: Sendable {
    /// Runs around a request, after its caller is known and before its endpoint is asked.
    package typealias Middleware =
        @Sendable (
            _ call: Call, _ next: @escaping @Sendable (Call) throws -> Answer
        ) throws -> Answer

    /// What is in force at one time.
    package final class Table: Sendable {
        package let router: Router<Endpoint>
        package let middleware: Middleware?

        package init(router: Router<Endpoint>, middleware: Middleware? = nil) {
            self.router = router
            self.middleware = middleware
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
