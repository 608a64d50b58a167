import MartletCore
import MartletFiles
import MartletQuery
import MartletRecords
import MartletSchema
package import MartletServer
import MartletStorage
import MartletVault

extension Response {
    /// The headers of every routed answer (`http-general.md`, Security headers).
    static let plainHeaders: StaticString = """
        Vary: Origin\r
        X-Xss-Protection: 1; mode=block\r
        X-Content-Type-Options: nosniff\r
        X-Frame-Options: SAMEORIGIN\r
        Cross-Origin-Opener-Policy: same-origin\r

        """

    static let jsonHeaders: StaticString = """
        Content-Type: application/json\r
        Vary: Origin\r
        X-Xss-Protection: 1; mode=block\r
        X-Content-Type-Options: nosniff\r
        X-Frame-Options: SAMEORIGIN\r
        Cross-Origin-Opener-Policy: same-origin\r

        """

    static func json(_ bytes: [UInt8], status: Int = 200) -> Response {
        Response(status, preset: jsonHeaders, body: .bytes(bytes))
    }

    static func json(_ value: JSONValue) -> Response {
        json(Array(value.text.utf8))
    }

    /// An answer with headers of somebody's own beside those of all answers; where both set one, theirs counts.
    package static func plain(_ status: Int, _ headers: [(name: String, value: String)], _ body: Body) -> Response {
        let names = Set(headers.map { $0.name.lowercased() })
        if names.isDisjoint(with: ownNames) {
            return Response(status, preset: plainHeaders, headers: headers, body: body)
        }
        let kept = own.filter { !names.contains($0.name.lowercased()) }
        return Response(status, headers: kept + headers, body: body)
    }

    private static let own: [(name: String, value: String)] =
        plainHeaders.description.split(separator: "\r\n").map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), String(parts[1].dropFirst()))
        }
    private static let ownNames = Set(own.map { $0.name.lowercased() })

    static let noContent = Response(204, preset: plainHeaders)

    static func redirect(_ status: Int, to location: String) -> Response {
        Response(status, preset: plainHeaders, headers: [("Location", location)])
    }

    init(_ problem: Problem) {
        self = .json(problem.json, status: problem.status)
        if let seconds = problem.retryAfter { headers.append(("Retry-After", String(seconds))) }
    }
}

extension Problem {
    /// The one place where an error becomes an answer. An unexpected one becomes a plain one; its text is for the log only.
    package init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case StorageError.full: self = Problem(500, cause: "the disk is full")
        case is SealedChunks.Tampered, is KeyRing.Failure: self = Problem(500, cause: "\(error)")
        case let error as FileStoreError where error.isFull: self = Problem(500, cause: "the disk is full")
        case is BlockingThreads.Overloaded: self = Problem(503, cause: "too many scripts wait")
        case StorageError.busy, StorageError.closed, is PasswordHasher.Overloaded:
            self = Problem(503, cause: "\(error)")
        default: self = .badRequest(cause: "\(error)")
        }
    }
}
