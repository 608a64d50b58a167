import CJavaScriptCore

/// Something of the program that scripts hold in their hands. What they see of it are the members of the prototype that
/// is registered for its kind.
open class HostObject {
    package init() {}
}

/// Which prototype the objects of one sort have.
package struct HostKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }
}

extension HostObject {
    /// The class of all host objects: it holds one reference to the object, given back by the collector.
    ///
    /// `nonisolated(unsafe)`: made once, and never changed.
    nonisolated(unsafe) static let scriptClass: JSClassRef? = {
        var definition = kJSClassDefinitionEmpty
        definition.finalize = { object in
            guard let pointer = JSObjectGetPrivate(object) else { return }
            Unmanaged<HostObject>.fromOpaque(pointer).release()
        }
        return "HostObject".withCString { name in
            definition.className = name
            return JSClassCreate(&definition)
        }
    }()
}

extension ScriptInstance {
    /// An object of a script that stands for one of the program.
    package func value(_ host: HostObject, as kind: HostKind) -> ScriptValue {
        let pointer = Unmanaged.passRetained(host).toOpaque()
        guard let object = JSObjectMake(context, HostObject.scriptClass, pointer) else {
            Unmanaged<HostObject>.fromOpaque(pointer).release()
            return undefined
        }
        if let prototype = prototype(kind) { JSObjectSetPrototype(context, object, prototype) }
        return ScriptValue(self, object)
    }
}

extension ScriptValue {
    /// The program's object that the value stands for, nil for all other values.
    package func host<T: HostObject>(_ type: T.Type = T.self) -> T? {
        guard JSValueIsObjectOfClass(instance.context, reference, HostObject.scriptClass),
            let pointer = JSObjectGetPrivate(reference)
        else { return nil }
        return Unmanaged<HostObject>.fromOpaque(pointer).takeUnretainedValue() as? T
    }
}
