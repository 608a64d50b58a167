import MartletCore
import Synchronization

/// Remembers for two minutes which records a mail of one kind has gone to.
final class MailThrottle: Sendable {
    private static let pause: Int64 = 120
    private static let limit = 10_000

    private let marks = Mutex<[String: Timestamp]>([:])

    func holds(_ id: String) -> Bool {
        marks.withLock { marks in
            guard let mark = marks[id] else { return false }
            return mark.adding(seconds: Self.pause) > .now
        }
    }

    func mark(_ id: String) {
        marks.withLock { marks in
            if marks.count >= Self.limit {
                let now = Timestamp.now
                marks = marks.filter { $0.value.adding(seconds: Self.pause) > now }
                if marks.count >= Self.limit { marks.removeAll() }
            }
            marks[id] = .now
        }
    }

    func clear(_ id: String) {
        marks.withLock { $0[id] = nil }
    }
}
