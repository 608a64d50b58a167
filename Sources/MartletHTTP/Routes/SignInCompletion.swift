import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings

/// The last step of every way to sign in, once it is known who that is (`auth.md`, 3).
struct SignInCompletion: Sendable {
    let settings: SettingsStore
    let signIn: SignIn
    let answers: AuthAnswers

    /// - Parameters:
    ///   - sessionID: Of the first factor, when this is the second; empty otherwise.
    ///   - meta: What the answer says in addition.
    func finish(
        _ record: Record,
        by method: SignIn.Method,
        _ sessionID: String,
        meta: JSONValue = .null,
        _ call: Call,
        _ layouts: RecordLayouts
    ) async throws -> Response {
        try checkAddress(record, call)
        var values = call.values(body: try RequestBody.object(call, orSay: nil))
        values.context = method.context
        let origin = SignIn.Origin(address: call.address, userAgent: call.request.head.header("user-agent") ?? "")
        let session = sessionID.isEmpty ? call.query.text("mfaId") : sessionID
        do {
            switch try await signIn.finish(record, by: method, sessionID: session, from: origin, values, layouts) {
            case .token(let token): return try await answers.success(record, token, meta: meta, call, layouts)
            case .secondFactor(let id):
                let answer: JSONValue = ["mfaId": .string(id)]
                return .json(Array(answer.text.utf8), status: 401)
            }
        } catch let refusal as SignIn.Refusal {
            throw refusal.problem
        }
    }

    private func checkAddress(_ record: Record, _ call: Call) throws {
        let allowed = settings.snapshot.settings.superuserIPs
        guard record.collection.isSuperusers, !allowed.isEmpty else { return }
        if !ClientAddress.isListed(call.address, in: allowed) { throw Problem.forbidden }
    }
}

extension SignIn.Method {
    fileprivate var context: RequestValues.Context {
        switch self {
        case .password: .password
        case .otp: .otp
        case .oauth2: .oauth2
        }
    }
}
