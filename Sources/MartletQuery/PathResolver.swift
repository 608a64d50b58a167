import MartletCore
package import MartletSchema
import MartletStorage

/// Who wrote an expression, and so what it may name (`filters-and-rules.md`, Who may use what).
package enum QueryAuthor: Sendable, Hashable {
    /// The owner of the collection: everything.
    case owner
    /// A superuser's filter or sort.
    case superuser
    /// Anybody else's filter or sort.
    case client
    /// A filter or sort over a table that is no collection: its columns, without modifiers and request values.
    case plain
}

/// Follows `rel.field`, `coll_via_rel.field`, `json.path` from a table to a value, adding the joins on the way.
struct PathResolver {
    private static let stepLimit = 6

    let catalog: Catalog
    let dialect: any Dialect
    let author: QueryAuthor
    /// The table that stands for a record that is not stored yet. Nothing points to it: a rule that looks backwards from
    /// it is not fulfilled, as on the reference server.
    var unsavedAlias: String?
    var joins = JoinList()
    /// Tables of other collections that were joined and whose list rule counts.
    var visited: [(alias: String, collection: Collection)] = []

    /// A table in a query.
    struct Table {
        let collection: Collection
        let alias: String
    }

    /// Where a path ended.
    struct Target {
        var sql: String
        var isExact = false
        var isMultiple = false
        var condition: SQLFragment?
        var field: Field?
    }

    /// - Parameter path: At least one part; the last one without its modifier.
    mutating func resolve(
        _ path: [String],
        modifier: String?,
        from start: Table,
        isMultiple startsMultiple: Bool = false
    ) throws(FilterError) -> Target {
        var table = start
        var isMultiple = startsMultiple
        var steps = 0
        for (index, part) in path.enumerated() {
            let rest = Array(path[(index + 1)...])
            if let field = table.collection.field(named: part) {
                try checkAccess(to: field)
                if let target = try end(field, rest, modifier, table, isMultiple, steps: steps) { return target }
                (table, isMultiple) = try join(field, rest, table, isMultiple)
            } else {
                (table, isMultiple) = try joinBack(part, rest, table, isMultiple)
            }
            steps += 1
            if steps > Self.stepLimit {
                throw FilterError("too many relation levels in \"\(path.joined(separator: "."))\"")
            }
        }
        throw FilterError("unknown field \"\(path.joined(separator: "."))\"")
    }

    private func checkAccess(to field: Field) throws(FilterError) {
        if field.isHidden, author == .client { throw FilterError("non-filterable field \"\(field.name)\"") }
    }

    // MARK: - The last step

    private mutating func end(
        _ field: Field,
        _ rest: [String],
        _ modifier: String?,
        _ table: Table,
        _ isMultiple: Bool,
        steps: Int
    ) throws(FilterError) -> Target? {
        let column = "\(dialect.quoted(table.alias)).\(dialect.quoted(field.name))"
        switch field.kind {
        case .json, .geoPoint:
            let path = rest.map { $0.utf8.allSatisfy(\.isDigit) ? JSONPathPart.index(Int($0) ?? 0) : .key($0) }
            return Target(sql: dialect.json(column, at: path), isExact: true, isMultiple: isMultiple, field: field)
        case .relation where rest == ["id"] && !field.kind.isMultiple && modifier == nil && steps < Self.stepLimit:
            return Target(sql: column, isMultiple: isMultiple, field: field)
        case _ where rest.isEmpty:
            return modified(field, modifier, column, table, isMultiple)
        case .relation: return nil
        default: throw FilterError("field \"\(field.name)\" is not a valid relation")
        }
    }

    private mutating func modified(
        _ field: Field,
        _ modifier: String?,
        _ column: String,
        _ table: Table,
        _ isMultiple: Bool
    ) -> Target {
        var target = Target(sql: column, isMultiple: isMultiple, field: field)
        if modifier == "length", field.kind.maximumCount != nil {
            target.sql = field.kind.isMultiple ? dialect.elementCount(of: column) : dialect.singleCount(of: column)
        } else if modifier == "each", field.kind.isMultiple {
            let alias = "\(table.alias)_\(field.name)_each"
            let quoted = dialect.quoted(alias)
            joins.add(alias, multiplies: true, SQLFragment("\(dialect.elements(of: column)) \(quoted)"))
            target.sql = "\(quoted).`value`"
            target.isMultiple = true
        }
        if author == .client, field.name == "email", table.collection.isAuth {
            target.condition = SQLFragment("\(dialect.quoted(table.alias)).`emailVisibility` = TRUE")
        }
        return target
    }

    // MARK: - Steps to another table

    private mutating func join(
        _ field: Field,
        _ rest: [String],
        _ table: Table,
        _ isMultiple: Bool
    ) throws(FilterError) -> (Table, Bool) {
        guard let options = field.kind.relation, let target = catalog.collection(id: options.collectionID) else {
            throw FilterError("failed to load the collection of relation field \"\(field.name)\"")
        }
        let alias = "\(table.alias)_\(field.name)"
        let next = Table(collection: target, alias: alias)
        try enter(next)
        let column = "\(dialect.quoted(table.alias)).\(dialect.quoted(field.name))"
        let quoted = dialect.quoted(alias)
        let name = dialect.quoted(target.name)
        if field.kind.isMultiple {
            let elements = dialect.quoted(alias + "_je")
            joins.add(alias + "_je", multiplies: true, SQLFragment("\(dialect.elements(of: column)) \(elements)"))
            joins.add(alias, multiplies: true, SQLFragment("\(name) \(quoted) ON \(quoted).`id` = \(elements).`value`"))
        } else {
            joins.add(alias, multiplies: false, SQLFragment("\(name) \(quoted) ON \(quoted).`id` = \(column)"))
        }
        return (next, isMultiple || field.kind.isMultiple)
    }

    private mutating func joinBack(
        _ part: String,
        _ rest: [String],
        _ table: Table,
        _ isMultiple: Bool
    ) throws(FilterError) -> (Table, Bool) {
        guard let reference = BackRelation(part, to: table.collection, in: catalog) else {
            guard let range = part.firstRange(of: "_via_") else { throw FilterError("unknown field \"\(part)\"") }
            let field = part[range.upperBound...]
            throw FilterError("invalid collection reference of a back relation field \"\(field)\"")
        }
        if table.alias == unsavedAlias { throw FilterError("nothing points to a record that is not stored yet") }
        guard !rest.isEmpty else { throw FilterError("missing property of back-relation \"\(part)\"") }
        try checkAccess(to: reference.field)
        let alias = "\(table.alias)_\(part)"
        let next = Table(collection: reference.collection, alias: alias)
        try enter(next)
        let quoted = dialect.quoted(alias)
        let name = dialect.quoted(reference.collection.name)
        let column = "\(quoted).\(dialect.quoted(reference.field.name))"
        let id = "\(dialect.quoted(table.alias)).`id`"
        let condition =
            reference.field.kind.isMultiple
            ? "\(id) IN (SELECT `value` FROM \(dialect.elements(of: column)))" : "\(column) = \(id)"
        joins.add(alias, multiplies: !reference.isUnique, SQLFragment("\(name) \(quoted) ON \(condition)"))
        return (next, isMultiple || !reference.isUnique)
    }

    /// Notes that a path reaches into another collection.
    private mutating func enter(_ table: Table) throws(FilterError) {
        guard author == .client else { return }
        guard let rule = table.collection.listRule else {
            throw FilterError("only superusers can filter by \"\(table.collection.name)\"")
        }
        if !rule.isEmpty, !visited.contains(where: { $0.alias == table.alias }) {
            visited.append((table.alias, table.collection))
        }
    }

    /// Joins an unrelated collection, all of its rows.
    mutating func joinUnrelated(_ collection: Collection, alias: String) throws(FilterError) -> Table {
        let table = Table(collection: collection, alias: alias)
        try enter(table)
        joins.add(alias, multiplies: true, SQLFragment("\(dialect.quoted(collection.name)) \(dialect.quoted(alias))"))
        return table
    }

    /// Joins the records whose id fulfils a condition.
    mutating func join(
        _ collection: Collection,
        alias: String,
        multiplies: Bool,
        where condition: (String) -> SQLFragment
    ) -> Table {
        let quoted = dialect.quoted(alias)
        let name = dialect.quoted(collection.name)
        joins.add(alias, multiplies: multiplies, SQLFragment("\(name) \(quoted) ON ") + condition("\(quoted).`id`"))
        return Table(collection: collection, alias: alias)
    }
}

/// `coll_via_rel`: the records of `coll` whose relation `rel` points here.
package struct BackRelation: Sendable {
    package let collection: Collection
    package let field: Field

    package init?(_ name: String, to target: Collection, in catalog: Catalog) {
        guard let range = name.firstRange(of: "_via_") else { return nil }
        self.init(String(name[..<range.lowerBound]), String(name[range.upperBound...]), to: target, in: catalog)
    }

    package init?(_ collectionName: String, _ fieldName: String, to target: Collection, in catalog: Catalog) {
        guard let collection = catalog.collection(collectionName), let field = collection.field(named: fieldName),
            field.kind.relation?.collectionID == target.id
        else { return nil }
        self.collection = collection
        self.field = field
    }

    /// Whether at most one record can point to a given one.
    package var isUnique: Bool {
        !field.kind.isMultiple && collection.hasUniqueIndex(on: field.name)
    }
}
