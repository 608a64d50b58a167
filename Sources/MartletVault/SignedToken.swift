import Crypto
package import MartletCore
import OrderedCollections

/// A token that somebody else signed with a key pair (RFC 7515 and RFC 7519, compact form). Our own are ``WebToken``.
package struct SignedToken: Sendable {
    package let claims: JSONObject
    /// nil when the token names no algorithm, or one that is not for key pairs: `none`, `HS256`.
    package let algorithm: SignatureAlgorithm?
    package let keyID: String?
    private let signedText: Substring
    private let signature: [UInt8]

    /// Reads a token without believing it: see ``isSigned(with:)``.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]), let header = Self.object(parts[0]),
            let claims = Self.object(parts[1])
        else { return nil }
        self.claims = claims
        self.signature = signature
        algorithm = header["alg"]?.string.flatMap { SignatureAlgorithm(rawValue: $0) }
        keyID = header["kid"]?.string
        signedText = text[..<parts[1].endIndex]
    }

    private static func object(_ part: Substring) -> JSONObject? {
        guard let bytes = Base64URL.decode(part), case .object(let object)? = try? JSONParser.parse(bytes) else {
            return nil
        }
        return object
    }

    package func isSigned(with key: SignatureKey) -> Bool {
        guard let algorithm else { return false }
        return key.isValid(signature, of: Array(signedText.utf8), algorithm)
    }

    /// Why a key does not sign.
    package enum KeyProblem: Error {
        case unreadable
        /// A key of another curve.
        case unsuitable
    }

    /// A token signed with an ES256 key.
    /// - Parameter pem: The private key (PKCS #8).
    /// - Throws: ``KeyProblem``.
    package static func sign(_ claims: JSONObject, keyID: String, pem: String) throws(KeyProblem) -> String {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
            let isOther =
                (try? P384.Signing.PrivateKey(pemRepresentation: pem)) != nil
                || (try? P521.Signing.PrivateKey(pemRepresentation: pem)) != nil
            throw isOther ? .unsuitable : .unreadable
        }
        let header: JSONObject = ["alg": "ES256", "kid": .string(keyID), "typ": "JWT"]
        let text = [header, claims].map { Base64URL.encode(Array(JSONValue.object($0).text.utf8)) }
            .joined(separator: ".")
        guard let signature = try? key.signature(for: Array(text.utf8)) else { throw .unsuitable }
        return text + "." + Base64URL.encode(Array(signature.rawRepresentation))
    }
}
