import MartletStorage
import NIOPosix
import Synchronization

/// The one thread that writes.
///
/// Two writers would only queue behind SQLite's own lock, and the second would see SQLITE_BUSY: so there is one. Jobs
/// that wait together share a transaction, each in its own savepoint, and so one fsync; none is told it succeeded
/// before the commit is on disk.
final class GroupCommitWriter: Sendable {
    /// One waiting write, with its result type erased into the two closures.
    struct Job: Sendable {
        let isExclusive: Bool
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
    private let state = Mutex(State())

    init(connection: SQLiteConnection) {
        self.connection = connection
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
            let shared = state.waiting.prefix(Self.groupLimit).prefix { !$0.isExclusive }.count
            let count = first.isExclusive ? 1 : shared
            let group = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return group
        }
    }

    private func commit(_ group: [Job]) {
        var done: [Job] = []
        var actions: [@Sendable () -> Void] = []
        do {
            _ = try connection.execute("BEGIN IMMEDIATE", [])
        } catch {
            return group.forEach { $0.finish(error) }
        }
        for (index, job) in group.enumerated() {
            let session = SQLiteWriteSession(connection)
            do {
                try run(job, in: session)
                done.append(job)
                actions += session.actions
            } catch {
                job.finish(error)
                guard connection.isInTransaction else {
                    // SQLite gave up the whole transaction (a full disk, for one): what had run in it is undone as well.
                    done.forEach { $0.finish(error) }
                    let rest = Array(group[(index + 1)...])
                    return rest.isEmpty ? () : commit(rest)
                }
            }
        }
        finish(done, actions)
    }

    private func run(_ job: Job, in session: SQLiteWriteSession) throws {
        defer { connection.removeTimeLimit() }
        try session.savepoint { try job.run(session) }
    }

    private func finish(_ done: [Job], _ actions: [@Sendable () -> Void]) {
        do {
            _ = try connection.execute("COMMIT", [])
        } catch {
            if connection.isInTransaction { _ = try? connection.execute("ROLLBACK", []) }
            return done.forEach { $0.finish(error) }
        }
        actions.forEach { $0() }
        done.forEach { $0.finish(nil) }
    }
}
