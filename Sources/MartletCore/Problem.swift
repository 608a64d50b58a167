import OrderedCollections

/// An error with the shape that the API answers: `{"data":{},"message":"…","status":400}`.
package struct Problem: Error, Sendable, Equatable {
    package let status: Int
    package let message: String
    package let data: FieldErrors
    /// What went wrong inside, for the log only.
    package let cause: String?
    /// After how many seconds it is worth trying again; nil when that is not known.
    package var retryAfter: Int?

    /// - Parameter message: Made a sentence (see ``sentence(_:)``); nil takes the status's default.
    package init(_ status: Int, _ message: String? = nil, data: FieldErrors = .none, cause: String? = nil) {
        self.status = status
        self.message = Self.sentence(message ?? Self.defaultMessage(status))
        self.data = data
        self.cause = cause
    }

    package static func badRequest(_ message: String? = nil, data: FieldErrors = .none, cause: String? = nil) -> Problem
    {
        Problem(400, message, data: data, cause: cause)
    }

    package static let notFound = Problem(404)
    package static let forbidden = Problem(403)

    private static func defaultMessage(_ status: Int) -> String {
        switch status {
        case 401: "Missing or invalid authentication."
        case 403: "You are not allowed to perform this request."
        case 404: "The requested resource wasn't found."
        case 413: "Request entity too large."
        case 429: "Too Many Requests."
        default: "Something went wrong while processing your request."
        }
    }

    /// Trims, raises the first letter and ends the text with a full stop unless it ends with one, `?` or `!`.
    package static func sentence(_ text: String) -> String {
        let trimmed = text.trimmingBlanks()
        guard let first = trimmed.first else { return "" }
        let raised = first.uppercased() + trimmed.dropFirst()
        return ".?!".contains(raised.last ?? ".") ? raised : raised + "."
    }

    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"data":"#)
        data.write(to: &writer)
        writer.raw(#","message":"#)
        writer.string(message)
        writer.raw(#","status":"#)
        writer.integer(status)
        writer.raw("}")
        return writer.bytes
    }
}

/// One rule that a value breaks.
package struct FieldError: Error, Sendable, Equatable {
    package let code: String
    package let message: String
    package let params: [String: JSONValue]

    package init(_ code: String, _ message: String, params: [String: JSONValue] = [:]) {
        self.code = code
        self.message = message
        self.params = params
    }
}
