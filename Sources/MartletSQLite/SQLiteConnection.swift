import CSQLite
import MartletStorage
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection with its prepared statements.
///
/// `@unchecked Sendable`: SQLite runs without its own mutex, so a connection is used by one thread at a time; the reader
/// pool's lock and the writer's queue hand it over.
final class SQLiteConnection: @unchecked Sendable {
    private let database: OpaquePointer
    private var statements = StatementCache()
    private let trace: StatementTrace?
    /// Set when running statements have to end because the database closes.
    private let stops: StopFlag?
    /// In nanoseconds of the monotonic clock; running statements stop when it has passed.
    private var deadline: UInt64 = .max
    private var isUnstoppable = false

    let dialect: any Dialect = SQLiteDialect()
    /// Whether nobody wants the running statement's result any more.
    var isCancelled: (() -> Bool)?

    /// What a connection is for.
    enum Role {
        case writer, inlineReader, blockingReader
        /// Reads the whole and writes it elsewhere.
        case copier

        /// The pages that it keeps, in KiB. All others are in the operating system's cache, once for all connections. The
        /// own copy is worth most to short reads, which come back to the same pages; long ones pass by more than any
        /// cache holds.
        func cacheSize(_ options: SQLiteOptions) -> Int {
            switch self {
            case .writer: options.writerCache
            case .inlineReader: 4000
            case .blockingReader, .copier: 500
            }
        }
    }

    init(path: String, role: Role, options: SQLiteOptions, stops: StopFlag? = nil) throws {
        var database: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (role == .writer ? SQLITE_OPEN_CREATE : 0)
        let code = sqlite3_open_v2(path, &database, flags, nil)
        guard code == SQLITE_OK, let database else {
            let error = StorageError(code: code, connection: database)
            sqlite3_close_v2(database)
            throw error
        }
        self.database = database
        trace = options.trace
        self.stops = stops
        sqlite3_extended_result_codes(database, 1)
        _ = martlet_sqlite3_enable(database, SQLITE_DBCONFIG_DEFENSIVE)
        sqlite3_busy_timeout(database, 10_000)
        try configure(options, role)
        if role == .writer { refuseTemporaryObjects() }
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(database, 1000, { stopsStatement($0) }, context)
    }

    deinit {
        statements = StatementCache()
        sqlite3_close_v2(database)
    }

    private func configure(_ options: SQLiteOptions, _ role: Role) throws {
        var pragmas = ["foreign_keys = ON", "temp_store = MEMORY", "cache_size = -\(role.cacheSize(options))"]
        if role == .inlineReader || role == .blockingReader { pragmas.append("query_only = ON") }
        if role == .writer {
            pragmas += [
                "journal_mode = WAL", "journal_size_limit = 200000000",
                // In pages, 32 MB. The same pages of indexes change again and again: copied into the database eight
                // times less often than by default, writes are a quarter faster.
                "wal_autocheckpoint = 8000",
                "synchronous = \(options.durability.rawValue)",
            ]
        }
        for pragma in pragmas {
            let code = sqlite3_exec(database, "PRAGMA \(pragma)", nil, nil, nil)
            guard code == SQLITE_OK else { throw error(code) }
        }
    }

    typealias Authorizer =
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?
        ) -> Int32

    func authorize(_ authorizer: Authorizer) {
        sqlite3_set_authorizer(database, authorizer, nil)
    }

    // MARK: - Time

    /// Runs `body`; statements that run past the limit, or past one that holds already, fail with
    /// ``StorageError/timedOut``.
    func limited<T>(to duration: Duration, _ body: () throws -> T) rethrows -> T {
        let outer = deadline
        stop(after: duration)
        deadline = min(deadline, outer)
        defer { deadline = outer }
        return try body()
    }

    func stop(after duration: Duration) {
        let (seconds, attoseconds) = min(max(duration, .zero), Self.longest).components
        deadline = monotonicNanoseconds() + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// What the clock can count without end in sight.
    private static let longest = Duration.seconds(1_000_000_000)

    func removeTimeLimit() {
        deadline = .max
    }

    /// Runs what has to run to its end: a statement that undoes others, for one.
    func unstoppably<T>(_ body: () throws -> T) rethrows -> T {
        let before = isUnstoppable
        isUnstoppable = true
        defer { isUnstoppable = before }
        return try body()
    }

    fileprivate var mustStop: Bool {
        if isUnstoppable { return false }
        if stops?.isSet == true || isCancelled?() == true { return true }
        return deadline != .max && monotonicNanoseconds() > deadline
    }

    // MARK: - Statements

    func query(_ sql: String, _ bindings: [SQLValue], _ row: (any Row) throws -> Bool) throws {
        let start = trace == nil ? 0 : monotonicNanoseconds()
        let statement = try borrow(sql)
        defer {
            giveBack(statement)
            trace?(sql, .nanoseconds(Int64(monotonicNanoseconds() - start)))
        }
        try statement.bind(bindings)
        while try statement.step() {
            if try !row(statement) { return }
        }
    }

    func execute(_ sql: String, _ bindings: [SQLValue]) throws -> Int {
        try query(sql, bindings) { _ in true }
        return Int(sqlite3_changes(database))
    }

    func columns(of sql: String) throws -> [ResultColumn] {
        let statement = try SQLiteStatement(sql, database: database, isPersistent: false)
        return (0..<statement.columnCount).map {
            ResultColumn(name: statement.name($0), declaredType: statement.declaredType($0))
        }
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

    /// How many rows were changed since the connection was opened.
    var totalChanges: Int { Int(sqlite3_total_changes(database)) }

    /// Undoes what an open transaction has done so far, and ends it.
    func endTransaction() {
        guard isInTransaction else { return }
        unstoppably { _ = try? execute("ROLLBACK", []) }
    }

    func checkpoint() {
        sqlite3_wal_checkpoint_v2(database, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }

    /// A statement is taken out of the cache while it runs, so that a nested query with the same text gets its own.
    private func borrow(_ sql: String) throws -> SQLiteStatement {
        if let statement = statements.take(sql) { return statement }
        return try SQLiteStatement(sql, database: database, isPersistent: true)
    }

    private func giveBack(_ statement: SQLiteStatement) {
        statement.reset()
        statements.put(statement)
    }

    private func error(_ code: Int32) -> StorageError {
        StorageError(code: code, connection: database)
    }
}

/// Tells all readers of a database to stop.
final class StopFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() {
        value.store(true, ordering: .relaxed)
    }
}

func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// SQLite asks every thousand virtual-machine steps whether to go on.
private func stopsStatement(_ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().mustStop ? 1 : 0
}
