import Dispatch
import MartletStorage
import MartletTesting
import Synchronization
import Testing

/// What everything above the seam relies on, for every engine.
@Suite struct StorageContractTests {
    private struct Refused: Error {}

    private static func makeTable(_ storage: any Storage) async throws {
        try await storage.write(.exclusive) { session in
            try session.execute(session.dialect.createTable("t", columns: [("id", .primaryKey), ("n", .number)]))
            try session.execute("CREATE UNIQUE INDEX `t_n` ON `t` (`n`)")
        }
    }

    private static func insert(_ id: String, _ number: Int64, _ session: any WriteSession) throws {
        try session.execute("INSERT INTO `t` (`id`, `n`) VALUES (?, ?)", [.text(id), .integer(number)])
    }

    private static func count(_ storage: any Storage) async throws -> Int64? {
        try await storage.read { try $0.first("SELECT COUNT(*) FROM `t`") { $0.integer(0) } }
    }

    @Test(arguments: StorageKind.allCases, [WriteKind.once, .repeatable, .exclusive])
    func aFailedWriteLeavesOthersAlone(kind: StorageKind, share: WriteKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            // All at once, so that they share commits.
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do {
                            try await storage.write(share) { session in
                                if number % 7 == 0 { throw Refused() }
                                try Self.insert("id\(number)", Int64(number), session)
                                if number % 5 == 0 { throw Refused() }
                            }
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            let expected = (0..<200).count { $0 % 5 != 0 && $0 % 7 != 0 }
            #expect(outcomes == expected)
            #expect(try await Self.count(storage) == Int64(expected))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aUniqueViolationNamesItsColumns(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            try await storage.write { try Self.insert("a", 1, $0) }
            await #expect(throws: StorageError.notUnique(columns: ["n"])) {
                try await storage.write { try Self.insert("b", 1, $0) }
            }
            await #expect(throws: StorageError.notUnique(columns: ["id"])) {
                try await storage.write { try Self.insert("a", 2, $0) }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aSavepointUndoesItsOwnStatementsOnly(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            try await storage.write { session in
                try Self.insert("a", 1, session)
                try? session.savepoint {
                    try Self.insert("b", 2, session)
                    throw Refused()
                }
                try Self.insert("c", 3, session)
            }
            let ids = try await storage.read { try $0.all("SELECT `id` FROM `t` ORDER BY `id`") { $0.text(0) } }
            #expect(ids == ["a", "c"])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func actionsRunAfterTheCommitAndOnlyThen(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            let seen = await withCheckedContinuation { continuation in
                storage.write(
                    .once,
                    { session in
                        try Self.insert("a", 1, session)
                        session.afterCommit {
                            let count = try? storage.readInline {
                                try $0.first("SELECT COUNT(*) FROM `t`") { $0.integer(0) }
                            }
                            continuation.resume(returning: count ?? nil)
                        }
                    },
                    completion: { _ in }
                )
            }
            #expect(seen == 1)
            try? await storage.write { session in
                session.afterCommit { Issue.record("told of a write that was undone") }
                throw Refused()
            }
        }
    }

    private static let endless = """
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT COUNT(*) FROM c
        """

    @Test(arguments: StorageKind.allCases)
    func anInlineReadStopsAtItsBudget(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            #expect(throws: StorageError.budgetExceeded) {
                try storage.readInline { try $0.first(Self.endless) { $0.integer(0) } }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aReadStopsAtTheQueryTimeout(kind: StorageKind) async throws {
        try await kind.withStorage(queryTimeout: .milliseconds(50)) { storage in
            await #expect(throws: StorageError.timedOut) {
                try await storage.read { try $0.first(Self.endless) { $0.integer(0) } }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aReadCannotWrite(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            await #expect(throws: StorageError.self) {
                try await storage.read { try $0.query("DELETE FROM `t`", []) { _ in true } }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func oneStatementIsOneStatement(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            await #expect(throws: StorageError.self) {
                try await storage.write(.exclusive) { try $0.execute("DELETE FROM `t`; DROP TABLE `t`") }
            }
            #expect(try await Self.count(storage) == 0)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aWriteStopsAtTheQueryTimeoutUnlessItIsExclusive(kind: StorageKind) async throws {
        try await kind.withStorage(queryTimeout: .milliseconds(50)) { storage in
            for share in [WriteKind.once, .repeatable] {
                await #expect(throws: StorageError.timedOut) {
                    try await storage.write(share) { try $0.first(Self.endless) { $0.integer(0) } }
                }
            }
            let count = try await storage.write(.exclusive) { session in
                let start = ContinuousClock.now
                while ContinuousClock.now - start < .milliseconds(80) {}
                return try session.first("SELECT 1") { $0.integer(0) }
            }
            #expect(count == 1)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aSnapshotSeesOneState(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            let written = DispatchSemaphore(value: 0)
            let counts = try storage.readInline { session in
                try session.snapshot {
                    let count = { try session.first("SELECT COUNT(*) FROM `t`") { $0.integer(0) } }
                    let before = try count()
                    storage.write(.once, { try Self.insert("a", 1, $0) }, completion: { _ in written.signal() })
                    written.wait()
                    return [before, try count()]
                }
            }
            #expect(counts == [0, 0])
            #expect(try await Self.count(storage) == 1)
        }
    }

    @Test(arguments: StorageKind.allCases)
    func whatAReadDoesToItsOwnConnectionStaysThere(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            // Leaves a transaction open.
            try await storage.readApart { try $0.query("BEGIN", []) { _ in true } }
            try await storage.write { try Self.insert("a", 1, $0) }
            for _ in 0..<40 { #expect(try await Self.count(storage) == 1) }
            await #expect(throws: StorageError.self) {
                try await storage.readApart { try $0.query("DELETE FROM `t`", []) { _ in true } }
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aReadThatIsGivenUpHoldsNothingBack(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            try await Self.makeTable(storage)
            // So many that the end of one falls on the moment at which the engine asks whether to go on.
            for _ in 0..<2000 {
                let isGone = Mutex(false)
                await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                    storage.readBlocking(
                        { session in
                            try session.snapshot {
                                _ = try session.exists("SELECT 1 FROM `t`")
                                isGone.withLock { $0 = true }
                            }
                        },
                        isCancelled: { isGone.withLock { $0 } },
                        completion: { _ in continuation.resume() }
                    )
                }
            }
            try await storage.write { try Self.insert("a", 1, $0) }
            for _ in 0..<64 {
                let count = try await withCheckedThrowingContinuation { continuation in
                    storage.readBlocking(
                        { session in
                            try session.snapshot { try session.first("SELECT COUNT(*) FROM `t`") { $0.integer(0) } }
                        },
                        completion: { continuation.resume(with: $0) }
                    )
                }
                #expect(count == 1)
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func moreStatementsThanAreKeptStillRun(kind: StorageKind) async throws {
        try await kind.withStorage { storage in
            for number in 0..<1000 {
                let value = try storage.readInline { try $0.first("SELECT \(number)") { $0.integer(0) } }
                #expect(value == Int64(number))
            }
        }
    }

    @Test(arguments: StorageKind.allCases)
    func waitingWritesFinishBeforeTheEnd(kind: StorageKind) async throws {
        try await withTemporaryFolder { folder in
            let storage = try kind.open(folder)
            try await Self.makeTable(storage)
            let outcomes = Mutex<[Bool]>([])
            for number in 0..<500 {
                storage.write(
                    .once,
                    { try Self.insert("id\(number)", Int64(number), $0) },
                    completion: { result in outcomes.withLock { $0.append((try? result.get()) != nil) } }
                )
            }
            await storage.close()
            #expect(outcomes.withLock { $0 } == Array(repeating: true, count: 500))
            await #expect(throws: StorageError.closed) { try await storage.write { try Self.insert("b", -1, $0) } }
            await #expect(throws: StorageError.closed) { try await Self.count(storage) }
            let again = try kind.open(folder)
            #expect(try await Self.count(again) == 500)
            await again.close()
        }
    }
}
