package import MartletCore
package import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage
package import MartletVault
import OrderedCollections

/// Signing in with an account at a provider: whose record that is, and what it changes (`auth.md`, 8.3 to 8.5).
package struct OAuth2SignIn: Sendable {
    package struct Outcome: Sendable {
        package let record: Record
        package let isNew: Bool
    }

    /// The account could not be tied to the record that is there.
    package struct NotLinked: Error {
        package let errors: FieldErrors
    }

    private let storage: any Storage
    private let hasher: PasswordHasher
    private let exchange: ProviderExchange
    private let observers: RecordObservers

    package init(
        storage: any Storage,
        hasher: PasswordHasher,
        exchange: ProviderExchange,
        observers: RecordObservers
    ) {
        self.storage = storage
        self.hasher = hasher
        self.exchange = exchange
        self.observers = observers
    }

    /// - Throws: ``ProviderExchange/Failure``.
    package func profile(
        _ grant: ProviderExchange.Grant,
        at provider: ConfiguredProvider
    ) async throws -> ExternalProfile {
        try await exchange.profile(grant, at: provider)
    }

    /// The record of somebody whom a provider knows, linked to the provider's account; a new one where there is none.
    /// - Parameters:
    ///   - data: What a client wants in a new record.
    ///   - request: What the create rule sees; its auth is whoever is signed in already.
    /// - Throws: ``NotLinked`` for a record that is there, ``RecordError`` for a new one.
    package func record(
        of profile: ExternalProfile,
        at provider: ConfiguredProvider,
        data: JSONObject,
        in layout: RecordLayout,
        _ layouts: RecordLayouts,
        _ request: RequestValues
    ) async throws -> Outcome {
        guard let links = layouts.layout("_externalAuths") else {
            throw RecordError.failed("the collection of external accounts is missing")
        }
        let link = Link(profile: profile, provider: provider.kind.name, layout: layout, table: links)
        // The ordinary case: linked and verified, so nothing is to be written.
        let known = try await storage.read { try link.record($0) }
        if let known, known.bool("verified"), !known.text("email").isEmpty {
            return Outcome(record: known, isNew: false)
        }
        let password = RandomText.make(30)
        let secret = NewSecret(password: password, hash: try await hash(password, layout))
        let account = try await account(data, profile, secret, layout)
        let observers = observers
        return try await observers.write(to: storage, of: [layout, links]) { session in
            let step = LinkStep(
                link: link,
                secret: secret,
                session: session,
                layouts: layouts,
                request: request,
                observers: observers
            )
            return try step.run(creating: account)
        }
    }

    private func hash(_ password: String, _ layout: RecordLayout) async throws -> String? {
        let body = RecordBody(["password": .string(password)])
        return try await RecordWriter.Submission(body, for: layout.collection, hasher).passwordHashes["password"]
    }

    /// What the client chose goes before what the provider says.
    private func account(
        _ data: JSONObject,
        _ profile: ExternalProfile,
        _ secret: NewSecret,
        _ layout: RecordLayout
    ) async throws -> NewAccount {
        var account = NewAccount(body: data)
        if account.isMissing("email") { account.body["email"] = .string(profile.email) }
        if account.isMissing("password") {
            account.body["password"] = .string(secret.password)
            account.body["passwordConfirm"] = .string(secret.password)
            account.passwordHashes["password"] = secret.hash
        } else {
            account.passwordHashes =
                try await RecordWriter.Submission(RecordBody(data), for: layout.collection, hasher).passwordHashes
        }
        let mapped = (layout.collection.auth ?? AuthOptions()).oauth2.mappedFields
        for (name, value) in [
            (mapped.id, profile.id), (mapped.name, profile.name), (mapped.avatarURL, profile.avatarURL),
        ] where account.body[name] == nil && !value.isEmpty {
            // Files come with the file store.
            guard let position = layout.position(name), layout.fields[position].kind.file == nil else { continue }
            account.body[name] = .string(value)
        }
        if !profile.username.isEmpty, account.body[mapped.username] == nil, layout.position(mapped.username) != nil {
            account.username = (mapped.username, profile.username)
        }
        return account
    }
}

/// What a new record is made of.
struct NewAccount: Sendable {
    var body: JSONObject
    /// The provider's name for somebody, taken where it is valid and free.
    var username: (field: String, text: String)?
    var passwordHashes: [String: String] = [:]

    func isMissing(_ name: String) -> Bool {
        body[name]?.string?.isEmpty ?? true
    }
}

/// A password that nobody knows, hashed before the write.
struct NewSecret: Sendable {
    let password: String
    let hash: String?
}
