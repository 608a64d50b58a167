import NIOHTTP1

/// Finds the endpoint of a path. A literal segment wins over a parameter.
struct Router<Endpoint: Sendable>: Sendable {
    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var endpoints: [String: Endpoint] = [:]
    }

    private var nodes = [Node()]

    /// - Parameter path: Segments split at slashes; one in braces is a parameter. `/a/` is not `/a`.
    mutating func add(_ method: HTTPMethod, _ path: String, _ endpoint: Endpoint) {
        var index = 0
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            index = child(of: index, segment)
        }
        nodes[index].endpoints[method.rawValue] = endpoint
    }

    private mutating func child(of index: Int, _ segment: Substring) -> Int {
        let isParameter = segment.hasPrefix("{")
        if let existing = isParameter ? nodes[index].parameter : nodes[index].literals[String(segment)] {
            return existing
        }
        nodes.append(Node())
        let next = nodes.count - 1
        if isParameter { nodes[index].parameter = next } else { nodes[index].literals[String(segment)] = next }
        return next
    }

    /// The endpoint and the values of its parameters.
    func find(_ method: HTTPMethod, _ segments: [String]) -> (endpoint: Endpoint, parameters: [String])? {
        var parameters: [String] = []
        guard let endpoint = find(segments[...], 0, method.rawValue, &parameters) else { return nil }
        return (endpoint, parameters)
    }

    private func find(
        _ segments: ArraySlice<String>,
        _ index: Int,
        _ method: String,
        _ parameters: inout [String]
    ) -> Endpoint? {
        guard let segment = segments.first else { return nodes[index].endpoints[method] }
        if let next = nodes[index].literals[segment],
            let found = find(segments.dropFirst(), next, method, &parameters)
        {
            return found
        }
        guard let next = nodes[index].parameter, !segment.isEmpty else { return nil }
        parameters.append(segment)
        if let found = find(segments.dropFirst(), next, method, &parameters) { return found }
        parameters.removeLast()
        return nil
    }
}
