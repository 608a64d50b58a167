import MartletServer

/// Which origins browsers may call from (`http-general.md`, CORS).
struct CORS: Sendable {
    private let patterns: [String]
    private let allowsAll: Bool

    /// - Parameter origins: Exact origins, or patterns with `*` for any run and `?` for one character.
    init(_ origins: [String]) {
        patterns = origins
        allowsAll = origins.contains("*")
    }

    /// Adds what the answer to a request from another origin needs.
    func apply(to response: inout Response, _ head: RequestHead) {
        guard let origin = head.header("origin"), !origin.isEmpty, let allowed = allowed(origin) else { return }
        response.headers.append(("Access-Control-Allow-Origin", allowed))
    }

    private func allowed(_ origin: String) -> String? {
        if allowsAll { return "*" }
        return patterns.contains { Self.matches(Array(origin.utf8)[...], Array($0.utf8)[...]) } ? origin : nil
    }

    func preflight(_ head: RequestHead) -> Response {
        var headers: [(name: String, value: String)] = [("Vary", "Origin")]
        if let origin = head.header("origin"), !origin.isEmpty, let allowed = allowed(origin) {
            headers += [("Vary", "Access-Control-Request-Method"), ("Vary", "Access-Control-Request-Headers")]
            headers.append(("Access-Control-Allow-Origin", allowed))
            headers.append(("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"))
            if let requested = head.header("access-control-request-headers") {
                headers.append(("Access-Control-Allow-Headers", requested))
            }
        }
        return Response(204, headers: headers)
    }

    private static func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        switch first {
        case UInt8(ascii: "*"):
            return (text.startIndex...text.endIndex).contains { matches(text[$0...], pattern.dropFirst()) }
        case UInt8(ascii: "?"): return !text.isEmpty && matches(text.dropFirst(), pattern.dropFirst())
        default: return text.first == first && matches(text.dropFirst(), pattern.dropFirst())
        }
    }
}
