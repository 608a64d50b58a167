/// A table expression that stands for a collection's table in a query.
package struct BaseRows: Hashable, Sendable {
    package let name: String
    /// Whether other records may point to its rows. To one that is still to be made none does, and rules that ask for them
    /// are refused (`filters-and-rules.md`, Create rule evaluation).
    package let isReferable: Bool

    package init(name: String, isReferable: Bool) {
        self.name = name
        self.isReferable = isReferable
    }
}
