import Dispatch
import MartletStorage
import Synchronization

/// Runs an asynchronous handler for a hook. The hook's thread waits meanwhile, and goes on where the handler says so: what
/// the handler runs around works with a session that belongs to the thread.
final class HandlerBridge: Sendable {
    private enum Message {
        case next(CheckedContinuation<Void, any Error>)
        case end(Result<Void, any Error>)
    }

    private let messages = Mutex<[Message]>([])
    private let arrival = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - threads: To which this thread belongs.
    ///   - next: What the handler runs around.
    /// - Throws: What the handler throws.
    func run(
        on threads: BlockingThreads,
        _ next: () throws -> Void,
        _ handler: @escaping @Sendable () async throws -> Void
    ) throws {
        Task {
            do {
                try await handler()
                put(.end(.success(())))
            } catch {
                put(.end(.failure(error)))
            }
        }
        while true {
            switch take(threads) {
            case .next(let continuation): continuation.resume(with: Result { try next() })
            case .end(let result): return try result.get()
            }
        }
    }

    /// Goes on, on the hook's thread.
    func next() async throws {
        try await withCheckedThrowingContinuation { put(.next($0)) }
    }

    private func put(_ message: Message) {
        messages.withLock { $0.append(message) }
        arrival.signal()
    }

    private func take(_ threads: BlockingThreads) -> Message {
        threads.whileWaiting { arrival.wait() }
        return messages.withLock { $0.removeFirst() }
    }
}
