import MartletStorage

/// Reads through one borrowed connection.
final class SQLiteReadSession: ReadSession {
    private let connection: SQLiteConnection

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    var dialect: any Dialect { connection.dialect }

    func query(_ sql: String, _ bindings: [SQLValue], _ row: (any Row) throws -> Bool) throws {
        try connection.query(sql, bindings, row)
    }

    func columns(of sql: String) throws -> [ResultColumn] {
        try connection.columns(of: sql)
    }

    func limited<T>(to duration: Duration, _ body: () throws -> T) throws -> T {
        try connection.limited(to: duration, body)
    }

    func snapshot<T>(_ body: () throws -> T) throws -> T {
        if connection.isInTransaction { return try body() }
        _ = try connection.execute("BEGIN", [])
        defer { connection.endTransaction() }
        return try body()
    }
}

/// One job's view of the writing connection.
final class SQLiteWriteSession: WriteSession {
    private let connection: SQLiteConnection
    private var depth = 0
    private(set) var actions: [@Sendable () -> Void] = []

    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    var dialect: any Dialect { connection.dialect }

    func query(_ sql: String, _ bindings: [SQLValue], _ row: (any Row) throws -> Bool) throws {
        try connection.query(sql, bindings, row)
    }

    func columns(of sql: String) throws -> [ResultColumn] {
        try connection.columns(of: sql)
    }

    func limited<T>(to duration: Duration, _ body: () throws -> T) throws -> T {
        try connection.limited(to: duration, body)
    }

    func execute(_ sql: String, _ bindings: [SQLValue]) throws -> Int {
        try connection.execute(sql, bindings)
    }

    /// A write sees its own state of the data anyway.
    func snapshot<T>(_ body: () throws -> T) throws -> T { try body() }

    func savepoint<T>(_ body: () throws -> T) throws -> T {
        let count = actions.count
        let name = "level\(depth)"
        depth += 1
        defer { depth -= 1 }
        _ = try connection.execute("SAVEPOINT \(name)", [])
        do {
            let result = try body()
            _ = try connection.execute("RELEASE \(name)", [])
            return result
        } catch {
            actions.removeLast(actions.count - count)
            connection.unstoppably { rollBack(to: name) }
            throw error
        }
    }

    /// What cannot be undone alone is undone with the whole transaction.
    private func rollBack(to name: String) {
        guard connection.isInTransaction else { return }
        do {
            _ = try connection.execute("ROLLBACK TO \(name)", [])
            _ = try connection.execute("RELEASE \(name)", [])
        } catch {
            connection.endTransaction()
        }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        actions.append(action)
    }

    func stop(after duration: Duration) {
        connection.stop(after: duration)
    }
}
