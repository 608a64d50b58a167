import Dispatch
import Synchronization

/// A result that one thread waits for, and another one makes.
package final class AwaitedResult<T: Sendable>: Sendable {
    private let result = Mutex<Result<T, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    package init() {}

    /// Begins the work that makes the result.
    package convenience init(of work: @escaping @Sendable () async throws -> T) {
        self.init()
        NestedWork.$isNested.withValue(true) {
            _ = Task {
                do { set(.success(try await work())) } catch { set(.failure(error)) }
            }
        }
    }

    package func set(_ value: Result<T, any Error>) {
        result.withLock { $0 = value }
        isThere.signal()
    }

    /// Holds the thread until there is a result.
    package func wait() -> Result<T, any Error> {
        isThere.wait()
        return result.withLock { $0 } ?? .failure(CancellationError())
    }
}
