/// Which file of the pages folder answers a path: `index.html` its folder's, `[slug].html` one segment of any text,
/// `[...rest].html` all that is left. A segment that is written out wins over one that is left open.
package struct PageTree: Sendable {
    /// A file, and what the open segments of its path hold.
    package struct Match: Sendable, Equatable {
        package let file: String
        package let parameters: [String: String]
    }

    /// Two files that answer the same paths, or a name that is none.
    package struct Conflict: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Node {
        var file: String?
        /// By the segment's text.
        var children: [String: Int] = [:]
        var open: (name: String, node: Int)?
        var rest: (name: String, file: String)?
        /// Files whose names are open but for their ending: `[name].json`.
        var endings: [(name: String, ending: String, file: String)] = []
    }

    private var nodes = [Node()]

    package init() {}

    /// Whether a file is asked for by its path: those whose names begin with `_` or `.` are parts of others, and pages
    /// for errors are shown instead of others.
    package static func isRoute(_ file: String) -> Bool {
        let isPart = file.split(separator: "/").contains { $0.hasPrefix("_") || $0.hasPrefix(".") }
        return !isPart && !isForErrors(file)
    }

    /// Whether a file is shown instead of others: `404.html` and its like, and `error.html` for all that have none.
    package static func isForErrors(_ file: String) -> Bool {
        file == "error.html" || file.count == 8 && file.hasSuffix(".html") && file.prefix(3).allSatisfy(\.isNumber)
    }

    // MARK: - Building

    /// - Parameter file: The path of a page, relative to the folder. Parts of others are passed over.
    /// - Throws: ``Conflict``; the tree stays as it is.
    package mutating func add(_ file: String) throws {
        guard Self.isRoute(file) else { return }
        var changed = self
        try changed.insert(file)
        self = changed
    }

    private mutating func insert(_ file: String) throws {
        var segments = file.split(separator: "/").map(String.init)
        let last = segments.removeLast()
        let name = last.hasSuffix(".html") ? String(last.dropLast(5)) : last
        var node = 0
        for segment in segments { node = try child(of: node, segment, file) }
        if name == "index" { return try set(file, at: node) }
        if let rest = Self.inner(name, "[...", "]") {
            if let other = nodes[node].rest { throw Self.conflict(other.file, file) }
            nodes[node].rest = (rest, file)
            return
        }
        if name == last, let end = name.lastIndex(of: "]"), name.hasPrefix("["),
            name[name.index(after: end)...].hasPrefix(".")
        {
            let ending = String(name[name.index(after: end)...])
            if let other = nodes[node].endings.first(where: { $0.ending == ending }) {
                throw Self.conflict(other.file, file)
            }
            nodes[node].endings.append((String(name[name.index(after: name.startIndex)..<end]), ending, file))
            return
        }
        try set(file, at: child(of: node, name, file))
    }

    private mutating func set(_ file: String, at node: Int) throws {
        if let other = nodes[node].file { throw Self.conflict(other, file) }
        nodes[node].file = file
    }

    private mutating func child(of node: Int, _ segment: String, _ file: String) throws -> Int {
        if Self.inner(segment, "[...", "]") != nil {
            throw Conflict(description: "\(file): only the last part of a path can be left open with [...]")
        }
        if let name = Self.inner(segment, "[", "]") {
            if let open = nodes[node].open {
                guard open.name == name else {
                    throw Conflict(description: "\(file): another file calls this part of the path [\(open.name)]")
                }
                return open.node
            }
            nodes[node].open = (name, nodes.count)
        } else {
            if let known = nodes[node].children[segment] { return known }
            nodes[node].children[segment] = nodes.count
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    private static func conflict(_ one: String, _ other: String) -> Conflict {
        Conflict(description: "\(one) and \(other) answer the same paths")
    }

    /// What stands between two marks.
    private static func inner(_ text: String, _ start: String, _ end: String) -> String? {
        guard text.hasPrefix(start), text.hasSuffix(end) else { return nil }
        let inner = text.dropFirst(start.count).dropLast(end.count)
        return inner.isEmpty ? nil : String(inner)
    }

    // MARK: - Finding

    /// - Parameter segments: Decoded, without an empty one for a trailing slash.
    package func match(_ segments: [String]) -> Match? {
        match(segments[...], at: 0, [:])
    }

    private func match(_ segments: ArraySlice<String>, at index: Int, _ parameters: [String: String]) -> Match? {
        let node = nodes[index]
        guard let segment = segments.first else {
            return node.file.map { Match(file: $0, parameters: parameters) }
        }
        if let child = node.children[segment], let found = match(segments.dropFirst(), at: child, parameters) {
            return found
        }
        for (name, ending, file) in node.endings where segments.count == 1 && segment.hasSuffix(ending) {
            guard segment.count > ending.count else { continue }
            return Match(
                file: file,
                parameters: parameters.merging([name: String(segment.dropLast(ending.count))]) { $1 }
            )
        }
        if let open = node.open, !segment.isEmpty {
            let inner = parameters.merging([open.name: segment]) { $1 }
            if let found = match(segments.dropFirst(), at: open.node, inner) { return found }
        }
        guard let rest = node.rest else { return nil }
        return Match(
            file: rest.file,
            parameters: parameters.merging([rest.name: segments.joined(separator: "/")]) { $1 }
        )
    }
}
