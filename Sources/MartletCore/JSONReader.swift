import OrderedCollections

/// A submitted value has another JSON type than its option.
package struct InvalidFormat: Error {
    package init() {}
}

/// Reads typed options out of a JSON object. An absent member keeps the given default, null stands for the empty value of
/// any type (probed on the reference server); a member of another type is an error.
package struct JSONReader {
    package let members: JSONObject
    /// What absent members count as.
    private let absent: JSONValue?

    package init(members: JSONObject) {
        self.init(members: members, absent: nil)
    }

    private init(members: JSONObject, absent: JSONValue?) {
        self.members = members
        self.absent = absent
    }

    private subscript(key: String) -> JSONValue? { members[key] ?? absent }

    package func has(_ key: String) -> Bool { self[key] != nil }

    package func string(_ key: String, _ fallback: String = "") throws(InvalidFormat) -> String {
        switch self[key] {
        case nil: return fallback
        case .null: return ""
        case .string(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func bool(_ key: String, _ fallback: Bool = false) throws(InvalidFormat) -> Bool {
        switch self[key] {
        case nil: return fallback
        case .null: return false
        case .bool(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func integer(_ key: String, _ fallback: Int = 0) throws(InvalidFormat) -> Int {
        switch self[key] {
        case nil: return fallback
        case .null: return 0
        case .number(let value):
            guard let integer = Int(exactly: value) else { throw InvalidFormat() }
            return integer
        default: throw InvalidFormat()
        }
    }

    package func number(_ key: String) throws(InvalidFormat) -> Double? {
        switch self[key] {
        case nil, .null: return nil
        case .number(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func strings(_ key: String) throws(InvalidFormat) -> [String] {
        switch self[key] {
        case nil, .null: return []
        case .array(let values):
            var result: [String] = []
            for value in values {
                switch value {
                case .string(let text): result.append(text)
                case .null: result.append("")
                default: throw InvalidFormat()
                }
            }
            return result
        default: throw InvalidFormat()
        }
    }

    /// A rule: text, or null.
    package func rule(_ key: String, _ fallback: String?) throws(InvalidFormat) -> String? {
        switch self[key] {
        case nil: return fallback
        case .null: return nil
        case .string(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func object(_ key: String) throws(InvalidFormat) -> JSONObject? {
        switch self[key] {
        case nil, .null: return nil
        case .object(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func nested(_ key: String) throws(InvalidFormat) -> JSONReader? {
        try object(key).map { JSONReader(members: $0) }
    }

    /// An object whose members are laid over what is there; null empties them all.
    package func section(_ key: String) throws(InvalidFormat) -> JSONReader? {
        if self[key] == .null { return JSONReader(members: [:], absent: .null) }
        return try nested(key)
    }

    package func objects(_ key: String) throws(InvalidFormat) -> [JSONObject]? {
        switch self[key] {
        case nil, .null: return nil
        case .array(let values):
            var result: [JSONObject] = []
            for value in values {
                guard let object = value.object else { throw InvalidFormat() }
                result.append(object)
            }
            return result
        default: throw InvalidFormat()
        }
    }

    package func date(_ key: String) throws(InvalidFormat) -> Timestamp? {
        Timestamp(parsing: try string(key))
    }
}
