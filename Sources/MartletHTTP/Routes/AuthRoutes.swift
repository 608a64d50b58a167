import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import MartletStorage
import NIOHTTP1
import OrderedCollections

/// Signing in with a password and staying signed in (`auth.md`); the other ways are not there yet.
struct AuthRoutes: Sendable {
    let storage: any Storage
    let layouts: CurrentLayouts
    let plans: ReadPlans
    let tokens: TokenAuthority
    let passwords: PasswordSignIn
    let settings: SettingsStore
    let observers: [any RecordObserver]

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}"
        router.add(.GET, base + "/auth-methods", Endpoint(tags: ["listAuthMethods"], methods).projected)
        router.add(
            .POST,
            base + "/auth-with-password",
            Endpoint.asynchronous(tags: ["authWithPassword", "auth"], withPassword).projected
        )
        router.add(
            .POST,
            base + "/auth-refresh",
            Endpoint(.sameCollection, tags: ["authRefresh"], refresh).projected
        )
        router.add(.POST, base + "/impersonate/{id}", Endpoint.asynchronous(.superuser, impersonate).projected)
    }

    private func layout(_ call: Call, _ layouts: RecordLayouts) throws -> RecordLayout {
        guard let layout = layouts.layout(call.parameters[0]) else {
            throw Problem(404, "Missing or invalid collection context.")
        }
        guard layout.collection.isAuth else { throw Problem(404, "Missing or invalid auth collection context.") }
        return layout
    }

    private func methods(_ call: Call) throws -> Answer {
        let options = try layout(call, layouts.value).collection.auth ?? AuthOptions()
        let password = options.passwordAuth
        let names = password.isEnabled ? password.identityFields : []
        let answer: JSONValue = [
            "password": [
                "identityFields": .array(names.map { .string($0) }), "enabled": .bool(password.isEnabled),
            ],
            "oauth2": ["providers": [], "enabled": .bool(options.oauth2.isEnabled)],
            "mfa": [
                "enabled": .bool(options.mfa.isEnabled),
                "duration": .number(options.mfa.isEnabled ? Double(options.mfa.duration) : 0),
            ],
            "otp": [
                "enabled": .bool(options.otp.isEnabled),
                "duration": .number(options.otp.isEnabled ? Double(options.otp.duration) : 0),
            ],
            "authProviders": [],
            "usernamePassword": .bool(names.contains("username")),
            "emailPassword": .bool(names.contains("email")),
        ]
        return .now(.json(answer))
    }

    // MARK: - Password

    private struct Form {
        let identity: String
        let password: String
        let field: String?

        init(_ body: JSONObject, _ options: PasswordAuthOptions) throws {
            let reader = JSONReader(members: body.withLoweredKeys)
            do {
                identity = try reader.string("identity")
                password = try reader.string("password")
                field = try reader.string("identityfield")
            } catch {
                throw Problem.badRequest("An error occurred while loading the submitted data.")
            }
            var errors = FieldErrors.none
            for (key, value) in [("identity", identity), ("password", password)] {
                if value.isEmpty {
                    errors.add(.required, at: key)
                } else if value.utf8.count > 255 {
                    errors.add(.lengthOutOfRange(1, 255), at: key)
                }
            }
            if let field, !field.isEmpty, !options.identityFields.contains(field) {
                errors.add(.invalidValue, at: "identityField")
            }
            if !errors.isEmpty {
                throw Problem.badRequest("An error occurred while validating the submitted data.", data: errors)
            }
        }
    }

    private func withPassword(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try layout(call, layouts)
        guard let options = layout.collection.auth, options.passwordAuth.isEnabled else {
            throw Problem(403, "The collection is not configured to allow password authentication.")
        }
        let body = try RequestBody.object(call, orSay: "An error occurred while loading the submitted data.")
        let form = try Form(body, options.passwordAuth)
        let record = try await passwords.record(
            identity: form.identity,
            password: form.password,
            field: form.field,
            in: layout
        )
        guard let record else { throw Problem.badRequest("Failed to authenticate.") }
        var values = call.values(body: body)
        values.context = .password
        try checkAddress(record, call)
        try await checkAuthRule(record, values, layouts)
        if options.mfa.isEnabled, let pending = try await secondFactor(record, options.mfa, values, layouts) {
            let answer: JSONValue = ["mfaId": .string(pending)]
            return .json(Array(answer.text.utf8), status: 401)
        }
        return try await success(record, tokens.issue(.auth, for: record), call, layouts)
    }

    private func checkAddress(_ record: Record, _ call: Call) throws {
        let allowed = settings.snapshot.settings.superuserIPs
        guard record.collection.isSuperusers, !allowed.isEmpty else { return }
        if !ClientAddress.isListed(call.address, in: allowed) { throw Problem.forbidden }
    }

    private func checkAuthRule(_ record: Record, _ values: RequestValues, _ layouts: RecordLayouts) async throws {
        if values.isSuperuser { return }
        let refusal = Problem(403, "The request doesn't satisfy the collection requirements to authenticate.")
        guard let rule = record.collection.auth?.authRule else { throw refusal }
        if rule.isEmpty { return }
        guard try await fulfils(record, rule, values, layouts) else { throw refusal }
    }

    private func fulfils(
        _ record: Record,
        _ rule: String,
        _ values: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Bool {
        let plan = try plans.plan(record.layout, in: layouts, rule: rule, request: values)
        return try await storage.read { session in
            try RecordReader(session, request: values).one(plan, id: record.id) != nil
        }
    }

    /// Starts the wait for a second factor, when the collection wants one for this record.
    /// - Returns: The id under which the second sign-in is to come.
    private func secondFactor(
        _ record: Record,
        _ options: MFAOptions,
        _ values: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> String? {
        if !options.rule.isEmpty, try await !fulfils(record, options.rule, values, layouts) { return nil }
        guard let layout = layouts.layout("_mfas") else { throw Problem(500, cause: "no _mfas collection") }
        var pending = Record(layout)
        pending["collectionRef"] = .text(record.collection.id)
        pending["recordRef"] = .text(record.id)
        pending["method"] = .text("password")
        let row = pending
        return try await storage.write { session in
            let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
            return try writer.insert(row, RecordWriter.Submission(RecordBody([:]))).id
        }
    }

    // MARK: - Refresh

    private func refresh(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        guard let signedIn = call.signedIn else { throw Problem.unauthenticated }
        let token = signedIn.isRefreshable ? tokens.issue(.auth, for: signedIn.record) : signedIn.token
        let record = signedIn.record
        let values = call.values()
        let rule = record.collection.auth?.authRule
        if rule == "" || call.isSuperuser, call.query.text("expand").isEmpty {
            let plan = try plans.plan(record.layout, in: layouts, rule: nil, request: values)
            return try .reading(storage, for: call.request.client) {
                .json(try Self.json(record, token, plan, values, $0))
            }
        }
        return .task {
            try await checkAuthRule(record, values, layouts)
            return try await success(record, token, call, layouts)
        }
    }

    // MARK: - Impersonation

    /// A superuser's way to act as somebody else, with a token that cannot be prolonged.
    private func impersonate(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        guard let layout = layouts.layout(call.parameters[0]), layout.collection.isAuth else {
            throw Problem(404, "Missing or invalid auth collection context.")
        }
        let sql = "\(layout.select) WHERE `id` = ?"
        let id = call.parameters[1]
        let found = try await storage.read { session in try session.first(sql, [.text(id)]) { layout.record($0) } }
        guard let record = found else { throw Problem.notFound }
        let body = try RequestBody.object(call, orSay: "An error occurred while loading the submitted data.")
        guard let duration = try? JSONReader(members: body).integer("duration") else {
            throw Problem.badRequest("An error occurred while loading the submitted data.")
        }
        if duration < 0 {
            let errors = FieldErrors("duration", .below(0))
            throw Problem.badRequest("An error occurred while validating the submitted data.", data: errors)
        }
        let token = tokens.issue(.auth, for: record, duration: duration, isRefreshable: false)
        return try await success(record, token, call, layouts)
    }

    /// The answer to every sign-in (`auth.md`, Auth success response). The record is read as its owner.
    private func success(
        _ record: Record,
        _ token: String,
        _ call: Call,
        _ layouts: RecordLayouts
    ) async throws -> Response {
        var values = call.values()
        values.auth = RequestValues.Caller(record)
        let expand = ExpandTree(call.query.text("expand"))
        let plan = try plans.plan(record.layout, in: layouts, rule: nil, expand: expand, request: values)
        let owner = values
        return try await storage.read { .json(try Self.json(record, token, plan, owner, $0)) }
    }

    private static func json(
        _ record: Record,
        _ token: String,
        _ plan: ReadPlan,
        _ values: RequestValues,
        _ session: any ReadSession
    ) throws -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.raw(#"{"record":"#)
        writer.raw(try RecordReader(session, request: values).json(record, plan, isOwn: true))
        writer.raw(#","token":"#)
        writer.string(token)
        writer.raw("}")
        return writer.bytes
    }
}
