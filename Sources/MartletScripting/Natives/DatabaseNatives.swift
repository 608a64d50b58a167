import MartletCore
import MartletIdentity
import MartletJavaScript
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import MartletVault
import OrderedCollections

/// Queries (`js-hooks.md`, 20).
extension NativeFunctions {
    func addDatabase() {
        addText("query") { world, call in
            let session = try world.session(call)
            let statement = NamedStatement(try call.text(2), try call.json(3).object ?? [:])
            return try RowList.read(statement, limit: call.integer(4), session)
        }
        add("execute") { world, call in
            let session = try world.session(call)
            let statement = NamedStatement(try call.text(2), try call.json(3).object ?? [:])
            let (changed, last) = try session.transaction {
                let changed = try session.execute(statement.sql, statement.values)
                return (changed, try session.first("SELECT \(session.dialect.lastRowID)") { $0.integer(0) } ?? 0)
            }
            return call.instance.array([.number(Double(changed)), .number(Double(last))])
        }
        add("findByFilter") { world, call in
            let layout = try world.layout(try call.text(1))
            let limit = call.integer(4)
            let records = try world.models(
                layout,
                filter: try call.text(2),
                sort: try call.text(3),
                limit: limit > 0 ? limit : nil,
                offset: call.integer(5),
                world.session(try call.host(0))
            )
            return try call.instance.array(count: records.count) { world.value(records[$0]) }
        }
        add("findRecord") { world, call in
            let layout = try world.layout(try call.text(1))
            let id = try call.text(2)
            guard !id.isEmpty, let record = try layout.model(id: id, in: world.session(try call.host(0))) else {
                throw RecordError.notFound
            }
            return world.value(record)
        }
        add("findViewFile") { world, call in
            let layout = try world.layout(try call.text(1))
            guard let position = layout.position(try call.text(2)),
                let record = try layout.record(
                    naming: try call.text(3),
                    in: layout.fields[position],
                    world.session(try call.host(0))
                )
            else { throw RecordError.notFound }
            return world.value(RecordModel(record))
        }
        add("findByToken") { world, call in try world.record(ofToken: try call.text(1), kinds: try call.texts(2), call)
        }
    }
}

extension ScriptWorld {
    /// The session of a call whose first arguments are the application and whether the auxiliary database is meant.
    fileprivate func session(_ call: NativeCall) throws -> BlockingSession {
        call[1].bool ? run.auxiliary : session(try call.host(0))
    }

    fileprivate func models(
        _ layout: RecordLayout,
        filter: String,
        sort: String,
        limit: Int?,
        offset: Int,
        _ session: BlockingSession
    ) throws -> [RecordModel] {
        let request = RequestValues()
        let plan = try plans.plan(
            layout,
            in: layouts,
            rule: filter.isEmpty ? nil : filter,
            sort: sort,
            request: request
        )
        return try plan.models(of: layout, limit: limit, offset: offset, session, request: request)
    }

    fileprivate func record(ofToken token: String, kinds: [String], _ call: NativeCall) throws -> ScriptValue {
        if token.isEmpty { throw HostFailure("missing token") }
        guard let claims = WebToken(token)?.claims else {
            throw HostFailure("token is malformed: token contains an invalid number of segments")
        }
        let wanted = kinds.isEmpty ? TokenKind.allCases.map(\.rawValue) : kinds
        let type = claims["type"]?.string ?? ""
        guard wanted.contains(type), let kind = TokenKind(rawValue: type) else {
            throw HostFailure("invalid token type \"\(type)\", expects \"\(wanted.joined(separator: ","))\"")
        }
        let found = try services.tokens.verify(
            token,
            kind,
            layouts: layouts,
            session: session(try call.host(0))
        )
        guard let found else { throw RecordError.notFound }
        return value(RecordModel(found.record))
    }
}

/// A statement whose parameters have names, `{:name}`, as the engine takes it: with places and their values.
struct NamedStatement {
    private(set) var sql = ""
    private(set) var values: [SQLValue] = []

    init(_ text: String, _ parameters: JSONObject) {
        var rest = text[...]
        while let start = rest.firstRange(of: "{:") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { break }
            let name = rest[start.upperBound..<end]
            let isName = name.utf8.allSatisfy { $0.isWordByte } && !name.isEmpty
            guard isName, let value = parameters[String(name)] else {
                sql += rest[..<rest.index(after: end)]
                rest = rest[rest.index(after: end)...]
                continue
            }
            sql += rest[..<start.lowerBound] + "?"
            values.append(Self.value(value))
            rest = rest[rest.index(after: end)...]
        }
        sql += rest
    }

    private static func value(_ json: JSONValue) -> SQLValue {
        switch json {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .number(let number): Int64(exactly: number).map { .integer($0) } ?? .real(number)
        case .string(let text): .text(text)
        case .array, .object: .text(json.text)
        }
    }
}

/// Rows as a JSON array of objects.
enum RowList {
    /// More rows than that are read piece by piece.
    private static let sizeLimit = 256 << 20

    static func read(_ statement: NamedStatement, limit: Int, _ session: BlockingSession) throws -> String {
        do {
            return try session.snapshot { try text(statement, limit, session) }
        } catch StorageError.readOnly {
            // `INSERT … RETURNING` and its like.
            return try session.transaction { try text(statement, limit, session) }
        }
    }

    private static func text(_ statement: NamedStatement, _ limit: Int, _ session: BlockingSession) throws -> String {
        let names = try session.columns(of: statement.sql).map(\.name)
        var writer = JSONWriter(capacity: 4096)
        writer.raw("[")
        var count = 0
        try session.query(statement.sql, statement.values) { row in
            writer.raw(count == 0 ? "{" : ",{")
            for (index, name) in names.enumerated() {
                if index > 0 { writer.raw(",") }
                writer.string(name)
                writer.raw(":")
                write(row, index, to: &writer)
            }
            writer.raw("}")
            count += 1
            guard writer.count < sizeLimit else { throw HostFailure("the rows take too much memory") }
            return limit <= 0 || count < limit
        }
        writer.raw("]")
        return writer.text
    }

    private static func write(_ row: any Row, _ index: Int, to writer: inout JSONWriter) {
        switch row.type(index) {
        case .null: writer.raw("null")
        case .integer: writer.integer(Int(row.integer(index)))
        case .real: writer.number(row.real(index))
        case .text: writer.string(row.utf8(index))
        case .blob: writer.string(String(decoding: row.blob(index), as: UTF8.self))
        }
    }
}
