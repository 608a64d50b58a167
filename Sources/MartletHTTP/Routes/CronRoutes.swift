import MartletCore
import MartletJobs
import MartletServer
import NIOHTTP1
import OrderedCollections

/// `/api/crons` (`settings-logs-misc.md`, Crons).
struct CronRoutes: Sendable {
    let schedule: JobSchedule

    func register(in router: inout Router<Endpoint>) {
        router.add(.GET, "/api/crons", Endpoint(.superuser) { _ in .now(list()) }.projected)
        router.add(.POST, "/api/crons/{id}", Endpoint(.superuser) { .now(try start($0)) })
    }

    /// The application's jobs by id, then the built-in ones as they were added.
    private func list() -> Response {
        let jobs = schedule.all
        let own = jobs.filter { !$0.id.hasPrefix("__pb") }.sorted { utf8Precedes($0.id, $1.id) }
        let items = (own + jobs.filter { $0.id.hasPrefix("__pb") }).map { job -> JSONValue in
            ["id": .string(job.id), "expression": .string(job.expression.text)]
        }
        return .json(.array(items))
    }

    private func start(_ call: Call) throws -> Response {
        guard schedule.start(call.parameters[0]) else { throw Problem(404, "Missing or invalid cron job.") }
        return .noContent
    }
}
