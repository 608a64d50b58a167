import MartletCore
import MartletJavaScript
import MartletRealtime
import OrderedCollections

/// A message to a client of the event stream, in a script's hands.
final class ScriptMessageEvent: ScriptEvent {
    private let event: MessageEvent

    init(_ event: MessageEvent, next: @escaping () throws -> Void) {
        self.event = event
        super.init(.messageEvent, next: next)
    }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        switch name {
        case "client": return world.pair("value", world.instance.value(event.clientID))
        case "message":
            let message: JSONValue = [
                "name": .string(event.name), "data": .string(String(decoding: event.data, as: UTF8.self)),
            ]
            return world.pair("json", world.instance.value(message.text))
        default: return nil
        }
    }

    override func setMember(_ name: String, _ value: ScriptValue, _ world: ScriptWorld) throws {
        guard name == "message", case .object(let members)? = try? JSONParser.parse(try value.text()) else { return }
        event.name = members["name"]?.string ?? event.name
        if let data = members["data"] { event.data = Array((data.string ?? data.text).utf8) }
    }
}
