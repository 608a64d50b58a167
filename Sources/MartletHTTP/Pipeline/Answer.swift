import MartletRecords
package import MartletServer
import MartletStorage

/// What an endpoint answers: at once, or later from any thread. A failure keeps its cause for the log until the pipeline
/// makes an answer of it.
package enum Answer: Sendable {
    package typealias Completion = @Sendable (Result<Response, any Error>) -> Void

    case now(Response)
    case later(@Sendable (@escaping Completion) -> Void)

    /// The answer of asynchronous work.
    package static func task(_ work: @escaping @Sendable () async throws -> Response) -> Answer {
        .later { complete in
            Task {
                do {
                    complete(.success(try await work()))
                } catch {
                    complete(.failure(error))
                }
            }
        }
    }

    /// The answer's response, once it is there.
    package var response: Response {
        get async throws {
            switch self {
            case .now(let response): response
            case .later(let start):
                try await withCheckedThrowingContinuation { continuation in
                    start { continuation.resume(with: $0) }
                }
            }
        }
    }

    /// The answer with something done to it when it succeeds.
    func map(_ transform: @escaping @Sendable (Response) throws -> Response) throws -> Answer {
        switch self {
        case .now(let response): .now(try transform(response))
        case .later(let start):
            .later { complete in
                start { result in complete(Result { try transform(try result.get()) }) }
            }
        }
    }

    /// The answer with somebody told how it went.
    func noting(_ note: @escaping @Sendable (Result<Response, any Error>) -> Void) -> Answer {
        .later { complete in
            switch self {
            case .now(let response):
                note(.success(response))
                complete(.success(response))
            case .later(let start):
                start { result in
                    note(result)
                    complete(result)
                }
            }
        }
    }

    /// Reads where the request is, or on a thread that may block when that takes too long.
    /// - Parameter plan: Remembers which of the two it was.
    static func reading(
        _ storage: any Storage,
        for client: ClientPresence,
        by plan: ReadPlan? = nil,
        _ body: @escaping @Sendable (any ReadSession) throws -> Response
    ) throws -> Answer {
        if plan?.runsElsewhere != true {
            do {
                return .now(try storage.readInline(body))
            } catch StorageError.budgetExceeded {
                plan?.noteDuration(isSlow: true)
            }
        }
        return .later { complete in
            let start = ContinuousClock.now
            storage.readBlocking(body, isCancelled: { client.isGone }) { result in
                if ContinuousClock.now - start < .microseconds(500) { plan?.noteDuration(isSlow: false) }
                complete(result)
            }
        }
    }
}
