import Synchronization

/// The questions of clients that took long: they are asked after everybody else's.
final class SlowQuestions: Sendable {
    /// So long is long. A question that takes longer is stopped, and asked again after the others.
    static let threshold = Duration.milliseconds(50)
    private static let limit = 1000

    private let known = Mutex<Set<Topic.Options>>([])

    func contains(_ options: Topic.Options) -> Bool { known.withLock { $0.contains(options) } }

    func insert(_ options: Topic.Options) {
        known.withLock { known in
            // Which ones they are shows again soon.
            if known.count >= Self.limit { known.removeAll() }
            known.insert(options)
        }
    }

    /// It was fast this time.
    func remove(_ options: Topic.Options) {
        known.withLock { _ = $0.remove(options) }
    }
}
