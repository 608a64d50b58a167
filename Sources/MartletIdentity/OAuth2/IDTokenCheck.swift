import MartletCore
import MartletFetch
import MartletSchema
import MartletVault
import OrderedCollections

/// Checks what a provider says of somebody in an ID token (OpenID Connect Core 1.0, section 3.1.3.7).
struct IDTokenCheck: Sendable {
    struct Refusal: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// What a token has to fulfil.
    struct Policy: Sendable {
        var audience: String
        /// Any issuer when empty.
        var issuers: [String] = []
        /// Where the keys are. Empty when the token's way here, TLS from the token endpoint, is all that vouches for it.
        var keysURL = ""
        var needsExpiry = false

        static func apple(audience: String) -> Policy {
            Policy(
                audience: audience,
                issuers: ["https://appleid.apple.com"],
                keysURL: "https://appleid.apple.com/auth/keys",
                needsExpiry: true
            )
        }

        /// As the provider's `extra` says (`auth.md`, 25.2).
        static func openID(_ provider: ConfiguredProvider) -> Policy {
            let extra = provider.options.extra
            return Policy(
                audience: provider.options.clientID,
                issuers: (extra["issuers"]?.array ?? []).compactMap(\.string),
                keysURL: extra["jwksURL"]?.string ?? ""
            )
        }
    }

    /// How far clocks may differ, in seconds.
    private static let leeway = 300.0

    private let keys: KeySets

    init(client: WebClient) {
        keys = KeySets(client: client)
    }

    /// - Parameter nonce: What the token has to repeat; empty for nothing.
    /// - Throws: ``Refusal``, or ``WebFailure`` when there are no keys to be had.
    func claims(_ text: String, nonce: String, _ policy: Policy, at moment: Timestamp = .now) async throws -> JSONObject
    {
        guard let token = SignedToken(text) else { throw Refusal("the ID token cannot be read") }
        try Self.check(token.claims, nonce, policy, at: moment)
        if !policy.keysURL.isEmpty { try await checkSignature(of: token, policy.keysURL) }
        return token.claims
    }

    private static func check(_ claims: JSONObject, _ nonce: String, _ policy: Policy, at moment: Timestamp) throws {
        if let subject = claims["sub"], subject.string == nil { throw Refusal("the ID token's subject is no text") }
        let audiences = claims["aud"]?.array?.compactMap(\.string) ?? [claims["aud"]?.string ?? ""]
        guard !policy.audience.isEmpty, audiences.contains(policy.audience) else {
            throw Refusal("the ID token is for somebody else")
        }
        if audiences.count > 1, let party = claims["azp"]?.string, party != policy.audience {
            throw Refusal("the ID token was made for another client")
        }
        if !policy.issuers.isEmpty, !policy.issuers.contains(claims["iss"]?.string ?? "") {
            throw Refusal("the ID token's issuer is not one of the accepted")
        }
        if !nonce.isEmpty, !constantTimeEqual(claims["nonce"]?.string ?? "", nonce) {
            throw Refusal("the ID token repeats another nonce")
        }
        let now = Double(moment.milliseconds) / 1000
        if policy.needsExpiry, claims["exp"]?.number == nil { throw Refusal("the ID token has no end") }
        for (name, isOver) in [
            ("exp", { $0 + leeway < now }), ("nbf", { $0 - leeway > now }), ("iat", { $0 - leeway > now }),
        ] as [(String, (Double) -> Bool)] {
            guard let claim = claims[name], !claim.isNull else { continue }
            guard let time = claim.number, !isOver(time) else {
                throw Refusal("the ID token is not valid now (\(name))")
            }
        }
    }

    private func checkSignature(of token: SignedToken, _ url: String) async throws {
        for key in try await keys.keys(for: token.keyID, at: url) {
            if let algorithm = key.algorithm, algorithm != token.algorithm { continue }
            if token.isSigned(with: key.key) { return }
        }
        throw Refusal("the ID token is not signed by its issuer")
    }
}

/// The providers' public keys (RFC 7517), kept for a while and asked for again when a token names an unknown one.
private actor KeySets {
    struct Key: Sendable {
        let id: String?
        let algorithm: SignatureAlgorithm?
        let key: SignatureKey
    }

    private struct KeySet {
        let keys: [Key]
        let fetched: ContinuousClock.Instant
    }

    private static let lifetime = Duration.seconds(3600)
    /// Not more often than that, whatever key ids strangers' tokens name.
    private static let pause = Duration.seconds(10)

    private let client: WebClient
    private var sets: [String: KeySet] = [:]

    init(client: WebClient) {
        self.client = client
    }

    /// The keys that a token may be signed with: those of its key id, or all when either side names none.
    func keys(for id: String?, at url: String) async throws -> [Key] {
        if let known = sets[url] {
            let age = ContinuousClock.now - known.fetched
            let matching = Self.matching(known.keys, id)
            if age < Self.pause || age < Self.lifetime && !matching.isEmpty { return matching }
        }
        let set = KeySet(keys: try await fetch(url), fetched: .now)
        sets[url] = set
        return Self.matching(set.keys, id)
    }

    private static func matching(_ keys: [Key], _ id: String?) -> [Key] {
        guard let id else { return keys }
        return keys.filter { $0.id == nil || $0.id == id }
    }

    private func fetch(_ url: String) async throws -> [Key] {
        let response = try await client.send(WebRequest(url))
        guard (200..<300).contains(response.status), let set = try? JSONParser.parse(response.body),
            let entries = set["keys"]?.array
        else { throw WebFailure("no key set at \(url)") }
        return entries.compactMap { entry in
            guard let members = entry.object, let key = SignatureKey(jwk: members) else { return nil }
            let name = members["alg"]?.string
            let algorithm = name.flatMap { SignatureAlgorithm(rawValue: $0) }
            if name != nil, algorithm == nil { return nil }
            return Key(id: members["kid"]?.string, algorithm: algorithm, key: key)
        }
    }
}
