package import CJavaScriptCore
package import MartletCore

/// A value in an instance's heap. It lives as long as it is on the stack of the thread that runs the instance, and is not
/// to be kept anywhere else: ``KeptValue`` is for that.
package struct ScriptValue {
    package unowned(unsafe) let instance: ScriptInstance
    package let reference: JSValueRef

    init(_ instance: ScriptInstance, _ reference: JSValueRef) {
        self.instance = instance
        self.reference = reference
    }

    private var context: JSContextRef { instance.context }

    // MARK: - What it is

    package var isUndefined: Bool { JSValueIsUndefined(context, reference) }
    package var isNull: Bool { JSValueIsNull(context, reference) }
    /// Whether it is null or undefined.
    package var isMissing: Bool { isUndefined || isNull }
    package var isText: Bool { JSValueIsString(context, reference) }
    package var isNumber: Bool { JSValueIsNumber(context, reference) }
    package var isBool: Bool { JSValueIsBoolean(context, reference) }
    package var isObject: Bool { JSValueIsObject(context, reference) }
    package var isArray: Bool { JSValueIsArray(context, reference) }
    package var isDate: Bool { JSValueIsDate(context, reference) }
    package var isFunction: Bool { isObject && JSObjectIsFunction(context, reference) }

    // MARK: - As Swift values

    /// As JavaScript converts to a boolean.
    package var bool: Bool { JSValueToBoolean(context, reference) }

    /// As JavaScript converts to a number; NaN for what cannot be converted.
    package var number: Double {
        var exception: JSValueRef?
        return JSValueToNumber(context, reference, &exception)
    }

    /// A number as an integer, 0 for what is none.
    package var integer: Int { Int(clamping: number) }

    /// As JavaScript converts to text.
    /// - Throws: ``ScriptError`` from a `toString` of the script.
    package func text() throws -> String {
        let string = try instance.checked { JSValueToStringCopy(context, reference, &$0) }
        guard let string else { return "" }
        defer { JSStringRelease(string) }
        return ScriptText.read(string)
    }

    /// As `JSON.stringify` makes it, nil for what has no JSON form.
    /// - Throws: ``ScriptError`` for circles, and from a `toJSON` of the script.
    package func jsonText() throws -> String? {
        guard let string = try jsonString() else { return nil }
        defer { JSStringRelease(string) }
        return ScriptText.read(string)
    }

    /// The bytes of what `JSON.stringify` makes.
    package func jsonBytes() throws -> [UInt8]? {
        guard let string = try jsonString() else { return nil }
        defer { JSStringRelease(string) }
        return ScriptText.bytes(string)
    }

    private func jsonString() throws -> JSStringRef? {
        try instance.checked { JSValueCreateJSONString(context, reference, 0, &$0) }
    }

    /// The value as JSON; what has no JSON form is null.
    package func json() throws -> JSONValue {
        if isMissing { return .null }
        if isText { return .string(try text()) }
        if isNumber {
            let number = number
            return number.isFinite ? .number(number) : .null
        }
        if isBool { return .bool(bool) }
        guard let text = try jsonText() else { return .null }
        return try JSONParser.parse(text)
    }

    /// The bytes of a typed array or an array buffer, nil for anything else.
    package var bytes: [UInt8]? {
        guard isObject else { return nil }
        var exception: JSValueRef?
        let type = JSValueGetTypedArrayType(context, reference, &exception)
        if type == kJSTypedArrayTypeNone { return nil }
        let isBuffer = type == kJSTypedArrayTypeArrayBuffer
        let pointer =
            isBuffer
            ? JSObjectGetArrayBufferBytesPtr(context, reference, &exception)
            : JSObjectGetTypedArrayBytesPtr(context, reference, &exception)
        let count =
            isBuffer
            ? JSObjectGetArrayBufferByteLength(context, reference, &exception)
            : JSObjectGetTypedArrayByteLength(context, reference, &exception)
        guard let pointer, count > 0 else { return [] }
        // The pointer is the buffer's, also where the array begins in its middle.
        let offset = isBuffer ? 0 : JSObjectGetTypedArrayByteOffset(context, reference, &exception)
        return Array(UnsafeRawBufferPointer(start: pointer + offset, count: count))
    }

    // MARK: - Members

    /// A property, undefined where there is none.
    /// - Throws: ``ScriptError`` from a getter of the script.
    package subscript(name: String) -> ScriptValue {
        get throws {
            guard isObject else { return instance.undefined }
            let value = try ScriptText.with(name) { name in
                try instance.checked { JSObjectGetProperty(context, reference, name, &$0) }
            }
            return value.map { ScriptValue(instance, $0) } ?? instance.undefined
        }
    }

    /// An element of an array.
    package subscript(index: Int) -> ScriptValue {
        get throws {
            guard isObject else { return instance.undefined }
            let value = try instance.checked {
                JSObjectGetPropertyAtIndex(context, reference, UInt32(truncatingIfNeeded: index), &$0)
            }
            return value.map { ScriptValue(instance, $0) } ?? instance.undefined
        }
    }

    package func set(_ name: String, _ value: ScriptValue) throws {
        guard isObject else { return }
        try ScriptText.with(name) { name in
            try instance.checked {
                JSObjectSetProperty(
                    context,
                    reference,
                    name,
                    value.reference,
                    JSPropertyAttributes(kJSPropertyAttributeNone),
                    &$0
                )
            }
        }
    }

    /// The names of an object's own members.
    package func keys() throws -> [String] {
        guard isObject, let names = JSObjectCopyPropertyNames(context, reference) else { return [] }
        defer { JSPropertyNameArrayRelease(names) }
        return (0..<JSPropertyNameArrayGetCount(names)).compactMap { index in
            JSPropertyNameArrayGetNameAtIndex(names, index).map { ScriptText.read($0) }
        }
    }

    /// How many elements an array has.
    package var count: Int {
        get throws { isArray ? try self["length"].integer : 0 }
    }

    /// The elements of an array, none for anything else.
    package func map<T>(_ transform: (ScriptValue) throws -> T) throws -> [T] {
        try (0..<count).map { try transform(self[$0]) }
    }

    /// Calls a function.
    /// - Throws: ``ScriptError``, ``ScriptStop``.
    @discardableResult
    package func call(_ arguments: ScriptValue..., this: ScriptValue? = nil) throws -> ScriptValue {
        guard isFunction else { throw ScriptError(name: "TypeError", message: "not a function") }
        // On the stack, where the engine's collector sees them.
        return try withUnsafeTemporaryAllocation(of: JSValueRef?.self, capacity: arguments.count) { buffer in
            for (index, argument) in arguments.enumerated() { buffer[index] = argument.reference }
            let result = try instance.checked {
                JSObjectCallAsFunction(
                    context,
                    reference,
                    this?.reference,
                    arguments.count,
                    buffer.baseAddress,
                    &$0
                )
            }
            // What promises had called may have been ended on the way out.
            try instance.checkStop()
            return result.map { ScriptValue(instance, $0) } ?? instance.undefined
        }
    }
}

/// A value that an instance keeps until it is let go.
///
/// `@unchecked Sendable`: a reference that only the thread that runs the instance looks into.
package final class KeptValue: @unchecked Sendable {
    private let instance: ScriptInstance
    private let reference: JSValueRef

    package init(_ value: ScriptValue) {
        instance = value.instance
        reference = value.reference
        JSValueProtect(instance.context, reference)
    }

    package var value: ScriptValue { ScriptValue(instance, reference) }

    /// The value, if it is one of this instance.
    package func value(in other: ScriptInstance) -> ScriptValue? { other === instance ? value : nil }

    deinit {
        // The engine takes its own lock: any thread may let go.
        JSValueUnprotect(instance.context, reference)
    }
}
