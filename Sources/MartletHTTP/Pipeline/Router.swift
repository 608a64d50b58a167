package import NIOHTTP1

/// Finds the endpoint of a path: of all patterns that match, the one that says most from the left.
///
/// A segment in braces is a parameter, `{name...}` as the last one takes the rest of the path. A pattern that ends in a
/// slash takes everything below it, unless `{$}` stands behind the slash (`js-hooks.md`, 10.1).
package struct Router<Endpoint: Sendable>: Sendable {
    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var rest: Int?
        /// By method, "" for all of them.
        var endpoints: [String: Entry] = [:]
    }

    private struct Entry: Sendable {
        let endpoint: Endpoint
        let pattern: String
    }

    /// An endpoint with what was found in the path.
    package struct Match: Sendable {
        package let endpoint: Endpoint
        /// The values of the parameters, in their order.
        package let parameters: [String]
        /// The path as it was registered.
        package let pattern: String

        package init(endpoint: Endpoint, parameters: [String] = [], pattern: String = "") {
            self.endpoint = endpoint
            self.parameters = parameters
            self.pattern = pattern
        }
    }

    /// Why a pattern cannot be added.
    package struct Conflict: Error, CustomStringConvertible {
        package let description: String
    }

    private var nodes = [Node()]

    package init() {}

    /// Adds a route of our own; a later one with the same pattern takes its place. `/a/` is not `/a`.
    package mutating func add(_ method: HTTPMethod, _ path: String, _ endpoint: Endpoint) {
        var index = 0
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            index = child(of: index, segment.hasPrefix("{") ? .parameter : .literal(String(segment)))
        }
        nodes[index].endpoints[method.rawValue] = Entry(endpoint: endpoint, pattern: path)
    }

    /// Adds somebody else's route.
    /// - Parameters:
    ///   - method: "" for all methods.
    ///   - name: What a match calls the pattern; nil for the pattern itself.
    /// - Returns: The names of the pattern's parameters, in their order.
    /// - Throws: ``Conflict`` for a pattern that is malformed, or that is there already.
    package mutating func add(
        _ method: String,
        pattern: String,
        named name: String? = nil,
        _ endpoint: (_ names: [String]) -> Endpoint
    ) throws {
        guard pattern.hasPrefix("/") else {
            throw Conflict(description: "the path \(pattern) does not start with a slash")
        }
        var index = 0
        var names: [String] = []
        let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (position, segment) in segments.enumerated() {
            let step = try Self.step(segment, isLast: position == segments.count - 1, pattern)
            if case .parameter = step { names.append(String(segment.dropFirst().dropLast())) }
            if case .rest(let name) = step { names.append(name) }
            index = child(of: index, step)
        }
        guard nodes[index].endpoints[method] == nil else {
            throw Conflict(description: "there is a route \(method) \(pattern) already")
        }
        nodes[index].endpoints[method] = Entry(endpoint: endpoint(names), pattern: name ?? pattern)
    }

    private enum Step {
        case literal(String)
        case parameter
        case rest(String)
    }

    private static func step(_ segment: Substring, isLast: Bool, _ pattern: String) throws -> Step {
        if segment.isEmpty, isLast { return .rest("") }
        guard segment.contains("{") || segment.contains("}") else { return .literal(String(segment)) }
        if segment == "{$}", isLast { return .literal("") }
        let name = segment.dropFirst().dropLast()
        let plain = name.hasSuffix("...") ? name.dropLast(3) : name
        let isName =
            plain.first.map { $0.isLetter || $0 == "_" } ?? false
            && plain.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        guard segment.hasPrefix("{"), segment.hasSuffix("}"), isName, isLast || !name.hasSuffix("...") else {
            throw Conflict(description: "the path \(pattern) is malformed at \(segment)")
        }
        return name.hasSuffix("...") ? .rest(String(plain)) : .parameter
    }

    private mutating func child(of index: Int, _ step: Step) -> Int {
        let existing: Int? =
            switch step {
            case .literal(let text): nodes[index].literals[text]
            case .parameter: nodes[index].parameter
            case .rest: nodes[index].rest
            }
        if let existing { return existing }
        nodes.append(Node())
        let next = nodes.count - 1
        switch step {
        case .literal(let text): nodes[index].literals[text] = next
        case .parameter: nodes[index].parameter = next
        case .rest: nodes[index].rest = next
        }
        return next
    }

    /// The endpoint for a path that was split at its slashes.
    package func find(_ method: HTTPMethod, _ segments: [String]) -> Match? {
        var parameters: [String] = []
        guard let entry = find(segments[...], 0, method.rawValue, &parameters) else { return nil }
        return Match(endpoint: entry.endpoint, parameters: parameters, pattern: entry.pattern)
    }

    private func find(
        _ segments: ArraySlice<String>,
        _ index: Int,
        _ method: String,
        _ parameters: inout [String]
    ) -> Entry? {
        guard let segment = segments.first else { return entry(index, method) }
        if let next = nodes[index].literals[segment],
            let found = find(segments.dropFirst(), next, method, &parameters)
        {
            return found
        }
        if let next = nodes[index].parameter, !segment.isEmpty {
            parameters.append(segment)
            if let found = find(segments.dropFirst(), next, method, &parameters) { return found }
            parameters.removeLast()
        }
        guard let next = nodes[index].rest, let found = entry(next, method) else { return nil }
        parameters.append(segments.joined(separator: "/"))
        return found
    }

    private func entry(_ index: Int, _ method: String) -> Entry? {
        nodes[index].endpoints[method] ?? nodes[index].endpoints[""]
    }
}
