import MartletCore

/// A request's path and query (`http-general.md`, Routing rules).
struct Target: Sendable {
    /// Decoded; a trailing slash leaves an empty last segment.
    let segments: [String]
    let query: QueryParameters
    let hasTrailingSlash: Bool
    /// Where a path with doubled slashes or dot segments should have gone.
    let redirect: String?

    /// - Returns: nil for a path that cannot be decoded.
    init?(_ target: String) {
        var rest = target[...]
        if !rest.hasPrefix("/") {
            // The absolute form (RFC 9112, section 3.2.2).
            guard let scheme = rest.firstRange(of: "://") else { return nil }
            rest = rest[scheme.upperBound...]
            rest = rest[(rest.firstIndex { "/?".contains($0) } ?? rest.endIndex)...]
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = rest[..<(mark ?? rest.endIndex)]
        let queryText = mark.map { rest[rest.index(after: $0)...] } ?? ""
        var segments: [String] = []
        var isClean = true
        for part in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let text = Substring(part)
            guard let segment = PercentEncoding.decode(text, repairing: true) else { return nil }
            if part.isEmpty || text == "." || text == ".." { isClean = false }
            segments.append(segment)
        }
        hasTrailingSlash = path.hasSuffix("/")
        if hasTrailingSlash, segments.dropLast().allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) {
            isClean = true
        }
        redirect = isClean ? nil : Self.cleaned(path) + (mark == nil ? "" : "?\(queryText)")
        if segments == [""] { segments = [] }
        self.segments = segments
        query = QueryParameters(queryText)
    }

    private static func cleaned(_ path: Substring) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        let text = "/" + parts.joined(separator: "/")
        return path.hasSuffix("/") && !parts.isEmpty ? text + "/" : text
    }
}
