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

/// Those who take part in what accounts are sent.
package typealias AccountMailHooks = HookFamily<AccountMail.Kind, AccountMailEvent>
