import MartletCore
import MartletFiles
import MartletServer
import NIOCore

/// Content of known size that is answered whole, in part, in several parts, or not at all (RFC 9110, sections 13 and 14).
struct RangedContent {
    let size: Int
    let modified: Timestamp
    var entityTag: String?
    let type: String
    /// Beside those that every content has.
    var headers: [(name: String, value: String)] = []
    /// The value of `Cache-Control`, nil for none.
    var caching: String?
    var preset = Response.plainHeaders

    /// - Parameters:
    ///   - content: For several parts in one body.
    ///   - body: Makes the body of one part.
    func response(
        to head: RequestHead,
        from content: any FileContent,
        body: (Range<Int>) throws -> Response.Body
    ) throws -> Response {
        let conditions = FileConditions(head, size: size, modified: modified, entityTag: entityTag)
        var stamps = [("Last-Modified", modified.httpDate)] as [(name: String, value: String)]
        if let entityTag { stamps.append(("ETag", entityTag)) }
        if let caching { stamps.append(("Cache-Control", caching)) }
        if conditions.isRefused { return answer(412, [("Content-Type", type)] + stamps, .none) }
        if conditions.isUnchanged { return answer(304, stamps, .none) }
        let common = stamps + [("Accept-Ranges", "bytes")]
        let typed = [("Content-Type", type)] + common
        switch conditions.range {
        case .whole: return answer(200, typed, try body(0..<size))
        case .part(let range):
            return answer(206, typed + [("Content-Range", contentRange(range))], try body(range))
        case .parts(let ranges):
            let parts = ByteRanges(ranges: ranges.map { ($0, contentRange($0)) }, type: type)
            return answer(206, [("Content-Type", parts.contentType)] + common, parts.body(content))
        case .unsatisfiable:
            return refusal("invalid range: failed to overlap\n", [("Content-Range", "bytes */\(size)")])
        case .invalid: return refusal("invalid range\n", [])
        }
    }

    private func answer(_ status: Int, _ own: [(name: String, value: String)], _ body: Response.Body) -> Response {
        Response(status, preset: preset, headers: own + headers, body: body)
    }

    private func refusal(_ text: String, _ own: [(name: String, value: String)]) -> Response {
        answer(416, own + [("Content-Type", "text/plain; charset=utf-8")], .bytes(Array(text.utf8)))
    }

    private func contentRange(_ range: Range<Int>) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}
