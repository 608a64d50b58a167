import MartletCore
import MartletFiles
import MartletHTTP
import MartletJavaScript
import MartletServer

extension ScriptServices {
    /// Goes on with a request on a thread of scripts, with its form where it comes as a stream.
    func begin(
        _ call: Call,
        _ complete: @escaping Answer.Completion,
        _ body: @escaping @Sendable (SubmittedForm?) -> Void
    ) {
        @Sendable func submit(_ form: SubmittedForm?) {
            let isAccepted = threads.submit { body(form) }
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
}
