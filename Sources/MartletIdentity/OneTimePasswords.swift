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
    private static let attemptLimit = 5
    /// The form takes no more, and bcrypt reads little more.
    private static let longest = 71

    private let storage: any Storage
    private let hasher: PasswordHasher
    private let mailer: AccountMailer
    private let observers: RecordObservers
    private let attempts = AttemptWindows(seconds: 180)

    package init(
        storage: any Storage,
        hasher: PasswordHasher,
        mailer: AccountMailer,
        observers: RecordObservers
    ) {
        self.storage = storage
        self.hasher = hasher
        self.mailer = mailer
        self.observers = observers
    }

    // MARK: - Asking for one

    /// - Returns: The code's id; for an unknown address one that belongs to nothing.
    package func request(email: String, in layout: RecordLayout, _ layouts: RecordLayouts) async throws -> String {
        guard let options = layout.collection.auth?.otp, let rows = rows(layouts) else { return "" }
        let oldest = Timestamp.now.subtracting(seconds: Int64(options.duration)).description
        let found = try await storage.read { session -> (record: Record?, live: [Record]) in
            guard let record = try layout.record(where: "email", is: email, in: session) else { return (nil, []) }
            return (record, try rows.all(of: record, session).filter { $0.text("created") > oldest })
        }
        // The same work for an unknown address: the time an answer takes tells nothing.
        let password = RandomText.make(min(max(options.length, 1), Self.longest), of: Array("0123456789".utf8))
        let hash = try await hasher.hash(password, Self.scheme)
        guard let record = found.record else { return RandomText.recordID() }
        if found.live.count >= Self.liveLimit, let newest = found.live.last { return newest.id }
        let id = try await store(password, hash, for: record, rows)
        mailer.submit(.otp(id: id, password: password), about: record, to: email) { isSent in
            await self.settle(id, isSent ? email : nil, rows)
        }
        return id
    }

    /// Whose address it is, for those who take part.
    package func owner(of email: String, in layout: RecordLayout, where isWanted: Bool) async throws -> Record? {
        guard isWanted else { return nil }
        return try await storage.read { try layout.record(where: "email", is: email, in: $0) }
    }

    private func rows(_ layouts: RecordLayouts) -> OwnedRows? {
        OwnedRows("_otps", layouts, observers: observers)
    }

    private func store(
        _ password: String,
        _ hash: String?,
        for record: Record,
        _ rows: OwnedRows
    ) async throws -> String {
        var submission = RecordWriter.Submission(RecordBody(["password": .string(password)]))
        submission.passwordHashes["password"] = hash
        let prepared = submission
        return try await rows.write(to: storage) { session in
            try rows.insert(for: record, ["password": .text(password)], prepared: prepared, session).id
        }
    }

    /// Notes where the code went, or takes it back when it went nowhere.
    private func settle(_ id: String, _ address: String?, _ rows: OwnedRows) async {
        _ = try? await storage.write { session in
            guard let address else { return try rows.delete(id, session) }
            return try rows.set(["sentTo": .text(address)], of: id, session)
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
        guard let rows = rows(layouts), let options = layout.collection.auth?.otp else { throw Refusal.invalid }
        let found = try await storage.read { session -> (otp: Record, owner: Record)? in
            guard let otp = try rows.table.record(id: id, in: session),
                let owner = try layout.record(id: otp.text("recordRef"), in: session)
            else { return nil }
            return (otp, owner)
        }
        guard let found, found.otp.text("collectionRef") == layout.collection.id else { throw Refusal.invalid }
        if attempts.add(found.owner.id + " " + address) > Self.attemptLimit { throw Refusal.tooManyAttempts }
        let end = Timestamp(parsing: found.otp.text("created"))?.adding(seconds: Int64(options.duration))
        guard let end, end > .now, try await hasher.matches(password, found.otp.text("password")) else {
            throw Refusal.invalid
        }
        return try await spend(found.otp, of: found.owner, rows, layouts)
    }

    /// Deletes the code; the address that it went to is the record's own, so it is verified.
    private func spend(
        _ otp: Record,
        of owner: Record,
        _ rows: OwnedRows,
        _ layouts: RecordLayouts
    ) async throws -> Record {
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
        return try await observers.write(to: storage, of: [owner.layout]) { session in
            // Somebody else was first.
            guard try rows.delete(otp.id, of: owner, session) else { throw Refusal.invalid }
            if isUnchanged { return owner }
            return try RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
                .update(id: owner.id, prepared, in: owner.layout)
        }
    }
}
