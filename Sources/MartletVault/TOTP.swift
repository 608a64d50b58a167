import Crypto
import MartletCore

/// Codes that change with time (RFC 6238): SHA-1, 30 seconds, six digits, as all authenticator apps have them.
package enum TOTP {
    package static let period: Int64 = 30
    private static let digits = 6
    private static let secretSize = 20

    package static func makeSecret() -> [UInt8] {
        RandomBytes.make(secretSize)
    }

    /// - Parameter step: The number of the period since 1970.
    package static func code(_ secret: [UInt8], step: Int64) -> String {
        let message = withUnsafeBytes(of: step.bigEndian) { Array($0) }
        let mac = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret))
        )
        // RFC 4226, section 5.3.
        let offset = Int(mac[mac.count - 1] & 15)
        let number = mac[offset..<(offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step that a code is of, as far as a clock may be one period off and the step was not used before.
    /// - Parameters:
    ///   - last: The step of the last code that was accepted: each is good once.
    ///   - seconds: Since 1970.
    package static func step(of code: String, _ secret: [UInt8], after last: Int64, at seconds: Int64) -> Int64? {
        let now = seconds / period
        // All are compared, so that the time tells nothing.
        return (now - 1...now + 1).reduce(nil as Int64?) { found, step in
            let isMatch = constantTimeEqual(self.code(secret, step: step), code)
            return isMatch && step > last ? step : found
        }
    }
}

/// Base32 (RFC 4648, section 6), without padding: what people type.
package enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for other characters.
    package static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }
}
