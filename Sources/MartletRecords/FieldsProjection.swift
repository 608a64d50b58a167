import MartletCore
import OrderedCollections

/// Keeps of an answer what `?fields=` names (`http-general.md`, Pagination and `fields`).
package struct FieldsProjection: Sendable {
    private static let textLimit = 8000
    private static let depthLimit = 30

    /// What is kept at one level.
    private final class Node: Sendable {
        let children: [String: Node]
        let excerpt: Excerpt?

        init(children: [String: Node], excerpt: Excerpt?) {
            self.children = children
            self.excerpt = excerpt
        }
    }

    private struct Path {
        let parts: [String]
        let excerpt: Excerpt?
    }

    private let root: Node

    /// - Throws: a plain 400 for text that is no list of fields.
    package init(_ text: String) throws {
        guard text.utf8.count <= Self.textLimit else { throw Problem.badRequest() }
        let paths = try Self.split(text).map { try Self.path($0) }.filter { !$0.parts.isEmpty }
        root = Self.node(paths.map { ($0.parts[...], $0.excerpt) })
    }

    /// Splits at commas outside of parentheses.
    private static func split(_ text: String) throws -> [String] {
        var items = [""]
        var depth = 0
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if "\"'`".contains(character) {
                quote = character
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth = max(depth - 1, 0)
            }
            if character == ",", depth == 0, quote == nil {
                items.append("")
            } else {
                items[items.count - 1].append(character)
            }
        }
        if depth != 0 || quote != nil { throw Problem.badRequest() }
        return items.map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }

    private static func path(_ item: String) throws -> Path {
        let pieces = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = pieces[0].split(separator: ".").map { $0.trimmingBlanks() }
        guard parts.count <= depthLimit else { throw Problem.badRequest() }
        return Path(parts: parts, excerpt: pieces.count == 2 ? try Excerpt(modifier: pieces[1].trimmingBlanks()) : nil)
    }

    private static func node(_ paths: [(ArraySlice<String>, Excerpt?)]) -> Node {
        var groups: [String: [(ArraySlice<String>, Excerpt?)]] = [:]
        var excerpt: Excerpt?
        for (path, own) in paths {
            guard let first = path.first else {
                excerpt = own
                continue
            }
            groups[first, default: []].append((path.dropFirst(), own))
        }
        return Node(children: groups.mapValues { node($0) }, excerpt: excerpt)
    }

    // MARK: - Applying

    /// - Parameter isEnvelope: Whether the answer is a list's envelope, of which only the items are reduced.
    package func apply(to json: [UInt8], isEnvelope: Bool) -> [UInt8] {
        guard let value = try? JSONParser.parse(json) else { return json }
        var result: JSONValue
        if isEnvelope, case .object(var members) = value, let items = members["items"] {
            members["items"] = pick(items, root)
            result = .object(members)
        } else {
            result = pick(value, root)
        }
        return Array(result.text.utf8)
    }

    private func pick(_ value: JSONValue, _ node: Node) -> JSONValue {
        switch value {
        case .array(let elements):
            guard case .object? = elements.first else { return value }
            return .array(elements.map { pick($0, node) })
        case .object(let members):
            guard !node.children.isEmpty else { return value }
            // A star is a whole member: `*.name` names nothing.
            let everything = node.children["*"].flatMap { $0.children.isEmpty ? $0 : nil }
            var result: JSONObject = [:]
            for (key, member) in members {
                guard let child = node.children[key] ?? everything else { continue }
                result[key] = reduced(member, child)
            }
            return .object(result)
        default: return value
        }
    }

    private func reduced(_ value: JSONValue, _ node: Node) -> JSONValue {
        if let excerpt = node.excerpt, case .string(let text) = value { return .string(excerpt.of(text)) }
        return node.children.isEmpty ? value : pick(value, node)
    }
}
