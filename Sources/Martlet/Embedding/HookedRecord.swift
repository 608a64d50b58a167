import MartletCore
import MartletRecords
import OrderedCollections

/// A record in the hands of a handler.
///
/// `@unchecked Sendable`: as ``RecordPointEvent``, by which it is handed out.
public final class HookedRecord: @unchecked Sendable {
    private let model: RecordModel

    init(_ model: RecordModel) {
        self.model = model
    }

    /// Its id.
    public var id: String { model.record.id }
    /// The name of its collection.
    public var collection: String { model.layout.collectionName }
    /// Whether it is still to be made.
    public var isNew: Bool { model.isNew }

    /// A field's value; nil where there is no such field. Setting one does what a body of the API with that value would, with
    /// its modifiers (`"count+"`).
    public subscript(name: String) -> FieldContent? {
        get { model.record[name].map { FieldContent(json: $0.json) } }
        set { model.set(name, (newValue ?? .null).json) }
    }

    /// A field as text; empty where it has none.
    public func text(_ name: String) -> String {
        if case .text(let text)? = self[name] { text } else { "" }
    }

    /// A field as a number; 0 where it is none.
    public func number(_ name: String) -> Double {
        if case .number(let number)? = self[name] { number } else { 0 }
    }

    /// A field as true or false.
    public func bool(_ name: String) -> Bool { self[name] == .bool(true) }
}

/// What a field holds: JSON.
public enum FieldContent: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Nothing.
    case null
    /// True or false.
    case bool(Bool)
    /// A number.
    case number(Double)
    /// A text, also a date, an id, the name of a file.
    case text(String)
    /// Several.
    case list([FieldContent])
    /// Members by their names.
    case object([String: FieldContent])

    /// Members by their names.
    public init(dictionaryLiteral elements: (String, FieldContent)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }

    init(json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .text(value)
        case .array(let values): self = .list(values.map { FieldContent(json: $0) })
        case .object(let members):
            self = .object(
                Dictionary(members.map { ($0.key, FieldContent(json: $0.value)) }, uniquingKeysWith: { $1 })
            )
        }
    }

    var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let value): .number(value)
        case .text(let value): .string(value)
        case .list(let values): .array(values.map(\.json))
        case .object(let members):
            .object(
                JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 })
            )
        }
    }
}
