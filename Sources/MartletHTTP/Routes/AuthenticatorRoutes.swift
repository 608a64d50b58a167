import MartletCore
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import NIOHTTP1

/// `/api/collections/{collection}/totp` and `auth-with-totp`: authenticator apps, which the reference server does not have
/// (docs/accounts.md).
struct AuthenticatorRoutes: Sendable {
    let layouts: CurrentLayouts
    let settings: SettingsStore
    let authenticators: Authenticators
    let factors: SecondFactors
    let completion: SignInCompletion
    let attempts: AttemptGuard

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}"
        func own(
            _ method: HTTPMethod,
            _ path: String,
            _ handle: @escaping @Sendable (Call) async throws -> Response
        ) {
            router.add(method, base + path, Endpoint.asynchronous(.sameCollection, tags: ["totp"], handle))
        }
        own(.GET, "/totp", status)
        own(.POST, "/totp", begin)
        own(.POST, "/totp/confirm", confirm)
        own(.POST, "/totp/recovery-codes", renew)
        own(.DELETE, "/totp", remove)
        let signIn = Endpoint.asynchronous(tags: ["authWithTOTP", "auth"], signIn).projected
        router.add(.POST, base + "/auth-with-totp", attempts.around(signIn, identity: "mfaId"))
    }

    /// - Throws: what clients are told where no apps are taken.
    private func check(_ layout: RecordLayout) throws {
        if layout.collection.auth?.totp.isEnabled != true {
            throw Problem(403, "The collection is not configured to allow authenticator apps.")
        }
    }

    private func owner(_ call: Call) throws -> (Record, RecordLayouts) {
        guard let record = call.signedIn?.record else { throw Problem.unauthenticated }
        let layouts = layouts.value
        try check(call.authLayout(layouts))
        return (record, layouts)
    }

    // MARK: - Setting up

    private func status(_ call: Call) async throws -> Response {
        let (owner, layouts) = try owner(call)
        let status = try await authenticators.status(of: owner, layouts)
        return .json(["enabled": .bool(status.isEnabled), "recoveryCodes": .number(Double(status.recoveryCodes))])
    }

    private func begin(_ call: Call) async throws -> Response {
        let (owner, layouts) = try owner(call)
        try call.checkIsOwnSignIn()
        let configured = owner.collection.auth?.totp.issuer ?? ""
        let issuer = configured.isEmpty ? settings.snapshot.settings.meta.appName : configured
        let setup = try await step { try await authenticators.begin(for: owner, issuer: issuer, layouts) }
        return .json(["secret": .string(setup.secret), "uri": .string(setup.uri)])
    }

    private func confirm(_ call: Call) async throws -> Response {
        let (owner, layouts) = try owner(call)
        let code = try code(call)
        return Self.json(try await step { try await authenticators.confirm(code, for: owner, layouts) })
    }

    private func renew(_ call: Call) async throws -> Response {
        let (owner, layouts) = try owner(call)
        let code = try code(call)
        return Self.json(try await step { try await authenticators.renewRecoveryCodes(code, of: owner, layouts) })
    }

    private func remove(_ call: Call) async throws -> Response {
        let (owner, layouts) = try owner(call)
        let code = try code(call)
        try await step { try await authenticators.remove(code, of: owner, layouts) }
        return .noContent
    }

    private static func json(_ codes: [String]) -> Response {
        .json(["recoveryCodes": .array(codes.map { .string($0) })])
    }

    private func code(_ call: Call) throws -> String {
        let code = try call.form("code")["code"] ?? ""
        var errors = FieldErrors.none
        errors.check(code, at: "code", upTo: 100)
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        return code
    }

    /// What a step refuses is told as the form's problem.
    private func step<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let refusal as Authenticators.Refusal {
            throw refusal.problem
        }
    }

    // MARK: - Signing in

    private func signIn(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        try check(layout)
        let code = try code(call)
        let id = try call.form("mfaId")["mfaId"] ?? ""
        let session = id.isEmpty ? call.query.text("mfaId") : id
        do {
            let owner = try await factors.owner(of: session, in: layout, layouts)
            try await step { try await authenticators.verify(code, of: owner, layouts) }
            return try await completion.finish(owner, by: .totp, session, call, layouts)
        } catch let refusal as SecondFactors.Refusal {
            throw refusal.problem
        }
    }
}

extension Authenticators.Refusal {
    var problem: Problem {
        switch self {
        case .wrongState: return .badRequest("No authenticator app can be used that way now.")
        case .invalidCode:
            let error = FieldError("validation_invalid_code", "Invalid or expired code.")
            return .invalidForm(FieldErrors("code", error))
        case .tooManyAttempts(let wait):
            var problem = Problem(429)
            problem.retryAfter = wait
            return problem
        }
    }
}
