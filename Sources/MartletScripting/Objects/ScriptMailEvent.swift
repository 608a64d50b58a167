import MartletCore
import MartletJavaScript
import MartletMail
import MartletRecords
import OrderedCollections

/// A mail in a script's hands, before it goes out.
final class ScriptMailEvent: ScriptEvent {
    private let message: () -> MailMessage
    private let set: (MailMessage) -> Void
    private let record: Record?
    private let meta: JSONObject

    init(
        message: @escaping () -> MailMessage,
        set: @escaping (MailMessage) -> Void,
        record: Record? = nil,
        meta: JSONObject = [:],
        next: @escaping () throws -> Void
    ) {
        self.message = message
        self.set = set
        self.record = record
        self.meta = meta
        super.init(.mailerEvent, tags: record?.layout.tags ?? [], next: next)
    }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        switch name {
        case "record": return record.map { world.pair("value", world.value(RecordModel($0))) }
        case "meta": return world.pair("json", world.instance.value(JSONValue.object(meta).text))
        case "message": return world.pair("json", world.instance.value(message().scriptJSON.text))
        default: return nil
        }
    }

    override func setMember(_ name: String, _ value: ScriptValue, _ world: ScriptWorld) throws {
        guard name == "message" else { return }
        set(try MailMessage(script: try JSONParser.parse(try value.text())))
    }
}
