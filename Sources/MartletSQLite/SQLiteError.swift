import CSQLite
import MartletStorage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension StorageError {
    /// Maps the last failure of a connection. Texts read as the reference server's: `SQL logic error: no such table: x (1)`.
    init(code: Int32, connection: OpaquePointer?) {
        let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
        switch code & 0xFF {
        case SQLITE_INTERRUPT: self = .timedOut
        case SQLITE_FULL: self = .full
        case SQLITE_IOERR where [ENOSPC, EFBIG, EDQUOT].contains(sqlite3_system_errno(connection)): self = .full
        case SQLITE_BUSY, SQLITE_LOCKED: self = .busy
        case SQLITE_CONSTRAINT where code == martlet_sqlite3_unique || code == martlet_sqlite3_primary_key:
            self = .notUnique(columns: Self.uniqueColumns(message))
        case SQLITE_READONLY:
            self = .readOnly("\(String(cString: sqlite3_errstr(SQLITE_READONLY))): \(message) (\(code))")
        default:
            let kind = String(cString: sqlite3_errstr(code & 0xFF))
            self = .failed("\(kind): \(message) (\(code))")
        }
    }

    /// `UNIQUE constraint failed: cats.title, cats.name` -> `["title", "name"]`; an index on an expression names itself
    /// instead of columns.
    private static func uniqueColumns(_ message: String) -> [String] {
        guard let colon = message.firstIndex(of: ":") else { return [] }
        return message[message.index(after: colon)...].split(separator: ",").compactMap { part in
            guard let dot = part.lastIndex(of: "."), !part.contains("'") else { return nil }
            return String(part[part.index(after: dot)...])
        }
    }
}
