import Crypto
package import MartletCore
package import MartletSchema
import MartletVault
import OrderedCollections

/// A provider as a collection sets it up: what the options leave empty is the kind's.
package struct ConfiguredProvider: Sendable {
    package let kind: ProviderKind
    let options: OAuth2Provider

    /// - Returns: nil for options that name no provider.
    package init?(_ options: OAuth2Provider) {
        guard let kind = ProviderKind.named(options.name) else { return nil }
        self.kind = kind
        self.options = options
    }

    package var displayName: String { options.displayName.isEmpty ? kind.displayName : options.displayName }
    package var usesPKCE: Bool { options.pkce ?? kind.usesPKCE }
    var authURL: String { options.authURL.isEmpty ? kind.authURL : options.authURL }
    var tokenURL: String { options.tokenURL.isEmpty ? kind.tokenURL : options.tokenURL }
    var userInfoURL: String { options.userInfoURL.isEmpty ? kind.userInfoURL : options.userInfoURL }

    /// Which claim of Microsoft's ID token holds the address; empty for the profile's.
    var emailClaim: String { options.extra["idTokenEmailClaim"]?.string ?? "" }

    private var scopes: [String] {
        if case .microsoft = kind.fields.email, !emailClaim.isEmpty { return kind.scopes + ["openid"] }
        return kind.scopes
    }

    /// What hooks are told of it: everything but the secret.
    package var description: JSONValue {
        [
            "name": .string(kind.name), "displayName": .string(displayName), "logo": .string(logo),
            "clientId": .string(options.clientID), "authURL": .string(authURL), "tokenURL": .string(tokenURL),
            "userInfoURL": .string(userInfoURL), "pkce": .bool(usesPKCE),
            "scopes": .array(scopes.map { .string($0) }), "extra": options.extra,
        ]
    }

    /// What a client needs to send somebody to the provider.
    package struct Invitation: Sendable {
        package let state: String
        /// Empty without PKCE.
        package let codeVerifier: String
        package let codeChallenge: String
        /// Ends with `redirect_uri=`: the client adds where it wants the answer.
        package let authURL: String
    }

    /// A new invitation. Nothing of it is kept: state and verifier are the client's to check (`auth.md`, 4).
    package func invitation() -> Invitation {
        let state = RandomText.make(30)
        let verifier = usesPKCE ? RandomText.make(43) : ""
        let challenge = usesPKCE ? Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) : ""
        var parameters = [("client_id", options.clientID)]
        if usesPKCE { parameters += [("code_challenge", challenge), ("code_challenge_method", "S256")] }
        parameters += kind.authParameters
        parameters.append(("response_type", "code"))
        if !scopes.isEmpty { parameters.append(("scope", scopes.joined(separator: " "))) }
        parameters.append(("state", state))
        let query = FormEncoding.encode(parameters)
        let separator = authURL.contains("?") ? "&" : "?"
        return Invitation(
            state: state,
            codeVerifier: verifier,
            codeChallenge: challenge,
            authURL: authURL + separator + query + "&redirect_uri="
        )
    }

    /// The provider's initial on its colour: brands' own logos are not ours to ship.
    package var logo: String { kind.logo }
}

extension ProviderKind {
    package var logo: String {
        let initial = displayName.first.map(String.init) ?? ""
        return ##"<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32" viewBox="0 0 32 32">"##
            + ##"<rect width="32" height="32" rx="7" fill="\##(colour)"/>"##
            + ##"<text x="16" y="22.5" font-family="sans-serif" font-size="18" font-weight="700" fill="#fff" "##
            + ##"text-anchor="middle">\##(initial)</text></svg>"##
    }
}
