package import MartletStorage
import NIOPosix
import Synchronization

/// The embedded engine: one SQLite file in WAL mode.
package final class SQLiteStorage: Storage {
    package let dialect: any Dialect = SQLiteDialect()
    private let options: SQLiteOptions
    private let readers: ReaderPool
    private let writer: GroupCommitWriter
    private let blocking: NIOThreadPool

    /// Opens the file, making it when it is not there.
    package init(path: String, options: SQLiteOptions = SQLiteOptions()) throws {
        self.options = options
        writer = GroupCommitWriter(connection: try SQLiteConnection(path: path, options: options, isReader: false))
        readers = ReaderPool(path: path, options: options)
        blocking = NIOThreadPool(numberOfThreads: options.blockingThreads)
        blocking.start()
    }

    // MARK: - Reads

    package func readInline<T>(_ body: (any ReadSession) throws -> T) throws -> T {
        guard let connection = try readers.borrow() else { throw StorageError.budgetExceeded }
        defer { readers.giveBack(connection) }
        do {
            return try connection.limited(to: options.inlineBudget) { try body(SQLiteReadSession(connection)) }
        } catch StorageError.timedOut {
            throw StorageError.budgetExceeded
        }
    }

    package func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        isCancelled: @escaping @Sendable () -> Bool,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        blocking.submit { state in
            guard state == .active else { return completion(.failure(StorageError.closed)) }
            completion(Result { try self.readOnThisThread(isCancelled, body) })
        }
    }

    private func readOnThisThread<T>(
        _ isCancelled: @escaping () -> Bool,
        _ body: (any ReadSession) throws -> T
    ) throws -> T {
        if isCancelled() { throw StorageError.timedOut }
        guard let connection = try readers.borrow() else { throw StorageError.busy }
        connection.isCancelled = isCancelled
        defer {
            connection.isCancelled = nil
            readers.giveBack(connection)
        }
        return try connection.limited(to: options.queryTimeout) { try body(SQLiteReadSession(connection)) }
    }

    // MARK: - Writes

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        submit(body, isExclusive: false, completion: completion)
    }

    package func exclusive<T: Sendable>(
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        submit(body, isExclusive: true, completion: completion)
    }

    private func submit<T: Sendable>(
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        isExclusive: Bool,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let outcome = Outcome<T>()
        writer.submit(
            GroupCommitWriter.Job(
                isExclusive: isExclusive,
                run: { outcome.value = try body($0) },
                finish: { error in
                    if let error { return completion(.failure(error)) }
                    completion(outcome.value.map { .success($0) } ?? .failure(StorageError.closed))
                }
            )
        )
    }

    // MARK: - Upkeep

    package func maintain() async throws {
        await writer.betweenTransactions { connection in
            connection.checkpoint()
            _ = try? connection.execute("PRAGMA optimize", [])
        }
    }

    package func close() async {
        await writer.betweenTransactions { _ in }
        readers.stop()
        try? await blocking.shutdownGracefully()
        readers.closeAll()
        await writer.betweenTransactions { $0.checkpoint() }
        await writer.close()
    }
}

/// A write's result between its run and the commit.
///
/// `@unchecked Sendable`: only the writer's thread touches it, first in `run`, then in `finish`.
private final class Outcome<T>: @unchecked Sendable {
    var value: T?
}
