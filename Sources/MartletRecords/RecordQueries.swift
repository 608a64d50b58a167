import MartletCore
package import MartletQuery
package import MartletSchema
package import MartletStorage

extension ReadPlan {
    /// The records for handlers, who may ask little of them.
    package func models(
        of layout: RecordLayout,
        limit: Int?,
        offset: Int = 0,
        _ session: any ReadSession,
        request: RequestValues
    ) throws -> [RecordModel] {
        let bindings = request.bind(list.values) + [.integer(Int64(limit ?? .max)), .integer(Int64(max(offset, 0)))]
        return try session.all(list.text, bindings) { RecordModel(found: $0, layout) }
    }
}

extension RecordLayout {
    /// The stored record with an id for handlers, or nil.
    package func model(id: String, in session: any ReadSession) throws -> RecordModel? {
        try session.first(selectOne, [.text(id)]) { RecordModel(found: $0, self) }
    }

    /// The stored records with some ids, in the order of the ids.
    package func records(ids: [String], in session: any ReadSession) throws -> [Record] {
        if ids.count == 1 { return try record(id: ids[0], in: session).map { [$0] } ?? [] }
        guard !ids.isEmpty else { return [] }
        let list = JSONValue.array(ids.map { .string($0) }).text
        let elements = session.dialect.elements(ofArray: "?")
        let sql = "\(select) WHERE \(session.dialect.quoted("id")) IN (SELECT `value` FROM \(elements))"
        let found = try session.all(sql, [.text(list)]) { record($0) }
        let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return ids.compactMap { byID[$0] }
    }
}

extension RecordLayout {
    /// The records that point to another one.
    package func records(
        pointingAt id: String,
        through field: Field,
        limit: Int,
        in session: any ReadSession
    ) throws -> [Record] {
        let column = session.dialect.quoted(field.name)
        let condition = field.kind.isMultiple ? session.dialect.hasElement(column, "?") : "\(column) = ?"
        return try session.all("\(select) WHERE \(condition) LIMIT \(limit)", [.text(id)]) { record($0) }
    }
}

extension ReadPlan {
    /// One record, or nil when there is none that the plan's rule lets through.
    package func record(
        id: String,
        of layout: RecordLayout,
        _ session: any ReadSession,
        request: RequestValues
    ) throws -> Record? {
        var bindings = request.bind(one.values)
        bindings.insert(.text(id), at: valuesBeforeCondition)
        return try session.first(one.text, bindings) { layout.record($0) }
    }
}
