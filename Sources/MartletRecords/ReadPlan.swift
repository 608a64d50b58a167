import MartletCore
package import MartletQuery
import MartletSchema
package import MartletStorage
import Synchronization

/// Everything about a read that does not change from request to request: SQL, encoding, and the plans of what it expands.
package final class ReadPlan: Sendable {
    let query: CompiledQuery
    let encoding: RecordEncoding
    let columns: SQLFragment
    /// Sorted by key.
    let expands: [ExpandPlan]
    /// Whether the answer's records have the key `expand`.
    let hasExpand: Bool
    let list: SQLFragment
    let one: SQLFragment
    let count: SQLFragment
    /// Several records by a JSON array of ids, which is the first placeholder of the condition.
    let many: SQLFragment
    /// How many values come before those of the condition: those of the select list and the joins.
    let valuesBeforeCondition: Int
    let idPosition: Int
    /// Whether the last run was too long for the thread it was on: the next one starts elsewhere at once.
    private let isSlow = Atomic<Bool>(false)

    /// Whether rule and filter look at more than the record itself.
    package var looksElsewhere: Bool { query.looksElsewhere }

    /// A relation to resolve, and how to read what it points to.
    struct ExpandPlan: Sendable {
        let key: String
        let link: Link
        let target: ReadPlan

        enum Link: Sendable {
            /// The ids stand in this column of the record.
            case forward(position: Int, isMultiple: Bool)
            /// Other records point here.
            case back(select: SQLFragment, isUnique: Bool)
        }
    }

    init(
        query: CompiledQuery,
        layout: RecordLayout,
        encoding: RecordEncoding,
        manage: SQLFragment?,
        expands: [ExpandPlan]
    ) {
        self.query = query
        self.encoding = encoding
        self.expands = expands
        hasExpand = !expands.isEmpty
        var columns = SQLFragment(layout.columns(of: query.column))
        if let manage { columns = columns + ", " + manage }
        self.columns = columns
        list = query.page(columns)
        one = query.select(columns, where: SQLFragment("\(query.column("id")) = ?", []), tail: "LIMIT 1")
        count = query.count
        let id = query.column("id")
        let ids = query.dialect.elements(ofArray: "?")
        many = query.select(columns, where: SQLFragment("\(id) IN (SELECT `value` FROM \(ids))"))
        valuesBeforeCondition = columns.values.count + query.source.values.count
        idPosition = layout.idPosition
    }

    /// In bytes of SQL, with the plans of what it expands.
    var size: Int {
        let own = list.text.utf8.count + one.text.utf8.count + count.text.utf8.count + many.text.utf8.count
        return expands.reduce(own) { $0 + $1.target.size }
    }

    package var runsElsewhere: Bool { isSlow.load(ordering: .relaxed) }

    package func noteDuration(isSlow: Bool) {
        self.isSlow.store(isSlow, ordering: .relaxed)
    }

    /// What two requests must have in common to get the same answer from the plan. The moment does not count: both ask
    /// at the same.
    package func signature(_ request: RequestValues) -> Signature {
        var values: [SQLValue] = []
        collect(request, &values)
        return Signature(plan: ObjectIdentifier(self), values: values, callerID: seesCaller ? request.auth?.id : nil)
    }

    package struct Signature: Hashable, Sendable {
        let plan: ObjectIdentifier
        let values: [SQLValue]
        /// Decides whose email is shown.
        let callerID: String?
    }

    private func collect(_ request: RequestValues, _ values: inout [SQLValue]) {
        values += request.bind(one.values.filter { $0.isOfRequest })
        for expand in expands { expand.target.collect(request.expanding, &values) }
    }

    private var seesCaller: Bool { encoding.dependsOnCaller || expands.contains { $0.target.seesCaller } }

    func serves(_ request: RequestValues) -> Bool {
        query.serves(request) && expands.allSatisfy { $0.target.serves(request) }
    }
}

/// Makes and keeps read plans.
package final class ReadPlans: Sendable {
    private struct Key: Hashable, Sendable {
        let collectionID: String
        let rule: ExactText?
        let filter: ExactText
        let sort: String
        let expand: ExpandTree
        let callerCollectionID: String?
    }

    private let dialect: any Dialect
    private let cache = PlanCache<Key, ReadPlan>(weight: \.size)

    package init(dialect: any Dialect) {
        self.dialect = dialect
    }

    /// - Parameters:
    ///   - rule: The condition that the collection sets, nil for none.
    ///   - filter: The caller's own condition.
    /// - Throws: ``FilterError``.
    package func plan(
        _ layout: RecordLayout,
        in layouts: RecordLayouts,
        rule: String?,
        filter: String = "",
        sort: String = "",
        expand: ExpandTree = ExpandTree(),
        request: RequestValues
    ) throws(FilterError) -> ReadPlan {
        let key = Key(
            collectionID: layout.collectionID,
            rule: rule.map(ExactText.init),
            filter: ExactText(filter),
            sort: sort,
            expand: expand,
            callerCollectionID: request.auth?.collectionID
        )
        return try cache.plan(for: key, version: layouts.catalog.version, where: { $0.serves(request) }) {
            () throws(FilterError) -> ReadPlan in
            try PlanMaker(layouts: layouts, dialect: dialect, request: request)
                .make(layout, rule: rule, filter: filter, sort: sort, expand: expand)
        }
    }
}

/// Compiles one plan with those of its expands.
private struct PlanMaker {
    let layouts: RecordLayouts
    let dialect: any Dialect
    let request: RequestValues

    private var compiler: QueryCompiler { QueryCompiler(catalog: layouts.catalog, dialect: dialect) }
    private var isSuperuser: Bool { request.isSuperuser }

    func make(
        _ layout: RecordLayout,
        rule: String?,
        filter: String,
        sort: String,
        expand: ExpandTree
    ) throws(FilterError) -> ReadPlan {
        let query = try compiler.compile(
            layout.collection,
            rule: rule,
            filter: filter,
            sort: sort,
            author: isSuperuser ? .superuser : .client,
            request: request
        )
        let manage = try manageColumn(layout.collection)
        let encoding = RecordEncoding(
            layout,
            showsHidden: isSuperuser,
            callerCollectionID: request.auth?.collectionID,
            managePosition: manage == nil ? nil : layout.fields.count
        )
        return ReadPlan(
            query: query,
            layout: layout,
            encoding: encoding,
            manage: manage,
            expands: try expands(layout, expand)
        )
    }

    /// Whether the caller manages the row, as a column of the query.
    private func manageColumn(_ collection: Collection) throws(FilterError) -> SQLFragment? {
        guard !isSuperuser, request.auth != nil, let rule = collection.auth?.manageRule, !rule.isEmpty else {
            return nil
        }
        let alias = "__managed"
        let query = try compiler.compile(collection, rule: rule, request: request, alias: alias)
        let outer = "\(dialect.quoted(collection.name)).`id`"
        let inner = query.select(SQLFragment("1"), where: SQLFragment("\(dialect.quoted(alias)).`id` = \(outer)"))
        return "EXISTS (" + inner + ")"
    }

    /// A path that fails at any step contributes nothing, also not its first steps.
    private func expands(_ layout: RecordLayout, _ tree: ExpandTree) throws(FilterError) -> [ReadPlan.ExpandPlan] {
        var plans: [ReadPlan.ExpandPlan] = []
        for branch in tree.children {
            guard let plan = try expand(layout, branch) else { continue }
            if branch.tree.isEmpty || plan.target.hasExpand { plans.append(plan) }
        }
        return plans
    }

    private func expand(_ layout: RecordLayout, _ branch: ExpandTree.Branch) throws(FilterError) -> ReadPlan.ExpandPlan?
    {
        let inner = PlanMaker(layouts: layouts, dialect: dialect, request: request.expanding)
        if let position = layout.position(branch.name), let options = layout.fields[position].kind.relation {
            guard let target = layouts.layout(id: options.collectionID), let rule = readRule(target) else { return nil }
            let plan = try inner.make(target, rule: rule, filter: "", sort: "", expand: branch.tree)
            let isMultiple = layout.fields[position].kind.isMultiple
            return ReadPlan.ExpandPlan(
                key: branch.name,
                link: .forward(position: position, isMultiple: isMultiple),
                target: plan
            )
        }
        guard let reference = backRelation(branch.name, layout.collection),
            let target = layouts.layout(id: reference.collection.id), let rule = readRule(target)
        else { return nil }
        let plan = try inner.make(target, rule: rule, filter: "", sort: "", expand: branch.tree)
        let column = plan.query.column(reference.field.name)
        let condition =
            reference.field.kind.isMultiple ? dialect.hasElement(column, "?") : "\(column) = ?"
        return ReadPlan.ExpandPlan(
            key: branch.name,
            link: .back(
                select: plan.query.select(plan.columns, where: SQLFragment(condition), tail: "LIMIT 1000"),
                isUnique: reference.isUnique
            ),
            target: plan
        )
    }

    /// The rule under which records are expanded; nil when the caller sees none of them.
    private func readRule(_ layout: RecordLayout) -> String? {
        isSuperuser ? "" : layout.collection.viewRule
    }

    /// `coll_via_rel`, or the older `coll(rel)`.
    private func backRelation(_ name: String, _ collection: Collection) -> BackRelation? {
        if let relation = BackRelation(name, to: collection, in: layouts.catalog) { return relation }
        guard name.hasSuffix(")"), let open = name.firstIndex(of: "(") else { return nil }
        let field = name[name.index(after: open)...].dropLast()
        return BackRelation(String(name[..<open]), String(field), to: collection, in: layouts.catalog)
    }
}

extension RequestValues {
    /// Work on the server's own account, which no rule restricts.
    package static var superuser: RequestValues {
        var values = RequestValues()
        values.auth = Caller(
            id: "",
            collectionID: Collection.superusersID,
            collectionName: "_superusers",
            email: "",
            emailVisibility: false,
            verified: true
        )
        return values
    }

    package var isSuperuser: Bool { auth?.collectionID == Collection.superusersID }

    var expanding: RequestValues {
        var copy = self
        copy.context = .expand
        return copy
    }
}
