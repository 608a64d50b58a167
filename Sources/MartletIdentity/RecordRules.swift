import MartletQuery
package import MartletRecords
package import MartletStorage

/// Asks whether a stored record fulfils a rule of its collection.
package struct RecordRules: Sendable {
    private let storage: any Storage
    private let plans: ReadPlans

    package init(storage: any Storage, plans: ReadPlans) {
        self.storage = storage
        self.plans = plans
    }

    func fulfils(
        _ record: Record,
        _ rule: String,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Bool {
        let plan = try plans.plan(record.layout, in: layouts, rule: rule, request: request)
        return try await storage.read { try RecordReader($0, request: request).one(plan, id: record.id) != nil }
    }
}
