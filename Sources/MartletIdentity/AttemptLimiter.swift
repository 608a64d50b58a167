import MartletCore
import Synchronization

/// Slows down whoever guesses passwords, codes and tokens. Attempts count when they begin, so that many at once gain
/// nothing, and no longer when they succeed. What is limited is signing in: tokens that were handed out keep working.
package final class AttemptLimiter: Sendable {
    package struct Limits: Sendable, Hashable {
        /// Failures for one identity from one address; 0 sets no limits at all.
        package var attempts = 20
        /// In seconds.
        package var window = 300

        /// Failures for one identity from all addresses, except those from which its owner signed in before.
        var perIdentity: Int { attempts * 10 }
        /// Failures from one address, whatever the identity: offices share one.
        var perAddress: Int { attempts * 25 }

        package init() {}
    }

    /// An attempt that has begun.
    package struct Attempt: Sendable {
        fileprivate let pair: String?
        fileprivate let identity: String?
        fileprivate let network: String
    }

    package struct TooMany: Error {
        /// In seconds.
        package let wait: Int
    }

    private let limits: Limits
    private let pairs: AttemptWindows
    private let identities: AttemptWindows
    private let networks: AttemptWindows
    /// Identities with the networks from which their owners came, the older half dropped when there are too many.
    private let familiar = Mutex(GenerationalSet(limit: 20_000))

    package init(_ limits: Limits) {
        self.limits = limits
        pairs = AttemptWindows(seconds: limits.window)
        identities = AttemptWindows(seconds: limits.window)
        networks = AttemptWindows(seconds: limits.window)
    }

    /// - Parameter identity: Whose account it is about, as far as the request says; nil counts by address only.
    /// - Returns: nil when nothing is limited.
    /// - Throws: ``TooMany``.
    package func begin(identity: String?, address: String) throws(TooMany) -> Attempt? {
        guard limits.attempts > 0 else { return nil }
        let network = IPAddress.network(of: address)
        let pair = identity.map { $0 + " " + network }
        if networks.add(network) > limits.perAddress { throw TooMany(wait: networks.rest(network)) }
        do {
            try count(identity, pair)
        } catch {
            // Who asks for a blocked account again and again is not to block the others of the network.
            networks.remove(network)
            throw error
        }
        return Attempt(pair: pair, identity: identity, network: network)
    }

    private func count(_ identity: String?, _ pair: String?) throws(TooMany) {
        guard let identity, let pair else { return }
        if pairs.add(pair) > limits.attempts { throw TooMany(wait: pairs.rest(pair)) }
        let isFamiliar = familiar.withLock { $0.contains(pair) }
        if identities.add(identity) > limits.perIdentity, !isFamiliar {
            throw TooMany(wait: identities.rest(identity))
        }
    }

    /// The attempt was no failure.
    package func forgive(_ attempt: Attempt) {
        networks.remove(attempt.network)
        if let pair = attempt.pair { pairs.remove(pair) }
        if let identity = attempt.identity { identities.remove(identity) }
    }

    /// The attempt let its owner in: what failed there before is forgotten.
    package func succeed(_ attempt: Attempt) {
        forgive(attempt)
        guard let pair = attempt.pair else { return }
        pairs.clear(pair)
        familiar.withLock { $0.insert(pair) }
    }
}

/// A set that forgets its older half when it is full.
private struct GenerationalSet {
    private let limit: Int
    private var young: Set<String> = []
    private var old: Set<String> = []

    init(limit: Int) {
        self.limit = limit
    }

    func contains(_ key: String) -> Bool {
        young.contains(key) || old.contains(key)
    }

    mutating func insert(_ key: String) {
        if young.count >= limit / 2 { (old, young) = (young, []) }
        young.insert(key)
    }
}
