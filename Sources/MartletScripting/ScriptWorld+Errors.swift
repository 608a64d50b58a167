import MartletCore
import MartletJavaScript
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import OrderedCollections

/// An error of the program in the hands of a script.
final class ThrownError: HostObject {
    let error: any Error

    init(_ error: any Error) {
        self.error = error
    }
}

extension HostKind {
    static let thrownError = HostKind(rawValue: "ThrownError")
}

/// Errors on their way between scripts and the program (`js-hooks.md`, 6).
extension ScriptWorld {
    /// What a script catches.
    func encoded(_ error: any Error) -> ScriptValue? {
        if let error = error as? ScriptError {
            // A script's own error, perhaps from another instance, stays what it was.
            if let value = error.thrown?.value(in: instance) { return value }
            if let underlying = error.underlying { return encoded(underlying) }
            if error.name.isEmpty { return instance.value(error.message) }
            let host = instance.value(ThrownError(error), as: .thrownError)
            return try? call("makePlainError", host, instance.value(error.name), instance.value(error.message))
        }
        let host = instance.value(ThrownError(error), as: .thrownError)
        let json = Self.details(error).map { instance.value($0.text) } ?? instance.null
        return try? call("makeError", host, instance.value(Self.message(error)), json)
    }

    /// An error for those who are told of it.
    func told(_ error: any Error) -> ScriptValue {
        let host = instance.value(ThrownError(error), as: .thrownError)
        let json = Self.details(error).map { instance.value($0.text) } ?? instance.null
        return (try? call("makeHostError", host, instance.value(Self.message(error)), json)) ?? instance.null
    }

    /// The program's error behind what a script has thrown.
    func decoded(_ value: ScriptValue) -> (any Error)? {
        guard let described = try? call("describeError", value) else { return nil }
        if let thrown = described.host(ThrownError.self) { return thrown.error }
        guard described.isText, let text = try? described.text(),
            case .object(let members)? = try? JSONParser.parse(text)
        else { return nil }
        if let message = members["validation"]?.string { return BareValidationError(message: message) }
        let status = Int(clamping: members["status"]?.number ?? 0)
        return Problem(
            (100...599).contains(status) ? status : 400,
            members["message"]?.string ?? "",
            data: FieldErrors(json: members["data"] ?? .null)
        )
    }

    static func message(_ error: any Error) -> String {
        switch error {
        case let problem as Problem: problem.message
        case RecordError.invalid(let errors), SchemaError.invalid(let errors): plain(errors)
        case let errors as FieldErrors: plain(errors, isOfForm: true)
        case RecordError.notFound: "sql: no rows in result set"
        case RecordError.requiredReference: "the record cannot be deleted because it is part of a required reference"
        case RecordError.failed(let text): text
        case SchemaError.referenced(let names):
            "failed to delete due to existing relation references: \(names.joined(separator: ", "))"
        case SchemaError.failed(let text), SchemaError.importFailed(let text): text
        case StorageError.notUnique(let columns): "UNIQUE constraint failed: \(columns.joined(separator: ", "))"
        case let error as BareValidationError: error.message
        case let error as ScriptError: error.name.isEmpty ? error.message : "\(error.name): \(error.message)"
        case let error as FilterError: "invalid filter expression: \(error)"
        default: "\(error)"
        }
    }

    /// `title: cannot be blank; url: must be a valid URL.`
    /// - Parameter isOfForm: Whether a form's members are wrong, whose messages all begin small in the reference server.
    private static func plain(_ errors: FieldErrors, isOfForm: Bool = false) -> String {
        let lines = errors.lines.map { line -> String in
            guard let colon = line.firstRange(of: ": ") else { return line }
            let text = line[colon.upperBound...]
            let bare = text.hasSuffix(".") ? text.dropLast() : text
            // Of a record's messages one begins small in the reference server.
            let isSmall = isOfForm || bare == "Cannot be blank"
            return line[..<colon.upperBound] + (isSmall ? bare.prefix(1).lowercased() : "\(bare.prefix(1))")
                + bare.dropFirst()
        }
        return lines.joined(separator: "; ") + "."
    }

    private static func details(_ error: any Error) -> JSONValue? {
        switch error {
        case let problem as Problem:
            [
                "data": problem.data.json, "message": .string(problem.message),
                "status": .number(Double(problem.status)),
            ]
        case RecordError.invalid(let errors), SchemaError.invalid(let errors): errors.json
        case let errors as FieldErrors: errors.json
        default: nil
        }
    }
}

/// A ValidationError that was thrown by itself: it says that something is wrong, and not of which field.
struct BareValidationError: Error {
    let message: String
}

extension FieldErrors {
    /// What a script has put into an error's data.
    init(json: JSONValue) {
        guard case .object(let members) = json else {
            self = .none
            return
        }
        var fields: [String: FieldErrors] = [:]
        for (name, value) in members {
            guard case .object(let detail) = value else {
                fields[name] = .custom(value)
                continue
            }
            if let code = detail["code"]?.string, let message = detail["message"]?.string {
                let params = detail["params"]?.object ?? [:]
                let named = Dictionary(params.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
                fields[name] = .error(FieldError(code, message, params: named))
            } else {
                fields[name] = detail.isEmpty ? .custom(.object([:])) : FieldErrors(json: value)
            }
        }
        self = .fields(fields)
    }
}
