package import MartletCore
import MartletMail
import MartletQuery
package import MartletRecords
package import MartletSchema
package import MartletStorage
package import MartletVault
import OrderedCollections

/// What accounts do by mail: verify an address, reset a password, change the address (`auth.md`, 12 to 14). Requests
/// answer alike whether there is such an account or not, and before any mail server is asked.
package struct AccountFlows: Sendable {
    private let storage: any Storage
    private let layouts: CurrentLayouts
    private let tokens: TokenAuthority
    private let hasher: PasswordHasher
    private let mailer: AccountMailer
    private let observers: RecordObservers
    private let verificationMails = MailThrottle()
    private let resetMails = MailThrottle()

    package init(
        storage: any Storage,
        layouts: CurrentLayouts,
        tokens: TokenAuthority,
        hasher: PasswordHasher,
        mailer: AccountMailer,
        observers: RecordObservers
    ) {
        self.storage = storage
        self.layouts = layouts
        self.tokens = tokens
        self.hasher = hasher
        self.mailer = mailer
        self.observers = observers
    }

    // MARK: - Verification

    package func requestVerification(email: String, in layout: RecordLayout) async throws {
        guard let record = try await find(email: email, layout), !record.bool("verified"),
            !verificationMails.holds(record.id)
        else { return }
        // At once, so that a flood of requests makes one mail.
        verificationMails.mark(record.id)
        let mail = AccountMail.verification(of: record, to: email, tokens)
        mailer.submit(mail, about: record, to: email) { [verificationMails] _ in
            verificationMails.mark(record.id)
        }
    }

    /// - Throws: ``FieldErrors``.
    package func confirmVerification(token: String, in layout: RecordLayout) async throws {
        let (claims, record) = try await redeem(token, .verification, layout)
        guard record.text("email") == claims.email else { throw Self.error(.emailMismatch) }
        verificationMails.clear(record.id)
        if record.bool("verified") { return }
        var changes: JSONObject = ["verified": true]
        if layout.collection.auth?.passwordAuth.isEnabled == false { changes.setPassword(RandomText.make(30)) }
        try await change(record.id, changes, layout)
    }

    // MARK: - Password reset

    package func requestPasswordReset(email: String, in layout: RecordLayout) async throws {
        guard email != SystemCollections.installerAddress, let record = try await find(email: email, layout),
            !resetMails.holds(record.id)
        else { return }
        resetMails.mark(record.id)
        let mail = AccountMail.passwordReset(of: record, to: email, tokens)
        mailer.submit(mail, about: record, to: email) { [resetMails] isSent in
            if !isSent { resetMails.clear(record.id) }
        }
    }

    /// The record whose password a token may reset.
    /// - Throws: ``FieldErrors``.
    package func checkReset(token: String, in layout: RecordLayout) async throws {
        _ = try await redeem(token, .passwordReset, layout)
    }

    /// - Throws: ``FieldErrors``, ``RecordError``.
    package func confirmPasswordReset(token: String, password: String, in layout: RecordLayout) async throws {
        let (claims, record) = try await redeem(token, .passwordReset, layout)
        var changes: JSONObject = [:]
        changes.setPassword(password)
        if record.text("email") == claims.email { changes["verified"] = true }
        // Whoever has to begin anew may not be the only one with keys.
        try await change(record.id, changes, removing: ["_passkeys"], layout)
        resetMails.clear(record.id)
    }

    // MARK: - Email change

    /// - Throws: ``FieldErrors``.
    package func requestEmailChange(to email: String, of record: Record) async throws {
        if email == record.text("email") { throw FieldErrors("newEmail", .notInInvalid) }
        if try await find(email: email, record.layout) != nil {
            throw FieldErrors("newEmail", FieldError("validation_invalid_new_email", "Invalid new email address."))
        }
        mailer.submit(.emailChange(of: record, to: email, tokens), about: record, to: email)
    }

    /// - Parameter passwordError: What is wrong with the password's form; told beside what is wrong with the token.
    /// - Throws: ``FieldErrors``, ``RecordError``.
    package func confirmEmailChange(
        token: String,
        password: String,
        passwordError: FieldError?,
        in layout: RecordLayout
    ) async throws {
        var errors = FieldErrors.none
        var redeemed: (claims: JSONObject, record: Record)?
        do {
            redeemed = try await redeemEmailChange(token, layout)
        } catch let found as FieldErrors {
            errors = found
        }
        if let passwordError {
            errors.add(passwordError, at: "password")
        } else if try await !hasher.matches(password, redeemed?.record.text("password") ?? "") {
            let message = "Missing or invalid auth record password."
            errors.add(FieldError("validation_invalid_password", message), at: "password")
        }
        guard let (claims, record) = redeemed, errors.isEmpty else { throw errors }
        try await change(record.id, ["email": .string(claims.newEmail), "verified": true], layout)
    }

    private func redeemEmailChange(
        _ token: String,
        _ layout: RecordLayout
    ) async throws -> (claims: JSONObject, record: Record) {
        guard !token.isEmpty else { throw FieldErrors("token", .required) }
        guard let claims = WebToken(token)?.claims, !claims.email.isEmpty, !claims.newEmail.isEmpty else {
            throw Self.error(.missingNewEmail)
        }
        let found = try await redeem(token, .emailChange, layout)
        if try await find(email: claims.newEmail, layout) != nil { throw Self.error(.newEmailTaken) }
        return found
    }

    // MARK: - Tokens

    private enum TokenError { case invalid, otherCollection, noEmail, emailMismatch, missingNewEmail, newEmailTaken }

    private static func error(_ error: TokenError) -> FieldErrors {
        let (code, message) =
            switch error {
            case .invalid: ("validation_invalid_token", "Invalid or expired token.")
            case .otherCollection:
                ("validation_token_collection_mismatch", "The provided token is for different auth collection.")
            case .noEmail: ("validation_invalid_token_claims", "Missing email token claim.")
            case .emailMismatch:
                (
                    "validation_token_email_mismatch",
                    "The record email doesn't match with the requested token claims."
                )
            case .missingNewEmail:
                ("validation_invalid_token_payload", "Invalid token payload - newEmail must be set.")
            case .newEmailTaken: ("validation_invalid_token_email", "The new email address is invalid.")
            }
        return FieldErrors("token", FieldError(code, message))
    }

    private func redeem(
        _ token: String,
        _ kind: TokenKind,
        _ layout: RecordLayout
    ) async throws -> (claims: JSONObject, record: Record) {
        let claims = WebToken(token)?.claims ?? [:]
        if kind == .verification, claims.email.isEmpty { throw Self.error(.noEmail) }
        let (tokens, all) = (tokens, layouts.value)
        let found = try await storage.read { try tokens.verify(token, kind, layouts: all, session: $0) }
        guard let record = found?.record else { throw Self.error(.invalid) }
        guard record.collection.id == layout.collection.id else { throw Self.error(.otherCollection) }
        return (claims, record)
    }

    // MARK: - Records

    /// Whose account a request is about: by its address, or by a token; nil where that is nobody's.
    package func subject(
        email: String?,
        token: (text: String, kind: TokenKind)?,
        in layout: RecordLayout
    ) async throws -> Record? {
        if let email { return try await find(email: email, layout) }
        guard let token else { return nil }
        let (tokens, all) = (tokens, layouts.value)
        return try await storage.read { try tokens.verify(token.text, token.kind, layouts: all, session: $0)?.record }
    }

    private func find(email: String, _ layout: RecordLayout) async throws -> Record? {
        try await storage.read { try layout.record(where: "email", is: email, in: $0) }
    }

    private func change(
        _ id: String,
        _ body: JSONObject,
        removing helpers: [String] = [],
        _ layout: RecordLayout
    ) async throws {
        let prepared = try await RecordWriter.Submission(RecordBody(body), for: layout.collection, hasher)
        let (layouts, observers) = (layouts.value, observers)
        _ = try await observers.write(to: storage, of: [layout], isAtomic: false) { session in
            let writer = RecordWriter(session, layouts: layouts, request: .superuser, observers: observers)
            let record = try writer.update(id: id, prepared, in: layout)
            try writer.deleteHelpers(helpers, of: record)
        }
    }
}

extension JSONObject {
    fileprivate var email: String { self["email"]?.string ?? "" }
    fileprivate var newEmail: String { self["newEmail"]?.string ?? "" }

    fileprivate mutating func setPassword(_ password: String) {
        self["password"] = .string(password)
        self["passwordConfirm"] = .string(password)
    }
}
