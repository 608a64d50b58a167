import NIOHTTP1

extension WebClient {
    /// So many times an answer may point elsewhere.
    private static let redirectLimit = 10

    /// Sends a request and goes where its answers point (RFC 9110, section 15.4). Secrets go to the first host only.
    /// - Returns: The last answer, and who gave it.
    /// - Throws: ``WebFailure``.
    package func follow(_ request: WebRequest) async throws -> (WebResponse, url: String) {
        var request = request
        for _ in 0...Self.redirectLimit {
            let response = try await send(request)
            guard [301, 302, 303, 307, 308].contains(response.status),
                let location = response.headers.first(name: "location"),
                let target = Self.resolved(location, against: request.url)
            else { return (response, request.url) }
            if response.status == 303 || response.status < 303 && request.method == .POST {
                if request.method != .HEAD { request.method = .GET }
                request.body = []
                for name in ["content-type", "content-length"] { request.headers.remove(name: name) }
            }
            if Self.authority(target) != Self.authority(request.url) {
                for name in ["authorization", "cookie", "proxy-authorization"] { request.headers.remove(name: name) }
            }
            request.url = target
        }
        throw WebFailure("stopped after \(Self.redirectLimit) redirects")
    }

    private static func authority(_ url: String) -> Substring {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        return rest.prefix { !"/?#".contains($0) }
    }

    /// RFC 3986, section 5.2, for the addresses that servers send.
    static func resolved(_ location: String, against base: String) -> String? {
        let target = location.prefix { $0 != "#" }
        if target.isEmpty { return nil }
        if target.firstRange(of: "://") != nil, target.prefix(while: { $0 != ":" }).allSatisfy({ $0.isLetter }) {
            return String(target)
        }
        guard let scheme = base.firstRange(of: "://") else { return nil }
        if target.hasPrefix("//") { return "\(base[..<scheme.lowerBound]):\(target)" }
        let origin = "\(base[..<scheme.upperBound])\(authority(base))"
        if target.hasPrefix("/") { return origin + target }
        let path = base.dropFirst(origin.count).prefix { !"?#".contains($0) }
        if target.hasPrefix("?") { return origin + path + target }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return origin + normalized("\(folder)\(target)")
    }

    private static func normalized(_ path: String) -> String {
        let query = path.firstIndex(of: "?").map { path[$0...] } ?? ""
        let plain = path.dropLast(query.count)
        var parts: [Substring] = []
        for part in plain.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/") + query
    }
}
