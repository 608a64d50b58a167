import Crypto
package import MartletCore
import OrderedCollections

/// A signed JSON web token, HS256 only (RFC 7519, RFC 7515; which claims pass is `auth.md`, Tokens).
package struct WebToken: Sendable {
    package let claims: JSONObject
    private let signedText: Substring
    private let signature: [UInt8]

    /// Reads a token without believing it: see ``isSigned(with:)``.
    package init?(_ text: String) {
        let bytes = text.utf8
        let point = UInt8(ascii: ".")
        guard bytes.count <= 8192, let first = bytes.firstIndex(of: point),
            let second = bytes[bytes.index(after: first)...].firstIndex(of: point),
            !bytes[bytes.index(after: second)...].contains(point), Self.isReadable(header: text[..<first]),
            let payload = Base64URL.decode(text[bytes.index(after: first)..<second]),
            let signature = Base64URL.decode(text[bytes.index(after: second)...]),
            case .object(let claims)? = try? JSONParser.parse(payload)
        else { return nil }
        self.claims = claims
        self.signature = signature
        signedText = text[..<second]
    }

    /// `{"alg":"HS256","typ":"JWT"}`, which nearly all tokens begin with.
    private static let ownHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

    private static func isReadable(header: Substring) -> Bool {
        if header.utf8.elementsEqual(ownHeader.utf8) { return true }
        guard let bytes = Base64URL.decode(header), case .object(let head)? = try? JSONParser.parse(bytes) else {
            return false
        }
        return head["alg"] == "HS256"
    }

    package func isSigned(with key: String) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            signature,
            authenticating: Array(signedText.utf8),
            using: SymmetricKey(data: Array(key.utf8))
        )
    }

    /// Whether the times in the token let it pass now. A token without `exp` never expires.
    package func isCurrent(at moment: Timestamp = .now) -> Bool {
        let now = Double(moment.milliseconds) / 1000
        switch claims["exp"] {
        case nil: break
        case .number(let end): if end < now { return false }
        default: return false
        }
        for name in ["nbf", "iat"] {
            switch claims[name] {
            case nil: break
            case .number(let start): if start > now { return false }
            default: return false
            }
        }
        return true
    }

    /// - Parameter claims: A JSON object.
    package static func sign(_ claims: [UInt8], key: String) -> String {
        let text = ownHeader + "." + Base64URL.encode(claims)
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(text.utf8),
            using: SymmetricKey(data: Array(key.utf8))
        )
        return text + "." + Base64URL.encode(Array(code))
    }
}

/// Base64 for URLs, without padding (RFC 4648, section 5).
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
        return table
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for text that is not exactly what ``encode(_:)`` makes.
    package static func decode(_ text: Substring) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var buffer: UInt32 = 0
        var bits = 0
        for character in text {
            let value = values[Int(character)]
            guard value < 64 else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        guard bits < 6, buffer & (1 << UInt32(bits) - 1) == 0 else { return nil }
        return bytes
    }
}
