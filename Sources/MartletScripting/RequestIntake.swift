import Logging
import MartletCore
import MartletFiles
import MartletHTTP
import MartletJavaScript
import MartletServer
import NIOHTTP1
import Synchronization

extension ScriptServices {
    /// Goes on with a request on a thread of scripts, with its form where it comes as a stream.
    /// - Parameter body: Is given what it completes the request with. What it says after its thread was given up is not
    ///   heard.
    func begin(
        _ call: Call,
        _ complete: @escaping Answer.Completion,
        _ body: @escaping @Sendable (SubmittedForm?, @escaping Answer.Completion) -> Void
    ) {
        let complete = OnceCompletion(complete)
        @Sendable func submit(_ form: SubmittedForm?) {
            let watch = watch(call) { complete($0) }
            let isAccepted = threads.submit(watch: watch) { body(form) { complete($0) } }
            if !isAccepted { complete(.failure(Problem(503, cause: "too many scripts wait"))) }
        }
        guard let stream = call.request.stream else { return submit(nil) }
        let staging = parts.files.staging
        Task {
            do {
                submit(
                    try await RequestBody.reporting(nil) { try await SubmittedForm.read(call, stream, into: staging) }
                )
            } catch {
                complete(.failure(error))
            }
        }
    }

    /// Answers a request whose script nothing ends.
    func watch(_ call: Call, _ complete: @escaping Answer.Completion) -> ScriptWatch {
        ScriptWatch(limit: options.limits.time * 2 + .seconds(1)) { [logger] in
            logger.critical(
                "A script does not end. Its thread goes on behind all others.",
                metadata: ["in": "\(call.request.head.method.rawValue) \(call.pattern)"]
            )
            complete(.failure(Problem(500, cause: "the script does not end")))
        }
    }
}

/// Completes a request once, whoever comes first.
final class OnceCompletion: Sendable {
    private let complete: Answer.Completion
    private let isOver = Atomic(false)

    init(_ complete: @escaping Answer.Completion) {
        self.complete = complete
    }

    func callAsFunction(_ result: Result<Response, any Error>) {
        if !isOver.exchange(true, ordering: .acquiringAndReleasing) { complete(result) }
    }
}
