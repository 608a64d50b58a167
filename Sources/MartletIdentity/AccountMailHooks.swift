package import MartletCore
package import MartletMail
package import MartletRecords

/// A mail to an account, before it goes out.
package final class AccountMailEvent {
    package var message: MailMessage
    package let record: Record
    /// What the mail is made of: a token, a code, an address.
    package let meta: JSONObject

    init(_ message: MailMessage, _ record: Record, _ meta: JSONObject) {
        self.message = message
        self.record = record
        self.meta = meta
    }
}

/// Those who take part in what accounts are sent (`js-hooks.md`, 7.2).
package final class AccountMailHooks: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case authAlert = "onMailerRecordAuthAlertSend"
        case passwordReset = "onMailerRecordPasswordResetSend"
        case verification = "onMailerRecordVerificationSend"
        case emailChange = "onMailerRecordEmailChangeSend"
        case otp = "onMailerRecordOTPSend"
    }

    private let hooks: [Kind: Hook<AccountMailEvent>]

    init() {
        hooks = Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0, Hook()) })
    }

    package subscript(kind: Kind) -> Hook<AccountMailEvent> { hooks[kind] ?? Hook() }
}
