import MartletCore
package import MartletRecords
import MartletSchema
package import MartletStorage
import MartletVault

/// Authenticator apps: set one up, use its codes as a second factor, or a recovery code when it is lost (RFC 6238).
package struct Authenticators: Sendable {
    package enum Refusal: Error, Equatable {
        /// One is set up already, or none is.
        case wrongState
        case invalidCode
        case tooManyAttempts(wait: Int)
    }

    /// What an app needs.
    package struct Setup: Sendable {
        /// In base32.
        package let secret: String
        /// For a QR code.
        package let uri: String
    }

    package struct Status: Sendable {
        package let isEnabled: Bool
        package let recoveryCodes: Int
    }

    private static let recoveryCodeCount = 10
    private static let attemptLimit = 10

    private let storage: any Storage
    private let observers: RecordObservers
    private let attempts = AttemptWindows(seconds: 300)

    package init(storage: any Storage, observers: RecordObservers) {
        self.storage = storage
        self.observers = observers
    }

    private func rows(_ layouts: RecordLayouts) throws(Refusal) -> OwnedRows {
        guard let rows = OwnedRows("_totps", layouts, observers: observers) else { throw .wrongState }
        return rows
    }

    private func row(of owner: Record, _ layouts: RecordLayouts) async throws -> Record? {
        let rows = try rows(layouts)
        return try await storage.read { try rows.all(of: owner, $0).first }
    }

    package func status(of owner: Record, _ layouts: RecordLayouts) async throws -> Status {
        let row = try await row(of: owner, layouts)
        guard let row, row.bool("confirmed") else { return Status(isEnabled: false, recoveryCodes: 0) }
        return Status(isEnabled: true, recoveryCodes: row.recoveryHashes.count)
    }

    // MARK: - Setting up

    /// A secret for an app, in force once ``confirm(_:for:_:)`` has seen a code of it.
    /// - Parameter issuer: Whom the app shows the code for.
    /// - Throws: ``Refusal``.
    package func begin(for owner: Record, issuer: String, _ layouts: RecordLayouts) async throws -> Setup {
        let rows = try rows(layouts)
        let secret = Base32.encode(TOTP.makeSecret())
        try await storage.write { session in
            if let old = try rows.all(of: owner, session).first {
                if old.bool("confirmed") { throw Refusal.wrongState }
                _ = try rows.delete(old.id, of: owner, session)
            }
            _ = try rows.insert(for: owner, ["secret": .text(secret)], session)
        }
        let account = owner.text("email").isEmpty ? owner.id : owner.text("email")
        return Setup(secret: secret, uri: Self.uri(secret, account: account, issuer: issuer))
    }

    /// The form that apps read (Google's Key URI Format).
    private static func uri(_ secret: String, account: String, issuer: String) -> String {
        func escaped(_ text: String) -> String { FormEncoding.escaped(text).replacing("+", with: "%20") }
        return "otpauth://totp/\(escaped(issuer)):\(escaped(account))?secret=\(secret)&issuer=\(escaped(issuer))"
            + "&algorithm=SHA1&digits=6&period=30"
    }

    /// Puts an app in force.
    /// - Returns: The recovery codes, which are shown this once.
    /// - Throws: ``Refusal``.
    package func confirm(_ code: String, for owner: Record, _ layouts: RecordLayouts) async throws -> [String] {
        let rows = try rows(layouts)
        guard let row = try await row(of: owner, layouts), !row.bool("confirmed") else { throw Refusal.wrongState }
        let step = try checked(code, row, owner)
        let codes = Self.recoveryCodes()
        try await storage.write { session in
            try use(step, of: row, rows, session)
            try rows.set(["confirmed": .bool(true), "recoveryCodes": .text(Self.json(codes))], of: row.id, session)
        }
        return codes
    }

    /// - Parameter code: Of the app, or a recovery code.
    /// - Throws: ``Refusal``.
    package func remove(_ code: String, of owner: Record, _ layouts: RecordLayouts) async throws {
        let rows = try rows(layouts)
        try await verify(code, of: owner, layouts)
        guard let row = try await row(of: owner, layouts) else { throw Refusal.wrongState }
        _ = try await storage.write { try rows.delete(row.id, of: owner, $0) }
    }

    /// New recovery codes in place of those that are left.
    /// - Throws: ``Refusal``.
    package func renewRecoveryCodes(
        _ code: String,
        of owner: Record,
        _ layouts: RecordLayouts
    ) async throws -> [String] {
        let rows = try rows(layouts)
        try await verify(code, of: owner, layouts)
        guard let row = try await row(of: owner, layouts) else { throw Refusal.wrongState }
        let codes = Self.recoveryCodes()
        _ = try await storage.write { try rows.set(["recoveryCodes": .text(Self.json(codes))], of: row.id, $0) }
        return codes
    }

    // MARK: - Using

    /// Accepts a code of the app, or a recovery code, once.
    /// - Throws: ``Refusal``.
    package func verify(_ code: String, of owner: Record, _ layouts: RecordLayouts) async throws {
        let rows = try rows(layouts)
        guard let row = try await row(of: owner, layouts), row.bool("confirmed") else { throw Refusal.wrongState }
        if code.utf8.count == 6 {
            let step = try checked(code, row, owner)
            try await storage.write { try use(step, of: row, rows, $0) }
            return
        }
        let key = "recovery " + owner.id
        try countAttempt(key)
        let hash = Fingerprint.ofSecret(Self.normalized(code))
        try await storage.write { session in
            // As stored now: of two who come with the same code, one is first.
            let current = try rows.table.record(id: row.id, in: session)
            let left = current?.recoveryHashes ?? []
            guard left.contains(where: { constantTimeEqual($0, hash) }) else { throw Refusal.invalidCode }
            let text = JSONValue.array(left.filter { $0 != hash }.map { .string($0) }).text
            try rows.set(["recoveryCodes": .text(text)], of: row.id, session)
        }
        attempts.clear(key)
    }

    /// The step of a valid code.
    private func checked(_ code: String, _ row: Record, _ owner: Record) throws(Refusal) -> Int64 {
        try countAttempt(owner.id)
        guard let secret = Base32.decode(row.text("secret")),
            let step = TOTP.step(of: code, secret, after: row.lastStep, at: Timestamp.now.seconds)
        else { throw .invalidCode }
        attempts.clear(owner.id)
        return step
    }

    /// Six digits are guessed in no time by whoever may try often. Recovery codes are not, and count apart: they are the
    /// way in for an owner whose app others keep busy.
    private func countAttempt(_ key: String) throws(Refusal) {
        if attempts.add(key) > Self.attemptLimit { throw .tooManyAttempts(wait: attempts.rest(key)) }
    }

    /// Notes that a step is used up; of two who come with the same code, one is first.
    private func use(_ step: Int64, of row: Record, _ rows: OwnedRows, _ session: any WriteSession) throws {
        guard let current = try rows.table.record(id: row.id, in: session), current.lastStep < step else {
            throw Refusal.invalidCode
        }
        try rows.set(["lastStep": .integer(step)], of: row.id, session)
    }

    // MARK: - Recovery codes

    /// 80 random bits each, in groups that can be read out.
    private static func recoveryCodes() -> [String] {
        (0..<recoveryCodeCount).map { _ in
            let text = Array(Base32.encode(Array(TOTP.makeSecret().prefix(10))).lowercased())
            return stride(from: 0, to: text.count, by: 4).map { String(text[$0..<min($0 + 4, text.count)]) }
                .joined(separator: "-")
        }
    }

    private static func normalized(_ code: String) -> String {
        code.asciiLowercased().filter { $0 != "-" && $0 != " " }
    }

    private static func json(_ codes: [String]) -> String {
        JSONValue.array(codes.map { .string(Fingerprint.ofSecret(normalized($0))) }).text
    }
}

extension Record {
    fileprivate var lastStep: Int64 {
        guard let position = layout.position("lastStep"), case .number(let number) = values[position] else { return 0 }
        return Int64(number)
    }

    fileprivate var recoveryHashes: [String] {
        guard let position = layout.position("recoveryCodes"), case .json(let text?) = values[position] else {
            return []
        }
        return ((try? JSONParser.parse(text))?.array ?? []).compactMap(\.string)
    }
}
