package import MartletCore
package import MartletRecords
import MartletSchema
package import MartletStorage
import MartletVault
import OrderedCollections

/// Passkeys: registering them, and signing in with them (W3C Web Authentication, level 2, sections 7.1 and 7.2). No
/// attestation is asked for, and none believed: what a key is made of is its owner's matter.
package struct Passkeys: Sendable {
    /// Why a credential is not taken. For registrations it is told, for sign-ins it goes to the log.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// What a browser brings, its texts in base64url (`PublicKeyCredential.toJSON()`).
    package struct Credential: Sendable {
        let id: String
        let response: JSONObject

        package init?(_ json: JSONValue?) {
            guard let json, json["type"] == "public-key", let id = json["id"]?.string, !id.isEmpty,
                let response = json["response"]?.object
            else { return nil }
            self.id = id
            self.response = response
        }

        func bytes(_ name: String) throws(Refusal) -> [UInt8] {
            guard let text = response[name]?.string, let bytes = Base64URL.decode(text[...]) else {
                throw Refusal("\(name) is missing or not base64url")
            }
            return bytes
        }
    }

    /// Somebody who proved to have a key.
    package struct Proof: Sendable {
        package let owner: Record
        /// Whether the device made sure of its user.
        package let isUserVerified: Bool
    }

    private static let limit = 50
    private static let nameLimit = 100

    private let storage: any Storage
    private let observers: RecordObservers
    private let challenges = Challenges()

    package init(storage: any Storage, observers: RecordObservers) {
        self.storage = storage
        self.observers = observers
    }

    private func rows(_ layouts: RecordLayouts) throws(Refusal) -> OwnedRows {
        guard let rows = OwnedRows("_passkeys", layouts, observers: observers) else { throw Refusal("there are none") }
        return rows
    }

    package func all(of owner: Record, _ layouts: RecordLayouts) async throws -> [Record] {
        let rows = try rows(layouts)
        return try await storage.read { try rows.all(of: owner, $0) }
    }

    // MARK: - Registering

    private static func registration(_ owner: Record) -> String {
        "register \(owner.collection.id) \(owner.id)"
    }

    /// What the browser is to ask the authenticator for (`PublicKeyCredentialCreationOptionsJSON`).
    package func registrationOptions(
        for owner: Record,
        _ party: RelyingParty,
        _ layouts: RecordLayouts
    ) async throws -> JSONValue {
        let known = try await all(of: owner, layouts)
        let email = owner.text("email")
        let name = email.isEmpty ? owner.id : email
        return [
            "rp": ["id": .string(party.id), "name": .string(party.name)],
            "user": [
                "id": .string(Self.handle(owner)), "name": .string(name),
                "displayName": .string(owner.text("name").isEmpty ? name : owner.text("name")),
            ],
            "challenge": .string(challenges.issue(for: Self.registration(owner), key: owner.passkeySecret)),
            "pubKeyCredParams": .array(
                COSEKey.algorithms.map { ["type": "public-key", "alg": .number(Double($0))] }
            ),
            "timeout": .number(Double(Challenges.lifetime * 1000)), "attestation": "none",
            "excludeCredentials": .array(known.map(\.descriptor)),
            "authenticatorSelection": [
                "residentKey": "preferred", "requireResidentKey": false,
                "userVerification": .string(party.userVerification.rawValue),
            ],
        ]
    }

    /// Keeps a new passkey.
    /// - Throws: ``Refusal``.
    package func register(
        _ credential: Credential,
        name: String,
        for owner: Record,
        _ party: RelyingParty,
        _ layouts: RecordLayouts
    ) async throws -> Record {
        let rows = try rows(layouts)
        let purpose = Self.registration(owner)
        let client = try clientData(credential, "webauthn.create", party, purpose, owner.passkeySecret)
        guard case .map(let attestation)? = try? CBORReader.whole(credential.bytes("attestationObject")),
            let data = attestation[.text("authData")]?.bytes.flatMap({ AuthenticatorData($0) }),
            let new = data.credential
        else { throw Refusal("the attestation cannot be read, or its key is of no kind that was asked for") }
        try Self.check(data, party)
        let id = Base64URL.encode(new.id)
        guard id == credential.id else { throw Refusal("the credential's id is not the authenticator's") }
        let transports = credential.response["transports"]?.array?.compactMap(\.string) ?? []
        let values: [String: FieldValue] = [
            "credentialId": .text(id), "publicKey": .text(Base64URL.encode(new.keyBytes)),
            "counter": .number(Double(data.counter)), "name": .text(String(name.prefix(Self.nameLimit))),
            "transports": .text(transports.prefix(10).map { String($0.prefix(20)) }.joined(separator: ",")),
            "aaguid": .text(Base64URL.encode(new.aaguid)),
        ]
        guard challenges.use(client.challenge) else { throw Refusal("the challenge was used") }
        return try await rows.write(to: storage) { session in
            guard try rows.all(of: owner, session).count < Self.limit else { throw Refusal("there are too many") }
            do {
                return try rows.insert(for: owner, values, session)
            } catch RecordError.invalid {
                throw Refusal("the passkey is registered already")
            }
        }
    }

    /// - Returns: The passkey under its new name, nil when it is not the owner's.
    package func rename(
        _ id: String,
        to name: String,
        of owner: Record,
        _ layouts: RecordLayouts
    ) async throws -> Record? {
        let rows = try rows(layouts)
        return try await storage.write { session in
            guard let row = try rows.table.record(id: id, in: session), row.belongs(to: owner) else { return nil }
            try rows.set(["name": .text(String(name.prefix(Self.nameLimit)))], of: id, session)
            return try rows.table.record(id: id, in: session)
        }
    }

    /// - Returns: Whether there was such a passkey of the owner.
    package func remove(_ id: String, of owner: Record, _ layouts: RecordLayouts) async throws -> Bool {
        let rows = try rows(layouts)
        return try await storage.write { try rows.delete(id, of: owner, $0) }
    }

    // MARK: - Signing in

    private static func signIn(_ layout: RecordLayout) -> String {
        "sign in \(layout.collection.id)"
    }

    /// What the browser is to ask authenticators for (`PublicKeyCredentialRequestOptionsJSON`).
    /// - Parameter owner: Whose keys will do; nil for anybody's that the authenticator knows.
    package func signInOptions(
        of owner: Record?,
        in layout: RecordLayout,
        _ party: RelyingParty,
        _ layouts: RecordLayouts
    ) async throws -> JSONValue {
        var known: [Record] = []
        if let owner { known = try await all(of: owner, layouts) }
        return [
            "challenge": .string(challenges.issue(for: Self.signIn(layout), key: layout.passkeySecret)),
            "rpId": .string(party.id), "allowCredentials": .array(known.map(\.descriptor)),
            "userVerification": .string(party.userVerification.rawValue),
            "timeout": .number(Double(Challenges.lifetime * 1000)),
        ]
    }

    /// Checks a signature over a challenge, and notes that the key was used.
    /// - Parameter namesOwner: Whether the credential has to say whose it is, since nobody else has (section 7.2, step 6).
    /// - Throws: ``Refusal``.
    package func verify(
        _ credential: Credential,
        namesOwner: Bool,
        in layout: RecordLayout,
        _ party: RelyingParty,
        _ layouts: RecordLayouts
    ) async throws -> Proof {
        let rows = try rows(layouts)
        let client = try clientData(credential, "webauthn.get", party, Self.signIn(layout), layout.passkeySecret)
        let dataBytes = try credential.bytes("authenticatorData")
        guard let data = AuthenticatorData(dataBytes) else { throw Refusal("the authenticator's data cannot be read") }
        try Self.check(data, party)
        let found = try await storage.read { session -> (row: Record, owner: Record)? in
            guard let row = try rows.table.record(where: "credentialId", is: credential.id, in: session),
                row.text("collectionRef") == layout.collection.id,
                let owner = try layout.record(id: row.text("recordRef"), in: session)
            else { return nil }
            return (row, owner)
        }
        guard let found else { throw Refusal("the passkey is not known") }
        let handle = credential.response["userHandle"]?.string ?? ""
        guard handle == Self.handle(found.owner) || handle.isEmpty && !namesOwner else {
            throw Refusal("the passkey does not name its owner")
        }
        let message = try dataBytes + SecureHash.sha256(credential.bytes("clientDataJSON"))
        guard let key = found.row.passkey, key.isValid(try credential.bytes("signature"), of: message) else {
            throw Refusal("the signature does not match the key")
        }
        guard challenges.use(client.challenge) else { throw Refusal("the challenge was used") }
        try await noteUse(of: found.row, data.counter, rows)
        return Proof(owner: found.owner, isUserVerified: data.isUserVerified)
    }

    /// A counter that does not grow tells of a copied key. Authenticators without one always say 0.
    private func noteUse(of row: Record, _ counter: UInt32, _ rows: OwnedRows) async throws {
        try await storage.write { session in
            guard let current = try rows.table.record(id: row.id, in: session) else {
                throw Refusal("the passkey was removed")
            }
            let last = current.counter
            guard counter == 0 && last == 0 || Double(counter) > last else {
                throw Refusal("the passkey's counter went from \(last) to \(counter): it may be copied")
            }
            try rows.set(
                ["counter": .integer(Int64(counter)), "lastUsed": .text(Timestamp.now.description)],
                of: row.id,
                session
            )
        }
    }

    // MARK: - Both

    private func clientData(
        _ credential: Credential,
        _ type: String,
        _ party: RelyingParty,
        _ purpose: String,
        _ key: String
    ) throws(Refusal) -> ClientData {
        guard let client = ClientData(try credential.bytes("clientDataJSON")), client.type == type else {
            throw Refusal("the client's data cannot be read or is for something else")
        }
        guard challenges.isGood(client.challenge, for: purpose, key: key) else {
            throw Refusal("the challenge is over, used, or not ours")
        }
        guard party.origins.contains(client.origin), !client.isCrossOrigin else {
            throw Refusal("the page at \(client.origin) may not ask for passkeys")
        }
        return client
    }

    private static func check(_ data: AuthenticatorData, _ party: RelyingParty) throws(Refusal) {
        guard data.relyingPartyHash == SecureHash.sha256(Array(party.id.utf8)) else {
            throw Refusal("the passkey belongs to another domain than \(party.id)")
        }
        guard data.isUserPresent else { throw Refusal("nobody was there") }
        if party.userVerification == .required, !data.isUserVerified {
            throw Refusal("the device did not make sure of its user")
        }
    }

    /// Names a record to authenticators, without telling anything of it.
    private static func handle(_ owner: Record) -> String {
        Base64URL.encode(SecureHash.sha256(Array("\(owner.collection.id) \(owner.id)".utf8)))
    }
}

extension RecordLayout {
    fileprivate var passkeySecret: String { tokens[.auth]?.secret ?? "" }
}

extension Record {
    fileprivate var passkeySecret: String { layout.passkeySecret }

    /// The key of a row of passkeys.
    fileprivate var passkey: COSEKey? {
        Base64URL.decode(text("publicKey")[...]).flatMap { try? CBORReader.whole($0) }.flatMap { COSEKey($0) }
    }

    fileprivate var counter: Double {
        guard let position = layout.position("counter"), case .number(let number) = values[position] else { return 0 }
        return number
    }

    fileprivate var descriptor: JSONValue {
        let transports = text("transports").split(separator: ",").map { JSONValue.string(String($0)) }
        return ["type": "public-key", "id": .string(text("credentialId")), "transports": .array(transports)]
    }
}
