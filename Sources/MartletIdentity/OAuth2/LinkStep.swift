import MartletCore
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage
import OrderedCollections

/// A provider's account and the row that ties it to a record.
struct Link: Sendable {
    let profile: ExternalProfile
    let provider: String
    let layout: RecordLayout
    let table: RecordLayout

    /// The record that the account is tied to already.
    func record(_ session: any ReadSession) throws -> Record? {
        // Without an id everybody would be the same person.
        if profile.id.isEmpty { return nil }
        let quoted = session.dialect.quoted
        let sql = """
            SELECT \(quoted("recordRef")) FROM \(quoted(table.collection.name)) WHERE \(quoted("collectionRef")) = ? \
            AND \(quoted("provider")) = ? AND \(quoted("providerId")) = ? LIMIT 1
            """
        let values: [SQLValue] = [.text(layout.collection.id), .text(provider), .text(profile.id)]
        guard let id = try session.first(sql, values, { $0.text(0) }) else { return nil }
        return try layout.record(id: id, in: session)
    }
}

/// Finds or makes the record of a provider's account, within one write (`auth.md`, 8.3 to 8.5).
struct LinkStep {
    let link: Link
    let secret: NewSecret
    let session: any WriteSession
    let layouts: RecordLayouts
    let request: RequestValues
    let observers: RecordObservers

    private var layout: RecordLayout { link.layout }

    /// Writes what the provider vouches for, whatever the collection's rules say.
    private var vouching: RecordWriter {
        RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
    }

    func run(creating account: NewAccount) throws -> OAuth2SignIn.Outcome {
        let linked = try link.record(session)
        if let record = try linked ?? signedIn() ?? owner(of: link.profile.email) {
            return OAuth2SignIn.Outcome(
                record: try linking { try adopt(record, isLinked: linked != nil) },
                isNew: false
            )
        }
        let created = try create(account)
        let record = try linking {
            let record = try vouch(for: created)
            try insertLink(record)
            return record
        }
        return OAuth2SignIn.Outcome(record: record, isNew: true)
    }

    private func linking(_ body: () throws -> Record) throws -> Record {
        do {
            return try body()
        } catch RecordError.invalid(let errors) {
            throw OAuth2SignIn.NotLinked(errors: errors)
        }
    }

    private func signedIn() throws -> Record? {
        guard let caller = request.auth, caller.collectionID == layout.collection.id else { return nil }
        return try layout.record(id: caller.id, in: session)
    }

    private func owner(of email: String) throws -> Record? {
        guard !email.isEmpty else { return nil }
        return try layout.record(where: "email", is: email, in: session)
    }

    // MARK: - An existing record

    private func adopt(_ stored: Record, isLinked: Bool) throws -> Record {
        var record = stored
        var isLinked = isLinked
        if !record.bool("verified") {
            // Whoever signed up with an address that is not theirs keeps neither password nor other ways in.
            if record.id != request.auth?.id || layout.collection.id != request.auth?.collectionID {
                record = try change(record, ["password": .string(secret.password)])
            }
            try vouching.deleteHelpers(["_externalAuths"], of: record)
            isLinked = false
        }
        if record.text("email").isEmpty, !link.profile.email.isEmpty {
            record = try change(record, ["email": .string(link.profile.email)])
        }
        record = try vouch(for: record)
        if !isLinked { try insertLink(record) }
        return record
    }

    /// Notes that the record's address is the one that the provider vouches for.
    private func vouch(for record: Record) throws -> Record {
        guard !record.bool("verified"), record.text("email") == link.profile.email || record.text("email").isEmpty
        else {
            return record
        }
        return try change(record, ["verified": true])
    }

    private func change(_ record: Record, _ members: JSONObject) throws -> Record {
        var members = members
        if let password = members["password"] { members["passwordConfirm"] = password }
        var submission = RecordWriter.Submission(RecordBody(members))
        if members["password"] != nil { submission.passwordHashes["password"] = secret.hash }
        _ = try vouching.update(id: record.id, submission, in: layout)
        // As stored: what changes a record's standing may renew its key, too.
        guard let stored = try layout.record(id: record.id, in: session) else { throw RecordError.notFound }
        return stored
    }

    // MARK: - A new record

    private func create(_ account: NewAccount) throws -> Record {
        if layout.collection.isSuperusers { throw RecordError.superusersOnly }
        var request = request
        request.context = .oauth2
        var body = account.body
        if let (field, text) = account.username, layout.accepts(.string(text), in: field), try !isTaken(text, field) {
            body[field] = .string(text)
        }
        request.body = body
        var submission = RecordWriter.Submission(RecordBody(body))
        submission.passwordHashes = account.passwordHashes
        return try RecordWriter(session, layouts: layouts, request: request, observers: observers)
            .create(submission, in: layout)
    }

    private func isTaken(_ text: String, _ name: String) throws -> Bool {
        guard layout.collection.hasUniqueIndex(on: name) else { return false }
        let column = session.dialect.quoted(name)
        let condition =
            layout.collection.comparesIgnoringCase(name)
            ? session.dialect.equalsIgnoringCase(column, "?") : "\(column) = ?"
        let table = session.dialect.quoted(layout.collection.name)
        return try session.exists("SELECT 1 FROM \(table) WHERE \(condition)", [.text(text)])
    }

    // MARK: - Links

    private func insertLink(_ record: Record) throws {
        var row = Record(link.table, about: record)
        row["provider"] = .text(link.provider)
        row["providerId"] = .text(link.profile.id)
        _ = try vouching.insert(row, RecordWriter.Submission(RecordBody([:])))
    }
}
