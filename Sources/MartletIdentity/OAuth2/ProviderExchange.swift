import MartletCore
package import MartletFetch
import MartletSchema
import MartletVault
import OrderedCollections

/// Asks a provider who came back with a code (RFC 6749, sections 4.1.3 and 5; `auth.md`, 8.2).
package struct ProviderExchange: Sendable {
    /// What failed. The cause is for the log.
    package enum Failure: Error, CustomStringConvertible {
        case token(String)
        case profile(String)

        package var description: String {
            switch self {
            case .token(let cause): "no token from the provider: \(cause)"
            case .profile(let cause): "no profile from the provider: \(cause)"
            }
        }
    }

    /// What a client brings from the provider.
    package struct Grant: Sendable {
        package var code: String
        package var codeVerifier: String
        package var redirectURL: String
        /// What the ID token has to repeat; empty for nothing.
        package var nonce: String

        package init(code: String, codeVerifier: String, redirectURL: String, nonce: String) {
            self.code = code
            self.codeVerifier = codeVerifier
            self.redirectURL = redirectURL
            self.nonce = nonce
        }
    }

    /// For the whole exchange.
    private static let timeout = Duration.seconds(30)

    private let endpoint: TokenEndpoint
    private let requests: ProfileRequests
    private let idTokens: IDTokenCheck

    package init(client: WebClient) {
        endpoint = TokenEndpoint(client: client)
        requests = ProfileRequests(client: client)
        idTokens = IDTokenCheck(client: client)
    }

    /// - Throws: ``Failure``.
    package func profile(_ grant: Grant, at provider: ConfiguredProvider) async throws -> ExternalProfile {
        let end = ContinuousClock.now + Self.timeout
        let reply = try await endpoint.token(grant, provider, end)
        if reply.isOver { throw Failure.profile("the token is over") }
        do {
            return try await profile(reply, grant, provider, end)
        } catch let failure as WebFailure {
            throw Failure.profile(failure.description)
        } catch let refusal as IDTokenCheck.Refusal {
            throw Failure.profile(refusal.description)
        }
    }

    // MARK: - Profile

    private func profile(
        _ reply: TokenReply,
        _ grant: Grant,
        _ provider: ConfiguredProvider,
        _ end: ContinuousClock.Instant
    ) async throws -> ExternalProfile {
        let claims = try await claims(reply, grant, provider)
        let raw: JSONValue
        switch provider.kind.source {
        case .appleToken: raw = .object(claims ?? [:])
        case .openID where provider.userInfoURL.isEmpty: raw = .object(claims ?? [:])
        case .openID, .get, .graphQL: raw = try await requests.userInfo(reply, provider, end)
        }
        // A profile of somebody else than the token is about (OpenID Connect Core 1.0, section 5.3.2).
        if case .openID = provider.kind.source, let subject = claims?["sub"], raw["sub"] != subject {
            throw Failure.profile("the profile is not the ID token's subject's")
        }
        return try await read(raw, reply, claims, provider, end)
    }

    /// The checked claims of the ID token, where there has to be one.
    private func claims(_ reply: TokenReply, _ grant: Grant, _ provider: ConfiguredProvider) async throws -> JSONObject?
    {
        let policy: IDTokenCheck.Policy =
            switch provider.kind.source {
            case .appleToken: .apple(audience: provider.options.clientID)
            case .openID, .get, .graphQL: .openID(provider)
            }
        let isNeeded =
            switch provider.kind.source {
            case .appleToken: true
            case .openID: provider.userInfoURL.isEmpty
            case .get, .graphQL: !provider.emailClaim.isEmpty
            }
        let token = reply.members["id_token"]?.string ?? ""
        guard !token.isEmpty else {
            if isNeeded || !grant.nonce.isEmpty { throw Failure.profile("the reply has no ID token") }
            return nil
        }
        if !isNeeded, grant.nonce.isEmpty, !provider.kind.source.isOpenID { return nil }
        return try await idTokens.claims(token, nonce: grant.nonce, policy)
    }

    // MARK: - Reading

    private func read(
        _ raw: JSONValue,
        _ reply: TokenReply,
        _ claims: JSONObject?,
        _ provider: ConfiguredProvider,
        _ end: ContinuousClock.Instant
    ) async throws -> ExternalProfile {
        let fields = provider.kind.fields
        let profile = raw.member(at: fields.root)
        // A list with nobody in it.
        if fields.root.hasSuffix(".0"), profile.isNull { throw Failure.profile("the provider knows nobody") }
        if let requirement = fields.requirement, !requirement.holds(in: profile) {
            throw Failure.profile("the account is not active")
        }
        return ExternalProfile(
            id: fields.id.text(in: profile),
            name: fields.name.text(in: profile),
            username: fields.username.text(in: profile),
            email: try await email(profile, reply, claims, provider, end),
            avatarURL: fields.avatar.text(in: profile),
            raw: raw,
            accessToken: reply.accessToken,
            refreshToken: reply.refreshToken,
            expiry: reply.expiry
        )
    }

    private func email(
        _ profile: JSONValue,
        _ reply: TokenReply,
        _ claims: JSONObject?,
        _ provider: ConfiguredProvider,
        _ end: ContinuousClock.Instant
    ) async throws -> String {
        switch provider.kind.fields.email {
        case .none: return ""
        case .field(let path, let conditions):
            return conditions.allSatisfy { $0.holds(in: profile) } ? profile.member(at: path).string ?? "" : ""
        case .tokenReply(let name): return reply.members[name]?.string ?? ""
        case .list(let list):
            if let preferred = list.preferred.flatMap({ profile.member(at: $0).string }), TextFormat.isEmail(preferred)
            {
                return preferred
            }
            return try await requests.email(in: list, reply, provider, end)
        case .microsoft: return Self.microsoftEmail(profile, claims.map { .object($0) } ?? .null, provider.emailClaim)
        }
    }

    private static func microsoftEmail(_ profile: JSONValue, _ claims: JSONValue, _ claim: String) -> String {
        func text(_ name: String) -> String {
            claims[name]?.string ?? claims[name]?.array?.first?.string ?? ""
        }
        let isOwned = ProfileCondition.isTruthy("xms_edov").holds(in: claims)
        let primary = text("verified_primary_email")
        switch claim {
        case "any_verified": return primary.isEmpty && isOwned ? text("email") : primary
        case "verified_primary_email": return primary
        case "email_and_xms_edov": return isOwned ? text("email") : ""
        case "email": return text("email")
        default: return profile["mail"]?.string ?? ""
        }
    }
}

extension ProfileSource {
    fileprivate var isOpenID: Bool {
        if case .openID = self { true } else { false }
    }
}
