package import MartletStorage
import NIOCore
import NIOPosix
import Synchronization

/// The embedded engine: one SQLite file in WAL mode.
package final class SQLiteStorage: Storage {
    package let dialect: any Dialect = SQLiteDialect()
    private let options: SQLiteOptions
    private let path: String
    /// For reads where the caller is, and for those on threads that may block.
    private let readers: ReaderPool
    private let blockingReaders: ReaderPool
    /// For threads of others.
    private let guestReaders: ReaderPool
    private let writer: GroupCommitWriter
    private let blocking: NIOThreadPool
    /// How many reads wait for a thread that may block.
    private let waiting = Atomic(0)

    /// Opens the file, making it when it is not there.
    package init(path: String, options: SQLiteOptions = SQLiteOptions()) throws {
        self.options = options
        self.path = path
        writer = GroupCommitWriter(
            connection: try SQLiteConnection(path: path, role: .writer, options: options),
            timeout: options.queryTimeout
        )
        readers = ReaderPool(path: path, role: .inlineReader, limit: 2 * System.coreCount + 2, options: options)
        blockingReaders = ReaderPool(
            path: path,
            role: .blockingReader,
            limit: options.blockingThreads,
            options: options
        )
        guestReaders = ReaderPool(path: path, role: .blockingReader, limit: options.guestThreads, options: options)
        blocking = NIOThreadPool(numberOfThreads: options.blockingThreads)
        blocking.start()
    }

    package var commitCount: UInt64? { writer.commitCount }

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

    package func readHere<T>(_ body: (any ReadSession) throws -> T) throws -> T {
        guard let connection = try guestReaders.borrow() else { throw StorageError.busy }
        defer { guestReaders.giveBack(connection) }
        return try connection.limited(to: options.queryTimeout) { try body(SQLiteReadSession(connection)) }
    }

    package func readBlocking<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        isCancelled: @escaping @Sendable () -> Bool,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        onBlockingThread(completion) { deadline in
            if isCancelled() { throw StorageError.timedOut }
            guard let connection = try self.blockingReaders.borrow() else { throw StorageError.busy }
            connection.isCancelled = isCancelled
            defer {
                connection.isCancelled = nil
                self.blockingReaders.giveBack(connection)
            }
            return try connection.limited(to: deadline - .now) { try body(SQLiteReadSession(connection)) }
        }
    }

    package func readApart<T: Sendable>(
        _ body: @escaping @Sendable (any ReadSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        onBlockingThread(completion) { deadline in
            let connection = try self.blockingReaders.open()
            connection.refuseLastingStatements()
            return try connection.limited(to: deadline - .now) { try body(SQLiteReadSession(connection)) }
        }
    }

    /// The time-out counts from here on: who waits for a thread has waited as well.
    private func onBlockingThread<T: Sendable>(
        _ completion: @escaping @Sendable (Result<T, any Error>) -> Void,
        _ body: @escaping @Sendable (_ deadline: ContinuousClock.Instant) throws -> T
    ) {
        guard waiting.add(1, ordering: .relaxed).newValue <= options.waitingLimit else {
            waiting.subtract(1, ordering: .relaxed)
            return completion(.failure(StorageError.busy))
        }
        let deadline = ContinuousClock.now + options.queryTimeout
        blocking.submit { state in
            self.waiting.subtract(1, ordering: .relaxed)
            guard state == .active else { return completion(.failure(StorageError.closed)) }
            completion(
                Result {
                    if deadline < .now { throw StorageError.timedOut }
                    return try body(deadline)
                }
            )
        }
    }

    // MARK: - Writes

    package func write<T: Sendable>(
        _ kind: WriteKind,
        _ body: @escaping @Sendable (any WriteSession) throws -> T,
        completion: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let outcome = Outcome<T>()
        writer.submit(
            GroupCommitWriter.Job(
                kind: kind,
                run: { outcome.value = try body($0) },
                finish: { error in
                    if let error { return completion(.failure(error)) }
                    completion(outcome.value.map { .success($0) } ?? .failure(StorageError.closed))
                }
            )
        )
    }

    // MARK: - Upkeep

    package func copy(to path: String) async throws {
        let (source, options) = (self.path, options)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // A thread of its own: a large database takes minutes, and reads are not to wait for that.
            let thread = NIOThreadPool(numberOfThreads: 1)
            thread.start()
            thread.submit { _ in
                continuation.resume(
                    with: Result {
                        let connection = try SQLiteConnection(path: source, role: .copier, options: options)
                        _ = try connection.execute("VACUUM INTO ?", [.text(path)])
                    }
                )
                thread.shutdownGracefully { _ in }
            }
        }
    }

    package func maintain() async throws {
        await writer.betweenTransactions { connection in
            connection.checkpoint()
            _ = try? connection.execute("PRAGMA optimize", [])
        }
    }

    package func close() async {
        await writer.betweenTransactions { _ in }
        readers.stop()
        blockingReaders.stop()
        guestReaders.stop()
        try? await blocking.shutdownGracefully()
        readers.closeAll()
        blockingReaders.closeAll()
        guestReaders.closeAll()
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
