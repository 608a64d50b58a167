import MartletCore
import MartletPattern
package import MartletQuery
import MartletSchema
package import MartletStorage

/// Asks whether records fulfil rules of their collections.
package struct RuleProbe {
    /// Stands for the collection's table where a record is not stored; no collection can be called that.
    private static let newRow = "new row"

    private let session: any ReadSession
    private let layouts: RecordLayouts
    private let request: RequestValues

    package init(_ session: any ReadSession, layouts: RecordLayouts, request: RequestValues) {
        self.session = session
        self.layouts = layouts
        self.request = request
    }

    /// Whether a stored record fulfils a rule.
    /// - Throws: ``FilterError`` when the rule no longer fits the collections.
    package func passes(_ rule: String, id: String, _ layout: RecordLayout) throws -> Bool {
        let query = try layouts.query(rule, over: layout.collection, request: request)
        let sql = query.select(
            SQLFragment("1"),
            where: SQLFragment("\(query.column("id")) = ?", [.constant(.text(id))]),
            tail: "LIMIT 1"
        )
        return try session.exists(sql.text, request.bind(sql.values))
    }

    /// Whether a record that is still to be made fulfils a rule (`filters-and-rules.md`, Create rule evaluation).
    func passes(_ rule: String, unsaved record: Record) throws -> Bool {
        try passes(rule, record, isStored: false, author: .owner)
    }

    /// Whether a record fulfilled a rule as it was at some time. What it points to, and what points to it, is looked at as
    /// it is now.
    /// - Parameter author: Who wrote the rule.
    package func passes(_ rule: String, state record: Record, author: QueryAuthor = .owner) throws -> Bool {
        try passes(rule, record, isStored: true, author: author)
    }

    /// The record stands in a one-row table expression in place of the table.
    private func passes(_ rule: String, _ record: Record, isStored: Bool, author: QueryAuthor) throws -> Bool {
        let layout = record.layout
        let query = try layouts.query(
            rule,
            over: layout.collection,
            rows: BaseRows(name: Self.newRow, isReferable: isStored),
            author: author,
            request: request
        )
        let columns = layout.fields.map { "? AS \(session.dialect.quoted($0.name))" }.joined(separator: ", ")
        let select = query.select(SQLFragment("1"), tail: "LIMIT 1")
        let sql = "WITH \(session.dialect.quoted(Self.newRow)) AS (SELECT \(columns)) \(select.text)"
        return try session.exists(sql, record.values.map(\.sqlValue) + request.bind(select.values))
    }
}

extension RecordWriter {
    private var probe: RuleProbe { RuleProbe(session, layouts: layouts, request: request) }

    /// Whether a stored record fulfils a rule.
    /// - Throws: ``FilterError`` when the rule no longer fits the collections.
    package func passes(_ rule: String, id: String, _ layout: RecordLayout) throws -> Bool {
        try probe.passes(rule, id: id, layout)
    }

    func passesCreateRule(_ rule: String, _ record: Record) throws -> Bool {
        var record = record
        if record.id.isEmpty { record.id = "__temp_id__" + RandomText.make(6) }
        if record.layout.isAuth { record["verified"] = .bool(false) }
        return try probe.passes(rule, unsaved: record)
    }

    /// Whether the caller manages a record of an auth collection.
    package func manages(_ record: Record, isStored: Bool) throws -> Bool {
        if isSuperuser { return true }
        guard request.auth != nil, let rule = record.collection.auth?.manageRule, !rule.isEmpty else { return false }
        return isStored ? try passes(rule, id: record.id, record.layout) : try probe.passes(rule, unsaved: record)
    }
}

extension Generated {
    static func sample(_ pattern: String) -> String {
        (try? PatternSampler(pattern))?.sample() ?? ""
    }
}
