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
    package enum Method: String, Sendable {
        case password, otp, oauth2
    }

    /// How it went.
    package enum Outcome: Sendable {
        case token(String)
        /// The id under which another method is to follow.
        case secondFactor(String)
    }

    package enum Refusal: Error, Equatable {
        case rule
        case invalidSession
        case otherSession
        case sameMethod
    }

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
            userAgent.unicodeScalars.count > 200 ? String(userAgent.prefix(200)) + "..." : userAgent
        }
    }

    private static let originLimit = 5

    private let storage: any Storage
    private let plans: ReadPlans
    private let tokens: TokenAuthority
    private let mailer: AccountMailer
    private let observers: [any RecordObserver]
    private let logger: Logger

    package init(
        storage: any Storage,
        plans: ReadPlans,
        tokens: TokenAuthority,
        mailer: AccountMailer,
        observers: [any RecordObserver],
        logger: Logger
    ) {
        self.storage = storage
        self.plans = plans
        self.tokens = tokens
        self.mailer = mailer
        self.observers = observers
        self.logger = logger
    }

    /// - Parameters:
    ///   - sessionID: Of the first factor, when this is the second; empty otherwise.
    ///   - request: What the rules see; its auth is the caller's before the sign-in.
    /// - Throws: ``Refusal``.
    package func finish(
        _ record: Record,
        by method: Method,
        sessionID: String,
        from origin: Origin,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Outcome {
        try await checkRule(record, request, layouts)
        if let next = try await secondFactor(record, method, sessionID, request, layouts) { return .secondFactor(next) }
        await noteOrigin(origin, of: record, layouts)
        return .token(tokens.issue(.auth, for: record))
    }

    // MARK: - Rule

    /// - Throws: ``Refusal/rule``.
    package func checkRule(_ record: Record, _ request: RequestValues, _ layouts: RecordLayouts) async throws {
        if request.isSuperuser { return }
        guard let rule = record.collection.auth?.authRule else { throw Refusal.rule }
        if rule.isEmpty { return }
        guard try await fulfils(record, rule, request, layouts) else { throw Refusal.rule }
    }

    private func fulfils(
        _ record: Record,
        _ rule: String,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Bool {
        let plan = try plans.plan(record.layout, in: layouts, rule: rule, request: request)
        return try await storage.read { try RecordReader($0, request: request).one(plan, id: record.id) != nil }
    }

    // MARK: - Second factor

    /// - Returns: The id of a new session when a second factor has to follow, nil when nothing is missing.
    private func secondFactor(
        _ record: Record,
        _ method: Method,
        _ sessionID: String,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> String? {
        guard let options = record.collection.auth?.mfa, options.isEnabled, let table = layouts.layout("_mfas") else {
            return nil
        }
        if !options.rule.isEmpty, try await !fulfils(record, options.rule, request, layouts) { return nil }
        if sessionID.isEmpty { return try await begin(record, method, table, layouts) }
        let session = try await storage.read { try table.record(id: sessionID, in: $0) }
        guard let session else { throw Refusal.invalidSession }
        let end = Timestamp(parsing: session.text("created"))?.adding(seconds: Int64(options.duration))
        guard let end, end > .now else {
            _ = try await remove(sessionID)
            throw Refusal.invalidSession
        }
        guard session.text("recordRef") == record.id, session.text("collectionRef") == record.collection.id else {
            throw Refusal.otherSession
        }
        if session.text("method") == method.rawValue { throw Refusal.sameMethod }
        // Of two that come with the same session, one is first.
        guard try await remove(sessionID) else { throw Refusal.invalidSession }
        return nil
    }

    private func begin(
        _ record: Record,
        _ method: Method,
        _ table: RecordLayout,
        _ layouts: RecordLayouts
    ) async throws -> String {
        var row = Record(table, about: record)
        row["method"] = .text(method.rawValue)
        let (new, observers) = (row, observers)
        return try await storage.write { session in
            try RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
                .insert(new, RecordWriter.Submission(RecordBody([:]))).id
        }
    }

    private func remove(_ id: String) async throws -> Bool {
        try await storage.write { session in
            let quoted = session.dialect.quoted
            let sql = "DELETE FROM \(quoted("_mfas")) WHERE \(quoted("id")) = ?"
            return try session.execute(sql, [.text(id)]) == 1
        }
    }

    // MARK: - Origins

    /// Notes where somebody signs in from, and tells the owner of a place that is new. A failure is no reason to refuse.
    private func noteOrigin(_ origin: Origin, of record: Record, _ layouts: RecordLayouts) async {
        guard let alert = record.collection.auth?.authAlert, alert.isEnabled, !record.text("email").isEmpty,
            let table = layouts.layout("_authOrigins")
        else { return }
        do {
            let isSurprise = try await storage.write { session in
                try note(origin.fingerprint, of: record, table, layouts, session)
            }
            guard isSurprise else { return }
            let info = "\(Timestamp.now) - \(origin.address) \(origin.shortAgent)"
            let values = ["{ALERT_INFO}": AccountMailer.escaped(info)]
            mailer.queue.submit(mailer.message(alert.template, about: record, to: record.text("email"), values))
        } catch {
            logger.warning("A sign-in's origin was not stored.", metadata: ["error": "\(error)"])
        }
    }

    /// - Returns: Whether the origin is new and not the first.
    private func note(
        _ fingerprint: String,
        of record: Record,
        _ table: RecordLayout,
        _ layouts: RecordLayouts,
        _ session: any WriteSession
    ) throws -> Bool {
        let quoted = session.dialect.quoted
        let owner: [SQLValue] = [.text(record.collection.id), .text(record.id)]
        let sql = """
            \(table.select) WHERE \(quoted("collectionRef")) = ? AND \(quoted("recordRef")) = ? \
            ORDER BY \(quoted("created"))
            """
        let known = try session.all(sql, owner) { table.record($0) }
        if let same = known.first(where: { $0.text("fingerprint") == fingerprint }) {
            try session.execute(
                "UPDATE \(quoted("_authOrigins")) SET \(quoted("updated")) = ? WHERE \(quoted("id")) = ?",
                [.text(Timestamp.now.description), .text(same.id)]
            )
            return false
        }
        for old in known.prefix(max(known.count - Self.originLimit + 1, 0)) {
            try session.execute("DELETE FROM \(quoted("_authOrigins")) WHERE \(quoted("id")) = ?", [.text(old.id)])
        }
        var row = Record(table, about: record)
        row["fingerprint"] = .text(fingerprint)
        _ = try RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
            .insert(row, RecordWriter.Submission(RecordBody([:])))
        return !known.isEmpty
    }
}
