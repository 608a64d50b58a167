import MartletCore

/// A request's path and query (`http-general.md`, Routing rules).
struct Target: Sendable {
    /// Decoded; a trailing slash leaves an empty last segment.
    let segments: [String]
    let query: QueryParameters
    let hasTrailingSlash: Bool
    /// Where a path with doubled slashes or dot segments should have gone.
    let redirect: String?

    private static let slash = UInt8(ascii: "/")

    /// - Returns: nil for a path that cannot be decoded.
    init?(_ target: String) {
        guard let path = Self.path(target) else { return nil }
        let text = target.utf8
        let mark = text[path].firstIndex(of: UInt8(ascii: "?")) ?? path.upperBound
        var segments: [String] = []
        segments.reserveCapacity(8)
        var isClean = true
        var start = text.index(after: path.lowerBound)
        while true {
            let end = text[start..<mark].firstIndex(of: Self.slash) ?? mark
            let raw = target[start..<end]
            guard let segment = Self.decoded(raw) else { return nil }
            let isLast = end == mark
            if raw.isEmpty && !isLast || raw == "." || raw == ".." { isClean = false }
            segments.append(segment)
            if isLast { break }
            start = text.index(after: end)
        }
        hasTrailingSlash = segments.last == ""
        let queryText = mark == path.upperBound ? "" : target[text.index(after: mark)..<path.upperBound]
        redirect = isClean ? nil : Self.cleaned(target[path.lowerBound..<mark]) + target[mark..<path.upperBound]
        self.segments = segments.count == 1 && segments[0].isEmpty ? [] : segments
        query = QueryParameters(queryText)
    }

    /// Where path and query stand: all of it, or what follows the host of the absolute form (RFC 9112, section 3.2.2).
    private static func path(_ target: String) -> Range<String.Index>? {
        if target.utf8.first == slash { return target.startIndex..<target.endIndex }
        guard let scheme = target.firstRange(of: "://"),
            let start = target[scheme.upperBound...].utf8.firstIndex(of: slash)
        else { return nil }
        return start..<target.endIndex
    }

    private static func decoded(_ raw: Substring) -> String? {
        guard raw.utf8.contains(UInt8(ascii: "%")) else { return String(raw) }
        return PercentEncoding.decode(raw, repairing: true)
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
