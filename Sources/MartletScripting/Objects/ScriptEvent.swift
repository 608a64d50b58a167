import MartletCore
import MartletJavaScript
import MartletRecords
import MartletSchema
import MartletStorage

/// An event in a script's hands, for as long as its handler runs.
class ScriptEvent: HostObject {
    let kind: HostKind
    let tags: [String]
    /// Goes on; nil when the handler is over.
    private var goOn: (() throws -> Void)?

    init(_ kind: HostKind, tags: [String] = [], next: @escaping () throws -> Void) {
        self.kind = kind
        self.tags = tags
        goOn = next
    }

    /// Where `e.app` reads and writes.
    var session: BlockingSession? { nil }

    func use(_ session: BlockingSession?) {}

    func next() throws { try goOn?() }

    /// Notes that the handler is over.
    func settle() { goOn = nil }

    /// A member, as a form and a value; nil where there is none.
    func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? { nil }

    func setMember(_ name: String, _ value: ScriptValue, _ world: ScriptWorld) throws {}
}

/// What happens to a record or another model.
final class ScriptModelEvent: ScriptEvent {
    let event: ModelEvent

    init(_ kind: HostKind, _ event: ModelEvent, next: @escaping () throws -> Void) {
        self.event = event
        super.init(kind, tags: event.tags, next: next)
    }

    override var session: BlockingSession? { event.session }

    override func use(_ session: BlockingSession?) {
        if let session { event.session = session }
    }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        switch name {
        case "type": return world.pair("value", world.instance.value(event.kind.rawValue))
        case "error": return event.error.map { world.pair("value", world.told($0)) }
        case "record", "model", "collection":
            if let event = event as? RecordEvent { return world.pair("value", world.value(event.model)) }
            guard let event = event as? CollectionEvent else { return nil }
            return world.pair("described", world.instance.value(event.collection.json(withSecrets: true).text))
        default: return nil
        }
    }

    override func setMember(_ name: String, _ value: ScriptValue, _ world: ScriptWorld) throws {
        guard name == "collection", let event = event as? CollectionEvent,
            case .object(let members)? = try? JSONParser.parse(try value.text())
        else { return }
        try event.collection.merge(members)
    }
}

extension HostKind {
    static let modelEvent = HostKind(rawValue: "ModelEvent")
    static let recordEvent = HostKind(rawValue: "RecordEvent")
    static let collectionEvent = HostKind(rawValue: "CollectionEvent")
    static let enrichEvent = HostKind(rawValue: "EnrichEvent")
    static let requestEvent = HostKind(rawValue: "RequestEvent")
    static let jobEvent = HostKind(rawValue: "JobEvent")
    static let messageEvent = HostKind(rawValue: "MessageEvent")
    static let appEvent = HostKind(rawValue: "AppEvent")
    static let mailerEvent = HostKind(rawValue: "MailerEvent")
}
