import MartletCore
import Synchronization

/// Counts by key in windows of time that begin with the first count. Bounded: when there is no room, windows that are
/// over go first, then all.
final class AttemptWindows: Sendable {
    private struct Window {
        var start: Int64
        var count: Int
    }

    private static let capacity = 50_000

    /// In milliseconds.
    private let duration: Int64
    private let windows = Mutex<[String: Window]>([:])

    /// - Parameter seconds: How long a window lasts.
    init(seconds: Int) {
        duration = Int64(seconds) * 1000
    }

    /// Counts one more.
    /// - Returns: How many there are now in the window.
    @discardableResult
    func add(_ key: String, at now: Int64 = Timestamp.now.milliseconds) -> Int {
        windows.withLock { windows in
            if windows.count >= Self.capacity, windows[key] == nil {
                windows = windows.filter { now - $0.value.start < duration }
                if windows.count >= Self.capacity { windows.removeAll() }
            }
            var window = windows[key] ?? Window(start: now, count: 0)
            if now - window.start >= duration { window = Window(start: now, count: 0) }
            window.count += 1
            windows[key] = window
            return window.count
        }
    }

    /// Takes one back.
    func remove(_ key: String) {
        windows.withLock { windows in
            guard var window = windows[key] else { return }
            window.count -= 1
            windows[key] = window.count > 0 ? window : nil
        }
    }

    func clear(_ key: String) {
        _ = windows.withLock { $0.removeValue(forKey: key) }
    }

    /// How many seconds the key's window still lasts; 0 when there is none.
    func rest(_ key: String, at now: Int64 = Timestamp.now.milliseconds) -> Int {
        windows.withLock { windows in
            guard let window = windows[key] else { return 0 }
            return Int(max(window.start + duration - now + 999, 0) / 1000)
        }
    }

    func count(_ key: String, at now: Int64 = Timestamp.now.milliseconds) -> Int {
        windows.withLock { windows in
            guard let window = windows[key], now - window.start < duration else { return 0 }
            return window.count
        }
    }
}
