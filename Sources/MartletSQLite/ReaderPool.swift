import MartletStorage
import Synchronization

/// Connections that only read, opened when first needed and kept.
final class ReaderPool: Sendable {
    private struct State {
        var idle: [SQLiteConnection] = []
        var opened = 0
        var isClosed = false
    }

    private let path: String
    private let role: SQLiteConnection.Role
    private let limit: Int
    private let options: SQLiteOptions
    private let state = Mutex(State())
    private let stops = StopFlag()

    /// - Parameter limit: So many connections are open at once.
    init(path: String, role: SQLiteConnection.Role, limit: Int, options: SQLiteOptions) {
        self.path = path
        self.role = role
        self.limit = limit
        self.options = options
    }

    /// - Returns: nil when all connections are in use.
    /// - Throws: ``StorageError/closed`` after the end.
    func borrow() throws -> SQLiteConnection? {
        let (idle, mayOpen) = try state.withLock { state in
            if state.isClosed { throw StorageError.closed }
            if let connection = state.idle.popLast() { return (connection as SQLiteConnection?, false) }
            guard state.opened < limit else { return (nil, false) }
            state.opened += 1
            return (nil, true)
        }
        if let idle { return idle }
        guard mayOpen else { return nil }
        do {
            return try open()
        } catch {
            state.withLock { $0.opened -= 1 }
            throw error
        }
    }

    /// A connection outside of the pool.
    func open() throws -> SQLiteConnection {
        try SQLiteConnection(path: path, role: role, options: options, stops: stops)
    }

    /// A connection with an open transaction would show its next user the past, and hold up checkpoints.
    func giveBack(_ connection: SQLiteConnection) {
        connection.endTransaction()
        let isUsable = !connection.isInTransaction
        state.withLock { state in
            if isUsable, !state.isClosed { state.idle.append(connection) } else { state.opened -= 1 }
        }
    }

    /// Ends the statements that run now and those that come.
    func stop() {
        stops.set()
    }

    func closeAll() {
        state.withLock { state in
            state.isClosed = true
            state.idle.removeAll()
        }
    }
}
