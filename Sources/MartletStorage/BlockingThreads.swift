import MartletCore

/// Threads that may wait, and what those who work on them need.
package struct BlockingThreads: Sendable {
    /// Too many wait for a thread already.
    package struct Overloaded: Error {
        package init() {}
    }

    package typealias Job = @Sendable () -> Void

    private let submit: @Sendable (@escaping Job) -> Bool
    package let whileWaiting: @Sendable (() -> Void) -> Void

    /// - Parameters:
    ///   - submit: Runs a job on one of them; false when there is none.
    ///   - whileWaiting: Lets another job run while one waits.
    package init(
        submit: @escaping @Sendable (@escaping Job) -> Bool,
        whileWaiting: @escaping @Sendable (() -> Void) -> Void
    ) {
        self.submit = submit
        self.whileWaiting = whileWaiting
    }

    /// Runs something on one of them, with a session.
    /// - Parameter complete: Told the outcome; not called where this throws.
    /// - Throws: ``Overloaded``.
    package func begin<T>(
        _ storage: any Storage,
        _ body: @escaping @Sendable (BlockingSession) throws -> T,
        complete: @escaping @Sendable (Result<T, any Error>) -> Void
    ) throws {
        let isAccepted = submit { complete(Result { try body(session(on: storage)) }) }
        if !isAccepted { throw Overloaded() }
    }

    /// Runs something on one of them.
    /// - Throws: ``Overloaded``, and what `body` throws.
    package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isAccepted = submit { continuation.resume(with: Result { try body() }) }
            if !isAccepted { continuation.resume(throwing: Overloaded()) }
        }
    }

    /// - Throws: ``Overloaded``, and what `body` throws.
    package func run<T: Sendable>(
        _ storage: any Storage,
        _ body: @escaping @Sendable (BlockingSession) throws -> T
    ) async throws -> T {
        try await run { try body(session(on: storage)) }
    }

    /// A session for such a thread.
    package func session(on storage: any Storage) -> BlockingSession {
        BlockingSession(storage, whileWaiting: whileWaiting)
    }

    /// Waits for asynchronous work on such a thread.
    package func wait<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) throws -> T {
        let awaited = AwaitedResult(of: work)
        var result: Result<T, any Error>?
        whileWaiting { result = awaited.wait() }
        guard let result else { throw CancellationError() }
        return try result.get()
    }
}
