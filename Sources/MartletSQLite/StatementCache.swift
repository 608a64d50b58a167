/// Prepared statements that are not running, by their text.
///
/// Two generations: what is used moves to the young one; when that is full, the old one goes and the young one takes its
/// place. So texts that come once do not push out those that come all the time.
struct StatementCache {
    private static let countLimit = 128
    /// In bytes of SQL: a prepared statement takes a multiple of its text.
    private static let textLimit = 256 * 1024

    private var young: [String: SQLiteStatement] = [:]
    private var old: [String: SQLiteStatement] = [:]
    private var youngText = 0

    mutating func take(_ sql: String) -> SQLiteStatement? {
        if let statement = young.removeValue(forKey: sql) {
            youngText -= sql.utf8.count
            return statement
        }
        return old.removeValue(forKey: sql)
    }

    mutating func put(_ statement: SQLiteStatement) {
        let size = statement.sql.utf8.count
        if size > Self.textLimit { return }
        if young.count >= Self.countLimit || youngText + size > Self.textLimit {
            old = young
            young = [:]
            youngText = 0
        }
        if young.updateValue(statement, forKey: statement.sql) == nil { youngText += size }
    }
}
