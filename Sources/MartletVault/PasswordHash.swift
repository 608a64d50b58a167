import CArgon2
import CCrypt
import MartletCore

/// How passwords are hashed.
package enum PasswordScheme: Sendable, Hashable {
    /// - Parameter cost: 4...31; each step doubles the time.
    case bcrypt(cost: Int)
    /// With the parameters that OWASP's Password Storage Cheat Sheet names first.
    case argon2id
}

/// Hashes of passwords, which say themselves how they were made: `$2a$COST$…`, the form of existing data, and
/// `$argon2id$…` (RFC 9106).
package enum PasswordHash {
    /// - Returns: nil when the password cannot be hashed that way.
    package static func make(_ password: String, _ scheme: PasswordScheme) -> String? {
        switch scheme {
        case .bcrypt(let cost): Bcrypt.make(password, cost: cost)
        case .argon2id: Argon2id.make(password)
        }
    }

    package static func matches(_ password: String, _ hash: String) -> Bool {
        hash.hasPrefix("$argon2id$") ? Argon2id.matches(password, hash) : Bcrypt.matches(password, hash)
    }

    /// Whether a hash was made as a scheme says.
    package static func isMade(_ hash: String, by scheme: PasswordScheme) -> Bool {
        switch scheme {
        case .bcrypt(let cost): hash.hasPrefix("$2") && Bcrypt.cost(of: hash) == cost
        case .argon2id: hash.hasPrefix(Argon2id.prefix)
        }
    }

    /// A hash that no password has: comparing with it takes as long as with others of the scheme.
    package static func decoy(_ scheme: PasswordScheme) -> String {
        switch scheme {
        case .bcrypt(let cost): Bcrypt.decoy(cost: cost)
        case .argon2id: Argon2id.decoy
        }
    }
}

private enum Bcrypt {
    /// It reads no more bytes than this, so longer passwords are refused instead of cut.
    private static let byteLimit = 72

    static func make(_ password: String, cost: Int) -> String? {
        guard password.utf8.count <= byteLimit, !password.utf8.contains(0) else { return nil }
        let random = RandomBytes.make(16).map { CChar(bitPattern: $0) }
        var setting = [CChar](repeating: 0, count: 192)
        guard crypt_gensalt_rn("$2a$", UInt(cost), random, 16, &setting, 192) != nil else { return nil }
        return hash(password, setting)
    }

    static func matches(_ password: String, _ hash: String) -> Bool {
        guard password.utf8.count <= byteLimit, !password.utf8.contains(0), hash.hasPrefix("$2") else { return false }
        let setting = hash.utf8.map { CChar(bitPattern: $0) } + [0]
        guard let computed = self.hash(password, setting) else { return false }
        return constantTimeEqual(computed, hash)
    }

    private static func hash(_ password: String, _ setting: [CChar]) -> String? {
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        data.initialize(to: crypt_data())
        defer {
            data.deinitialize(count: 1)
            data.deallocate()
        }
        guard let result = crypt_rn(password, setting, data, Int32(MemoryLayout<crypt_data>.size)) else { return nil }
        let text = String(cString: result)
        return text.hasPrefix("*") ? nil : text
    }

    /// Of `$2a$10$…`: 10.
    static func cost(of hash: String) -> Int? {
        let parts = hash.split(separator: "$")
        return parts.count > 1 ? Int(parts[1]) : nil
    }

    static func decoy(cost: Int) -> String {
        "$2a$" + (cost < 10 ? "0" : "") + "\(cost)$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghijklm"
    }
}

private enum Argon2id {
    /// In KiB.
    private static let memory: UInt32 = 19_456
    private static let passes: UInt32 = 2
    private static let saltSize = 16
    private static let hashSize = 32

    static let prefix = "$argon2id$v=19$m=\(memory),t=\(passes),p=1$"
    static let decoy =
        prefix + String(repeating: "A", count: 22) + "$" + String(repeating: "A", count: 43)

    static func make(_ password: String) -> String? {
        let salt = RandomBytes.make(saltSize)
        var text = [CChar](repeating: 0, count: 256)
        let bytes = Array(password.utf8)
        let code = argon2id_hash_encoded(
            passes,
            memory,
            1,
            bytes,
            bytes.count,
            salt,
            salt.count,
            hashSize,
            &text,
            text.count
        )
        guard code == ARGON2_OK.rawValue else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func matches(_ password: String, _ hash: String) -> Bool {
        let bytes = Array(password.utf8)
        return argon2id_verify(hash, bytes, bytes.count) == ARGON2_OK.rawValue
    }
}

/// Whether two texts are equal, in a time that tells nothing about where they differ.
package func constantTimeEqual(_ first: String, _ second: String) -> Bool {
    let left = Array(first.utf8)
    let right = Array(second.utf8)
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}
