package import MartletCore
package import MartletStorage
import OrderedCollections

/// What `@request.*` refers to.
package struct RequestValues: Sendable {
    /// What the rule is evaluated for (`filters-and-rules.md`, `@request.context`).
    package enum Context: String, Sendable {
        case normal = "default"
        case expand, realtime, protectedFile, batch, oauth2, otp, password
    }

    package var context = Context.normal
    package var method = "GET"
    /// First values only.
    package var query: [String: String] = [:]
    /// Looks up the first value by the name in lower case with `_` for everything that is no word character.
    package var header: @Sendable (String) -> String? = { _ in nil }
    package var auth: Caller?
    /// The submitted body, for writes with its modifiers resolved.
    package var body: JSONObject = [:]

    package init() {}

    /// Who is calling: the fields of the signed-in record that need no look-up.
    package struct Caller: Sendable, Hashable {
        package let id: String
        package let collectionID: String
        package let collectionName: String
        package let email: String
        package let emailVisibility: Bool
        package let verified: Bool

        package init(
            id: String,
            collectionID: String,
            collectionName: String,
            email: String,
            emailVisibility: Bool,
            verified: Bool
        ) {
            self.id = id
            self.collectionID = collectionID
            self.collectionName = collectionName
            self.email = email
            self.emailVisibility = emailVisibility
            self.verified = verified
        }
    }
}

/// One value of a request.
package enum RequestPath: Sendable, Hashable {
    case context
    case method
    case query(String)
    case header(String)
    case auth(String)
    case body([String], asNumber: Bool)
    case isSet(Source, String)
    /// How many items a list in the body has.
    case bodyCount(String)
    /// A list in the body as a JSON array.
    case bodyList(String)

    package enum Source: Sendable, Hashable { case query, header, body }
}

/// As much of a value as decides how a comparison with it is written.
enum ValueShape: Sendable, Hashable {
    case empty, filled
}

extension RequestValues {
    func value(_ path: RequestPath) -> SQLValue {
        switch path {
        case .context: return .text(context.rawValue)
        case .method: return .text(method)
        case .query(let name): return query[name].map { .text($0) } ?? .null
        case .header(let name): return header(name).map { .text($0) } ?? .null
        case .auth(let field): return auth.flatMap { Self.value(of: field, $0) } ?? .null
        case .body(let parts, let asNumber): return bodyValue(parts, asNumber: asNumber)
        case .isSet(.query, let name): return .bool(query[name] != nil)
        case .isSet(.header, let name): return .bool(header(name) != nil)
        case .isSet(.body, let name): return .bool(body[name] != nil)
        case .bodyCount(let name): return .integer(Int64(bodyItems(name).count))
        case .bodyList(let name): return .text(JSONValue.array(bodyItems(name)).text)
        }
    }

    func shape(_ path: RequestPath) -> ValueShape {
        switch value(path) {
        case .null: .empty
        case .text(let text): text.isEmpty ? .empty : .filled
        default: .filled
        }
    }

    private static func value(of field: String, _ caller: Caller) -> SQLValue? {
        switch field {
        case "id": .text(caller.id)
        case "collectionId": .text(caller.collectionID)
        case "collectionName": .text(caller.collectionName)
        case "email": .text(caller.email)
        case "emailVisibility": .bool(caller.emailVisibility)
        case "verified": .bool(caller.verified)
        default: nil
        }
    }

    /// Walks objects and lists.
    private func bodyValue(_ parts: [String], asNumber: Bool) -> SQLValue {
        var current = JSONValue.object(body)
        for part in parts {
            switch current {
            case .object(let members): current = members[part] ?? .null
            case .array(let elements):
                guard let index = Int(part), elements.indices.contains(index) else { return .null }
                current = elements[index]
            default: return .null
            }
        }
        if asNumber, case .string(let text) = current, let number = Double(text) { return .real(number) }
        return Self.sqlValue(current)
    }

    private static func sqlValue(_ value: JSONValue) -> SQLValue {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let value): .real(value)
        case .string(let value): .text(value)
        case .array, .object: .text(value.sortedText)
        }
    }

    private func bodyItems(_ name: String) -> [JSONValue] {
        switch body[name] ?? .null {
        case .array(let elements): return elements
        case .null: return []
        case .string(let text) where text.isEmpty: return []
        case .string(let text):
            if text.hasPrefix("["), let parsed = try? JSONParser.parse(text).array { return parsed }
            return [.string(text)]
        case let value: return [value]
        }
    }

    /// The values of a plan's placeholders for this request.
    package func bind(_ values: [QueryValue]) -> [SQLValue] {
        guard !values.isEmpty else { return [] }
        let now = Timestamp.now
        return values.map { bind($0, now) }
    }

    private func bind(_ value: QueryValue, _ now: Timestamp) -> SQLValue {
        switch value {
        case .constant(let value): value
        case .macro(let macro): macro.value(at: now)
        case .request(let path): self.value(path)
        case .pattern(let inner): LikePattern.wrap(bind(inner, now))
        }
    }
}

/// Patterns of `~` (`filters-and-rules.md`, LIKE patterns).
enum LikePattern {
    static func wrap(_ value: SQLValue) -> SQLValue {
        switch value {
        case .null: .null
        case .text(let text): .text(pattern(text))
        case .integer(let number): .text("%\(number)%")
        case .real(let number): .text("%\(NumberText.plain(number))%")
        case .blob: value
        }
    }

    /// Text with an unescaped `%` is a pattern already; in other text the wildcards are escaped and any text may stand
    /// around it.
    static func pattern(_ text: String) -> String {
        var escaped = ""
        var isEscaped = false
        var hasWildcard = false
        for character in text.unicodeScalars {
            if character == "%", !isEscaped { hasWildcard = true }
            isEscaped = character == "\\" && !isEscaped
        }
        if hasWildcard { return text }
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\\", index + 1 < scalars.count, "\\%_".unicodeScalars.contains(scalars[index + 1]) {
                escaped.unicodeScalars.append(contentsOf: [scalar, scalars[index + 1]])
                index += 2
                continue
            }
            if "\\%_".unicodeScalars.contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
            index += 1
        }
        return "%\(escaped)%"
    }
}
