import Crypto
import CryptoExtras
import MartletCore
import MartletJavaScript
import MartletPattern
import MartletVault

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension NativeFunctions {
    /// More random text than that is no identifier. In characters.
    private static let randomLimit = 1 << 20

    func addCryptography() {
        addText("digest") { _, call in try Self.digest(try call.text(0), try call.bytes(1)).hexadecimal }
        add("digestBytes") { _, call in
            try call.instance.value(try Self.digest(try call.text(0), try call.bytes(1)))
        }
        addText("hmac") { _, call in
            try Self.code(try call.text(0), try call.bytes(1), key: try call.bytes(2)).hexadecimal
        }
        add("hmacBytes") { _, call in
            try call.instance.value(try Self.code(try call.text(0), try call.bytes(1), key: try call.bytes(2)))
        }
        add("equal") { _, call in
            let (one, other) = (try call.bytes(0), try call.bytes(1))
            let difference = zip(one, other).reduce(UInt8(one.count == other.count ? 0 : 1)) { $0 | ($1.0 ^ $1.1) }
            return call.instance.value(difference == 0)
        }
        addText("randomText") { _, call in
            let count = min(max(call.integer(0), 0), Self.randomLimit)
            let alphabet = Array(try call.text(1).utf8)
            return RandomText.make(count, of: alphabet.isEmpty ? RandomText.alphanumerics : alphabet)
        }
        addText("randomByPattern") { _, call in
            let pattern = try call.text(0)
            if pattern.hasPrefix("^") || pattern.hasSuffix("$") {
                throw HostFailure("unsupported pattern operator \(pattern.hasPrefix("^") ? 9 : 10)")
            }
            do {
                return try PatternSampler(pattern).sample()
            } catch {
                throw HostFailure("error parsing regexp: \(error)")
            }
        }
        add("randomBytes") { _, call in try call.instance.value(RandomBytes.make(min(max(call.integer(0), 0), 65_536)))
        }
        addTokens()
        addSealing()
    }

    private static func digest(_ name: String, _ bytes: [UInt8]) throws -> [UInt8] {
        switch name {
        case "md5": Array(Insecure.MD5.hash(data: bytes))
        case "sha1": Array(Insecure.SHA1.hash(data: bytes))
        case "sha256": Array(SHA256.hash(data: bytes))
        case "sha384": Array(SHA384.hash(data: bytes))
        case "sha512": Array(SHA512.hash(data: bytes))
        default: throw ScriptError(name: "TypeError", message: "the digest \(name) is not supported")
        }
    }

    private static func code(_ name: String, _ bytes: [UInt8], key: [UInt8]) throws -> [UInt8] {
        let key = SymmetricKey(data: key)
        switch name {
        case "sha1": return Array(HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: key))
        case "sha256": return Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
        case "sha384": return Array(HMAC<SHA384>.authenticationCode(for: bytes, using: key))
        case "sha512": return Array(HMAC<SHA512>.authenticationCode(for: bytes, using: key))
        default: throw ScriptError(name: "TypeError", message: "the digest \(name) is not supported")
        }
    }

    // MARK: - Tokens

    private func addTokens() {
        addText("createJWT") { _, call in WebToken.sign(Array(try call.text(0).utf8), key: try call.text(1)) }
        addText("parseJWT") { _, call in
            let text = try call.text(0)
            let isVerified = call[2].bool
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).count
            guard parts == 3 else {
                throw HostFailure("token is malformed: token contains an invalid number of segments")
            }
            guard let token = WebToken(text) else {
                throw HostFailure("token is malformed: could not JSON decode claims")
            }
            if isVerified, !token.isSigned(with: try call.text(1)) {
                throw HostFailure("token signature is invalid: signature is invalid")
            }
            guard token.isCurrent() else {
                throw HostFailure(isVerified ? "token has invalid claims: token is expired" : "token is expired")
            }
            return JSONValue.object(token.claims).text
        }
    }

    // MARK: - Encryption

    private func addSealing() {
        addText("encrypt") { _, call in
            let key = try Self.key(Array(try call.text(1).utf8))
            let box = try AES.GCM.seal(try call.bytes(0), using: key)
            return box.combined.map { $0.base64EncodedString() } ?? ""
        }
        addText("decrypt") { _, call in
            let key = try Self.key(Array(try call.text(1).utf8))
            guard let data = Data(base64Encoded: try call.text(0)) else { throw HostFailure("illegal base64 data") }
            do {
                let opened = try AES.GCM.open(AES.GCM.SealedBox(combined: data), using: key)
                return String(decoding: opened, as: UTF8.self)
            } catch {
                throw HostFailure("cipher: message authentication failed")
            }
        }
        add("sealBytes") { _, call in
            let (key, nonce) = (try Self.key(try call.bytes(1)), try AES.GCM.Nonce(data: try call.bytes(2)))
            let box = try AES.GCM.seal(try call.bytes(0), using: key, nonce: nonce, authenticating: try call.bytes(3))
            return try call.instance.value(Array(box.ciphertext + box.tag))
        }
        add("openBytes") { _, call in
            let (bytes, key) = (try call.bytes(0), try Self.key(try call.bytes(1)))
            guard bytes.count >= 16 else { throw HostFailure("the ciphertext is too short") }
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: try call.bytes(2)),
                ciphertext: bytes.dropLast(16),
                tag: bytes.suffix(16)
            )
            return try call.instance.value(Array(try AES.GCM.open(box, using: key, authenticating: try call.bytes(3))))
        }
        add("expandBytes") { _, call in
            let (key, size) = (SymmetricKey(data: try call.bytes(1)), call.integer(4))
            let (salt, info) = (try call.bytes(2), try call.bytes(3))
            let made: SymmetricKey? =
                switch try call.text(0) {
                case "sha1": try Self.expand(Insecure.SHA1.self, key, salt, info, size)
                case "sha256": try Self.expand(SHA256.self, key, salt, info, size)
                case "sha384": try Self.expand(SHA384.self, key, salt, info, size)
                case "sha512": try Self.expand(SHA512.self, key, salt, info, size)
                default: nil
                }
            guard let made else { throw ScriptError(name: "TypeError", message: "the digest is not supported") }
            return try call.instance.value(made.withUnsafeBytes { Array($0) })
        }
        add("deriveBytes") { _, call in
            let rounds = call.integer(3)
            guard (1_000...10_000_000).contains(rounds), (1...1024).contains(call.integer(4)) else {
                throw ScriptError(name: "TypeError", message: "PBKDF2 takes 1000 to 10000000 rounds")
            }
            let hash: KDF.Insecure.PBKDF2.HashFunction = try call.text(0) == "sha512" ? .sha512 : .sha256
            let derived = try KDF.Insecure.PBKDF2.deriveKey(
                from: try call.bytes(1),
                salt: try call.bytes(2),
                using: hash,
                outputByteCount: call.integer(4),
                unsafeUncheckedRounds: rounds
            )
            return try call.instance.value(derived.withUnsafeBytes { Array($0) })
        }
    }

    /// RFC 5869; no more than 255 digests.
    private static func expand<H: HashFunction>(
        _ hash: H.Type,
        _ key: SymmetricKey,
        _ salt: [UInt8],
        _ info: [UInt8],
        _ size: Int
    ) throws -> SymmetricKey {
        guard (1...255 * H.Digest.byteCount).contains(size) else {
            throw ScriptError(name: "RangeError", message: "HKDF makes 1 to \(255 * H.Digest.byteCount) bytes")
        }
        return HKDF<H>.deriveKey(inputKeyMaterial: key, salt: salt, info: info, outputByteCount: size)
    }

    private static func key(_ bytes: [UInt8]) throws -> SymmetricKey {
        guard [16, 24, 32].contains(bytes.count) else {
            throw HostFailure("crypto/aes: invalid key size \(bytes.count)")
        }
        return SymmetricKey(data: bytes)
    }
}
