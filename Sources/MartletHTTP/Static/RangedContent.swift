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
        if conditions.isRefused { throw Problem(412, "Precondition failed.") }
        var common = [("Last-Modified", modified.httpDate), ("Accept-Ranges", "bytes")] as [(name: String, value: String)]
        if let entityTag { common.append(("ETag", entityTag)) }
        common += headers
        if conditions.isUnchanged { return Response(304, preset: preset, headers: common) }
        let typed = [("Content-Type", type)] + common
        switch conditions.range {
        case .whole: return Response(200, preset: preset, headers: typed, body: try body(0..<size))
        case .part(let range):
            let headers = typed + [("Content-Range", contentRange(range))]
            return Response(206, preset: preset, headers: headers, body: try body(range))
        case .parts(let ranges):
            let parts = ByteRanges(ranges: ranges.map { ($0, contentRange($0)) }, type: type)
            let headers = [("Content-Type", parts.contentType)] + common
            return Response(206, preset: preset, headers: headers, body: parts.body(content))
        case .unsatisfiable:
            let headers = [("Content-Range", "bytes */\(size)"), ("Content-Type", "text/plain; charset=utf-8")]
            let text = "invalid range: failed to overlap\n"
            return Response(416, preset: preset, headers: headers, body: .bytes(Array(text.utf8)))
        }
    }

    private func contentRange(_ range: Range<Int>) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}
