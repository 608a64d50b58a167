package import MartletCore
package import MartletStorage

/// The rows of the collection `_jobs`.
package struct JobTable: Sendable {
    private let dialect: any Dialect

    package init(_ dialect: any Dialect) {
        self.dialect = dialect
    }

    private func column(_ name: String) -> String { dialect.quoted(name) }

    private var table: String { column("_jobs") }

    /// Puts a job in the queue, within the caller's transaction.
    /// - Returns: Its id; that of the one which waits already under the same key.
    package func add(
        _ name: String,
        _ payload: JSONValue,
        _ options: JobOptions,
        _ session: any WriteSession
    ) throws -> String {
        if !options.key.isEmpty, let known = try waiting(name, key: options.key, session) { return known }
        let (id, now) = (RandomText.recordID(), Timestamp.now)
        let start = now.adding(milliseconds: Int64((options.delay.isNaN ? 0 : min(max(options.delay, 0), 3e9)) * 1000))
        let columns: [(String, SQLValue)] = [
            ("id", .text(id)), ("name", .text(name)), ("payload", .text(payload.text)), ("key", .text(options.key)),
            ("status", .text("waiting")), ("attempts", .integer(0)),
            ("retries", .integer(Int64(max(options.retries, 0)))),
            ("runAt", .text(start.description)), ("error", .text("")), ("created", .text(now.description)),
            ("updated", .text(now.description)),
        ]
        let names = columns.map { column($0.0) }.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        try session.execute("INSERT INTO \(table) (\(names)) VALUES (\(places))", columns.map(\.1))
        return id
    }

    private func waiting(_ name: String, key: String, _ session: any ReadSession) throws -> String? {
        let sql = """
            SELECT \(column("id")) FROM \(table) \
            WHERE \(column("name")) = ? AND \(column("key")) = ? AND \(column("status")) != 'dead'
            """
        return try session.first(sql, [.text(name), .text(key)]) { $0.text(0) }
    }

    /// Takes jobs that are due.
    /// - Parameter room: How many of each name.
    func take(_ room: [String: Int], _ session: any WriteSession) throws -> [DurableJob] {
        let now = SQLValue.text(Timestamp.now.description)
        var jobs: [DurableJob] = []
        for (name, count) in room.sorted(by: { utf8Precedes($0.key, $1.key) }) where count > 0 {
            let sql = """
                SELECT \(column("id")), \(column("payload")), \(column("key")), \(column("attempts")), \
                \(column("retries")) FROM \(table) WHERE \(column("status")) = 'waiting' AND \(column("name")) = ? \
                AND \(column("runAt")) <= ? ORDER BY \(column("runAt")), \(column("id")) LIMIT \(count)
                """
            jobs += try session.all(sql, [.text(name), now]) { row in
                DurableJob(
                    id: row.text(0),
                    name: name,
                    payload: (try? JSONParser.parse(row.text(1))) ?? .null,
                    key: row.text(2),
                    attempt: Int(row.integer(3)) + 1,
                    retries: Int(row.integer(4))
                )
            }
        }
        for job in jobs {
            let values: [SQLValue] = [.integer(Int64(job.attempt)), now, .text(job.id)]
            try session.execute(
                """
                UPDATE \(table) SET \(column("status")) = 'running', \(column("attempts")) = ?, \(column("updated")) = ? \
                WHERE \(column("id")) = ?
                """,
                values
            )
        }
        return jobs
    }

    /// When the next job of some names is due; nil when none waits.
    func next(_ names: [String], _ session: any ReadSession) throws -> Timestamp? {
        guard !names.isEmpty else { return nil }
        let places = names.map { _ in "?" }.joined(separator: ", ")
        let sql = """
            SELECT MIN(\(column("runAt"))) FROM \(table) \
            WHERE \(column("status")) = 'waiting' AND \(column("name")) IN (\(places))
            """
        let text = try session.first(sql, names.map { .text($0) }) { $0.type(0) == .null ? nil : $0.text(0) } ?? nil
        // One that says nothing is due.
        return text.map { Timestamp(parsing: $0) ?? Timestamp(milliseconds: 0) }
    }

    func finish(_ id: String, _ session: any WriteSession) throws {
        try session.execute("DELETE FROM \(table) WHERE \(column("id")) = ?", [.text(id)])
    }

    /// Lets a job wait for its next attempt, or lays it aside.
    /// - Parameter start: Of the next attempt; nil for none.
    func fail(_ id: String, _ error: String, again start: Timestamp?, _ session: any WriteSession) throws {
        let status = start == nil ? "dead" : "waiting"
        try session.execute(
            """
            UPDATE \(table) SET \(column("status")) = ?, \(column("error")) = ?, \(column("runAt")) = ?, \
            \(column("updated")) = ? WHERE \(column("id")) = ?
            """,
            [
                .text(status), .text(String(error.prefix(2000))), .text((start ?? .now).description),
                .text(Timestamp.now.description), .text(id),
            ]
        )
    }

    /// Lets a job wait again that was not tried.
    func recover(_ id: String, attempts: Int, _ session: any WriteSession) throws {
        try session.execute(
            "UPDATE \(table) SET \(column("status")) = 'waiting', \(column("attempts")) = ? WHERE \(column("id")) = ?",
            [.integer(Int64(attempts)), .text(id)]
        )
    }

    /// Lets jobs wait again that ran when the program ended.
    func recover(_ session: any WriteSession) throws {
        try session.execute("UPDATE \(table) SET \(column("status")) = 'waiting' WHERE \(column("status")) = 'running'")
    }
}
