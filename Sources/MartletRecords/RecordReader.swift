import MartletCore
package import MartletQuery
package import MartletStorage

/// Runs read plans: rows become JSON bytes without anything in between.
package struct RecordReader {
    private let session: any ReadSession
    private let request: RequestValues
    private let allowance: ExpandAllowance

    package init(_ session: any ReadSession, request: RequestValues) {
        self.init(session, request: request, allowance: ExpandAllowance())
    }

    private init(_ session: any ReadSession, request: RequestValues, allowance: ExpandAllowance) {
        self.session = session
        self.request = request
        self.allowance = allowance
    }

    /// How much one answer may still expand. Relations back and forth multiply: six levels of a hundred records each are
    /// more than any memory holds.
    private final class ExpandAllowance {
        private var bytesLeft = 64 << 20

        func take(_ count: Int) throws {
            bytesLeft -= count
            if bytesLeft < 0 { throw RecordError.failed("the expanded records take too much space") }
        }
    }

    package struct Page: Sendable, Hashable {
        package var number = 1
        package var size = 30
        package var skipsTotal = false

        package init(number: Int = 1, size: Int = 30, skipsTotal: Bool = false) {
            self.number = number
            self.size = size
            self.skipsTotal = skipsTotal
        }
    }

    /// The list envelope.
    package func list(_ plan: ReadPlan, _ page: Page) throws -> [UInt8] {
        if page.skipsTotal, !plan.hasExpand { return try envelope(plan, page) }
        return try session.snapshot { try envelope(plan, page) }
    }

    private func envelope(_ plan: ReadPlan, _ page: Page) throws -> [UInt8] {
        var writer = JSONWriter(capacity: 16_384)
        writer.raw(#"{"items":"#)
        let (offset, isBeyond) = (page.number - 1).multipliedReportingOverflow(by: page.size)
        let bindings =
            request.bind(plan.list.values) + [
                .integer(Int64(page.size)), .integer(isBeyond ? .max : Int64(offset)),
            ]
        try rows(plan, plan.list.text, bindings, to: &writer)
        writer.raw(#","page":"#)
        writer.integer(page.number)
        writer.raw(#","perPage":"#)
        writer.integer(page.size)
        writer.raw(#","totalItems":"#)
        let total = page.skipsTotal ? -1 : try count(plan)
        writer.integer(total)
        writer.raw(#","totalPages":"#)
        writer.integer(page.skipsTotal ? -1 : (total + page.size - 1) / page.size)
        writer.raw("}")
        return writer.bytes
    }

    /// The first records as a plain array.
    package func items(_ plan: ReadPlan, limit: Int) throws -> [UInt8] {
        var writer = JSONWriter()
        let bindings = request.bind(plan.list.values) + [.integer(Int64(limit)), .integer(0)]
        try rows(plan, plan.list.text, bindings, to: &writer)
        return writer.bytes
    }

    package func count(_ plan: ReadPlan) throws -> Int {
        try session.first(plan.count.text, request.bind(plan.count.values)) { Int($0.integer(0)) } ?? 0
    }

    /// One record, or nil when there is none that the plan's rule lets through.
    package func one(_ plan: ReadPlan, id: String) throws -> [UInt8]? {
        var writer = JSONWriter(capacity: 1024)
        // The id's placeholder stands behind the values of the select list and the joins, before those of the rule.
        let bindings = bindings(plan.one, inserting: .text(id), plan)
        if !plan.hasExpand {
            let callerID = request.auth?.id
            var isFound = false
            try session.query(plan.one.text, bindings) { row in
                plan.encoding.write(row, callerID: callerID, to: &writer)
                isFound = true
                return false
            }
            return isFound ? writer.bytes : nil
        }
        return try session.snapshot {
            guard let partial = try partials(plan, plan.one.text, bindings).first else { return nil }
            try assemble([partial], plan) { writer.raw($0) }
            return writer.bytes
        }
    }

    private func bindings(_ sql: SQLFragment, inserting value: SQLValue, _ plan: ReadPlan) -> [SQLValue] {
        var bindings = request.bind(sql.values)
        bindings.insert(value, at: plan.valuesBeforeCondition)
        return bindings
    }

    private func rows(
        _ plan: ReadPlan,
        _ sql: String,
        _ bindings: [SQLValue],
        to writer: inout JSONWriter
    ) throws {
        writer.raw("[")
        var isFirst = true
        if plan.hasExpand {
            try assemble(try partials(plan, sql, bindings), plan) { bytes in
                if isFirst { isFirst = false } else { writer.raw(",") }
                writer.raw(bytes)
            }
        } else {
            let callerID = request.auth?.id
            try session.query(sql, bindings) { row in
                if isFirst { isFirst = false } else { writer.raw(",") }
                plan.encoding.write(row, callerID: callerID, to: &writer)
                return true
            }
        }
        writer.raw("]")
    }

    // MARK: - Expanding

    /// A record's bytes with a place left for `expand`, and the ids that it wants there.
    struct Partial {
        let id: String
        let bytes: [UInt8]
        let expandOffset: Int
        /// For each expand of the plan; back-relations have none.
        let links: [[String]]
    }

    private func partials(_ plan: ReadPlan, _ sql: String, _ bindings: [SQLValue]) throws -> [Partial] {
        let callerID = request.auth?.id
        return try session.all(sql, bindings) { row in
            var writer = JSONWriter(capacity: 512)
            let offset = plan.encoding.write(row, callerID: callerID, to: &writer)
            let links = plan.expands.map { expand -> [String] in
                guard case .forward(let position, _) = expand.link else { return [] }
                let text = row.text(position)
                guard text.hasPrefix("[") else { return text.isEmpty ? [] : [text] }
                return (try? JSONParser.parse(text).array)?.compactMap(\.string) ?? []
            }
            return Partial(id: row.text(plan.idPosition), bytes: writer.bytes, expandOffset: offset, links: links)
        }
    }

    /// Puts in what is expanded and hands out the whole records in their order.
    private func assemble(_ partials: [Partial], _ plan: ReadPlan, _ emit: ([UInt8]) -> Void) throws {
        let resolved = try plan.expands.enumerated().map { try resolve($1, partials.map(\.links[$0]), partials) }
        for (index, partial) in partials.enumerated() {
            guard plan.hasExpand else {
                emit(partial.bytes)
                continue
            }
            var writer = JSONWriter(capacity: partial.bytes.count * 2)
            partial.bytes.withUnsafeBufferPointer { bytes in
                writer.raw(UnsafeBufferPointer(rebasing: bytes[..<partial.expandOffset]))
                writer.raw(#","expand":{"#)
                var isFirst = true
                for (expand, values) in zip(plan.expands, resolved) {
                    guard let value = values[index] else { continue }
                    if isFirst { isFirst = false } else { writer.raw(",") }
                    writer.string(expand.key)
                    writer.raw(":")
                    writer.raw(value)
                }
                writer.raw("}")
                writer.raw(UnsafeBufferPointer(rebasing: bytes[partial.expandOffset...]))
            }
            try allowance.take(writer.count)
            emit(writer.bytes)
        }
    }

    /// The JSON of one expand for each record, nil where there is nothing.
    private func resolve(
        _ expand: ReadPlan.ExpandPlan,
        _ links: [[String]],
        _ parents: [Partial]
    ) throws -> [[UInt8]?] {
        let inner = RecordReader(session, request: request.expanding, allowance: allowance)
        switch expand.link {
        case .forward(_, let isMultiple):
            let found = try inner.records(expand.target, ids: links.flatMap { $0 })
            return links.map { ids in Self.json(ids.compactMap { found[$0] }, isList: isMultiple) }
        case .back(let select, let isUnique):
            return try parents.map { parent in
                var bindings = inner.request.bind(select.values)
                bindings.insert(.text(parent.id), at: expand.target.valuesBeforeCondition)
                let partials = try inner.partials(expand.target, select.text, bindings)
                var records: [[UInt8]] = []
                try inner.assemble(partials, expand.target) { records.append($0) }
                return Self.json(records, isList: !isUnique)
            }
        }
    }

    private static func json(_ records: [[UInt8]], isList: Bool) -> [UInt8]? {
        guard let first = records.first else { return nil }
        guard isList else { return first }
        var writer = JSONWriter(capacity: records.reduce(2) { $0 + $1.count + 1 })
        writer.list(records) { $0.raw($1) }
        return writer.bytes
    }

    /// Records by id, those that the plan's rule lets through.
    private func records(_ plan: ReadPlan, ids: [String]) throws -> [String: [UInt8]] {
        let distinct = Set(ids)
        guard !distinct.isEmpty else { return [:] }
        var bindings = request.bind(plan.many.values)
        bindings.insert(.text(JSONValue.array(distinct.map { .string($0) }).text), at: plan.valuesBeforeCondition)
        let partials = try partials(plan, plan.many.text, bindings)
        var result: [String: [UInt8]] = [:]
        var index = 0
        try assemble(partials, plan) { bytes in
            result[partials[index].id] = bytes
            index += 1
        }
        return result
    }

    // MARK: - Records in memory

    /// A record that was just written, as its writer sees it.
    package func json(_ record: Record, _ plan: ReadPlan, isOwn: Bool = false, isManaged: Bool = false) throws
        -> [UInt8]
    {
        var writer = JSONWriter(capacity: 1024)
        let access = RecordEncoding.EmailAccess(callerID: request.auth?.id, isOwn: isOwn, isManaged: isManaged)
        let offset = plan.encoding.write(record, access, to: &writer)
        guard plan.hasExpand else { return writer.bytes }
        let links = plan.expands.map { expand -> [String] in
            guard case .forward(let position, _) = expand.link else { return [] }
            return record.values[position].items
        }
        let partial = Partial(id: record.id, bytes: writer.bytes, expandOffset: offset, links: links)
        var result: [UInt8] = []
        try assemble([partial], plan) { result = $0 }
        return result
    }
}
