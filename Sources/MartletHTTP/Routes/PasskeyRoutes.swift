import MartletCore
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import NIOHTTP1
import OrderedCollections

/// `/api/collections/{collection}/passkeys` and `auth-with-passkey`, which the reference server does not have
/// (docs/accounts.md).
struct PasskeyRoutes: Sendable {
    let layouts: CurrentLayouts
    let settings: SettingsStore
    let passkeys: Passkeys
    let authenticators: Authenticators
    let factors: SecondFactors
    let completion: SignInCompletion
    let attempts: AttemptGuard

    /// In bytes. Credentials have some kilobytes, whatever authenticator makes them.
    private static let bodyLimit = 64 << 10

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}"
        func own(
            _ method: HTTPMethod,
            _ path: String,
            _ handle: @escaping @Sendable (Call) async throws -> Response
        ) {
            let endpoint = Endpoint.asynchronous(
                .sameCollection,
                tags: ["passkeys"],
                bodyLimit: { _ in Self.bodyLimit },
                handle
            )
            router.add(method, base + path, endpoint)
        }
        own(.GET, "/passkeys", list)
        own(.POST, "/passkeys/register-options", registrationOptions)
        own(.POST, "/passkeys", add)
        own(.PATCH, "/passkeys/{id}", rename)
        own(.DELETE, "/passkeys/{id}", remove)
        let options = Endpoint.asynchronous(
            tags: ["passkeys"],
            bodyLimit: { _ in Self.bodyLimit },
            signInOptions
        )
        router.add(.POST, base + "/passkeys/options", options)
        let signIn = Endpoint.asynchronous(
            tags: ["authWithPasskey", "auth"],
            bodyLimit: { _ in Self.bodyLimit },
            signIn
        ).projected
        router.add(.POST, base + "/auth-with-passkey", attempts.around(signIn))
    }

    // MARK: - One's own

    private struct Owner {
        let record: Record
        let party: RelyingParty
        let layouts: RecordLayouts
    }

    private func owner(_ call: Call) throws -> Owner {
        guard let record = call.signedIn?.record else { throw Problem.unauthenticated }
        return Owner(record: record, party: try party(record.layout), layouts: layouts.value)
    }

    /// - Throws: what clients are told where no passkeys are taken.
    private func party(_ layout: RecordLayout) throws -> RelyingParty {
        guard let options = layout.collection.auth?.passkey, options.isEnabled else {
            throw Problem(403, "The collection is not configured to allow passkeys.")
        }
        let meta = settings.snapshot.settings.meta
        return RelyingParty(options, appName: meta.appName, appURL: meta.appURL)
    }

    private func list(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        let rows = try await passkeys.all(of: owner.record, owner.layouts)
        return .json(["items": .array(rows.map(\.passkeyJSON))])
    }

    private func registrationOptions(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        try call.checkIsOwnSignIn()
        let options = try await passkeys.registrationOptions(for: owner.record, owner.party, owner.layouts)
        return .json(["publicKey": options])
    }

    private func add(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        try call.checkIsOwnSignIn()
        let body = try RequestBody.object(call, orSay: Call.unreadableForm)
        do {
            let credential = try credential(body)
            try await checkCode(body, of: owner)
            let name = body["name"]?.string ?? ""
            let row = try await passkeys.register(
                credential,
                name: name.isEmpty ? "Passkey" : name,
                for: owner.record,
                owner.party,
                owner.layouts
            )
            return .json(row.passkeyJSON)
        } catch let refusal as Passkeys.Refusal {
            throw Self.invalid(refusal.description)
        }
    }

    /// A passkey can replace the authenticator app, so adding one takes the app's word: a stolen token is not enough.
    private func checkCode(_ body: JSONObject, of owner: Owner) async throws {
        guard owner.record.collection.auth?.totp.isEnabled == true,
            try await authenticators.status(of: owner.record, owner.layouts).isEnabled
        else { return }
        guard let code = body["code"]?.string, !code.isEmpty else {
            throw Problem.invalidForm(FieldErrors("code", .required))
        }
        do {
            try await authenticators.verify(code, of: owner.record, owner.layouts)
        } catch let refusal as Authenticators.Refusal {
            throw refusal.problem
        }
    }

    private func rename(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        let name = try call.form("name")["name"] ?? ""
        var errors = FieldErrors.none
        errors.check(name, at: "name", upTo: 100)
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        let row = try await passkeys.rename(call.parameters[1], to: name, of: owner.record, owner.layouts)
        guard let row else { throw Problem.notFound }
        return .json(row.passkeyJSON)
    }

    private func remove(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        guard try await passkeys.remove(call.parameters[1], of: owner.record, owner.layouts) else {
            throw Problem.notFound
        }
        return .noContent
    }

    // MARK: - Signing in

    private func signInOptions(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        let party = try party(layout)
        let session = try call.form("mfaId")["mfaId"] ?? ""
        do {
            let owner = session.isEmpty ? nil : try await factors.owner(of: session, in: layout, layouts)
            return .json(["publicKey": try await passkeys.signInOptions(of: owner, in: layout, party, layouts)])
        } catch let refusal as SecondFactors.Refusal {
            throw refusal.problem
        }
    }

    private func signIn(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        let party = try party(layout)
        let body = try RequestBody.object(call, orSay: Call.unreadableForm)
        let session = try call.form("mfaId")["mfaId"] ?? ""
        let proof: Passkeys.Proof
        do {
            proof = try await passkeys.verify(
                try credential(body),
                namesOwner: session.isEmpty,
                in: layout,
                party,
                layouts
            )
        } catch let refusal as Passkeys.Refusal {
            throw Problem.badRequest("Failed to authenticate.", cause: refusal.description)
        }
        return try await completion.finish(
            proof.owner,
            by: .passkey,
            session,
            isStrong: proof.isUserVerified && session.isEmpty,
            call,
            layouts
        )
    }

    private func credential(_ body: JSONObject) throws -> Passkeys.Credential {
        guard let credential = Passkeys.Credential(body["credential"]) else {
            throw Self.invalid("it is missing or no public key credential")
        }
        return credential
    }

    private static func invalid(_ reason: String) -> Problem {
        let error = FieldError("validation_invalid_credential", Problem.sentence("Invalid credential: \(reason)"))
        return .invalidForm(FieldErrors("credential", error))
    }
}

extension Record {
    /// A passkey as its owner sees it.
    fileprivate var passkeyJSON: JSONValue {
        let transports = text("transports").split(separator: ",").map { JSONValue.string(String($0)) }
        return [
            "id": .string(id), "name": .string(text("name")), "created": .string(text("created")),
            "lastUsed": .string(text("lastUsed")), "transports": .array(transports),
        ]
    }
}
