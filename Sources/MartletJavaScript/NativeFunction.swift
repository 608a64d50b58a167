import CJavaScriptCore

/// What a script gives to a native function. It lives no longer than the call, during which the engine keeps the instance: a
/// counted reference would be counted at each of thousands of calls.
package struct NativeCall {
    package unowned(unsafe) let instance: ScriptInstance
    private let arguments: UnsafePointer<JSValueRef?>?
    package let count: Int

    init(_ instance: ScriptInstance, _ arguments: UnsafePointer<JSValueRef?>?, _ count: Int) {
        self.instance = instance
        self.arguments = arguments
        self.count = count
    }

    /// An argument, undefined where there is none.
    package subscript(index: Int) -> ScriptValue {
        guard index < count, let reference = arguments?[index] else { return instance.undefined }
        return ScriptValue(instance, reference)
    }

    /// An argument as text, empty where there is none.
    package func text(_ index: Int) throws -> String {
        let value = self[index]
        return value.isMissing ? "" : try value.text()
    }

    package func integer(_ index: Int) -> Int {
        let value = self[index]
        return value.isMissing ? 0 : value.integer
    }

    /// An argument that has to be an object of the program.
    /// - Throws: ``ScriptError``, a TypeError.
    package func host<T: HostObject>(_ index: Int, _ type: T.Type = T.self) throws -> T {
        if let host = self[index].host(type) { return host }
        throw ScriptError(
            name: "TypeError",
            message: "could not convert function call parameter \(index): it is no \(type.scriptName)"
        )
    }
}

extension HostObject {
    /// What messages call objects of this class.
    class var scriptName: String { String(describing: self).replacing("Script", with: "") }
}

/// A function of the program that scripts call.
final class NativeFunction {
    typealias Body = (NativeCall) throws -> ScriptValue?

    let body: Body
    unowned(unsafe) let instance: ScriptInstance

    init(_ instance: ScriptInstance, _ body: @escaping Body) {
        self.instance = instance
        self.body = body
    }

    /// `nonisolated(unsafe)`: made once, and never changed.
    nonisolated(unsafe) static let scriptClass: JSClassRef? = {
        var definition = kJSClassDefinitionEmpty
        definition.finalize = { object in
            guard let pointer = JSObjectGetPrivate(object) else { return }
            Unmanaged<NativeFunction>.fromOpaque(pointer).release()
        }
        definition.callAsFunction = { _, function, _, count, arguments, exception in
            guard let function, let pointer = JSObjectGetPrivate(function) else { return nil }
            let native = Unmanaged<NativeFunction>.fromOpaque(pointer).takeUnretainedValue()
            let instance = native.instance
            do {
                let result = try native.body(NativeCall(instance, arguments, count))
                try instance.checkStop()
                return (result ?? instance.undefined).reference
            } catch {
                exception?.pointee = instance.thrown(error).reference
                return nil
            }
        }
        return "NativeFunction".withCString { name in
            definition.className = name
            return JSClassCreate(&definition)
        }
    }()
}

extension ScriptInstance {
    /// A function that scripts of this instance can call. What it throws, they can catch.
    package func function(_ body: @escaping (NativeCall) throws -> ScriptValue?) -> ScriptValue {
        let pointer = Unmanaged.passRetained(NativeFunction(self, body)).toOpaque()
        guard let object = JSObjectMake(context, NativeFunction.scriptClass, pointer) else {
            Unmanaged<NativeFunction>.fromOpaque(pointer).release()
            return undefined
        }
        return ScriptValue(self, object)
    }
}
