import MartletCore
package import MartletStorage
import OrderedCollections

/// The rows of `_logs`.
package enum LogTable {
    private static let messageLimit = 8000

    package static func create(_ session: any WriteSession) throws {
        for statement in session.dialect.logTables { try session.execute(statement) }
    }

    package static func insert(_ entry: LogEntry, dataLimit: Int, _ session: any WriteSession) throws {
        var data = JSONValue.object(entry.data).sortedText
        if data.utf8.count > dataLimit { data = truncated(entry.data, dataLimit) }
        let message =
            entry.message.utf8.count > messageLimit ? String(entry.message.prefix(messageLimit)) : entry.message
        try session.execute(
            "INSERT INTO `_logs` (`id`, `level`, `message`, `data`, `created`) VALUES (?, ?, ?, ?, ?)",
            [
                .text(RandomText.recordID()), .integer(Int64(entry.level.rawValue)), .text(message), .text(data),
                .text(entry.created.description),
            ]
        )
    }

    /// As many members as fit, and a mark that there were more.
    private static func truncated(_ data: JSONObject, _ limit: Int) -> String {
        var kept: JSONObject = ["__pb_truncated__": true]
        var size = 30
        for key in data.keys.sorted(by: utf8Precedes) {
            guard let value = data[key] else { continue }
            size += key.utf8.count + value.text.utf8.count + 4
            if size > limit { break }
            kept[key] = value
        }
        return JSONValue.object(kept).sortedText
    }

    package static func deleteAll(_ session: any WriteSession) throws {
        try session.execute("DELETE FROM `_logs`")
    }

    /// Removes rows that are older than so many days, and those below a level.
    package static func clean(maxDays: Int, minLevel: Int, _ session: any WriteSession) throws {
        let oldest = Timestamp.now.adding(seconds: -86_400 * Int64(min(maxDays, 365_000))).description
        try session.execute(
            "DELETE FROM `_logs` WHERE `created` <= ? OR `level` < ?",
            [.text(oldest), .integer(Int64(minLevel))]
        )
    }
}
