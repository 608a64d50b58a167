import MartletCore
package import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage
import OrderedCollections

/// Makes records ready to be shown to a caller: expands them, and lets handlers have their say.
package struct RecordEnricher {
    private let layouts: RecordLayouts
    private let session: BlockingSession
    private let request: RequestValues
    private let auth: Record?
    private let hooks: RecordHooks?

    package init(
        _ layouts: RecordLayouts,
        _ session: BlockingSession,
        request: RequestValues,
        auth: Record?,
        hooks: RecordHooks?
    ) {
        self.layouts = layouts
        self.session = session
        self.request = request
        self.auth = auth
        self.hooks = hooks
    }

    /// - Parameter paths: Relations to expand, under the rules for this caller.
    package func enrich(_ models: [RecordModel], expanding paths: [String]) throws {
        if !paths.isEmpty {
            var expander = RecordExpander(layouts: layouts, session: session)
            expander.isVisible = { try isVisible($0) }
            _ = try expander.expand(models, paths)
        }
        for model in models { try enrich(model) }
    }

    private func enrich(_ model: RecordModel) throws {
        for expanded in model.expanded.values.flatMap(\.all) { try enrich(expanded) }
        let event = RecordEnrichEvent(model, request: request, auth: auth, session)
        guard let hook = hooks?.enrich else { return try show(model) }
        try hook.run(event, tags: model.layout.tags) { try show(model) }
    }

    /// Superusers see everything, and everybody their own address.
    private func show(_ model: RecordModel) throws {
        if request.isSuperuser {
            model.shownNames.formUnion(model.layout.superuserNames)
            model.hiddenNames = []
            model.showsEmail = true
        }
        guard model.layout.isAuth else { return }
        if let caller = request.auth, caller.id == model.record.id, caller.collectionID == model.layout.collectionID {
            model.showsEmail = true
        } else if let rule = model.layout.collection.auth?.manageRule, !rule.isEmpty, request.auth != nil {
            let probe = RuleProbe(session, layouts: layouts, request: request)
            if try probe.passes(rule, id: model.record.id, model.layout) { model.showsEmail = true }
        }
    }

    private func isVisible(_ record: Record) throws -> Bool {
        if request.isSuperuser { return true }
        guard let rule = record.collection.viewRule else { return false }
        if rule.isEmpty { return true }
        var inner = request
        inner.context = .expand
        return try RuleProbe(session, layouts: layouts, request: inner).passes(rule, id: record.id, record.layout)
    }
}
