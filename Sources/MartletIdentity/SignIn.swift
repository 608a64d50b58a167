package import Logging
import MartletCore
import MartletMail
package import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage
import MartletVault
import OrderedCollections

/// What comes between knowing who somebody is and handing out a token: the collection's rule, the second factor, and the
/// look at where the sign-in comes from (`auth.md`, 3, 7 and 22).
package struct SignIn: Sendable {
    /// A way to sign in; programs may have ways of their own.
    package struct Method: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) { self.rawValue = rawValue }

        package static let password = Method(rawValue: "password")
        package static let otp = Method(rawValue: "otp")
        package static let oauth2 = Method(rawValue: "oauth2")
        package static let totp = Method(rawValue: "totp")
        package static let passkey = Method(rawValue: "passkey")
        /// Asks for no second factor and tells nobody.
        package static let none = Method(rawValue: "")
    }

    /// How it went.
    package enum Outcome: Sendable {
        case token(String)
        case secondFactor(SecondFactors.Demand)
    }

    /// The collection's rule does not let the record in.
    package struct RuleRefusal: Error {}

    /// Where a sign-in comes from.
    package struct Origin: Sendable {
        package let address: String
        package let userAgent: String

        package init(address: String, userAgent: String) {
            self.address = address
            self.userAgent = userAgent
        }

        var fingerprint: String { Fingerprint.hex(address + shortAgent) }

        var shortAgent: String {
            let scalars = userAgent.unicodeScalars
            return scalars.count > 200 ? String(scalars.prefix(200)) + "..." : userAgent
        }
    }

    private static let originLimit = 5

    private let storage: any Storage
    private let rules: RecordRules
    private let factors: SecondFactors
    private let sessions: SignInSessions
    private let tokens: TokenAuthority
    private let mailer: AccountMailer
    private let observers: RecordObservers
    private let logger: Logger

    package init(
        storage: any Storage,
        rules: RecordRules,
        factors: SecondFactors,
        sessions: SignInSessions,
        tokens: TokenAuthority,
        mailer: AccountMailer,
        observers: RecordObservers,
        logger: Logger
    ) {
        self.storage = storage
        self.rules = rules
        self.factors = factors
        self.sessions = sessions
        self.tokens = tokens
        self.mailer = mailer
        self.observers = observers
        self.logger = logger
    }

    /// - Parameters:
    ///   - sessionID: Of the first factor, when this is the second; empty otherwise.
    ///   - isStrong: Whether the method is two factors in one: a key, and a finger or a PIN.
    ///   - request: What the rules see; its auth is the caller's before the sign-in.
    /// - Throws: ``RuleRefusal``, ``SecondFactors/Refusal``.
    package func finish(
        _ record: Record,
        by method: Method,
        sessionID: String,
        isStrong: Bool = false,
        from origin: Origin,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Outcome {
        try await checkRule(record, request, layouts)
        if method != .none {
            let step = SecondFactors.Step(method: method, sessionID: sessionID, isStrong: isStrong)
            if let demand = try await factors.demand(for: record, step, request, layouts) {
                return .secondFactor(demand)
            }
            await noteOrigin(origin, of: record, layouts)
        }
        return .token(try await token(for: record, by: method.rawValue, from: origin, layouts))
    }

    /// A token for a record, with a session where the collection keeps them.
    /// - Parameters:
    ///   - method: How the session came about.
    ///   - duration: In seconds; nil takes the collection's.
    package func token(
        for record: Record,
        by method: String,
        from origin: Origin,
        duration: Int? = nil,
        isRefreshable: Bool = true,
        _ layouts: RecordLayouts
    ) async throws -> String {
        let seconds = duration.flatMap { $0 > 0 ? $0 : nil } ?? record.layout.tokens[.auth]?.duration ?? 0
        let session = try await sessions.begin(record, by: method, from: origin, duration: seconds, layouts)
        return tokens.issue(
            .auth,
            for: record,
            duration: duration,
            isRefreshable: isRefreshable,
            claims: session.map { [TokenAuthority.sessionClaim: .string($0)] } ?? [:]
        )
    }

    // MARK: - Rule

    /// - Throws: ``RuleRefusal``.
    package func checkRule(_ record: Record, _ request: RequestValues, _ layouts: RecordLayouts) async throws {
        if request.isSuperuser { return }
        guard let rule = record.layout.authRule else { throw RuleRefusal() }
        if rule.isEmpty { return }
        guard try await rules.fulfils(record, rule, request, layouts) else { throw RuleRefusal() }
    }

    // MARK: - Origins

    /// Notes where somebody signs in from, and tells the owner of a place that is new. A failure is no reason to refuse.
    private func noteOrigin(_ origin: Origin, of record: Record, _ layouts: RecordLayouts) async {
        guard let alert = record.collection.auth?.authAlert, alert.isEnabled, !record.text("email").isEmpty,
            let rows = OwnedRows("_authOrigins", layouts, observers: observers)
        else { return }
        do {
            let isSurprise = try await rows.write(to: storage) { session in
                try Self.note(origin.fingerprint, of: record, rows, session)
            }
            guard isSurprise else { return }
            let info = "\(Timestamp.now) - \(origin.address) \(origin.shortAgent)"
            mailer.submit(.authAlert(info), about: record, to: record.text("email"))
        } catch {
            logger.warning("A sign-in's origin was not stored.", metadata: ["error": "\(error)"])
        }
    }

    /// - Returns: Whether the origin is new and not the first.
    private static func note(
        _ fingerprint: String,
        of record: Record,
        _ rows: OwnedRows,
        _ session: any WriteSession
    ) throws -> Bool {
        let known = try rows.all(of: record, session)
        if let same = known.first(where: { $0.text("fingerprint") == fingerprint }) {
            try rows.set([:], of: same.id, session)
            return false
        }
        for old in known.prefix(max(known.count - originLimit + 1, 0)) {
            _ = try rows.delete(old.id, of: record, session)
        }
        _ = try rows.insert(for: record, ["fingerprint": .text(fingerprint)], session)
        return !known.isEmpty
    }
}
