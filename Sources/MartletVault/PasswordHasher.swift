import NIOCore
import NIOPosix
import Synchronization

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

    package func hash(_ password: String, _ scheme: PasswordScheme) async throws -> String? {
        try await run { PasswordHash.make(password, scheme) }
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
