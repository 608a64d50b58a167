import OrderedCollections

/// A submitted value has another JSON type than its option.
package struct InvalidFormat: Error {
    package init() {}
}

/// Reads typed options out of a JSON object. An absent or null member keeps the given default; a member of another type
/// is an error.
package struct JSONReader {
    package let members: JSONObject

    package init(members: JSONObject) {
        self.members = members
    }

    package func string(_ key: String, _ fallback: String = "") throws(InvalidFormat) -> String {
        switch members[key] {
        case nil, .null: return fallback
        case .string(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func bool(_ key: String, _ fallback: Bool = false) throws(InvalidFormat) -> Bool {
        switch members[key] {
        case nil, .null: return fallback
        case .bool(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func integer(_ key: String, _ fallback: Int = 0) throws(InvalidFormat) -> Int {
        switch members[key] {
        case nil, .null: return fallback
        case .number(let value):
            guard let integer = Int(exactly: value) else { throw InvalidFormat() }
            return integer
        default: throw InvalidFormat()
        }
    }

    package func number(_ key: String) throws(InvalidFormat) -> Double? {
        switch members[key] {
        case nil, .null: return nil
        case .number(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func strings(_ key: String) throws(InvalidFormat) -> [String] {
        switch members[key] {
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
        switch members[key] {
        case nil: return fallback
        case .null: return nil
        case .string(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func object(_ key: String) throws(InvalidFormat) -> JSONObject? {
        switch members[key] {
        case nil, .null: return nil
        case .object(let value): return value
        default: throw InvalidFormat()
        }
    }

    package func nested(_ key: String) throws(InvalidFormat) -> JSONReader? {
        try object(key).map { JSONReader(members: $0) }
    }

    package func objects(_ key: String) throws(InvalidFormat) -> [JSONObject]? {
        switch members[key] {
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
