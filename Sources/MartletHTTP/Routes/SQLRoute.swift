import MartletCore
import MartletServer
import MartletStorage
import NIOHTTP1
import OrderedCollections

/// `POST /api/sql`: the superusers' console (`settings-logs-misc.md`, SQL console). Statements that write go through the
/// writer; everything else runs on a connection that can only read.
struct SQLRoute: Sendable {
    let storage: any Storage

    private static let rowLimit = 1000
    private static let writingWords: Set<String> = [
        "insert", "create", "update", "delete", "drop", "detach", "alter", "replace",
    ]

    func register(in router: inout Router<Endpoint>) {
        router.add(.POST, "/api/sql", Endpoint.asynchronous(.superuser, run).projected)
    }

    private func run(_ call: Call) async throws -> Response {
        let body = try RequestBody.object(call, orSay: "An error occurred while loading the submitted data.")
        guard let query = try? JSONReader(members: body.withLoweredKeys).string("query") else {
            throw Problem.badRequest("An error occurred while loading the submitted data.")
        }
        if query.isEmpty || query.utf8.count > 5000 {
            let error: FieldError = query.isEmpty ? .required : .lengthOutOfRange(1, 5000)
            throw Problem.badRequest(
                "An error occurred while validating the submitted data.",
                data: FieldErrors("query", error)
            )
        }
        let start = ContinuousClock.now
        do {
            let first = query.trimmingBlanks().prefix { $0.isLetter }.asciiLowercased()
            let result = Self.writingWords.contains(first) ? try await write(query) : try await read(query)
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            let milliseconds = Double(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
            return .json([
                "execTime": .number(milliseconds), "affectedRows": .number(Double(result.changed)),
                "columns": .array(result.columns), "rows": .array(result.rows),
            ])
        } catch let error as StorageError {
            throw Problem.badRequest("Failed to execute query. Raw error:\n\(error.description).")
        }
    }

    private struct Result: Sendable {
        var changed = 0
        var columns: [JSONValue] = []
        var rows: [JSONValue] = []
    }

    private func write(_ query: String) async throws -> Result {
        try await storage.write { session in
            var result = Result()
            result.changed = try session.execute(query)
            return result
        }
    }

    private func read(_ query: String) async throws -> Result {
        try await storage.readApart { session in
            var result = Result()
            result.columns = try session.columns(of: query).map { column in
                ["name": .string(column.name), "type": .string(column.declaredType), "nullable": true]
            }
            try session.query(query, []) { row in
                let cells = (0..<row.columnCount).map { column -> JSONValue in
                    row.type(column) == .null ? .null : .string(row.text(column))
                }
                result.rows.append(.array(cells))
                return result.rows.count < Self.rowLimit
            }
            return result
        }
    }
}
