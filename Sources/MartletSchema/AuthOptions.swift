package import MartletCore
import OrderedCollections

/// How records of an auth collection sign in (`collections.md`, Auth options).
package struct AuthOptions: Sendable, Hashable {
    package var authRule: String? = ""
    package var manageRule: String?
    package var authAlert = AuthAlert()
    package var oauth2 = OAuth2Options()
    package var passwordAuth = PasswordAuthOptions()
    package var mfa = MFAOptions()
    package var otp = OTPOptions()
    package var passkey = PasskeyOptions()
    package var totp = TOTPOptions()
    package var sessions = SessionOptions()
    package var tokens: [TokenKind: TokenOptions] = [:]
    package var verificationTemplate = MailTemplate.verification
    package var resetPasswordTemplate = MailTemplate.resetPassword
    package var confirmEmailChangeTemplate = MailTemplate.confirmEmailChange

    /// The defaults, with fresh secrets.
    package init() {
        for kind in TokenKind.allCases { tokens[kind] = TokenOptions(duration: kind.defaultDuration) }
    }

    package func token(_ kind: TokenKind) -> TokenOptions {
        tokens[kind] ?? TokenOptions(secret: "", duration: kind.defaultDuration)
    }
}

/// What a token is good for.
package enum TokenKind: String, Sendable, Hashable, CaseIterable {
    case auth
    case passwordReset
    case emailChange
    case verification
    case file

    /// The option's key in a collection.
    package var optionKey: String { rawValue + "Token" }

    /// In seconds.
    package var defaultDuration: Int {
        switch self {
        case .auth: 432_000
        case .passwordReset, .emailChange: 1800
        case .verification: 86_400
        case .file: 180
        }
    }
}

package struct TokenOptions: Sendable, Hashable {
    package var secret = RandomText.make(50)
    /// In seconds.
    package var duration: Int
}

package struct AuthAlert: Sendable, Hashable {
    package var isEnabled = true
    package var template = MailTemplate.authAlert
}

package struct PasswordAuthOptions: Sendable, Hashable {
    package var isEnabled = true
    package var identityFields = ["email"]
    package var hashing = Hashing.bcrypt

    /// How new passwords are hashed. The reference server knows bcrypt only, so that is the default and not written down.
    package enum Hashing: String, Sendable, Hashable {
        case bcrypt, argon2id
    }
}

package struct MFAOptions: Sendable, Hashable {
    package var isEnabled = false
    /// In seconds.
    package var duration = 600
    package var rule = ""

    package init(isEnabled: Bool = false, duration: Int = 600, rule: String = "") {
        self.isEnabled = isEnabled
        self.duration = duration
        self.rule = rule
    }
}

package struct OTPOptions: Sendable, Hashable {
    package var isEnabled = false
    /// In seconds.
    package var duration = 180
    package var length = 8
    package var template = MailTemplate.otp
}

/// Signing in with a key that a device keeps (W3C Web Authentication, level 2).
package struct PasskeyOptions: Sendable, Hashable {
    package var isEnabled = false
    /// The domain that keys belong to; empty for the host of the application's URL.
    package var relyingPartyID = ""
    /// The origins of pages that may ask for keys; none for the application's URL alone.
    package var origins: [String] = []
    package var userVerification = UserVerification.preferred

    /// Whether a device has to make sure of its user, by a finger or a PIN.
    package enum UserVerification: String, Sendable, Hashable {
        case required, preferred, discouraged
    }
}

/// Codes of authenticator apps (RFC 6238) as a second factor, for those who set one up.
package struct TOTPOptions: Sendable, Hashable {
    package var isEnabled = false
    /// Whom the app shows the code for; empty for the application's name.
    package var issuer = ""
}

/// Whether each sign-in is kept and can be ended.
package struct SessionOptions: Sendable, Hashable {
    package var isEnabled = false
}

package struct OAuth2Options: Sendable, Hashable {
    package var isEnabled = false
    package var providers: [OAuth2Provider] = []
    package var mappedFields = MappedFields()

    package struct MappedFields: Sendable, Hashable {
        package var id = ""
        package var name = ""
        package var username = ""
        package var avatarURL = ""
    }
}

package struct OAuth2Provider: Sendable, Hashable {
    /// All that there are (`auth.md`, 25); what each one needs is the identity module's matter.
    package static let names: Set<String> = [
        "apple", "google", "microsoft", "yandex", "facebook", "instagram2", "github", "gitlab", "bitbucket", "gitee",
        "gitea", "discord", "twitter", "kakao", "vk", "linear", "notion", "monday", "lark", "box", "spotify", "trakt",
        "twitch", "patreon", "strava", "wakatime", "livechat", "mailcow", "planningcenter", "oidc", "oidc2", "oidc3",
    ]

    package var pkce: Bool?
    package var name = ""
    package var clientID = ""
    package var clientSecret = ""
    package var authURL = ""
    package var tokenURL = ""
    package var userInfoURL = ""
    package var displayName = ""
    package var extra: JSONValue = .object([:])
}

/// A mail's subject and HTML body with placeholders.
package struct MailTemplate: Sendable, Hashable {
    package var subject: String
    package var body: String
}
