import Crypto

/// Short names for texts.
package enum Fingerprint {
    /// The MD5 that the reference server stores, which keeps nothing secret: 32 hexadecimal digits.
    package static func hex(_ text: String) -> String {
        hexadecimal(Insecure.MD5.hash(data: Array(text.utf8)))
    }

    /// The SHA-256 of a text that cannot be guessed, such as a recovery code: 64 hexadecimal digits.
    package static func ofSecret(_ text: String) -> String {
        hexadecimal(SHA256.hash(data: Array(text.utf8)))
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
