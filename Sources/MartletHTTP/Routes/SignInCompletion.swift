package import MartletCore
package import MartletIdentity
import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletServer
import MartletSettings
import OrderedCollections

/// The last step of every way to sign in, once it is known who that is (`auth.md`, 3).
package struct SignInCompletion: Sendable {
    let settings: SettingsStore
    let signIn: SignIn
    let answers: AuthAnswers

    /// - Parameters:
    ///   - sessionID: Of the first factor, when this is the second; empty takes the request's.
    ///   - isStrong: Whether the method is two factors in one.
    ///   - meta: What the answer says in addition.
    package func finish(
        _ record: Record,
        by method: SignIn.Method,
        _ sessionID: String,
        isStrong: Bool = false,
        meta: JSONValue = .null,
        _ call: Call,
        _ layouts: RecordLayouts
    ) async throws -> Response {
        try checkAddress(record, call)
        var values = call.values(body: try RequestBody.object(call, orSay: nil))
        values.context = method.context
        let session = sessionID.isEmpty ? call.query.text("mfaId") : sessionID
        do {
            let outcome = try await signIn.finish(
                record,
                by: method,
                sessionID: session,
                isStrong: isStrong,
                from: call.origin,
                values,
                layouts
            )
            switch outcome {
            case .token(let token):
                return try await answers.success(record, token, by: method.rawValue, meta: meta, call, layouts)
            case .secondFactor(let demand): return .json(Array(demand.json.text.utf8), status: 401)
            }
        } catch is SignIn.RuleRefusal {
            throw Problem.authRule
        } catch let refusal as SecondFactors.Refusal {
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
        default: .normal
        }
    }
}

extension SecondFactors.Demand {
    /// What clients of the reference server know, and which methods will do where not every other does.
    fileprivate var json: JSONValue {
        var members: JSONObject = ["mfaId": .string(sessionID)]
        if !methods.isEmpty { members["methods"] = .array(methods.map { .string($0.rawValue) }) }
        return .object(members)
    }
}

extension Call {
    /// Where the caller is.
    var origin: SignIn.Origin {
        SignIn.Origin(address: address, userAgent: request.head.header("user-agent") ?? "")
    }
}
