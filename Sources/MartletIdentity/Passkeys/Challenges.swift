import MartletCore
import MartletVault
import Synchronization

/// What authenticators have to sign. A challenge proves itself that it was issued, for what and until when, so asking for
/// many costs nothing; those that were used are remembered until they end.
final class Challenges: Sendable {
    /// In seconds.
    static let lifetime: Int64 = 300
    private static let randomSize = 16
    private static let timeSize = 8
    private static let usedLimit = 100_000

    private let used = Mutex<[String: Int64]>([:])
    /// A challenge from before a restart is no longer known to be unused.
    private let life = RandomText.make(32)

    /// - Parameters:
    ///   - purpose: Where it may be used.
    ///   - key: A secret of the collection.
    func issue(for purpose: String, key: String) -> String {
        let end = Timestamp.now.seconds + Self.lifetime
        let body =
            RandomBytes.make(Self.randomSize) + withUnsafeBytes(of: end.bigEndian) { Array($0) }
        return Base64URL.encode(body + code(body, purpose, key))
    }

    private func code(_ body: [UInt8], _ purpose: String, _ key: String) -> [UInt8] {
        SecureHash.authenticationCode(of: Array("passkey challenge \(purpose) ".utf8) + body, key: key + life)
    }

    /// Whether it was issued for this and is neither over nor used.
    func isGood(_ challenge: String, for purpose: String, key: String) -> Bool {
        // Without a secret anybody could make one.
        guard !key.isEmpty, let end = end(challenge, purpose, key) else { return false }
        return end > Timestamp.now.seconds && used.withLock { $0[challenge] == nil }
    }

    /// Uses a challenge up.
    /// - Returns: false when somebody was first.
    func use(_ challenge: String) -> Bool {
        let now = Timestamp.now.seconds
        return used.withLock { used in
            if used.count >= Self.usedLimit { used = used.filter { $0.value > now } }
            // Rather nobody for a while than one challenge twice.
            guard used.count < Self.usedLimit, used[challenge] == nil else { return false }
            used[challenge] = now + Self.lifetime
            return true
        }
    }

    private func end(_ challenge: String, _ purpose: String, _ key: String) -> Int64? {
        let bodySize = Self.randomSize + Self.timeSize
        guard let bytes = Base64URL.decode(challenge[...]), bytes.count == bodySize + 32 else { return nil }
        let body = Array(bytes.prefix(bodySize))
        let expected = Base64URL.encode(code(body, purpose, key))
        guard constantTimeEqual(Base64URL.encode(Array(bytes[bodySize...])), expected) else { return nil }
        return body[Self.randomSize...].reduce(0) { $0 << 8 | Int64($1) }
    }
}
