import MartletCore
import OrderedCollections

extension JSONValue {
    /// What stands at `a.0.b`; the value itself for an empty path, null where there is nothing.
    func member(at path: String) -> JSONValue {
        var current = self
        for part in path.split(separator: ".") {
            switch current {
            case .object(let members): current = members[String(part)] ?? .null
            case .array(let elements):
                guard let index = Int(part), elements.indices.contains(index) else { return .null }
                current = elements[index]
            default: return .null
            }
        }
        return current
    }

    /// A text, or a number as one; empty for anything else.
    fileprivate var plainText: String {
        switch self {
        case .string(let text): text
        case .number: text
        default: ""
        }
    }
}

extension ProfileCondition {
    func holds(in profile: JSONValue) -> Bool {
        switch self {
        case .isTrue(let path): profile.member(at: path) == true
        case .isFalse(let path): profile.member(at: path) != true
        case .isTruthy(let path): profile.member(at: path).isTruthy
        case .isFilled(let path): !profile.member(at: path).plainText.isEmpty
        case .isMoment(let path):
            profile.member(at: path).string.map { $0.contains("T") && Timestamp(parsing: $0) != nil } ?? false
        case .equals(let path, let text): profile.member(at: path).plainText == text
        case .isNot(let path, let text): profile.member(at: path).plainText != text
        case .contains(let path, let text): profile.member(at: path).array?.contains(.string(text)) ?? false
        }
    }
}

extension Choice {
    /// Empty when the conditions do not hold, or nothing of the profile is in the text.
    func text(in profile: JSONValue) -> String {
        guard conditions.allSatisfy({ $0.holds(in: profile) }) else { return "" }
        var result = ""
        var isFilled = false
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let value = profile.member(at: String(rest[rest.index(after: open)..<close])).plainText
            isFilled = isFilled || !value.isEmpty
            result += rest[..<open] + value
            rest = rest[rest.index(after: close)...]
        }
        guard isFilled else { return "" }
        result += rest
        if let end { result = String(result.prefix { $0 != end }) }
        return isTrimmed ? result.trimmingBlanks() : result
    }
}

extension [Choice] {
    func text(in profile: JSONValue) -> String {
        lazy.map { $0.text(in: profile) }.first { !$0.isEmpty } ?? ""
    }
}
