import MartletCore
import MartletFetch
import MartletSchema
import NIOHTTP1
import Synchronization

/// Exchanges codes for tokens (RFC 6749, section 4.1.3; `auth.md`, 8.2).
struct TokenEndpoint: Sendable {
    /// The endpoint answered with no token; perhaps since the secret was in the wrong place.
    private struct ClientRefused: Error {
        let description: String
    }

    private let client: WebClient
    private let styles = SecretStyles()

    init(client: WebClient) {
        self.client = client
    }

    /// Where the client's secret goes differs between providers: tried as the standard prefers, then as older servers
    /// want it, and remembered.
    /// - Parameter end: When to give up.
    /// - Throws: ``ProviderExchange/Failure``.
    func token(
        _ grant: ProviderExchange.Grant,
        _ provider: ConfiguredProvider,
        _ end: ContinuousClock.Instant
    ) async throws -> TokenReply {
        let key = provider.tokenURL + " " + provider.options.clientID
        do {
            if let known = styles.style(key) { return try await token(grant, provider, known, end) }
        } catch let refusal as ClientRefused {
            throw ProviderExchange.Failure.token(refusal.description)
        }
        do {
            let reply = try await token(grant, provider, .header, end)
            styles.remember(.header, key)
            return reply
        } catch is ClientRefused {
            do {
                let reply = try await token(grant, provider, .body, end)
                styles.remember(.body, key)
                return reply
            } catch let refusal as ClientRefused {
                throw ProviderExchange.Failure.token(refusal.description)
            }
        }
    }

    private func token(
        _ grant: ProviderExchange.Grant,
        _ provider: ConfiguredProvider,
        _ style: SecretStyles.Style,
        _ end: ContinuousClock.Instant
    ) async throws -> TokenReply {
        let (id, secret) = (provider.options.clientID, provider.options.clientSecret)
        var form = [("code", grant.code), ("grant_type", "authorization_code")]
        if !grant.redirectURL.isEmpty { form.append(("redirect_uri", grant.redirectURL)) }
        if provider.usesPKCE { form.append(("code_verifier", grant.codeVerifier)) }
        var request = WebRequest(provider.tokenURL)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "accept", value: "application/json")
        switch style {
        // Escaped first (RFC 6749, section 2.3.1).
        case .header: request.authorize(FormEncoding.escaped(id), FormEncoding.escaped(secret))
        case .body: form += [("client_id", id), ("client_secret", secret)]
        }
        request.body = Array(FormEncoding.encode(form).utf8)
        request.timeout = end - .now
        do {
            let response = try await client.send(request)
            if let reply = TokenReply(response) { return reply }
            throw ClientRefused(description: "status \(response.status) from \(provider.tokenURL)")
        } catch let failure as WebFailure {
            throw ProviderExchange.Failure.token(failure.description)
        }
    }
}

/// How token endpoints want the client's secret, as far as they were asked.
private final class SecretStyles: Sendable {
    enum Style: Sendable { case header, body }

    private let known = Mutex<[String: Style]>([:])

    func style(_ key: String) -> Style? {
        known.withLock { $0[key] }
    }

    func remember(_ style: Style, _ key: String) {
        known.withLock { known in
            // Settings change; nobody has so many providers.
            if known.count >= 1000 { known.removeAll() }
            known[key] = style
        }
    }
}
