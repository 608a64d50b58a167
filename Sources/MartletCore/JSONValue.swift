package import OrderedCollections

/// One JSON value, decoded once at the edge. Numbers are 64-bit floats, as in the API (RFC 8259, section 6).
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// Members in the order in which they were sent.
package typealias JSONObject = OrderedDictionary<String, JSONValue>

extension JSONValue {
    package var isNull: Bool { self == .null }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var number: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// What a truth value is taken for where the reference server takes other types as well: `true`, numbers but 0, and
    /// the texts that mean true.
    package var isTruthy: Bool {
        switch self {
        case .bool(let value): value
        case .number(let value): value != 0
        case .string(let text): text.truthValue == true
        case .null, .array, .object: false
        }
    }

    /// The member of an object, or nil for any other value.
    package subscript(key: String) -> JSONValue? {
        object?[key]
    }

    /// The value as compact JSON text, object keys sorted by byte order at every level.
    package var sortedText: String {
        var writer = JSONWriter()
        writer.value(self, sortingKeys: true)
        return writer.text
    }

    /// The value as compact JSON text, object keys in their own order.
    package var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }
}

extension OrderedDictionary where Key == String, Value == JSONValue {
    /// The object with its own keys in lower case.
    package var withLoweredKeys: JSONObject {
        JSONObject(map { ($0.key.asciiLowercased(), $0.value) }, uniquingKeysWith: { $1 })
    }

    /// The object with all keys in lower case, at every level.
    package var withAllKeysLowered: JSONObject {
        func lowered(_ value: JSONValue) -> JSONValue {
            switch value {
            case .object(let members): .object(members.withAllKeysLowered)
            case .array(let elements): .array(elements.map(lowered))
            default: value
            }
        }
        return JSONObject(map { ($0.key.asciiLowercased(), lowered($0.value)) }, uniquingKeysWith: { $1 })
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements, uniquingKeysWith: { $1 }))
    }
}
