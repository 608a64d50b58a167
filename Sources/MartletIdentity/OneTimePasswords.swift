import MartletCore
import MartletMail
import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage
package import MartletVault
import OrderedCollections

/// Signing in with a code that came by mail (`auth.md`, One-time passwords).
package struct OneTimePasswords: Sendable {
    /// Why no code is accepted.
    package enum Refusal: Error, Equatable {
        case invalid
        case tooManyAttempts
    }

    /// Rows are hashed with this cost: a code lives for minutes.
    package static let scheme = PasswordScheme.bcrypt(cost: 8)
    private static let liveLimit = 10
    /// The form takes no more, and bcrypt reads little more.
    private static let longest = 71

    private let storage: any Storage
    private let hasher: PasswordHasher
    private let mailer: AccountMailer
    private let observers: [any RecordObserver]
    private let attempts = OneTimeAttempts()

    package init(
        storage: any Storage,
        hasher: PasswordHasher,
        mailer: AccountMailer,
        observers: [any RecordObserver]
    ) {
        self.storage = storage
        self.hasher = hasher
        self.mailer = mailer
        self.observers = observers
    }

    // MARK: - Asking for one

    /// - Returns: The code's id; for an unknown address one that belongs to nothing.
    package func request(email: String, in layout: RecordLayout, _ layouts: RecordLayouts) async throws -> String {
        guard let options = layout.collection.auth?.otp, let table = layouts.layout("_otps") else { return "" }
        let found = try await storage.read { session -> (record: Record?, live: [String]) in
            let column = session.dialect.quoted("email")
            let sql = "\(layout.select) WHERE \(column) = ? LIMIT 1"
            guard let record = try session.first(sql, [.text(email)], { layout.record($0) }) else { return (nil, []) }
            return (record, try live(of: record, options.duration, table, session))
        }
        // The same work for an unknown address: the time an answer takes tells nothing.
        let password = RandomText.make(min(max(options.length, 1), Self.longest), of: Array("0123456789".utf8))
        let hash = try await hasher.hash(password, Self.scheme)
        guard let record = found.record else { return RandomText.recordID() }
        if found.live.count >= Self.liveLimit, let newest = found.live.first { return newest }
        let id = try await store(password, hash, for: record, table, layouts)
        let mail = mailer.message(options.template, about: record, to: email, ["{OTP}": password, "{OTP_ID}": id])
        mailer.queue.submit(mail) { isSent in await self.settle(id, isSent ? email : nil) }
        return id
    }

    private func live(
        of record: Record,
        _ duration: Int,
        _ table: RecordLayout,
        _ session: any ReadSession
    ) throws -> [String] {
        let oldest = Timestamp.now.adding(seconds: Int64(-duration)).description
        let quoted = session.dialect.quoted
        let sql = """
            SELECT \(quoted("id")) FROM \(quoted(table.collection.name)) WHERE \(quoted("collectionRef")) = ? \
            AND \(quoted("recordRef")) = ? AND \(quoted("created")) > ? ORDER BY \(quoted("created")) DESC
            """
        return try session.all(sql, [.text(record.collection.id), .text(record.id), .text(oldest)]) { $0.text(0) }
    }

    private func store(
        _ password: String,
        _ hash: String?,
        for record: Record,
        _ table: RecordLayout,
        _ layouts: RecordLayouts
    ) async throws -> String {
        var row = Record(table, about: record)
        row["password"] = .text(password)
        var submission = RecordWriter.Submission(RecordBody(["password": .string(password)]))
        submission.passwordHashes["password"] = hash
        let (new, prepared, observers) = (row, submission, observers)
        return try await storage.write { session in
            try RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
                .insert(new, prepared).id
        }
    }

    /// Notes where the code went, or takes it back when it went nowhere.
    private func settle(_ id: String, _ address: String?) async {
        _ = try? await storage.write { session in
            let quoted = session.dialect.quoted
            if let address {
                try session.execute(
                    "UPDATE \(quoted("_otps")) SET \(quoted("sentTo")) = ? WHERE \(quoted("id")) = ?",
                    [.text(address), .text(id)]
                )
            } else {
                try session.execute("DELETE FROM \(quoted("_otps")) WHERE \(quoted("id")) = ?", [.text(id)])
            }
        }
    }

    // MARK: - Using one

    /// The record whose code this is. The code is spent.
    /// - Parameter address: The caller's: so many attempts are allowed for a record from an address.
    /// - Throws: ``Refusal``.
    package func record(
        id: String,
        password: String,
        from address: String,
        in layout: RecordLayout,
        _ layouts: RecordLayouts
    ) async throws -> Record {
        guard let table = layouts.layout("_otps"), let options = layout.collection.auth?.otp else {
            throw Refusal.invalid
        }
        let found = try await storage.read { session -> (otp: Record, owner: Record)? in
            guard let otp = try table.record(id: id, in: session),
                let owner = try layout.record(id: otp.text("recordRef"), in: session)
            else { return nil }
            return (otp, owner)
        }
        guard let found, found.otp.text("collectionRef") == layout.collection.id else { throw Refusal.invalid }
        guard attempts.allows(found.owner.id + " " + address) else { throw Refusal.tooManyAttempts }
        let end = Timestamp(parsing: found.otp.text("created"))?.adding(seconds: Int64(options.duration))
        guard let end, end > .now, try await hasher.matches(password, found.otp.text("password")) else {
            throw Refusal.invalid
        }
        return try await spend(found.otp, of: found.owner, layouts)
    }

    /// Deletes the code; the address that it went to is the record's own, so it is verified.
    private func spend(_ otp: Record, of owner: Record, _ layouts: RecordLayouts) async throws -> Record {
        var body: JSONObject = [:]
        if !owner.bool("verified"), !owner.text("email").isEmpty, otp.text("sentTo") == owner.text("email") {
            body["verified"] = true
            // Whoever signed up with somebody else's address chose the password.
            if owner.collection.auth?.mfa.isEnabled == false {
                let password = JSONValue.string(RandomText.make(30))
                body["password"] = password
                body["passwordConfirm"] = password
            }
        }
        let prepared = try await RecordWriter.Submission(RecordBody(body), for: owner.collection, hasher)
        let (observers, isUnchanged) = (observers, body.isEmpty)
        return try await storage.write { session in
            let quoted = session.dialect.quoted
            let removed = try session.execute(
                "DELETE FROM \(quoted("_otps")) WHERE \(quoted("id")) = ?",
                [.text(otp.id)]
            )
            // Somebody else was first.
            guard removed == 1 else { throw Refusal.invalid }
            if isUnchanged { return owner }
            return try RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
                .update(id: owner.id, prepared, in: owner.layout)
        }
    }
}

/// Five attempts in three minutes.
private final class OneTimeAttempts: Sendable {
    private let windows = AttemptWindows(seconds: 180)

    func allows(_ key: String) -> Bool {
        windows.add(key) <= 5
    }
}
