/// The tables that a query joins to its base table, each path once: the same path used twice is the same joined row.
struct JoinList {
    private(set) var items: [(alias: String, sql: SQLFragment)] = []
    /// Whether a join can give a base row more than once.
    private(set) var multiplies = false

    mutating func add(_ alias: String, multiplies: Bool, _ sql: SQLFragment) {
        guard !items.contains(where: { $0.alias == alias }) else { return }
        items.append((alias, sql))
        if multiplies { self.multiplies = true }
    }

    var fragment: SQLFragment {
        items.reduce(SQLFragment("")) { $0 + " LEFT JOIN " + $1.sql }
    }
}
