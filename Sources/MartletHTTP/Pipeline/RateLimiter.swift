import MartletCore
import MartletSettings
import Synchronization

/// Counts requests by rule and address in fixed windows (`http-general.md`, Rate limiting).
package final class RateLimiter: Sendable {
    private struct Key: Hashable {
        let scope: String
        let address: String
    }

    private struct Window {
        var start: Int64
        var count: Int
        /// In milliseconds.
        let duration: Int64
    }

    private struct State {
        var isUsed = false
        var rules: [RateLimitRule] = []
        var windows: [Key: Window] = [:]
    }

    /// More addresses than this at once: the windows that are over are dropped first, then all.
    private static let windowLimit = 100_000
    /// In seconds; what is longer makes no difference.
    private static let longest = 1_000_000_000

    private let state = Mutex(State())

    private let firstUse: @Sendable (RateLimiter) -> Void

    /// - Parameter firstUse: Called when a request is counted for the first time.
    package init(firstUse: @escaping @Sendable (RateLimiter) -> Void = { _ in }) {
        self.firstUse = firstUse
    }

    /// What a request may be called in a rule, and how its count is kept apart.
    struct Labels {
        /// In the order of the search: `name:tag`, `*:tag`, `METHOD /path`, `/path`.
        let names: [String]
        /// For collection routes: id, route and tags; nil for others, which share a count per rule.
        let collectionScope: String?
    }

    /// - Returns: Whether the request may pass.
    func allows(_ labels: Labels, address: String, isSignedIn: Bool, settings: RateLimitSettings) -> Bool {
        guard let rule = Self.rule(for: labels, isSignedIn: isSignedIn, in: settings.rules) else { return true }
        let scope = (labels.collectionScope ?? rule.label) + " " + rule.audience
        let now = Timestamp.now.milliseconds
        let isFirst = state.withLock { state in
            defer { state.isUsed = true }
            return !state.isUsed
        }
        if isFirst { firstUse(self) }
        return state.withLock { state in
            if state.rules != settings.rules {
                state.rules = settings.rules
                state.windows.removeAll()
            }
            if state.windows.count >= Self.windowLimit { Self.clean(&state, now) }
            let key = Key(scope: scope, address: address)
            let new = Window(start: now, count: 0, duration: Int64(min(rule.duration, Self.longest)) * 1000)
            var window = state.windows[key] ?? new
            if now - window.start >= window.duration { window = new }
            window.count += 1
            state.windows[key] = window
            return window.count <= rule.maxRequests
        }
    }

    /// Counts a call, unless nobody limits it.
    /// - Throws: a 429.
    func admit(_ call: Call, as labels: @autoclosure () -> Labels, settings: RateLimitSettings) throws {
        guard settings.isEnabled, !call.isSuperuser, !ClientAddress.isListed(call.address, in: settings.excludedIPs)
        else { return }
        let isSignedIn = call.signedIn != nil
        guard allows(labels(), address: call.address, isSignedIn: isSignedIn, settings: settings) else {
            throw Problem(429)
        }
    }

    /// Forgets all counts.
    package func reset() {
        state.withLock { $0 = State() }
    }

    /// Drops the counts of windows that are over.
    package func clean() {
        state.withLock { Self.clean(&$0, Timestamp.now.milliseconds) }
    }

    private static func clean(_ state: inout State, _ now: Int64) {
        state.windows = state.windows.filter { now - $0.value.start < $0.value.duration }
        if state.windows.count >= windowLimit { state.windows.removeAll() }
    }

    private static func rule(for labels: Labels, isSignedIn: Bool, in rules: [RateLimitRule]) -> RateLimitRule? {
        let audience = isSignedIn ? "@auth" : "@guest"
        let fitting = rules.filter { $0.audience.isEmpty || $0.audience == audience }
        for name in labels.names {
            if let rule = fitting.first(where: { $0.label == name }) { return rule }
            if let rule = fitting.first(where: { $0.label.hasSuffix("/") && (name + "/").hasPrefix($0.label) }) {
                return rule
            }
        }
        return nil
    }
}
