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

/// What there is to sign in with, and staying signed in (`auth.md`).
struct AuthRoutes: Sendable {
    let storage: any Storage
    let layouts: CurrentLayouts
    let tokens: TokenAuthority
    let signIn: SignIn
    let sessions: SignInSessions
    let answers: AuthAnswers
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}"
        router.add(.GET, base + "/auth-methods", Endpoint(tags: ["listAuthMethods"], methods).projected)
        router.add(
            .POST,
            base + "/auth-refresh",
            Endpoint(.sameCollection, tags: ["authRefresh"], refresh).projected
        )
        router.add(.POST, base + "/impersonate/{id}", Endpoint.asynchronous(.superuser, impersonate).projected)
    }

    private func methods(_ call: Call) throws -> Answer {
        let options = try call.authLayout(layouts.value).collection.auth ?? AuthOptions()
        let password = options.passwordAuth
        let names = password.isEnabled ? password.identityFields : []
        let providers = options.oauth2.isEnabled ? options.oauth2.providers.compactMap(Self.provider) : []
        let answer: JSONValue = [
            "password": [
                "identityFields": .array(names.map { .string($0) }), "enabled": .bool(password.isEnabled),
            ],
            "oauth2": ["providers": .array(providers), "enabled": .bool(options.oauth2.isEnabled)],
            "mfa": [
                "enabled": .bool(options.mfa.isEnabled),
                "duration": .number(options.mfa.isEnabled ? Double(options.mfa.duration) : 0),
            ],
            "otp": [
                "enabled": .bool(options.otp.isEnabled),
                "duration": .number(options.otp.isEnabled ? Double(options.otp.duration) : 0),
            ],
            "authProviders": .array(providers.map(Self.withoutLogo)),
            "usernamePassword": .bool(names.contains("username")),
            "emailPassword": .bool(names.contains("email")),
        ]
        return .now(.json(.object((answer.object ?? [:]).merging(Self.additions(options)) { first, _ in first })))
    }

    /// Ways that the reference server does not have, where they are on: its clients see what they know.
    private static func additions(_ options: AuthOptions) -> JSONObject {
        var members: JSONObject = [:]
        if options.passkey.isEnabled { members["passkey"] = ["enabled": true] }
        if options.totp.isEnabled { members["totp"] = ["enabled": true] }
        return members
    }

    /// A provider with what a client sends somebody there with; nil for one that there is not.
    private static func provider(_ options: OAuth2Provider) -> JSONValue? {
        guard let provider = ConfiguredProvider(options) else { return nil }
        let invitation = provider.invitation()
        return [
            "name": .string(options.name), "displayName": .string(provider.displayName), "logo": .string(provider.logo),
            "state": .string(invitation.state), "authURL": .string(invitation.authURL),
            "authUrl": .string(invitation.authURL), "codeVerifier": .string(invitation.codeVerifier),
            "codeChallenge": .string(invitation.codeChallenge),
            "codeChallengeMethod": .string(invitation.codeChallenge.isEmpty ? "" : "S256"),
        ]
    }

    /// As clients of long ago expect it.
    private static func withoutLogo(_ provider: JSONValue) -> JSONValue {
        var members = provider.object ?? [:]
        members["logo"] = ""
        return .object(members)
    }

    // MARK: - Refresh

    private func refresh(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        guard let signedIn = call.signedIn else { throw Problem.unauthenticated }
        let token = tokens.successor(of: signedIn)
        let record = signedIn.record
        let values = call.values()
        let rule = record.layout.authRule
        let isPlain = !hooks.concern(.authRefresh, record.layout) && !hooks.concern(.auth, record.layout)
        if isPlain, rule == "" || call.isSuperuser, call.query.text("expand").isEmpty, signedIn.sessionID == nil {
            return try answers.reading(record, token, call, layouts)
        }
        return .task {
            do {
                try await signIn.checkRule(record, values, layouts)
            } catch is SignIn.RuleRefusal {
                throw Problem.authRule
            }
            return try await hooks.around(.authRefresh, call, record.layout, RequestSubject(record: record)) { _ in
                if let id = signedIn.sessionID { try await sessions.touch(id, of: record, layouts) }
                return try await answers.success(record, token, call, layouts)
            }
        }
    }

    // MARK: - Impersonation

    /// A superuser's way to act as somebody else, with a token that cannot be prolonged.
    private func impersonate(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        guard let layout = layouts.layout(call.parameters[0]), layout.isAuth else {
            throw Problem(404, "Missing or invalid auth collection context.")
        }
        let id = call.parameters[1]
        let found = try await storage.read { try layout.record(id: id, in: $0) }
        guard let record = found else { throw Problem.notFound }
        let body = try RequestBody.object(call, orSay: Call.unreadableForm)
        guard let duration = try? JSONReader(members: body).integer("duration") else {
            throw Problem.badRequest(Call.unreadableForm)
        }
        if duration < 0 { throw Problem.invalidForm(FieldErrors("duration", .below(0))) }
        let token = try await signIn.token(
            for: record,
            by: "impersonation",
            from: call.origin,
            duration: duration,
            isRefreshable: false,
            layouts
        )
        return try await answers.success(record, token, call, layouts)
    }
}
