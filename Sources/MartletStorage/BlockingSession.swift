import Synchronization

#if canImport(Dispatch)
    import Dispatch
#endif

/// A session for a thread that may wait, such as a script's. It reads where it is; to write, it has the writer's session
/// lent to it, and the writer waits until it is given back.
///
/// Outside of ``transaction(_:)``, each statement and each savepoint is a transaction of its own. Used on one thread.
package final class BlockingSession: WriteSession {
    /// Told the outcome of a transaction: nil once it is on disk, or why it is not.
    package typealias Outcome = (_ error: (any Error)?) throws -> Void

    private let storage: any Storage
    /// Called around everything that waits.
    private let whileWaiting: (() -> Void) -> Void
    private var lent: (any WriteSession)?
    private var pinned: (any ReadSession)?
    private var outcomes: [Outcome] = []
    /// How many calls of those who take part are around what is done now.
    package var nesting = 0

    package init(_ storage: any Storage, whileWaiting: @escaping (() -> Void) -> Void = { $0() }) {
        self.storage = storage
        self.whileWaiting = whileWaiting
    }

    package var dialect: any Dialect { storage.dialect }

    /// Whether what is written now is on disk only later, together with other things.
    package var isInTransaction: Bool { lent != nil }

    // MARK: - Reading

    private func reading<T>(_ body: (any ReadSession) throws -> T) throws -> T {
        if let session: any ReadSession = lent ?? pinned { return try body(session) }
        return try storage.readHere(body)
    }

    package func query(_ sql: String, _ bindings: [SQLValue], _ row: (any Row) throws -> Bool) throws {
        try reading { try $0.query(sql, bindings, row) }
    }

    package func columns(of sql: String) throws -> [ResultColumn] {
        try reading { try $0.columns(of: sql) }
    }

    package func limited<T>(to duration: Duration, _ body: () throws -> T) throws -> T {
        try snapshot(or: { try $0.limited(to: duration, body) })
    }

    package func snapshot<T>(_ body: () throws -> T) throws -> T {
        try snapshot(or: { try $0.snapshot(body) })
    }

    private func snapshot<T>(or body: (any ReadSession) throws -> T) throws -> T {
        try reading { session in
            guard lent == nil, pinned == nil else { return try body(session) }
            pinned = session
            defer { pinned = nil }
            return try body(session)
        }
    }

    // MARK: - Writing

    @discardableResult
    package func execute(_ sql: String, _ bindings: [SQLValue]) throws -> Int {
        try transaction(.once) { try lent?.execute(sql, bindings) ?? 0 }
    }

    package func savepoint<T>(_ body: () throws -> T) throws -> T {
        guard let lent else { return try transaction(.once, body) }
        let count = outcomes.count
        do {
            return try lent.savepoint(body)
        } catch {
            // Nothing of what they were to be told of has happened.
            let undone = outcomes[count...]
            outcomes.removeLast(outcomes.count - count)
            for outcome in undone { try? outcome(error) }
            throw error
        }
    }

    /// Runs `body` in one transaction: the one that is open, or one of its own.
    package func transaction<T>(_ body: () throws -> T) throws -> T {
        try transaction(.exclusive, body)
    }

    private func transaction<T>(_ kind: WriteKind, _ body: () throws -> T) throws -> T {
        if lent != nil { return try body() }
        let loan = Loan()
        storage.write(kind, { try loan.lend($0) }, completion: { loan.end($0) })
        var session: (any WriteSession)?
        whileWaiting { session = loan.takeSession() }
        guard session != nil else { throw loan.failure ?? StorageError.closed }
        lent = session
        let result = Result { try body() }
        lent = nil
        if case .failure(let error) = result { loan.giveBack(error) } else { loan.giveBack(nil) }
        whileWaiting { loan.waitForEnd() }
        let failure = loan.failure
        let outcomes = outcomes
        self.outcomes = []
        for outcome in outcomes { try outcome(failure) }
        if let failure { throw failure }
        return try result.get()
    }

    package func afterCommit(_ action: @escaping @Sendable () -> Void) {
        if let lent { lent.afterCommit(action) } else { action() }
    }

    /// Has `outcome` called on this thread when it is known what became of the open transaction; at once if there is none.
    /// What it throws, the transaction throws after its end.
    package func whenEnded(_ outcome: @escaping Outcome) throws {
        if lent == nil { try outcome(nil) } else { outcomes.append(outcome) }
    }

    package func stop(after duration: Duration) {
        lent?.stop(after: duration)
    }
}

/// The writer's session on its way to another thread and back.
///
/// `@unchecked Sendable`: each side touches it only after the other has signalled, and before it signals itself.
private final class Loan: @unchecked Sendable {
    private let isLent = DispatchSemaphore(value: 0)
    private let isBack = DispatchSemaphore(value: 0)
    private let isOver = DispatchSemaphore(value: 0)
    private var session: (any WriteSession)?
    private var error: (any Error)?
    private(set) var failure: (any Error)?

    // MARK: - The writer's side

    func lend(_ session: any WriteSession) throws {
        self.session = session
        isLent.signal()
        isBack.wait()
        self.session = nil
        if let error { throw error }
    }

    func end(_ result: Result<Void, any Error>) {
        if case .failure(let error) = result { failure = error }
        // For whoever never got it.
        isLent.signal()
        isOver.signal()
    }

    // MARK: - The borrower's side

    /// - Returns: nil when the writer does not take the job.
    func takeSession() -> (any WriteSession)? {
        isLent.wait()
        return session
    }

    func giveBack(_ error: (any Error)?) {
        self.error = error
        isBack.signal()
    }

    func waitForEnd() { isOver.wait() }
}
