import MartletStorage
import NIOPosix
import Synchronization

/// The one thread that writes.
///
/// Two writers would only queue behind SQLite's own lock, and the second would see SQLITE_BUSY: so there is one. Jobs
/// that wait together share a transaction, and so one fsync; none is told it succeeded before the commit is on disk.
final class GroupCommitWriter: Sendable {
    /// One waiting write, with its result type erased into the two closures.
    struct Job: Sendable {
        let kind: WriteKind
        /// Runs the body and keeps its result inside.
        let run: @Sendable (SQLiteWriteSession) throws -> Void
        /// Told nil after the commit, or why the job failed.
        let finish: @Sendable ((any Error)?) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var isDraining = false
        var isClosed = false
    }

    /// So many jobs share one commit at most: the first of them waits for all.
    private static let groupLimit = 256

    private let connection: SQLiteConnection
    private let thread: NIOThreadPool
    private let timeout: Duration
    private let state = Mutex(State())
    private let commits = Atomic<UInt64>(0)

    /// How many commits there were. A job is told of its own after it counts.
    var commitCount: UInt64 { commits.load(ordering: .acquiring) }

    /// - Parameter timeout: How long one job may run, unless it is exclusive.
    init(connection: SQLiteConnection, timeout: Duration) {
        self.connection = connection
        self.timeout = timeout
        thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
    }

    func submit(_ job: Job) {
        let (accepted, mustStart) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.waiting.append(job)
            defer { state.isDraining = true }
            return (true, !state.isDraining)
        }
        guard accepted else { return job.finish(StorageError.closed) }
        if mustStart { thread.submit { _ in self.drain() } }
    }

    /// Runs `body` on the writer's thread, between transactions.
    func betweenTransactions(_ body: @escaping @Sendable (SQLiteConnection) -> Void) async {
        await withCheckedContinuation { continuation in
            thread.submit { _ in
                body(self.connection)
                continuation.resume()
            }
        }
    }

    /// Lets waiting jobs finish, then refuses new ones.
    func close() async {
        state.withLock { $0.isClosed = true }
        await betweenTransactions { _ in }
        try? await thread.shutdownGracefully()
    }

    // MARK: - On the thread

    private func drain() {
        while let group = nextGroup() { commit(group) }
    }

    private func nextGroup() -> [Job]? {
        state.withLock { state in
            guard let first = state.waiting.first else {
                state.isDraining = false
                return nil
            }
            let shared = state.waiting.prefix(Self.groupLimit).prefix { $0.kind != .exclusive }.count
            let count = first.kind == .exclusive ? 1 : shared
            let group = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return group
        }
    }

    /// Runs a group in one transaction, or in more when one job's failure undoes what others have done.
    private func commit(_ group: [Job]) {
        var waiting = group
        // A savepoint costs a fifth of a short write: without it, a job that fails midway takes the others' work along,
        // so they have to be repeatable.
        var usesSavepoints = group.count > 1 && !group.allSatisfy { $0.kind == .repeatable }
        while !waiting.isEmpty {
            waiting = transaction(waiting, usesSavepoints: usesSavepoints)
            usesSavepoints = true
        }
    }

    /// - Returns: The jobs that are to run in another transaction.
    private func transaction(_ group: [Job], usesSavepoints: Bool) -> [Job] {
        var done: [Job] = []
        var actions: [@Sendable () -> Void] = []
        do {
            _ = try connection.execute("BEGIN IMMEDIATE", [])
        } catch {
            group.forEach { $0.finish(error) }
            return []
        }
        for (index, job) in group.enumerated() {
            let session = SQLiteWriteSession(connection)
            let changes = connection.totalChanges
            do {
                try run(job, in: session, usesSavepoints)
                done.append(job)
                actions += session.actions
            } catch {
                job.finish(error)
                // SQLite gives up the whole transaction itself in some cases: on a full disk, for one.
                let isGivenUp = !connection.isInTransaction
                let isUndone = usesSavepoints || job.kind == .repeatable && connection.totalChanges == changes
                if !isGivenUp, isUndone { continue }
                connection.endTransaction()
                let rest = Array(group[(index + 1)...])
                if !isGivenUp { return done + rest }
                done.forEach { $0.finish(error) }
                return rest
            }
        }
        finish(done, actions)
        return []
    }

    private func run(_ job: Job, in session: SQLiteWriteSession, _ usesSavepoint: Bool) throws {
        if job.kind != .exclusive { connection.stop(after: timeout) }
        defer { connection.removeTimeLimit() }
        if usesSavepoint { try session.savepoint { try job.run(session) } } else { try job.run(session) }
        // A body that overlooks the error of a lost transaction has written nothing, or has written it outside of one.
        guard connection.isInTransaction else { throw StorageError.failed("the transaction was given up") }
    }

    private func finish(_ done: [Job], _ actions: [@Sendable () -> Void]) {
        do {
            _ = try connection.execute("COMMIT", [])
        } catch {
            connection.endTransaction()
            return done.forEach { $0.finish(error) }
        }
        actions.forEach { $0() }
        // What the actions change has changed when the commit counts.
        commits.add(1, ordering: .releasing)
        done.forEach { $0.finish(nil) }
    }
}
