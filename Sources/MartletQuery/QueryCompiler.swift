import MartletCore
package import MartletSchema
package import MartletStorage

/// A query over one collection: which rows, in which order. What is selected from them is the caller's.
package struct CompiledQuery: Sendable {
    package let source: SQLFragment
    let alias: String
    let condition: SQLFragment?
    let order: SQLFragment?
    /// Whether joins can give a row more than once.
    let multiplies: Bool
    /// Whether more than the values of the row itself decides.
    package let looksElsewhere: Bool
    let dependencies: [RequestPath: ValueShape]
    package let dialect: any Dialect
    let rowKey: String
    /// Whether the rows of a page are found and sorted first, and read afterwards.
    let readsLate: Bool

    /// Whether the query was written for values of this request's shapes.
    package func serves(_ request: RequestValues) -> Bool {
        dependencies.allSatisfy { request.shape($0.key) == $0.value }
    }

    /// A column of the collection's own row.
    package func column(_ name: String) -> String {
        "\(dialect.quoted(alias)).\(dialect.quoted(name))"
    }

    /// - Parameters:
    ///   - columns: Expressions over the row.
    ///   - extra: A further condition; it stands before the query's own.
    ///   - tail: What follows the order, such as a limit.
    package func select(_ columns: SQLFragment, where extra: SQLFragment? = nil, tail: String = "") -> SQLFragment {
        var sql = (multiplies ? "SELECT DISTINCT " : "SELECT ") + columns + " FROM " + source
        let conditions = [extra, condition].compactMap { $0 }
        for (index, condition) in conditions.enumerated() {
            sql = sql + (index == 0 ? " WHERE (" : " AND (") + condition + ")"
        }
        if let order { sql = sql + " ORDER BY " + order }
        return tail.isEmpty ? sql : sql + " \(tail)"
    }

    /// A part of the rows in their order: the last two placeholders are how many, and how many come before.
    package func page(_ columns: SQLFragment) -> SQLFragment {
        let tail = "LIMIT ? OFFSET ?"
        guard readsLate, let order else { return select(columns, tail: tail) }
        // Otherwise every row that matches goes through the sorter with all that is in it.
        let keys = select(SQLFragment("\(rowKey) AS `key`"), tail: tail)
        let page = SQLFragment("SELECT ") + columns + " FROM (" + keys + ") AS `@page` CROSS JOIN " + source
        return page + " ON \(rowKey) = `@page`.`key` ORDER BY " + order
    }

    package var count: SQLFragment {
        var sql = (multiplies ? "SELECT COUNT(DISTINCT \(rowKey)) FROM " : "SELECT COUNT(*) FROM ") + source
        if let condition { sql = sql + " WHERE (" + condition + ")" }
        return sql
    }
}

/// Compiles rules, filters and sorts over one collection.
package struct QueryCompiler: Sendable {
    package static let filterLimit = 3500
    private static let sortItemLimit = 8
    private static let sortLengthLimit = 255

    private let catalog: Catalog
    private let dialect: any Dialect

    package init(catalog: Catalog, dialect: any Dialect) {
        self.catalog = catalog
        self.dialect = dialect
    }

    /// - Parameters:
    ///   - rule: The collection's own condition; nil or empty for none.
    ///   - filter: The caller's condition; empty for none.
    ///   - sort: The caller's order; empty for none.
    ///   - author: Who wrote filter and sort.
    ///   - rows: What stands for the collection's table.
    ///   - alias: What the base table is called in the query; its own name if nil.
    package func compile(
        _ collection: Collection,
        rule: String? = nil,
        filter: String = "",
        sort: String = "",
        author: QueryAuthor = .owner,
        request: RequestValues,
        rows: BaseRows? = nil,
        alias: String? = nil
    ) throws(FilterError) -> CompiledQuery {
        let base = PathResolver.Table(collection: collection, alias: alias ?? collection.name)
        var compiler = FilterCompiler(
            base: base,
            source: rows,
            catalog: catalog,
            dialect: dialect,
            request: request,
            author: author
        )
        var conditions: [SQLFragment] = []
        if let rule, !rule.isEmpty { conditions.append(try compiler.compile(rule, author: .owner)) }
        if !filter.isEmpty {
            guard filter.utf8.count <= Self.filterLimit else { throw FilterError("the filter is too long") }
            conditions.append(try compiler.compile(filter, author: author))
        }
        let order = try Self.order(sort, &compiler, dialect, base)
        conditions += compiler.constraints
        var source = SQLFragment(dialect.quoted(rows?.name ?? collection.name))
        if rows != nil || alias != nil { source = source + " AS \(dialect.quoted(base.alias))" }
        let key = collection.isView || rows != nil ? "`id`" : dialect.rowID
        return CompiledQuery(
            source: source + compiler.paths.joins.fragment,
            alias: base.alias,
            condition: Self.all(conditions),
            order: order,
            multiplies: compiler.paths.joins.multiplies,
            looksElsewhere: !compiler.paths.joins.items.isEmpty,
            dependencies: compiler.dependencies,
            dialect: dialect,
            rowKey: "\(dialect.quoted(base.alias)).\(key)",
            readsLate: key == dialect.rowID && compiler.paths.joins.items.isEmpty && !conditions.isEmpty
                && (order.map(isRepeatable) ?? false)
        )
    }

    /// Whether an order can be written twice: its values are bound once.
    private func isRepeatable(_ order: SQLFragment) -> Bool {
        order.values.isEmpty && !order.text.contains(dialect.random)
    }

    private static func all(_ conditions: [SQLFragment]) -> SQLFragment? {
        guard let first = conditions.first else { return nil }
        return conditions.dropFirst().reduce("(" + first + ")") { $0 + " AND (" + $1 + ")" }
    }

    private static func order(
        _ sort: String,
        _ compiler: inout FilterCompiler,
        _ dialect: any Dialect,
        _ base: PathResolver.Table
    ) throws(FilterError) -> SQLFragment? {
        guard !sort.isEmpty else { return nil }
        let items = sort.split(separator: ",", omittingEmptySubsequences: false)
        guard items.count <= sortItemLimit else { throw FilterError("too many sort fields") }
        var order = SQLFragment("")
        for (index, item) in items.enumerated() {
            if index > 0 { order = order + ", " }
            order = order + (try orderItem(item.trimmingBlanks(), &compiler, dialect, base))
        }
        return order
    }

    private static func orderItem(
        _ item: String,
        _ compiler: inout FilterCompiler,
        _ dialect: any Dialect,
        _ base: PathResolver.Table
    ) throws(FilterError) -> SQLFragment {
        guard item.utf8.count <= sortLengthLimit else { throw FilterError("the sort field is too long") }
        let isDescending = item.hasPrefix("-")
        let name = isDescending || item.hasPrefix("+") ? String(item.dropFirst()) : item
        if name == "@random" { return SQLFragment(dialect.random) }
        let direction = isDescending ? " DESC" : " ASC"
        if name == "@rowid", base.collection.isView { return SQLFragment("NULL") }
        if name == "@rowid" { return SQLFragment("\(dialect.quoted(base.alias)).\(dialect.rowID)\(direction)") }
        let isPath = name.utf8.allSatisfy { $0.isWordByte || ".:@".utf8.contains($0) }
        guard isPath, !name.isEmpty else { throw FilterError("invalid sort field \"\(name)\"") }
        let operand = try compiler.sortOperand(name)
        return operand.sql + direction
    }
}

extension FilterCompiler {
    /// A sort key: a value of the row, not one of the request.
    fileprivate mutating func sortOperand(_ name: String) throws(FilterError) -> Operand {
        let operand = try identifier(name)
        guard operand.kind == .column || operand.kind == .exact else {
            throw FilterError("invalid sort field \"\(name)\"")
        }
        try constrainVisited()
        return operand
    }
}

/// Tells why a rule cannot be used, for saving collections.
package enum RuleChecker {
    package static func check(_ dialect: any Dialect) -> RuleCheck {
        { rule, collection, catalog in
            do throws(FilterError) {
                let compiler = QueryCompiler(catalog: catalog, dialect: dialect)
                _ = try compiler.compile(collection, rule: rule, request: RequestValues())
                return nil
            } catch {
                return error.description
            }
        }
    }
}
