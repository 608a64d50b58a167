import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import NIOHTTP1
import OrderedCollections

/// Signing in with accounts at other places (`auth.md`, 8, 9 and 25).
struct OAuth2Routes: Sendable {
    let layouts: CurrentLayouts
    let accounts: OAuth2SignIn
    let redirects: OAuth2Redirects
    let completion: SignInCompletion
    let attempts: AttemptGuard
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        router.add(
            .POST,
            "/api/collections/{collection}/auth-with-oauth2",
            attempts.around(Endpoint.asynchronous(tags: ["authWithOAuth2", "auth"], signIn).projected)
        )
        router.add(.GET, "/api/collections/meta/oauth2-providers", Endpoint(.superuser, providers).projected)
        router.add(.GET, "/api/oauth2-redirect", Endpoint(.anyone, redirect))
        router.add(.POST, "/api/oauth2-redirect", Endpoint(.anyone, redirect))
    }

    private func providers(_ call: Call) -> Answer {
        let all = ProviderKind.all.map { kind -> JSONValue in
            ["name": .string(kind.name), "displayName": .string(kind.displayName), "logo": .string(kind.logo)]
        }
        return .now(.json(.array(all)))
    }

    // MARK: - Sign-in

    private func signIn(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        guard let options = layout.collection.auth?.oauth2, options.isEnabled else {
            throw Problem(403, "The collection is not configured to allow OAuth2 authentication.")
        }
        let form = try OAuth2Form(call)
        let provider = try form.provider(options)
        var profile: ExternalProfile
        do {
            profile = try await accounts.profile(form.grant, at: provider)
        } catch let failure as ProviderExchange.Failure {
            switch failure {
            case .token: throw Problem.badRequest("Failed to fetch OAuth2 token.", cause: failure.description)
            case .profile: throw Problem.badRequest("Failed to fetch OAuth2 user.", cause: failure.description)
            }
        }
        if profile.name.isEmpty { profile.name = redirects.takeName(for: form.grant.code) }
        let values = call.values(context: .oauth2, body: form.body)
        let outcome: OAuth2SignIn.Outcome
        do {
            outcome = try await accounts.record(
                of: profile,
                at: provider,
                data: form.data,
                in: layout,
                layouts,
                values
            )
        } catch let refusal as OAuth2SignIn.NotLinked {
            throw Problem.badRequest("Failed to authenticate.", data: refusal.errors)
        } catch {
            throw RecordProblem.problem(error, action: "create")
        }
        let meta = profile.meta(isNew: outcome.isNew)
        let members: JSONObject = [
            "providerName": .string(form.providerName), "isNewRecord": .bool(outcome.isNew), "oAuth2User": meta,
            "createData": .object(form.data), "providerClient": provider.description,
        ]
        let subject = RequestSubject(record: outcome.record, values: members)
        return try await hooks.around(.authWithOAuth2, call, layout, subject) { subject in
            let record = subject.record ?? outcome.record
            return try await completion.finish(record, by: .oauth2, form.sessionID, meta: meta, call, layouts)
        }
    }

    // MARK: - Redirect

    private func redirect(_ call: Call) throws -> Answer {
        let isForm = call.request.head.method == .POST
        // What cannot be read is nobody's: the browser is told so.
        let values = isForm ? (try? call.form("state", "code", "error", "user")) ?? [:] : [:]
        func text(_ name: String) -> String { isForm ? values[name, default: ""] : call.query.text(name) }
        var arrival = OAuth2Redirects.Arrival()
        arrival.state = text("state")
        arrival.code = text("code")
        arrival.error = text("error")
        if isForm { arrival.user = text("user") }
        let isWelcome = redirects.arrive(arrival, from: call.address)
        let page = "../_/#/auth/oauth2-redirect-" + (isWelcome ? "success" : "failure")
        return .now(.redirect(call.request.head.method == .GET ? 307 : 303, to: page))
    }
}

/// What a client sends after somebody came back from a provider.
private struct OAuth2Form {
    let body: JSONObject
    let grant: ProviderExchange.Grant
    let data: JSONObject
    let sessionID: String
    let providerName: String

    init(_ call: Call) throws {
        body = try RequestBody.object(call, orSay: Call.unreadableForm)
        let texts = try call.form("provider", "code", "codeVerifier", "redirectURL", "nonce", "mfaId")
        func text(_ name: String) -> String { texts[name, default: ""] }
        guard let data = try? JSONReader(members: body.withLoweredKeys).object("createdata") ?? [:] else {
            throw Problem.badRequest(Call.unreadableForm)
        }
        grant = ProviderExchange.Grant(
            code: text("code"),
            codeVerifier: text("codeVerifier"),
            redirectURL: text("redirectURL"),
            nonce: text("nonce")
        )
        self.data = data
        sessionID = text("mfaId")
        providerName = text("provider")
    }

    /// - Throws: what is wrong with the form.
    func provider(_ options: OAuth2Options) throws -> ConfiguredProvider {
        var errors = FieldErrors.none
        errors.check(providerName, at: "provider", noLongerThan: 100)
        let configured = options.providers.first { $0.name == providerName }.flatMap { ConfiguredProvider($0) }
        if errors.isEmpty, configured == nil {
            let message = "Provider with name \(providerName) is missing or is not enabled."
            let params: [String: JSONValue] = ["name": .string(providerName)]
            errors.add(FieldError("validation_invalid_provider", message, params: params), at: "provider")
        }
        if grant.code.isEmpty { errors.add(.required, at: "code") }
        guard errors.isEmpty, let configured else { throw Problem.badRequest(Call.unreadableForm, data: errors) }
        return configured
    }
}

extension ExternalProfile {
    fileprivate func meta(isNew: Bool) -> JSONValue {
        [
            "id": .string(id), "name": .string(name), "username": .string(username), "email": .string(email),
            "avatarURL": .string(avatarURL), "avatarUrl": .string(avatarURL), "accessToken": .string(accessToken),
            "refreshToken": .string(refreshToken), "expiry": .string(expiry), "rawUser": raw, "isNew": .bool(isNew),
        ]
    }
}
