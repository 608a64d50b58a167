import MartletCore
import MartletStorage

/// Which migrations were applied: the table `_migrations` (`collections.md`, System tables).
enum MigrationHistory {
    /// In the order in which they were applied.
    static func applied(_ session: any ReadSession) throws -> [String] {
        let sql = "SELECT `file` FROM `_migrations` ORDER BY `applied`, `file`"
        return try session.all(sql) { $0.text(0) }
    }

    static func add(_ file: String, _ session: any WriteSession) throws {
        let last = try session.first("SELECT MAX(`applied`) FROM `_migrations`") { $0.integer(0) } ?? 0
        // Microseconds; one after the other even where the clock does not move.
        let now = max(Timestamp.now.milliseconds * 1000, last + 1)
        try session.execute(
            "INSERT INTO `_migrations` (`file`, `applied`) VALUES (?, ?)",
            [.text(file), .integer(now)]
        )
    }

    static func remove(_ file: String, _ session: any WriteSession) throws {
        try session.execute("DELETE FROM `_migrations` WHERE `file` = ?", [.text(file)])
    }
}
