import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import OrderedCollections

/// A request in a script's hands: of a route, a middleware, or a hook.
final class ScriptRequestEvent: ScriptEvent {
    let exchange: Exchange
    /// What a hook is about; nil for routes and middlewares.
    private let event: RequestEvent?
    private var current: BlockingSession?

    init(_ exchange: Exchange, _ event: RequestEvent? = nil, tags: [String] = [], next: @escaping () throws -> Void) {
        self.exchange = exchange
        self.event = event
        super.init(.requestEvent, tags: tags, next: next)
    }

    override var session: BlockingSession? { event?.session ?? current }

    override func use(_ session: BlockingSession?) {
        if let event, let session { event.session = session } else { current = session }
    }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        guard let event else { return nil }
        switch name {
        case "record":
            return event.record.map { world.pair("value", world.value($0)) } ?? world.pair("value", world.instance.null)
        case "records":
            let models = event.records
            return world.pair("value", try world.instance.array(count: models.count) { world.value(models[$0]) })
        case "collection":
            guard let collection = event.collection else { return nil }
            return world.pair("described", world.instance.value(collection.json(withSecrets: true).text))
        case "result":
            var values = event.values
            values["items"] = nil
            return world.pair("json", world.instance.value(JSONValue.object(values).text))
        default:
            return event.values[name].map { world.pair("json", world.instance.value($0.text)) }
        }
    }

    /// Members that the prelude writes back as JSON text.
    private static let heldNames: Set = [
        "batch", "subscriptions", "collections", "collectionsData", "settings", "oldSettings", "newSettings",
        "oAuth2User",
        "message",
    ]

    override func setMember(_ name: String, _ value: ScriptValue, _ world: ScriptWorld) throws {
        guard let event else { return }
        switch name {
        case "collection":
            guard var collection = event.collection,
                case .object(let members)? = try? JSONParser.parse(try value.text())
            else { return }
            try collection.merge(members)
            event.collection = collection
        case "record": event.record = value.host(ScriptRecord.self)?.model
        case "records": event.records = try value.map { $0.host(ScriptRecord.self)?.model }.compactMap { $0 }
        case "result":
            guard case .object(let members)? = try? JSONParser.parse(try value.text()) else { return }
            for (key, member) in members where event.values[key] != nil { event.values[key] = member }
        default:
            let isHeld = ScriptRequestEvent.heldNames.contains(name)
            event.values[name] = isHeld ? try JSONParser.parse(try value.text()) : try value.json()
        }
    }
}

/// The showing of a record in a script's hands.
final class ScriptEnrichEvent: ScriptEvent {
    private let event: RecordEnrichEvent

    init(_ event: RecordEnrichEvent, next: @escaping () throws -> Void) {
        self.event = event
        super.init(.enrichEvent, tags: event.model.layout.tags, next: next)
    }

    override var session: BlockingSession? { event.session }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        switch name {
        case "record": return world.pair("value", world.value(event.model))
        case "auth":
            return world.pair("value", event.auth.map { world.value(RecordModel($0)) } ?? world.instance.null)
        case "requestInfo":
            let request = event.request
            let query = JSONObject(request.query.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { $1 })
            let info: JSONValue = [
                "context": .string(request.context.rawValue), "method": .string(request.method),
                "query": .object(query),
                "headers": [:], "body": .object(request.body),
            ]
            return world.pair("json", world.instance.value(info.text))
        default: return nil
        }
    }
}
