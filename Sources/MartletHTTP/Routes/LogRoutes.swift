import MartletCore
import MartletRecords
import MartletServer
import MartletStorage
import MartletTelemetry
import NIOHTTP1
import OrderedCollections

/// `/api/logs` (`settings-logs-misc.md`, Logs).
struct LogRoutes: Sendable {
    let storage: any Storage
    let activity: ActivityLog

    func register(in router: inout Router<Endpoint>) {
        router.add(.GET, "/api/logs", .asynchronous(.superuser, isQuiet: true, list).projected(isEnvelope: true))
        router.add(.DELETE, "/api/logs", .asynchronous(.superuser, isQuiet: true, deleteAll))
        router.add(.GET, "/api/logs/stats", .asynchronous(.superuser, isQuiet: true, stats).projected)
        router.add(.GET, "/api/logs/{id}", .asynchronous(.superuser, isQuiet: true, view).projected)
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try call.query.page()
        let filter = call.query.text("filter")
        let sort = call.query.text("sort")
        return try await storage.read { session in
            let reader = try LogReader(session, filter: filter, sort: sort)
            var writer = JSONWriter(capacity: 8192)
            writer.raw(#"{"items":"#)
            try reader.rows(limit: page.size, offset: (page.number - 1) &* page.size, to: &writer)
            writer.raw(#","page":"#)
            writer.integer(page.number)
            writer.raw(#","perPage":"#)
            writer.integer(page.size)
            let total = page.skipsTotal ? -1 : try reader.count()
            writer.raw(#","totalItems":"#)
            writer.integer(total)
            writer.raw(#","totalPages":"#)
            writer.integer(total < 0 ? -1 : (total + page.size - 1) / page.size)
            writer.raw("}")
            return .json(writer.bytes)
        }
    }

    private func view(_ call: Call) async throws -> Response {
        let id = call.parameters[0]
        guard let row = try await storage.read({ try LogReader.one($0, id: id) }) else { throw Problem.notFound }
        return .json(row)
    }

    private func stats(_ call: Call) async throws -> Response {
        let filter = call.query.text("filter")
        do {
            return .json(try await storage.read { try LogReader($0, filter: filter, sort: "").stats() })
        } catch {
            throw Problem.badRequest(
                filter.isEmpty ? "Failed to generate logs stats." : "Invalid filter format.",
                cause: "\(error)"
            )
        }
    }

    private func deleteAll(_ call: Call) async throws -> Response {
        do {
            try await storage.write { try LogTable.deleteAll($0) }
            try await storage.maintain()
        } catch {
            throw Problem(500, "Failed to truncate all logs.", cause: "\(error)")
        }
        return .noContent
    }
}
