import MartletCore
import MartletIdentity
import MartletServer

extension Endpoint {
    /// The endpoint with its failures counted, and no answer but 429 for whoever fails too often.
    /// - Parameters:
    ///   - field: The member of the body that says whose account it is about; nil when none does.
    ///   - isMail: Whether each call counts: it sends a mail.
    func limited(by limiter: AttemptLimiter, identity field: String? = nil, isMail: Bool = false) -> Endpoint {
        let inner = handle
        return Endpoint(access, tags: tags, isQuiet: isQuiet, bodyLimit: bodyLimit) { call in
            let identity = try field.flatMap { try call.form($0)[$0] }.flatMap { $0.isEmpty ? nil : $0 }
            let attempt: AttemptLimiter.Attempt?
            do {
                let scope = call.parameters.first.map { $0 + " " } ?? ""
                attempt = try limiter.begin(identity: identity.map { scope + $0.lowercased() }, address: call.address)
            } catch let error as AttemptLimiter.TooMany {
                var problem = Problem(429)
                problem.retryAfter = error.wait
                throw problem
            }
            guard let attempt, !isMail else { return try inner(call) }
            return try inner(call).noting { result in
                switch result {
                case .success(let response) where response.status < 300: limiter.succeed(attempt)
                // A first factor that asks for the second.
                case .success: limiter.forgive(attempt)
                case .failure(let error): if Problem(error).status >= 500 { limiter.forgive(attempt) }
                }
            }
        }
    }
}
