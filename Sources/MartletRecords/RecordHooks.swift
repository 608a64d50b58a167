package import MartletCore
package import MartletQuery
package import MartletSchema
package import MartletStorage

/// What happens to a record.
package final class RecordEvent: ModelEvent {
    package let model: RecordModel

    package init(_ kind: Kind, _ model: RecordModel, _ session: BlockingSession) {
        self.model = model
        super.init(kind, session)
    }

    public override var tags: [String] { model.layout.tags }
}

/// A record is about to be shown to somebody.
package final class RecordEnrichEvent {
    package let model: RecordModel
    /// Who asks, and how.
    package let request: RequestValues
    package let auth: Record?
    package let session: BlockingSession

    package init(_ model: RecordModel, request: RequestValues, auth: Record?, _ session: BlockingSession) {
        self.model = model
        self.request = request
        self.auth = auth
        self.session = session
    }
}

/// Those who take part in what happens to records. Around each handler for records are those for all models.
package final class RecordHooks: Sendable {
    private let hooks = HookFamily<ModelStage, RecordEvent>()
    package let models: ModelHooks
    package let enrich = Hook<RecordEnrichEvent>()
    /// Where handlers run that are not on a thread of theirs already.
    let threads: BlockingThreads?

    package init(models: ModelHooks = ModelHooks(), threads: BlockingThreads? = nil) {
        self.models = models
        self.threads = threads
    }

    package subscript(stage: ModelStage) -> Hook<RecordEvent> { hooks[stage] }

    /// Whether somebody takes part in what happens to records of a collection.
    package func concern(_ layout: RecordLayout) -> Bool {
        hooks.concerns(layout.tags) || models.concerns(layout.tags)
    }

    /// Whether anybody takes part in anything.
    package var areActive: Bool { !hooks.isEmpty || models.concerns([]) }

    /// Does something as one transaction if anybody takes part in that stage: what they write there, and what they enqueue, is
    /// there if and only if the record's change is.
    func atomically(_ stage: ModelStage, _ event: RecordEvent, _ action: () throws -> Void) throws {
        let isWatched = self[stage].concerns(event.tags) || models[stage].concerns(event.tags)
        if isWatched { try event.session.transaction(action) } else { try action() }
    }

    func run(_ stage: ModelStage, _ event: RecordEvent, _ action: () throws -> Void) throws {
        try self[stage].run(event, tags: event.tags) {
            try models[stage].run(event, tags: event.tags, action)
        }
    }
}
