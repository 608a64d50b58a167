import MartletCore
import MartletServer
import MartletVault
import NIOHTTP1
import OrderedCollections

/// `POST /api/settings/apple/generate-client-secret` (`settings-logs-misc.md`, 5).
struct AppleSecretRoute: Sendable {
    func register(in router: inout Router<Endpoint>) {
        router.add(.POST, "/api/settings/apple/generate-client-secret", Endpoint(.superuser, generate))
    }

    private func generate(_ call: Call) throws -> Answer {
        let form = try call.form("clientId", "teamId", "keyId", "privateKey")
        let body = try RequestBody.object(call, orSay: Call.unreadableForm).withLoweredKeys
        guard let duration = try? JSONReader(members: body).integer("duration") else {
            throw Problem.badRequest(Call.unreadableForm)
        }
        do {
            return .now(.json(["secret": .string(try AppleSecret(form: form, duration: duration).sign())]))
        } catch let errors as FieldErrors {
            throw Problem.badRequest("Invalid client secret data.", data: errors)
        } catch let failure as AppleSecret.Failure {
            throw Problem.badRequest("Failed to generate client secret. Raw error: \n\(failure.description).")
        }
    }
}

/// Apple's client secret is a token that its owner signs for some months.
package struct AppleSecret: Sendable {
    /// Why the key does not sign.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Half a year, the longest that Apple takes, in seconds.
    private static let longest = 15_777_000

    private let form: [String: String]
    private let duration: Int

    /// - Parameters:
    ///   - form: `clientId`, `teamId`, `keyId`, `privateKey` (PEM).
    ///   - duration: In seconds.
    package init(form: [String: String], duration: Int) {
        self.form = form
        self.duration = duration
    }

    /// - Throws: `FieldErrors`, ``Failure``.
    package func sign() throws -> String {
        let errors = errors
        if !errors.isEmpty { throw errors }
        let now = Timestamp.now.seconds
        let claims: JSONObject = [
            "iss": .string(form["teamId"] ?? ""), "sub": .string(form["clientId"] ?? ""),
            "aud": ["https://appleid.apple.com"], "exp": .number(Double(now + Int64(duration))),
            "iat": .number(Double(now)),
        ]
        do {
            return try SignedToken.sign(claims, keyID: form["keyId"] ?? "", pem: form["privateKey"] ?? "")
        } catch {
            throw Failure(description: error.text)
        }
    }

    private var errors: FieldErrors {
        var errors = FieldErrors.none
        if form["clientId", default: ""].isEmpty { errors.add(.required, at: "clientId") }
        for name in ["teamId", "keyId"] {
            let text = form[name, default: ""]
            if text.isEmpty {
                errors.add(.required, at: name)
            } else if text.utf8.count != 10 {
                errors.add(.lengthInvalid(10), at: name)
            }
        }
        let key = form["privateKey", default: ""]
        if key.isEmpty {
            errors.add(.required, at: "privateKey")
        } else if !key.contains("-----BEGIN PRIVATE KEY-----") || !key.contains("-----END PRIVATE KEY-----") {
            errors.add(FieldError("validation_match_invalid", "Must be in a valid format."), at: "privateKey")
        }
        if duration == 0 {
            errors.add(.required, at: "duration")
        } else if duration < 1 {
            errors.add(.below(1), at: "duration")
        } else if duration > Self.longest {
            errors.add(.above(Double(Self.longest)), at: "duration")
        }
        return errors
    }
}

extension SignedToken.KeyProblem {
    fileprivate var text: String {
        switch self {
        case .unreadable: "invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key"
        case .unsuitable: "key is invalid"
        }
    }
}
