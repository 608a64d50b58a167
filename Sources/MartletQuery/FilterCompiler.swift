import MartletCore
import MartletSchema
import MartletStorage

/// Turns expressions over one collection into SQL.
///
/// A comparison with a request value is written in one way when the value is empty and in another when it is not, so
/// the compiler notes which values it looked at: the result serves every request in which they have the same shape.
struct FilterCompiler {
    let base: PathResolver.Table
    /// The relation that holds the base rows: the collection's table, or a table expression in its place.
    let source: String
    let request: RequestValues
    var paths: PathResolver
    /// Conditions that hold for the whole query: the list rules of joined collections.
    private(set) var constraints: [SQLFragment] = []
    private(set) var dependencies: [RequestPath: ValueShape] = [:]

    private var catalog: Catalog { paths.catalog }
    private var dialect: any Dialect { paths.dialect }

    init(
        base: PathResolver.Table,
        source: BaseRows? = nil,
        catalog: Catalog,
        dialect: any Dialect,
        request: RequestValues,
        author: QueryAuthor
    ) {
        self.base = base
        self.source = source?.name ?? base.collection.name
        self.request = request
        paths = PathResolver(catalog: catalog, dialect: dialect, author: author)
        paths.unsavedAlias = source?.isReferable == false ? base.alias : nil
    }

    // MARK: - Expressions

    mutating func compile(_ text: String) throws(FilterError) -> SQLFragment {
        let expression = try FilterParser.parse(text)
        let sql = try compile(expression)
        try constrainVisited()
        return sql
    }

    /// Another author's expression over the same table, sharing the joins.
    mutating func compile(_ text: String, author: QueryAuthor) throws(FilterError) -> SQLFragment {
        let outer = paths.author
        paths = paths.with(author: author)
        let sql = try compile(text)
        paths = paths.with(author: outer)
        return sql
    }

    private mutating func compile(_ expression: FilterExpression) throws(FilterError) -> SQLFragment {
        switch expression {
        case .comparison(let left, let comparison, let right):
            let first: Operand
            let second: Operand
            do { first = try operand(left) } catch { throw Self.explained(error, "left", left) }
            do { second = try operand(right) } catch { throw Self.explained(error, "right", right) }
            return Comparison(dialect: dialect).sql(first, comparison, second)
        case .group(let parts):
            var sql = SQLFragment("(")
            for (index, (join, part)) in parts.enumerated() {
                if index > 0 { sql = sql + " \(join.rawValue) " }
                sql = sql + (try compile(part))
            }
            return sql + ")"
        }
    }

    private static func explained(_ error: FilterError, _ side: String, _ operand: FilterOperand) -> FilterError {
        FilterError("invalid \(side) operand \"\(operand.source)\" - \(error.description)")
    }

    /// The list rules of the collections that a client's path reached.
    mutating func constrainVisited() throws(FilterError) {
        let visited = paths.visited
        paths.visited = []
        for (alias, collection) in visited {
            guard let rule = collection.listRule else { continue }
            let table = PathResolver.Table(collection: collection, alias: alias)
            var inner = FilterCompiler(
                base: table,
                catalog: catalog,
                dialect: dialect,
                request: request,
                author: .owner
            )
            inner.paths.joins = paths.joins
            let sql = try inner.compile(rule)
            paths.joins = inner.paths.joins
            dependencies.merge(inner.dependencies) { first, _ in first }
            let id = "\(dialect.quoted(alias)).`id`"
            constraints.append("((\(id) = '' OR \(id) IS NULL) OR " + sql + ")")
        }
    }

    // MARK: - Operands

    mutating func operand(_ operand: FilterOperand) throws(FilterError) -> Operand {
        switch operand {
        case .text(let text): return text.isEmpty ? .emptyText(.text("")) : .literal(.text(text))
        case .number(let value, _): return .literal(.constant(.real(value)))
        case .identifier(let name): return try identifier(name)
        case .function(let name, let arguments): return try function(name, arguments)
        }
    }

    mutating func identifier(_ name: String) throws(FilterError) -> Operand {
        if let macro = Macro(rawValue: name) { return .literal(.macro(macro)) }
        let (path, modifier) = try Self.split(name)
        if paths.author == .plain, modifier != nil || name.hasPrefix("@") {
            throw FilterError("failed to resolve field \"\(name)\"")
        }
        if name.hasPrefix("@request.") { return try requestOperand(path, modifier) }
        if name.hasPrefix("@collection.") { return try collectionOperand(name) }
        if path.count == 1, modifier == nil, base.collection.field(named: name) == nil {
            switch name.asciiLowercased() {
            case "null": return .null
            case "true": return Operand(sql: SQLFragment("1"), kind: .literal, literal: .constant(.integer(1)))
            case "false": return Operand(sql: SQLFragment("0"), kind: .literal, literal: .constant(.integer(0)))
            default: break
            }
        }
        let base = base
        if name.hasPrefix("@") { throw FilterError("failed to resolve field \"\(name)\"") }
        return try pathOperand(modifier) { resolver, alias throws(FilterError) in
            let table = PathResolver.Table(collection: base.collection, alias: alias(base.alias))
            return try resolver.resolve(path, modifier: modifier, from: table)
        }
    }

    /// Splits the path at its points and takes the modifier off its last part.
    private static func split(_ name: String) throws(FilterError) -> ([String], String?) {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last, !parts.contains("") else { throw FilterError("invalid path \"\(name)\"") }
        let pieces = last.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard pieces.count > 1 else { return (parts, nil) }
        // `@collection.name:alias` has its colon in a part that is not the last one.
        guard pieces.count == 2, ["isset", "changed", "length", "each", "lower"].contains(pieces[1]) else {
            throw FilterError("unknown modifier in \"\(last)\"")
        }
        parts[parts.count - 1] = pieces[0]
        return (parts, pieces[1])
    }

    /// Resolves a path once for the row itself and, when it can have several values, once more for the sub-select that
    /// looks at all of them.
    private mutating func pathOperand(
        _ modifier: String?,
        _ resolve: (inout PathResolver, (String) -> String) throws(FilterError) -> PathResolver.Target
    ) throws(FilterError) -> Operand {
        var outer = paths
        let target = try resolve(&outer, { $0 })
        paths = outer
        var operand: Operand = target.isExact ? .exact(SQLFragment(target.sql)) : .column(SQLFragment(target.sql))
        operand.condition = target.condition
        if target.isMultiple {
            var inner = PathResolver(catalog: catalog, dialect: dialect, author: .owner)
            let own = try resolve(&inner, { "__mm_" + $0 })
            let alias = dialect.quoted("__mm_" + base.alias)
            let source =
                SQLFragment(" FROM \(dialect.quoted(self.source)) \(alias)") + inner.joins.fragment
                + " WHERE \(alias).`id` = \(dialect.quoted(base.alias)).`id`"
            operand.multiple = MultipleValues(value: SQLFragment(own.sql), source: source)
        }
        return modifier == "lower" ? operand.mapped { "LOWER(\($0))" } : operand
    }

    /// `@collection.NAME[:alias].field…`
    private mutating func collectionOperand(_ name: String) throws(FilterError) -> Operand {
        let (path, modifier) = try Self.split(name)
        guard path.count >= 3 else { throw FilterError("invalid path \"\(name)\"") }
        let pieces = path[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard pieces.count <= 2, pieces.allSatisfy(\.isWord) else { throw FilterError("invalid path \"\(name)\"") }
        guard let collection = pieces.first.flatMap({ catalog.collection($0) }) else {
            throw FilterError("failed to load collection \"\(pieces.first ?? "")\" from field path \"\(name)\"")
        }
        let joined = "__collection_" + pieces.joined(separator: "_")
        return try pathOperand(modifier) { resolver, alias throws(FilterError) in
            let table = try resolver.joinUnrelated(collection, alias: alias(joined))
            return try resolver.resolve(Array(path[2...]), modifier: modifier, from: table, isMultiple: true)
        }
    }
}

extension PathResolver {
    func with(author: QueryAuthor) -> PathResolver {
        var copy = PathResolver(catalog: catalog, dialect: dialect, author: author)
        copy.joins = joins
        copy.unsavedAlias = unsavedAlias
        copy.visited = visited
        return copy
    }
}

// MARK: - Request values

extension FilterCompiler {
    private mutating func requestOperand(_ path: [String], _ modifier: String?) throws(FilterError) -> Operand {
        guard path.count >= 2 else { throw FilterError("invalid path \"\(path.joined(separator: "."))\"") }
        let rest = Array(path[2...])
        switch path[1] {
        case "context" where rest.isEmpty && modifier == nil: return requestLiteral(.context, nil)
        case "method" where rest.isEmpty && modifier == nil: return requestLiteral(.method, nil)
        case "query" where rest.count == 1: return requestLiteral(.query(rest[0]), modifier, .isSet(.query, rest[0]))
        case "headers" where rest.count == 1:
            return requestLiteral(.header(rest[0]), modifier, .isSet(.header, rest[0]))
        case "auth" where !rest.isEmpty: return try authOperand(rest, modifier)
        case "body" where !rest.isEmpty: return try bodyOperand(rest, modifier)
        default: throw FilterError("failed to resolve field \"\(path.joined(separator: "."))\"")
        }
    }

    /// A value of the request as a literal, written by its shape.
    private mutating func requestLiteral(
        _ path: RequestPath,
        _ modifier: String?,
        _ isSet: RequestPath? = nil
    ) -> Operand {
        if modifier == "isset", let isSet { return .literal(.request(isSet)) }
        let shape = request.shape(path)
        dependencies[path] = shape
        var operand: Operand = shape == .empty ? .emptyText(.request(path)) : .literal(.request(path))
        // A value that was not sent is empty text once it is lowered (probed on the reference server).
        if modifier == "lower" { operand.sql = operand.sql.wrapped { "LOWER(COALESCE(\($0), ''))" } }
        return operand
    }

    private static let loadedFields: Set<String> = [
        "id", "collectionId", "collectionName", "email", "emailVisibility", "verified",
    ]

    private mutating func authOperand(_ path: [String], _ modifier: String?) throws(FilterError) -> Operand {
        let first = path[0]
        if path.count == 1, Self.loadedFields.contains(first) { return requestLiteral(.auth(first), modifier) }
        let idPath = RequestPath.auth("collectionId")
        dependencies[idPath] = request.shape(idPath)
        guard let caller = request.auth, let collection = catalog.collection(id: caller.collectionID) else {
            return .null
        }
        let isKnown = collection.field(named: first) != nil || BackRelation(first, to: collection, in: catalog) != nil
        guard isKnown else { return .null }
        return try pathOperand(modifier) { resolver, alias throws(FilterError) in
            let table = resolver.join(collection, alias: alias("__auth_\(collection.name)"), multiplies: false) { id in
                "\(id) = " + .value(.request(.auth("id")))
            }
            return try resolver.resolve(path, modifier: modifier, from: table)
        }
    }

    private mutating func bodyOperand(_ path: [String], _ modifier: String?) throws(FilterError) -> Operand {
        let field = base.collection.field(named: path[0])
        if modifier == "isset" { return .literal(.request(.isSet(.body, path[0]))) }
        if modifier == "changed", path.count == 1, let field { return try changed(field) }
        if path.count == 1, modifier == "length" || modifier == "each" {
            guard let field, field.kind.maximumCount != nil else {
                throw FilterError("field \"\(path[0])\" doesn't support multivalue operations")
            }
            return modifier == "length" ? .literal(.request(.bodyCount(path[0]))) : bodyItems(field)
        }
        if path.count > 1, let field, let options = field.kind.relation,
            let collection = catalog.collection(id: options.collectionID)
        {
            return try bodyRelation(field, collection, Array(path.dropFirst()), modifier)
        }
        var isNumber = false
        if path.count == 1, case .number = field?.kind { isNumber = true }
        return requestLiteral(.body(path, asNumber: isNumber), modifier)
    }

    /// Each submitted item on a row of its own.
    private mutating func bodyItems(_ field: Field) -> Operand {
        let alias = "__body_\(field.name)_each"
        let quoted = dialect.quoted(alias)
        let elements = SQLFragment.value(.request(.bodyList(field.name))).wrapped { self.dialect.elements(ofArray: $0) }
        paths.joins.add(alias, multiplies: true, elements + " \(quoted)")
        var operand = Operand.column(SQLFragment("\(quoted).`value`"))
        let inner = dialect.quoted("__mm_" + alias)
        operand.multiple = MultipleValues(
            value: SQLFragment("\(inner).`value`"),
            source: " FROM " + elements + " \(inner)"
        )
        return operand
    }

    /// The records that the submitted ids point to.
    private mutating func bodyRelation(
        _ field: Field,
        _ collection: Collection,
        _ path: [String],
        _ modifier: String?
    ) throws(FilterError) -> Operand {
        let list = SQLFragment.value(.request(.bodyList(field.name))).wrapped { self.dialect.elements(ofArray: $0) }
        let isMultiple = field.kind.isMultiple
        let isKnown = collection.field(named: path[0]) != nil || path[0].contains("_via_")
        guard isKnown else { return .null }
        return try pathOperand(modifier) { resolver, alias throws(FilterError) in
            let name = alias("__body_\(field.name)")
            let table = resolver.join(collection, alias: name, multiplies: isMultiple) { id in
                "\(id) IN (SELECT `value` FROM " + list + ")"
            }
            return try resolver.resolve(path, modifier: modifier, from: table, isMultiple: isMultiple)
        }
    }

    /// Whether the body holds the field with another value than the record.
    private mutating func changed(_ field: Field) throws(FilterError) -> Operand {
        let submitted = try bodyOperand([field.name], nil)
        let stored = try identifier(field.name)
        let differs = Comparison(dialect: dialect)
            .sql(submitted, FilterOperator(kind: .notEqual, isAny: false), stored)
        let isSet = SQLFragment.value(.request(.isSet(.body, field.name)))
        return .exact("(CASE WHEN (" + isSet + " = 1 AND " + differs + ") THEN 1 ELSE 0 END)")
    }
}
