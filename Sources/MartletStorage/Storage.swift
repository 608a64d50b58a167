/// A database of one kind. Asynchronous outside; the sessions it hands out are synchronous inside.
///
/// A read body is pure: it may run twice, first where the caller is, under a budget of about two milliseconds, and again
/// on a thread that may block. A write body runs inside a transaction that may hold other callers' bodies too, each in
/// its own savepoint; its result is handed out only after the commit is on disk.
package protocol Storage: Sendable {
    var dialect: any Dialect { get }

    /// Reads on the calling thread.
    /// - Throws: ``StorageError/budgetExceeded`` when the read would hold the thread too long.
    func readInline<T>(_ body: (any ReadSession) throws -> T) throws -> T

    /// Reads on a thread that may block, within the query time-out.
    /// - Parameter isCancelled: Asked now and then whether anybody still wants the result; if not, the read fails with
    ///   ``StorageError/timedOut``.
    func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        isCancelled: @escaping @Sendable () -> Bool,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )

    /// Writes in a group with other waiting writes.
    func write<T: Sendable>(
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )

    /// Writes in a transaction of its own: for schema changes and other work of several steps.
    func exclusive<T: Sendable>(
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    )

    /// Moves what the log holds into the database file, and lets the engine refresh its statistics.
    func maintain() async throws

    /// Finishes waiting writes and closes. Later calls fail with ``StorageError/closed``.
    func close() async
}

extension Storage {
    package func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        readBlocking(body, isCancelled: { false }, completion: completion)
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any ReadSession) throws -> T) async throws -> T {
        do {
            return try readInline(body)
        } catch StorageError.budgetExceeded {
            return try await withCheckedThrowingContinuation { continuation in
                readBlocking(body) { continuation.resume(with: $0) }
            }
        }
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any WriteSession) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            write(body) { continuation.resume(with: $0) }
        }
    }

    package func exclusive<T: Sendable>(_ body: @escaping @Sendable (any WriteSession) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            exclusive(body) { continuation.resume(with: $0) }
        }
    }
}

/// Reads within one snapshot of the data.
package protocol ReadSession: AnyObject {
    var dialect: any Dialect { get }

    /// Runs one statement and calls `row` for each row, as long as it returns true.
    func query(_ sql: String, _ bindings: [SQLValue], _ row: (any Row) throws -> Bool) throws

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

    /// Has `action` called once the transaction is on disk, before the next write runs, and never if it fails.
    func afterCommit(_ action: @escaping @Sendable () -> Void)

    /// From when on statements of this write are stopped with ``StorageError/timedOut``.
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
