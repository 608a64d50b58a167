import Crypto
import CryptoExtras
package import MartletCore
import OrderedCollections

/// How a signature was made (RFC 7518, section 3.1, and RFC 8037).
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
}

/// Somebody's public key. What signs with it is checked against the key's own kind: no token chooses for itself how it
/// is checked.
package struct SignatureKey: Sendable {
    private enum Kind: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    private let kind: Kind

    /// How the two numbers of an elliptic curve's signature are written.
    package enum Encoding: Sendable {
        /// One after the other (RFC 7518, section 3.4).
        case fixedWidth
        /// As ASN.1 (WebAuthn, section 6.5.5).
        case der
    }

    /// Of 2048 bits at least.
    package init?(modulus: [UInt8], exponent: [UInt8]) {
        guard let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent) else { return nil }
        kind = .rsa(key)
    }

    /// - Parameter curve: As JSON web keys name it: `P-256`, `P-384`, `P-521`.
    package init?(curve: String, x: [UInt8], y: [UInt8]) {
        let kind: Kind? =
            switch curve {
            case "P-256": (try? P256.Signing.PublicKey(rawRepresentation: x + y)).map { .p256($0) }
            case "P-384": (try? P384.Signing.PublicKey(rawRepresentation: x + y)).map { .p384($0) }
            case "P-521": (try? P521.Signing.PublicKey(rawRepresentation: x + y)).map { .p521($0) }
            default: nil
            }
        guard let kind else { return nil }
        self.kind = kind
    }

    package init?(ed25519 bytes: [UInt8]) {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return nil }
        kind = .ed25519(key)
    }

    package func isValid(
        _ signature: [UInt8],
        of message: [UInt8],
        _ algorithm: SignatureAlgorithm,
        _ encoding: Encoding = .fixedWidth
    ) -> Bool {
        switch (kind, algorithm) {
        case (.rsa(let key), .rs256): Self.check(key, signature, SHA256.hash(data: message), .insecurePKCS1v1_5)
        case (.rsa(let key), .rs384): Self.check(key, signature, SHA384.hash(data: message), .insecurePKCS1v1_5)
        case (.rsa(let key), .rs512): Self.check(key, signature, SHA512.hash(data: message), .insecurePKCS1v1_5)
        case (.rsa(let key), .ps256): Self.check(key, signature, SHA256.hash(data: message), .PSS)
        case (.rsa(let key), .ps384): Self.check(key, signature, SHA384.hash(data: message), .PSS)
        case (.rsa(let key), .ps512): Self.check(key, signature, SHA512.hash(data: message), .PSS)
        case (.p256(let key), .es256):
            (try? encoding == .der ? .init(derRepresentation: signature) : .init(rawRepresentation: signature))
                .map { key.isValidSignature($0, for: message) } ?? false
        case (.p384(let key), .es384):
            (try? encoding == .der ? .init(derRepresentation: signature) : .init(rawRepresentation: signature))
                .map { key.isValidSignature($0, for: message) } ?? false
        case (.p521(let key), .es512):
            (try? encoding == .der ? .init(derRepresentation: signature) : .init(rawRepresentation: signature))
                .map { key.isValidSignature($0, for: message) } ?? false
        case (.ed25519(let key), .edDSA): key.isValidSignature(signature, for: message)
        default: false
        }
    }

    private static func check(
        _ key: _RSA.Signing.PublicKey,
        _ signature: [UInt8],
        _ digest: some Digest,
        _ padding: _RSA.Signing.Padding
    ) -> Bool {
        key.isValidSignature(.init(rawRepresentation: signature), for: digest, padding: padding)
    }
}

extension SignatureKey {
    /// A JSON web key (RFC 7517; the members of its kinds: RFC 7518, section 6, and RFC 8037).
    /// - Returns: nil for keys that are not for signatures, of other kinds, or malformed.
    package init?(jwk: JSONObject) {
        func bytes(_ name: String) -> [UInt8]? { jwk[name]?.string.flatMap { Base64URL.decode($0[...]) } }
        if let use = jwk["use"]?.string, use != "sig" { return nil }
        switch jwk["kty"]?.string {
        case "RSA":
            guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
            self.init(modulus: modulus, exponent: exponent)
        case "EC":
            guard let curve = jwk["crv"]?.string, let x = bytes("x"), let y = bytes("y") else { return nil }
            self.init(curve: curve, x: x, y: y)
        case "OKP":
            guard jwk["crv"] == "Ed25519", let x = bytes("x") else { return nil }
            self.init(ed25519: x)
        default: return nil
        }
    }
}
