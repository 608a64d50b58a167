import MartletCore

/// The relations that a caller wants resolved, as a tree (`records.md`, Expand).
package struct ExpandTree: Sendable, Hashable {
    static let depthLimit = 6
    /// More paths than this are not looked at: each costs a query.
    private static let pathLimit = 200
    private static let textLimit = 8000

    /// Children by the name of their relation, sorted.
    private(set) var children: [Branch] = []

    struct Branch: Sendable, Hashable {
        let name: String
        var tree: ExpandTree
    }

    package init() {}

    package init(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Self.textLimit else { return }
        for path in text.split(separator: ",").prefix(Self.pathLimit) {
            let trimmed = path.filter { !$0.isWhitespace }.drop { $0 == "." }
            var parts = trimmed.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            while parts.last == "" { parts.removeLast() }
            // A path with a gap in it leads nowhere.
            guard !parts.contains("") else { continue }
            insert(parts.prefix(Self.depthLimit))
        }
    }

    package var isEmpty: Bool { children.isEmpty }

    private mutating func insert(_ path: ArraySlice<String>) {
        guard let first = path.first else { return }
        if let index = children.firstIndex(where: { $0.name == first }) {
            children[index].tree.insert(path.dropFirst())
        } else {
            var tree = ExpandTree()
            tree.insert(path.dropFirst())
            children.append(Branch(name: first, tree: tree))
            children.sort { utf8Precedes($0.name, $1.name) }
        }
    }
}
