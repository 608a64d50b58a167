package import MartletCore
package import MartletStorage

/// What happens to a model, told to those who take part.
open class ModelEvent {
    package enum Kind: String, Sendable {
        case create, update, delete, validate
    }

    package let kind: Kind
    /// Where its inner part runs.
    package var session: BlockingSession
    /// Why it failed; for those who take part afterwards.
    package var error: (any Error)?

    package init(_ kind: Kind, _ session: BlockingSession) {
        self.kind = kind
        self.session = session
    }

    /// Which handlers are concerned.
    open var tags: [String] { [] }
}

/// The stages of a write at which others take part (`js-hooks.md`, 7.4 and 8).
package enum ModelStage: String, Sendable, CaseIterable {
    case validate = "Validate"
    case create = "Create"
    case createExecute = "CreateExecute"
    case afterCreateSuccess = "AfterCreateSuccess"
    case afterCreateError = "AfterCreateError"
    case update = "Update"
    case updateExecute = "UpdateExecute"
    case afterUpdateSuccess = "AfterUpdateSuccess"
    case afterUpdateError = "AfterUpdateError"
    case delete = "Delete"
    case deleteExecute = "DeleteExecute"
    case afterDeleteSuccess = "AfterDeleteSuccess"
    case afterDeleteError = "AfterDeleteError"
}

/// Those who take part in what happens to all models.
package typealias ModelHooks = HookFamily<ModelStage, ModelEvent>

/// What happens to a collection.
package final class CollectionEvent: ModelEvent {
    /// As it is to be; handlers may change it before it is written.
    package var collection: Collection

    package init(_ kind: Kind, _ collection: Collection, _ session: BlockingSession) {
        self.collection = collection
        super.init(kind, session)
    }

    public override var tags: [String] { [collection.name, collection.id] }
}

/// Those who take part in what happens to collections. Around each handler for collections are those for all models.
package final class CollectionHooks: Sendable {
    private let hooks = HookFamily<ModelStage, CollectionEvent>()
    package let models: ModelHooks

    package init(models: ModelHooks) {
        self.models = models
    }

    package subscript(stage: ModelStage) -> Hook<CollectionEvent> { hooks[stage] }

    /// Whether anybody takes part.
    package var areActive: Bool { !hooks.isEmpty || models.concerns(["_collections"]) }

    func run(_ stage: ModelStage, _ event: CollectionEvent, _ action: () throws -> Void) throws {
        try self[stage].run(event, tags: event.tags) {
            try models[stage].run(event, tags: ["_collections"] + event.tags, action)
        }
    }
}
