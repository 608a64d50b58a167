import MartletCore
import Synchronization

/// Counts by key in windows of time that begin with the first count. Bounded, in two generations: when the young one is
/// full, the old one goes and the young one takes its place, so that a flood of keys forgets the older ones first.
final class AttemptWindows: Sendable {
    private struct Window {
        var start: Int64
        var count: Int
    }

    private struct State {
        var young: [String: Window] = [:]
        var old: [String: Window] = [:]

        subscript(key: String) -> Window? {
            get { young[key] ?? old[key] }
            set {
                old[key] = nil
                if young.count >= AttemptWindows.generation, young[key] == nil { (old, young) = (young, [:]) }
                young[key] = newValue
            }
        }
    }

    fileprivate static let generation = 25_000

    /// In milliseconds.
    private let duration: Int64
    private let state = Mutex(State())

    /// - Parameter seconds: How long a window lasts.
    init(seconds: Int) {
        duration = Int64(seconds) * 1000
    }

    /// Counts one more.
    /// - Returns: How many there are now in the window.
    @discardableResult
    func add(_ key: String, at now: Int64 = Timestamp.now.milliseconds) -> Int {
        state.withLock { state in
            var window = state[key] ?? Window(start: now, count: 0)
            if now - window.start >= duration { window = Window(start: now, count: 0) }
            window.count += 1
            state[key] = window
            return window.count
        }
    }

    /// Takes one back.
    func remove(_ key: String) {
        state.withLock { state in
            guard var window = state[key] else { return }
            window.count -= 1
            state[key] = window.count > 0 ? window : nil
        }
    }

    func clear(_ key: String) {
        state.withLock { $0[key] = nil }
    }

    /// How many seconds the key's window still lasts; 0 when there is none.
    func rest(_ key: String, at now: Int64 = Timestamp.now.milliseconds) -> Int {
        state.withLock { state in
            guard let window = state[key] else { return 0 }
            return Int(max(window.start + duration - now + 999, 0) / 1000)
        }
    }
}
