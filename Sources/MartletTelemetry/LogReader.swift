package import MartletCore
import MartletQuery
import MartletSchema
package import MartletStorage

/// Reads the log under a filter (`settings-logs-misc.md`, Logs).
package struct LogReader {
    /// The log table as the query language sees it.
    private static let collection: Collection = {
        var collection = Collection(kind: .base)
        collection.id = "_logs"
        collection.name = "_logs"
        collection.fields = [
            .text("id"), .date("created"), .json("data"), .text("message"), .number("level"),
        ]
        return collection
    }()

    private static let columns = SQLFragment(
        "`_logs`.`id`, `_logs`.`created`, `_logs`.`data`, `_logs`.`message`, `_logs`.`level`"
    )

    private let session: any ReadSession
    private let query: CompiledQuery
    private let bindings: [SQLValue]

    /// - Throws: ``FilterError``.
    package init(_ session: any ReadSession, filter: String, sort: String) throws {
        self.session = session
        let compiler = QueryCompiler(catalog: Catalog([Self.collection], version: 0), dialect: session.dialect)
        query = try compiler.compile(
            Self.collection,
            filter: filter,
            sort: sort,
            author: .plain,
            request: RequestValues()
        )
        bindings = RequestValues().bind(query.select(SQLFragment("1")).values)
    }

    package func count() throws -> Int {
        try session.first(query.count.text, RequestValues().bind(query.count.values)) { Int($0.integer(0)) } ?? 0
    }

    /// Rows as JSON.
    package func rows(limit: Int, offset: Int, to writer: inout JSONWriter) throws {
        let sql = query.select(Self.columns, tail: "LIMIT ? OFFSET ?")
        var isFirst = true
        writer.raw("[")
        try session.query(sql.text, bindings + [.integer(Int64(limit)), .integer(Int64(offset))]) { row in
            if isFirst { isFirst = false } else { writer.raw(",") }
            Self.write(row, to: &writer)
            return true
        }
        writer.raw("]")
    }

    package static func one(_ session: any ReadSession, id: String) throws -> [UInt8]? {
        try session.first("SELECT \(columns.text) FROM `_logs` WHERE `id` = ?", [.text(id)]) { row in
            var writer = JSONWriter()
            write(row, to: &writer)
            return writer.bytes
        }
    }

    private static func write(_ row: any Row, to writer: inout JSONWriter) {
        writer.raw(#"{"id":"#)
        writer.string(row.utf8(0))
        writer.raw(#","created":"#)
        writer.string(row.utf8(1))
        writer.raw(#","data":"#)
        let data = row.text(2)
        writer.raw((try? JSONParser.parse(data)) == nil ? "{}" : data)
        writer.raw(#","message":"#)
        writer.string(row.utf8(3))
        writer.raw(#","level":"#)
        writer.integer(Int(row.integer(4)))
        writer.raw("}")
    }

    /// How many rows each hour has.
    package func stats() throws -> [UInt8] {
        let hour = session.dialect.formattedTime(["'%Y-%m-%d %H:00:00'", "`_logs`.`created`"])
        var sql = query.select(SQLFragment("\(hour) AS `date`, COUNT(*)"), tail: "GROUP BY `date`")
        sql.values = query.select(SQLFragment("1")).values
        var writer = JSONWriter()
        let rows = try session.all(sql.text, bindings) { (date: $0.text(0), total: Int($0.integer(1))) }
        writer.list(rows) { writer, row in
            writer.raw(#"{"date":"#)
            writer.string(row.date + ".000Z")
            writer.raw(#","total":"#)
            writer.integer(row.total)
            writer.raw("}")
        }
        return writer.bytes
    }
}
