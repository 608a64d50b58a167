import MartletCore
import MartletJavaScript

/// What happens to the application, in a script's hands.
final class ScriptAppEvent: ScriptEvent {
    private let event: AppEvent

    init(_ event: AppEvent, next: @escaping () throws -> Void) {
        self.event = event
        super.init(.appEvent, next: next)
    }

    override func member(_ name: String, _ world: ScriptWorld) throws -> ScriptValue? {
        switch name {
        case "isRestart": world.pair("value", world.instance.value(event.isRestart))
        case "name": world.pair("value", world.instance.value(event.name))
        case "exclude": world.pair("value", world.value([String]()))
        default: nil
        }
    }
}
