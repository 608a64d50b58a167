import Crypto
import MartletCore

/// Short names for texts.
package enum Fingerprint {
    /// The MD5 that the reference server stores, which keeps nothing secret: 32 hexadecimal digits.
    package static func hex(_ text: String) -> String {
        Insecure.MD5.hash(data: Array(text.utf8)).hexadecimal
    }

    /// The SHA-256 of a text that cannot be guessed, such as a recovery code: 64 hexadecimal digits.
    package static func ofSecret(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).hexadecimal
    }
}
