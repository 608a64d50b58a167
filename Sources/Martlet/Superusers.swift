import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletSettings
import MartletStorage
import MartletVault
import OrderedCollections

/// The accounts that may do everything, as the command line manages them (`settings-logs-misc.md`, Command line).
public struct Superusers: Sendable {
    private let application: Application

    /// Why an account was not changed, for a person.
    public struct Failure: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// The superusers of an application.
    public init(_ application: Application) {
        self.application = application
    }

    /// Whether anybody can sign in as a superuser.
    public var isEmpty: Bool {
        get async throws {
            let sql = "SELECT 1 FROM `_superusers` WHERE `email` != ? LIMIT 1"
            return try await application.storage.read {
                try !$0.exists(sql, [.text(SystemCollections.installerAddress)])
            }
        }
    }

    /// Where mail reaches them.
    func addresses() async throws -> [String] {
        let sql = "SELECT `email` FROM `_superusers` WHERE `email` != ?"
        return try await application.storage.read {
            try $0.all(sql, [.text(SystemCollections.installerAddress)]) { $0.text(0) }
        }
    }

    /// A token with which the first superuser can be made within half an hour; nil when there is one. It is that of an
    /// account which stands in until then (`auth.md`, First superuser).
    public func installerToken() async throws -> String? {
        guard try await isEmpty else { return nil }
        let layouts = layouts
        guard let layout = layouts.layout("_superusers") else { return nil }
        let address = SystemCollections.installerAddress
        let password = JSONValue.string(RandomText.make(30))
        let body: JSONObject = ["email": .string(address), "password": password, "passwordConfirm": password]
        let prepared = try await RecordWriter.Submission(RecordBody(body), for: layout.collection, application.hasher)
        let record = try await application.storage.write(.exclusive) { session in
            if let known = try find(address, layout, session) { return known }
            return try writer(session, layouts).create(prepared, in: layout)
        }
        return TokenAuthority().issue(.auth, for: record, duration: 1800, isRefreshable: false)
    }

    /// Makes an account.
    public func create(email: String, password: String) async throws {
        try await save(email: email, password: password, mayCreate: true, mayUpdate: false) {
            Failure(description: "failed to create new superuser account: \($0)")
        }
    }

    /// Sets the password of an account that is there.
    public func update(email: String, password: String) async throws {
        try await save(email: email, password: password, mayCreate: false, mayUpdate: true) {
            Failure(description: "failed to change superuser \"\(email)\" password: \($0)")
        }
    }

    /// Makes an account, or sets its password.
    public func upsert(email: String, password: String) async throws {
        try await save(email: email, password: password, mayCreate: true, mayUpdate: true) {
            Failure(description: "failed to upsert superuser account: \($0)")
        }
    }

    /// Removes an account.
    /// - Returns: Whether there was one.
    public func delete(email: String) async throws -> Bool {
        let layouts = layouts
        return try await application.storage.write(.exclusive) { session in
            let writer = writer(session, layouts)
            guard let layout = layouts.layout("_superusers"), let record = try find(email, layout, session) else {
                return false
            }
            do {
                try writer.remove(record)
            } catch RecordError.lastSuperuser {
                throw Failure(description: "you can't delete the only existing superuser")
            }
            return true
        }
    }

    /// A one-time password for an account.
    public struct OneTimePassword: Sendable {
        /// What to enter beside the password.
        public let id: String
        /// Digits.
        public let password: String
        /// In seconds.
        public let duration: Int
    }

    /// Makes a one-time password.
    public func oneTimePassword(email: String) async throws -> OneTimePassword {
        let layouts = layouts
        guard let layout = layouts.layout("_superusers"), let options = layout.collection.auth?.otp, options.isEnabled
        else {
            throw Failure(description: "OTP auth is not enabled for the _superusers collection")
        }
        let password = RandomText.make(max(options.length, 4), of: Array("0123456789".utf8))
        guard let hash = try await application.hasher.hash(password, OneTimePasswords.scheme) else {
            throw Failure(description: "the password cannot be hashed")
        }
        return try await application.storage.write(.exclusive) { session in
            guard let record = try find(email, layout, session), let table = layouts.layout("_otps") else {
                throw Failure(description: "superuser with email \"\(email)\" doesn't exist")
            }
            var row = Record(table, about: record)
            row["password"] = .text(password)
            var submission = RecordWriter.Submission(RecordBody(["password": .string(password)]))
            submission.passwordHashes["password"] = hash
            let id = try writer(session, layouts).insert(row, submission).id
            return OneTimePassword(id: id, password: password, duration: options.duration)
        }
    }

    /// Sets the addresses from which superusers are accepted; none lets all in.
    public func setAddresses(_ addresses: [String]) async throws {
        _ = try await application.storage.write(.exclusive) { session in
            try application.settings.change(session) { settings in
                settings.superuserIPs = addresses
                if let errors = SettingsValidator(settings).validate()["superuserIPs"] {
                    let reasons = errors.lines.joined(separator: "; ")
                    throw Failure(description: "failed to update SuperuserIPs setting: \(reasons)")
                }
            }
        }
        ChangeNotices(application).post("settings")
    }

    // MARK: - Saving

    private var layouts: RecordLayouts {
        RecordLayouts(application.catalog.value, dialect: application.storage.dialect)
    }

    private func writer(_ session: any WriteSession, _ layouts: RecordLayouts) -> RecordWriter {
        RecordWriter(session, layouts: layouts, request: .superuser)
    }

    private func find(_ email: String, _ layout: RecordLayout, _ session: any ReadSession) throws -> Record? {
        try layout.record(where: "email", is: email, in: session)
    }

    private func save(
        email: String,
        password: String,
        mayCreate: Bool,
        mayUpdate: Bool,
        failure: @escaping @Sendable (String) -> Failure
    ) async throws {
        guard TextFormat.isEmail(email) else { throw Failure(description: "missing or invalid email address") }
        let layouts = layouts
        guard let layout = layouts.layout("_superusers") else { throw Failure(description: "no superusers collection") }
        let body: JSONObject = [
            "email": .string(email), "password": .string(password), "passwordConfirm": .string(password),
        ]
        let prepared = try await RecordWriter.Submission(
            RecordBody(body),
            for: layout.collection,
            application.hasher
        )
        try await application.storage.write(.exclusive) { session in
            let writer = writer(session, layouts)
            do {
                if mayUpdate, let record = try find(email, layout, session) {
                    _ = try writer.update(id: record.id, prepared, in: layout)
                } else if mayCreate {
                    _ = try writer.create(prepared, in: layout)
                } else {
                    throw Failure(description: "superuser with email \"\(email)\" doesn't exist")
                }
            } catch RecordError.invalid(let errors) {
                throw failure(errors.lines.joined(separator: "; "))
            }
        }
    }
}
