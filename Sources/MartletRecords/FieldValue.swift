package import MartletCore
package import MartletStorage
import OrderedCollections

/// What a record's field holds.
package enum FieldValue: Sendable, Hashable {
    /// Also the form of dates, single selections and relations, and password hashes.
    case text(String)
    case number(Double)
    case bool(Bool)
    /// Several selections, relations or file names.
    case list([String])
    /// JSON text, nil for null.
    case json(String?)
    case point(longitude: Double, latitude: Double)

    /// Whether both are stored as the same bytes. `==` on text is by canonical equivalence: it does not see a change from
    /// one Unicode normal form to another.
    package func isSame(as other: FieldValue) -> Bool {
        switch (self, other) {
        case (.text(let one), .text(let two)): one.utf8.elementsEqual(two.utf8)
        case (.json(let one?), .json(let two?)): one.utf8.elementsEqual(two.utf8)
        case (.list(let one), .list(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
        default: self == other
        }
    }

    package var text: String {
        if case .text(let value) = self { value } else { "" }
    }

    /// The single or the several values of a selection.
    package var items: [String] {
        switch self {
        case .text(let value): value.isEmpty ? [] : [value]
        case .list(let values): values
        default: []
        }
    }

    /// Whether "required" refuses it.
    package var isBlank: Bool {
        switch self {
        case .text(let value): value.isEmpty
        case .number(let value): value == 0
        case .bool(let value): !value
        case .list(let values): values.isEmpty
        case .json(let text): text == nil || ["null", "\"\"", "[]", "{}"].contains(text)
        case .point(let longitude, let latitude): longitude == 0 && latitude == 0
        }
    }

    package var sqlValue: SQLValue {
        switch self {
        case .text(let value): .text(value)
        case .number(let value): Int64(exactly: value).map { .integer($0) } ?? .real(value)
        case .bool(let value): .bool(value)
        case .list(let values): .text(JSONValue.array(values.map { .string($0) }).text)
        case .json(let text): text.map { .text($0) } ?? .null
        case .point: .text(jsonText)
        }
    }

    package func write(to writer: inout JSONWriter) {
        switch self {
        case .text(let value): writer.string(value)
        case .number(let value): writer.number(value)
        case .bool(let value): writer.bool(value)
        case .list(let values): writer.list(values) { $0.string($1) }
        case .json(let text): writer.raw(text ?? "null")
        case .point(let longitude, let latitude):
            writer.raw(#"{"lon":"#)
            writer.number(longitude)
            writer.raw(#","lat":"#)
            writer.number(latitude)
            writer.raw("}")
        }
    }

    package var jsonText: String {
        var writer = JSONWriter(capacity: 64)
        write(to: &writer)
        return writer.text
    }

    /// The value as rules see it in a submitted body.
    package var json: JSONValue {
        switch self {
        case .text(let value): .string(value)
        case .number(let value): .number(value)
        case .bool(let value): .bool(value)
        case .list(let values): .array(values.map { .string($0) })
        case .json(let text): text.flatMap { try? JSONParser.parse($0) } ?? .null
        case .point(let longitude, let latitude): .object(["lon": .number(longitude), "lat": .number(latitude)])
        }
    }
}
