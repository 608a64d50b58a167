import CCrypt
import NIOCore
import NIOPosix
import Synchronization

/// Passwords as bcrypt hashes, `$2a$COST$…`, the form of existing data.
package enum PasswordHash {
    /// bcrypt reads no more bytes than this, so longer passwords are refused instead of cut.
    package static let byteLimit = 72

    /// - Parameter cost: 4...31; each step doubles the time.
    /// - Returns: nil when the password is too long or holds a NUL byte.
    package static func make(_ password: String, cost: Int) -> String? {
        guard password.utf8.count <= byteLimit, !password.utf8.contains(0) else { return nil }
        var generator = SystemRandomNumberGenerator()
        let random = (0..<16).map { _ in CChar(truncatingIfNeeded: generator.next()) }
        var setting = [CChar](repeating: 0, count: 192)
        guard crypt_gensalt_rn("$2a$", UInt(cost), random, 16, &setting, 192) != nil else { return nil }
        return hash(password, setting)
    }

    package static func matches(_ password: String, _ hash: String) -> Bool {
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
}

/// Whether two texts are equal, in a time that tells nothing about where they differ.
package func constantTimeEqual(_ first: String, _ second: String) -> Bool {
    let left = Array(first.utf8)
    let right = Array(second.utf8)
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}

/// Hashes on threads of its own, so that sign-ins cannot starve other requests.
package final class PasswordHasher: Sendable {
    /// Too many hashes wait already.
    package struct Overloaded: Error, CustomStringConvertible {
        package let description = "too many passwords wait to be hashed"
    }

    /// So many wait for each thread at most: some seconds of work.
    private static let waitingLimit = 100

    private let pool: NIOThreadPool
    private let waiting = Atomic(0)
    private let limit: Int

    /// - Parameter threads: How many hashes may be computed at once.
    package init(threads: Int = max(2, System.coreCount)) {
        limit = threads * Self.waitingLimit
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    package func hash(_ password: String, cost: Int) async throws -> String? {
        try await run { PasswordHash.make(password, cost: cost) }
    }

    package func matches(_ password: String, _ hash: String) async throws -> Bool {
        try await run { PasswordHash.matches(password, hash) }
    }

    private func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async throws -> T {
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= limit else { throw Overloaded() }
        return try await pool.runIfActive(work)
    }

    package func shutdown() async {
        try? await pool.shutdownGracefully()
    }
}
