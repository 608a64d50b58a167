import OrderedCollections

/// An error with the shape that the API answers: `{"data":{},"message":"…","status":400}`.
package struct Problem: Error, Sendable, Equatable {
    package let status: Int
    package let message: String
    package let data: FieldErrors
    /// What went wrong inside, for the log only.
    package let cause: String?

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

    package func with(cause: String) -> Problem {
        Problem(status, message, data: data, cause: cause)
    }

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

/// Errors by field, nested as the submitted data is.
package indirect enum FieldErrors: Error, Sendable, Equatable {
    case error(FieldError)
    case fields([String: FieldErrors])
    /// A further JSON value beside the code, as batch failures carry.
    case custom(JSONValue)

    package static let none = FieldErrors.fields([:])

    package var isEmpty: Bool {
        if case .fields(let fields) = self { fields.isEmpty } else { false }
    }

    package init(_ name: String, _ error: FieldError) {
        self = .fields([name: .error(error)])
    }

    /// The errors of one field; setting keeps the first that was set.
    package subscript(name: String) -> FieldErrors? {
        get { if case .fields(let fields) = self { fields[name] } else { nil } }
        set {
            guard case .fields(var fields) = self, let newValue, !newValue.isEmpty else { return }
            if fields[name] == nil { fields[name] = newValue }
            self = .fields(fields)
        }
    }

    /// Adds the error at a path such as `["fields", "2", "name"]`, unless something is there already.
    package mutating func add(_ error: FieldError, at path: [String]) {
        guard let first = path.first else { return }
        guard case .fields(var fields) = self else { return }
        if path.count == 1 {
            if fields[first] == nil { fields[first] = .error(error) }
        } else {
            var inner = fields[first] ?? .none
            inner.add(error, at: Array(path.dropFirst()))
            fields[first] = inner
        }
        self = .fields(fields)
    }

    package mutating func add(_ error: FieldError, at path: String...) {
        add(error, at: path)
    }

    package func write(to writer: inout JSONWriter) {
        writer.value(json, sortingKeys: true)
    }

    package var json: JSONValue {
        switch self {
        case .custom(let value): return value
        case .error(let error):
            var members: JSONObject = [
                "code": .string(error.code), "message": .string(Problem.sentence(error.message)),
            ]
            if !error.params.isEmpty { members["params"] = .object(JSONObject(error.params, uniquingKeysWith: { $1 })) }
            return .object(members)
        case .fields(let fields):
            return .object(JSONObject(fields.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 }))
        }
    }
}

extension OrderedDictionary where Key == String, Value == JSONValue {
    init(_ members: [String: JSONValue], uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue) {
        self.init(members.map { ($0.key, $0.value) }, uniquingKeysWith: combine)
    }
}
