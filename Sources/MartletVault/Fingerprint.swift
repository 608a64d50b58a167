import Crypto

/// A short name for a text: the MD5 that the reference server stores. It keeps nothing secret.
package enum Fingerprint {
    /// 32 hexadecimal digits.
    package static func hex(_ text: String) -> String {
        Insecure.MD5.hash(data: Array(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
