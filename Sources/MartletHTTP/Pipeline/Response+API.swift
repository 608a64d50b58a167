import MartletCore
import MartletFiles
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
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
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case StorageError.full: self = Problem(500, cause: "the disk is full")
        case is SealedChunks.Tampered, is KeyRing.Failure: self = Problem(500, cause: "\(error)")
        case let error as FileStoreError where error.isFull: self = Problem(500, cause: "the disk is full")
        case StorageError.busy, StorageError.closed, is PasswordHasher.Overloaded:
            self = Problem(503, cause: "\(error)")
        default: self = .badRequest(cause: "\(error)")
        }
    }
}
