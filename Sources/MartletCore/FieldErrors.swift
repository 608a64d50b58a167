import OrderedCollections

/// Errors by field, nested as the submitted data is.
package indirect enum FieldErrors: Error, Sendable, Equatable {
    case error(FieldError)
    case fields([String: FieldErrors])
    /// A further JSON value beside the code, as batch failures carry.
    case custom(JSONValue)

    package static let none = FieldErrors.fields([:])

    package var isEmpty: Bool {
        if case .fields(let fields) = self { fields.isEmpty } else { false }
    }

    package init(_ name: String, _ error: FieldError) {
        self = .fields([name: .error(error)])
    }

    /// `email: Value must be unique.` for each error, in the order of the names.
    package var lines: [String] {
        guard case .fields(let fields) = self else { return [] }
        return fields.sorted { utf8Precedes($0.key, $1.key) }.flatMap { name, errors -> [String] in
            switch errors {
            case .error(let error): ["\(name): \(error.message)"]
            case .fields: errors.lines.map { "\(name).\($0)" }
            case .custom(let value): ["\(name): \(value.text)"]
            }
        }
    }

    /// The errors of one field; setting keeps the first that was set.
    package subscript(name: String) -> FieldErrors? {
        get { if case .fields(let fields) = self { fields[name] } else { nil } }
        set {
            guard case .fields(var fields) = self, let newValue, !newValue.isEmpty else { return }
            if fields[name] == nil { fields[name] = newValue }
            self = .fields(fields)
        }
    }

    /// Adds the error at a path such as `["fields", "2", "name"]`, unless something is there already.
    package mutating func add(_ error: FieldError, at path: [String]) {
        guard let first = path.first else { return }
        guard case .fields(var fields) = self else { return }
        if path.count == 1 {
            if fields[first] == nil { fields[first] = .error(error) }
        } else {
            var inner = fields[first] ?? .none
            inner.add(error, at: Array(path.dropFirst()))
            fields[first] = inner
        }
        self = .fields(fields)
    }

    package mutating func add(_ error: FieldError, at path: String...) {
        add(error, at: path)
    }

    package func write(to writer: inout JSONWriter) {
        writer.value(json, sortingKeys: true)
    }

    package var json: JSONValue {
        switch self {
        case .custom(let value): return value
        case .error(let error):
            var members: JSONObject = [
                "code": .string(error.code), "message": .string(Problem.sentence(error.message)),
            ]
            if !error.params.isEmpty { members["params"] = .object(JSONObject(error.params, uniquingKeysWith: { $1 })) }
            return .object(members)
        case .fields(let fields):
            return .object(JSONObject(fields.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 }))
        }
    }
}

extension OrderedDictionary where Key == String, Value == JSONValue {
    init(_ members: [String: JSONValue], uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue) {
        self.init(members.map { ($0.key, $0.value) }, uniquingKeysWith: combine)
    }
}
