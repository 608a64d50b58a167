import CSQLite
import MartletStorage

/// One prepared statement; also the row it stands on.
final class SQLiteStatement: Row {
    let sql: String
    private let statement: OpaquePointer
    private let database: OpaquePointer

    init(_ sql: String, database: OpaquePointer, isPersistent: Bool) throws {
        var statement: OpaquePointer?
        var hasMore = false
        var text = sql
        let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    database,
                    characters.baseAddress,
                    Int32(characters.count),
                    flags,
                    &statement,
                    &tail
                )
                if let base = characters.baseAddress, let tail {
                    hasMore = characters[(tail - base)...].contains { $0 > 0x20 && $0 != 0x3B }
                }
                return code
            }
        }
        guard code == SQLITE_OK else { throw StorageError(code: code, connection: database) }
        guard let statement else { throw StorageError.failed("empty query") }
        if hasMore {
            sqlite3_finalize(statement)
            throw StorageError.failed("multiple statements are not supported")
        }
        self.sql = sql
        self.statement = statement
        self.database = database
    }

    deinit {
        sqlite3_finalize(statement)
    }

    func bind(_ values: [SQLValue]) throws {
        for (offset, value) in values.enumerated() {
            let code = bind(value, at: Int32(offset + 1))
            guard code == SQLITE_OK else { throw StorageError(code: code, connection: database) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .real(let value): return sqlite3_bind_double(statement, index, value)
        case .text(var value):
            return value.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) {
                    martlet_sqlite3_bind_text_copy(statement, index, $0.baseAddress ?? emptyText, Int32($0.count))
                }
            }
        case .blob(let bytes):
            return bytes.withUnsafeBytes {
                martlet_sqlite3_bind_blob_copy(
                    statement,
                    index,
                    $0.baseAddress ?? UnsafeRawPointer(emptyText),
                    Int32($0.count)
                )
            }
        }
    }

    /// - Returns: Whether there is a row.
    func step() throws -> Bool {
        let code = sqlite3_step(statement)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw StorageError(code: code, connection: database)
        }
    }

    func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    // MARK: - Row

    var columnCount: Int { Int(sqlite3_column_count(statement)) }

    func name(_ column: Int) -> String {
        sqlite3_column_name(statement, Int32(column)).map { String(cString: $0) } ?? ""
    }

    func declaredType(_ column: Int) -> String {
        sqlite3_column_decltype(statement, Int32(column)).map { String(cString: $0) } ?? ""
    }

    func type(_ column: Int) -> SQLType {
        switch sqlite3_column_type(statement, Int32(column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }
    func real(_ column: Int) -> Double { sqlite3_column_double(statement, Int32(column)) }

    func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        let text = sqlite3_column_text(statement, Int32(column))
        return UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }

    func blob(_ column: Int) -> [UInt8] {
        let bytes = sqlite3_column_blob(statement, Int32(column))
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}

/// A static address for empty text: a NULL pointer would bind NULL instead.
private var emptyText: UnsafePointer<CChar> {
    let text: StaticString = ""
    return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
