import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletStorage
import OrderedCollections

/// The answer to every sign-in (`auth.md`, Auth success response): the record, as its owner reads it, and its token.
struct AuthAnswers: Sendable {
    let storage: any Storage
    let plans: ReadPlans
    let hooks: RequestHooks?

    /// - Parameter method: How somebody signed in, empty for other ways to a token.
    func success(
        _ record: Record,
        _ token: String,
        by method: String = "",
        meta: JSONValue = .null,
        _ call: Call,
        _ layouts: RecordLayouts
    ) async throws -> Response {
        let values: JSONObject = ["token": .string(token), "meta": meta, "authMethod": .string(method)]
        let subject = RequestSubject(record: record, values: values)
        return try await hooks.around(.auth, call, record.layout, subject) { subject in
            let shown = subject.record ?? record
            let (plan, owner) = try plan(shown, call, layouts)
            let (token, meta) = (subject.text("token"), subject.values["meta"] ?? .null)
            return try await storage.read { .json(try Self.json(shown, token, meta: meta, plan, owner, $0)) }
        }
    }

    /// As ``success(_:_:meta:_:_:)``, where the request is.
    func reading(_ record: Record, _ token: String, _ call: Call, _ layouts: RecordLayouts) throws -> Answer {
        let (plan, owner) = try plan(record, call, layouts)
        return try .reading(storage, for: call.request.client) { .json(try Self.json(record, token, plan, owner, $0)) }
    }

    private func plan(_ record: Record, _ call: Call, _ layouts: RecordLayouts) throws -> (ReadPlan, RequestValues) {
        var owner = call.values()
        owner.auth = RequestValues.Caller(record)
        let expand = ExpandTree(call.query.text("expand"))
        return (try plans.plan(record.layout, in: layouts, rule: nil, expand: expand, request: owner), owner)
    }

    private static func json(
        _ record: Record,
        _ token: String,
        meta: JSONValue = .null,
        _ plan: ReadPlan,
        _ values: RequestValues,
        _ session: any ReadSession
    ) throws -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.raw(#"{"record":"#)
        writer.raw(try RecordReader(session, request: values).json(record, plan, isOwn: true))
        writer.raw(#","token":"#)
        writer.string(token)
        if !meta.isNull {
            writer.raw(#","meta":"#)
            writer.value(meta)
        }
        writer.raw("}")
        return writer.bytes
    }
}

extension Call {
    /// The auth collection that the path names.
    func authLayout(_ layouts: RecordLayouts) throws -> RecordLayout {
        guard let layout = layouts.layout(parameters[0]) else {
            throw Problem(404, "Missing or invalid collection context.")
        }
        guard layout.isAuth else { throw Problem(404, "Missing or invalid auth collection context.") }
        return layout
    }

    static let unreadableForm = "An error occurred while loading the submitted data."

    /// The texts of a form by the lower-cased names of its fields; what is missing is empty.
    func form(_ names: String...) throws -> [String: String] {
        let reader = JSONReader(members: try RequestBody.object(self, orSay: Self.unreadableForm).withLoweredKeys)
        var values: [String: String] = [:]
        for name in names {
            values[name] = try text(reader.members[name.asciiLowercased()])
        }
        return values
    }

    /// What a form says looks like a number at times, and is a text all the same.
    private func text(_ value: JSONValue?) throws -> String {
        let isJSON = request.head.header("content-type")?.hasPrefix("application/json") ?? true
        switch value {
        case nil, .null: return ""
        case .string(let text): return text
        case .number(let number) where !isJSON: return NumberText.plain(number)
        case .bool(let value) where !isJSON: return value ? "true" : "false"
        default: throw Problem.badRequest(Self.unreadableForm)
        }
    }

    /// Somebody who acts for another leaves no way in behind.
    func checkIsOwnSignIn() throws {
        if signedIn?.isRefreshable != true { throw Problem.forbidden }
    }
}

extension Problem {
    static func invalidForm(_ errors: FieldErrors) -> Problem {
        .badRequest("An error occurred while validating the submitted data.", data: errors)
    }
}

extension FieldErrors {
    /// Checks that a text is there and not too long.
    mutating func check(_ text: String, at name: String, upTo limit: Int, atLeast minimum: Int = 1) {
        if text.isEmpty {
            add(.required, at: name)
        } else if !(minimum...limit).contains(text.unicodeScalars.count) {
            add(.lengthOutOfRange(minimum, limit), at: name)
        }
    }

    /// Checks that a text is there, for a limit that is told without a minimum.
    mutating func check(_ text: String, at name: String, noLongerThan limit: Int) {
        if text.isEmpty {
            add(.required, at: name)
        } else if text.unicodeScalars.count > limit {
            add(.tooLong(limit), at: name)
        }
    }

    mutating func checkEmail(_ text: String, at name: String) {
        check(text, at: name, upTo: 255)
        if isEmpty, !TextFormat.isEmail(text) { add(.notEmail, at: name) }
    }
}

extension Problem {
    static let authRule = Problem(403, "The request doesn't satisfy the collection requirements to authenticate.")
}

extension SecondFactors.Refusal {
    var problem: Problem {
        switch self {
        case .invalidSession: .badRequest("Invalid or expired MFA session.")
        case .otherSession: .badRequest("Invalid MFA session.")
        case .sameMethod: .badRequest("A different authentication method is required.")
        case .authenticatorNeeded: .badRequest("A code of the authenticator app or a passkey is required.")
        }
    }
}
