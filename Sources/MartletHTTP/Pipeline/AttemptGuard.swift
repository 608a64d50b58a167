import MartletCore
import MartletIdentity
import MartletRecords
import MartletServer
import MartletVault

/// Puts limits on failures around endpoints (docs/configuration.md, Guessing).
struct AttemptGuard: Sendable {
    let limiter: AttemptLimiter
    let layouts: CurrentLayouts

    /// The endpoint with its failures counted, and no answer but 429 for whoever fails too often.
    /// - Parameters:
    ///   - field: The member of the body that says whose account it is about; nil when none does.
    ///   - isMail: Whether each call counts: it sends a mail.
    func around(_ endpoint: Endpoint, identity field: String? = nil, isMail: Bool = false) -> Endpoint {
        let inner = endpoint.handle
        return endpoint.handling { call in
            guard let attempt = try begin(call, field), !isMail else { return try inner(call) }
            return try inner(call).noting { result in
                switch result {
                case .success(let response) where response.status < 300: limiter.succeed(attempt)
                // A first factor that asks for the second.
                case .success: limiter.forgive(attempt)
                // Whoever keeps the hashing busy has tried.
                case .failure(is PasswordHasher.Overloaded): return
                case .failure(let error): if Problem(error).status >= 500 { limiter.forgive(attempt) }
                }
            }
        }
    }

    private func begin(_ call: Call, _ field: String?) throws -> AttemptLimiter.Attempt? {
        let identity = try field.flatMap { try call.form($0)[$0] }.flatMap { $0.isEmpty ? nil : $0 }
        return try limiter.admit(identity.map { key($0, call) }, from: call.address)
    }

    /// A key of fixed size, whatever was sent, and the same for all names of a collection.
    private func key(_ identity: String, _ call: Call) -> String {
        let scope = call.parameters.first.flatMap { layouts.value.layout($0)?.collectionID } ?? ""
        return Base64URL.encode(SecureHash.sha256(Array("\(scope) \(identity.lowercased())".utf8)))
    }
}

extension AttemptLimiter {
    /// An attempt that may begin; nil where nothing is limited.
    func admit(_ identity: String?, from address: String) throws -> Attempt? {
        do {
            return try begin(identity: identity, address: address)
        } catch {
            var problem = Problem(429)
            problem.retryAfter = error.wait
            throw problem
        }
    }
}
