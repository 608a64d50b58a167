import Dispatch
import MartletStorage
import Synchronization

/// Runs an asynchronous handler for a hook. The hook's thread waits meanwhile, and goes on where the handler says so: what
/// the handler runs around works with a session that belongs to the thread.
final class HandlerBridge: Sendable {
    private enum Message {
        /// Something to be done on the hook's thread.
        case work(@Sendable () -> Void)
        case next(CheckedContinuation<Void, any Error>)
        case end(Result<Void, any Error>)
    }

    private struct State {
        var messages: [Message] = []
        var hasEnded = false
    }

    /// The handler is over: nothing is waited for any more.
    private struct Over: Error {}

    private let state = Mutex(State())
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
        defer { close() }
        while true {
            switch take(threads) {
            case .work(let work): work()
            case .next(let continuation): continuation.resume(with: Result { try next() })
            case .end(let result): return try result.get()
            }
        }
    }

    /// Goes on, on the hook's thread.
    func next() async throws {
        try await withCheckedThrowingContinuation { continuation in
            if !put(.next(continuation)) { continuation.resume(throwing: Over()) }
        }
    }

    /// Does something on the hook's thread, with the session that belongs to it.
    func perform<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = put(.work { continuation.resume(with: Result { try body() }) })
            if !isTaken { continuation.resume(throwing: Over()) }
        }
    }

    @discardableResult
    private func put(_ message: Message) -> Bool {
        let isTaken = state.withLock { state in
            if !state.hasEnded { state.messages.append(message) }
            return !state.hasEnded
        }
        if isTaken { arrival.signal() }
        return isTaken
    }

    private func close() { state.withLock { $0.hasEnded = true } }

    private func take(_ threads: BlockingThreads) -> Message {
        threads.whileWaiting { arrival.wait() }
        return state.withLock { $0.messages.removeFirst() }
    }
}
