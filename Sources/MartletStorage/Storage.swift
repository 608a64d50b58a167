/// A database of one kind. Asynchronous outside; the sessions it hands out are synchronous inside.
///
/// A read body is pure: it may run twice, first where the caller is, under a budget of about two milliseconds, and again
/// on a thread that may block. A write body runs inside a transaction that may hold other callers' bodies too; its
/// failure undoes its own statements only, and its result is handed out only after the commit is on disk. Everybody's
/// writes wait behind it, so it does not wait for anything but the database.
package protocol Storage: Sendable {
    var dialect: any Dialect { get }

    /// How many commits there were: what was read is still so while it stays the same. nil where others write to the
    /// database as well.
    var commitCount: UInt64? { get }

    /// Reads on the calling thread.
    /// - Throws: ``StorageError/budgetExceeded`` when the read would hold the thread too long.
    func readInline<T>(_ body: (any ReadSession) throws -> T) throws -> T

    /// Reads on the calling thread, within the query time-out: for threads that may block.
    func readHere<T>(_ body: (any ReadSession) throws -> T) throws -> T

    /// Reads on a thread that may block, within the query time-out.
    /// - Parameter isCancelled: Asked now and then whether anybody still wants the result; if not, the read fails with
    ///   ``StorageError/timedOut``.
    func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        isCancelled: @escaping @Sendable () -> Bool,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )

    /// Reads on a connection of its own, closed afterwards: for statements that may change the connection they run on.
    func readApart<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )

    /// Writes after the writes that wait already.
    /// - Parameter completion: Called on the writer's thread: it is short.
    func write<T: Sendable>(
        _ kind: WriteKind,
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )

    /// Writes a consistent copy of the database into a new file, while reading and writing go on.
    func copy(to path: String) async throws

    /// Moves what the log holds into the database file, and lets the engine refresh its statistics.
    func maintain() async throws

    /// Finishes waiting writes and closes. Later calls fail with ``StorageError/closed``.
    func close() async
}

/// How a write takes part in a transaction.
package enum WriteKind: Sendable {
    /// Shares a transaction, and may run a second time when another write that shares it fails midway: so it changes
    /// nothing but the database. The query time-out applies.
    case repeatable
    /// Shares a transaction, and runs once. The query time-out applies.
    case once
    /// Has a transaction of its own and no time limit: for schema changes and other work of several steps.
    case exclusive
}

extension Storage {
    package func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        readBlocking(body, isCancelled: { false }, completion: completion)
    }

    /// Reads where the caller is, or on a thread that may block when that takes too long.
    package func read<T: Sendable>(_ body: @escaping @Sendable (any ReadSession) throws -> T) async throws -> T {
        do {
            return try readInline(body)
        } catch StorageError.budgetExceeded {
            return try await withCheckedThrowingContinuation { continuation in
                readBlocking(body) { continuation.resume(with: $0) }
            }
        }
    }

    package func readApart<T: Sendable>(_ body: @escaping @Sendable (any ReadSession) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            readApart(body) { continuation.resume(with: $0) }
        }
    }

    package func write<T: Sendable>(
        _ kind: WriteKind = .once,
        _ body: @escaping @Sendable (any WriteSession) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            write(kind, body) { continuation.resume(with: $0) }
        }
    }
}

/// Reads: each statement sees one state of the data.
package protocol ReadSession: AnyObject {
    var dialect: any Dialect { get }

    /// Runs one statement and calls `row` for each row, as long as it returns true.
    func query(_ sql: String, _ bindings: [SQLValue], _ row: (any Row) throws -> Bool) throws

    /// Runs several statements on one state of the data.
    func snapshot<T>(_ body: () throws -> T) throws -> T

    /// Runs `body`, whose statements fail with ``StorageError/timedOut`` from some time on, if no earlier limit holds.
    func limited<T>(to duration: Duration, _ body: () throws -> T) throws -> T

    /// The columns of a statement, without running it.
    func columns(of sql: String) throws -> [ResultColumn]
}

/// A column that a statement returns.
package struct ResultColumn: Sendable, Hashable {
    package let name: String
    /// As declared by the table, empty for expressions.
    package let declaredType: String

    package init(name: String, declaredType: String) {
        self.name = name
        self.declaredType = declaredType
    }
}

/// Writes within one transaction.
package protocol WriteSession: ReadSession {
    /// Runs one statement.
    /// - Returns: How many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ bindings: [SQLValue]) throws -> Int

    /// Runs `body` so that its failure undoes its own statements only.
    func savepoint<T>(_ body: () throws -> T) throws -> T

    /// Has `action` called once the transaction is on disk, before the next write runs, and never if it fails. The next
    /// write waits for it: it is short.
    func afterCommit(_ action: @escaping @Sendable () -> Void)

    /// From when on statements of this write are stopped with ``StorageError/timedOut``, in place of the limit it had.
    func stop(after duration: Duration)
}

extension ReadSession {
    /// The first row, or nil.
    package func first<T>(_ sql: String, _ bindings: [SQLValue] = [], _ read: (any Row) throws -> T) throws -> T? {
        var result: T?
        try query(sql, bindings) { row in
            result = try read(row)
            return false
        }
        return result
    }

    package func all<T>(_ sql: String, _ bindings: [SQLValue] = [], _ read: (any Row) throws -> T) throws -> [T] {
        var results: [T] = []
        try query(sql, bindings) { row in
            results.append(try read(row))
            return true
        }
        return results
    }

    package func exists(_ sql: String, _ bindings: [SQLValue] = []) throws -> Bool {
        try first(sql, bindings) { _ in true } ?? false
    }
}

extension WriteSession {
    @discardableResult
    package func execute(_ sql: String) throws -> Int {
        try execute(sql, [])
    }
}
