import Crypto

/// SHA-256 and codes made with it.
package enum SecureHash {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: bytes))
    }

    package static func authenticationCode(of bytes: [UInt8], key: String) -> [UInt8] {
        authenticationCode(of: bytes, key: Array(key.utf8))
    }

    package static func authenticationCode(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
    }
}
