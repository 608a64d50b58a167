package import MartletCore
import MartletMail
package import MartletRecords
package import MartletSchema
import MartletVault
import OrderedCollections

/// One of the mails that accounts get, with what it tells (`mail.md`).
package struct AccountMail: Sendable {
    /// With the name of its hook (`js-hooks.md`, 7.2).
    package enum Kind: String, CaseIterable, Sendable {
        case authAlert = "onMailerRecordAuthAlertSend"
        case passwordReset = "onMailerRecordPasswordResetSend"
        case verification = "onMailerRecordVerificationSend"
        case emailChange = "onMailerRecordEmailChangeSend"
        case otp = "onMailerRecordOTPSend"
    }

    package let kind: Kind
    /// By placeholder of the template, such as `{TOKEN}`; put in as they are.
    package let values: [String: String]
    /// What those who take part are told beside the mail.
    package let meta: JSONObject

    private init(_ kind: Kind, _ values: [String: String], _ meta: JSONObject) {
        self.kind = kind
        self.values = values
        self.meta = meta
    }

    package static func verification(of record: Record, to email: String, _ tokens: TokenAuthority) -> AccountMail {
        AccountMail(.verification, token: tokens.issue(.verification, for: record, claims: ["email": .string(email)]))
    }

    package static func passwordReset(of record: Record, to email: String, _ tokens: TokenAuthority) -> AccountMail {
        AccountMail(.passwordReset, token: tokens.issue(.passwordReset, for: record, claims: ["email": .string(email)]))
    }

    package static func emailChange(of record: Record, to email: String, _ tokens: TokenAuthority) -> AccountMail {
        let claims: JSONObject = ["email": .string(record.text("email")), "newEmail": .string(email)]
        let token = tokens.issue(.emailChange, for: record, claims: claims)
        return AccountMail(.emailChange, token: token, ["newEmail": .string(email)])
    }

    package static func otp(id: String, password: String) -> AccountMail {
        let meta: JSONObject = ["otpId": .string(id), "password": .string(password)]
        return AccountMail(.otp, ["{OTP}": password, "{OTP_ID}": id], meta)
    }

    /// - Parameter info: Where the sign-in came from, as people read it.
    package static func authAlert(_ info: String) -> AccountMail {
        AccountMail(.authAlert, ["{ALERT_INFO}": AccountMailer.escaped(info)], ["info": .string(info)])
    }

    private init(_ kind: Kind, token: String, _ meta: JSONObject = [:]) {
        let told: JSONObject = ["token": .string(token)]
        self.init(kind, ["{TOKEN}": token], told.merging(meta) { $1 })
    }
}

extension AuthOptions {
    /// What a mail is made of.
    package func template(_ kind: AccountMail.Kind) -> MailTemplate {
        switch kind {
        case .authAlert: authAlert.template
        case .passwordReset: resetPasswordTemplate
        case .verification: verificationTemplate
        case .emailChange: confirmEmailChangeTemplate
        case .otp: otp.template
        }
    }
}
