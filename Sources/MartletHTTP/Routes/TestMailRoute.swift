import MartletCore
import MartletIdentity
import MartletMail
import MartletRecords
import MartletSchema
import MartletServer
import NIOHTTP1
import OrderedCollections

/// `POST /api/settings/test/email` (`mail.md`, Test endpoint): one mail at once, so that settings can be tried out.
struct TestMailRoute: Sendable {
    let layouts: CurrentLayouts
    let tokens: TokenAuthority
    let mailer: AccountMailer

    private static let failure = "Failed to send the test email."

    func register(in router: inout Router<Endpoint>) {
        router.add(.POST, "/api/settings/test/email", Endpoint.asynchronous(.superuser, send))
    }

    private func send(_ call: Call) async throws -> Response {
        let form = try call.form("email", "template", "collection")
        let (address, kind) = (form["email"] ?? "", form["template"] ?? "")
        let name = form["collection"].flatMap { $0.isEmpty ? nil : $0 } ?? "_superusers"
        var errors = FieldErrors.none
        errors.checkEmail(address, at: "email")
        if kind.isEmpty {
            errors.add(.required, at: "template")
        } else if TestMail(rawValue: kind) == nil {
            errors.add(.invalidValue, at: "template")
        }
        let layout = layouts.value.layout(name)
        if layout?.isAuth != true {
            let message = "Must be a valid auth collection id or name."
            errors.add(FieldError("validation_invalid_auth_collection", message), at: "collection")
        }
        guard errors.isEmpty, let layout, let template = TestMail(rawValue: kind) else {
            throw Problem.badRequest(Self.failure, data: errors)
        }
        guard let mail = template.message(layout, to: address, tokens, mailer) else { throw Problem.badRequest() }
        do {
            try await mailer.queue.send(mail)
        } catch {
            throw Problem.badRequest("\(Self.failure) Raw error: \n\(error).", cause: "\(error)")
        }
        return .noContent
    }
}

/// The mails that can be tried out, about a record that there is not.
private enum TestMail: String {
    case verification
    case passwordReset = "password-reset"
    case emailChange = "email-change"
    case otp
    case loginAlert = "login-alert"

    func message(
        _ layout: RecordLayout,
        to address: String,
        _ tokens: TokenAuthority,
        _ mailer: AccountMailer
    ) -> MailMessage? {
        guard let options = layout.collection.auth else { return nil }
        var record = Record(layout)
        for field in layout.fields {
            record[field.name] = field.kind.value(.string("__pb_test_\(field.name)__"))
        }
        let email: JSONObject = ["email": .string(address)]
        let (template, values): (MailTemplate, [String: String]) =
            switch self {
            case .verification:
                (options.verificationTemplate, ["{TOKEN}": tokens.issue(.verification, for: record, claims: email)])
            case .passwordReset:
                (options.resetPasswordTemplate, ["{TOKEN}": tokens.issue(.passwordReset, for: record, claims: email)])
            case .emailChange:
                (
                    options.confirmEmailChangeTemplate,
                    ["{TOKEN}": tokens.issue(.emailChange, for: record, claims: email)]
                )
            case .otp: (options.otp.template, ["{OTP}": "123456", "{OTP_ID}": "_PB_TEST_OTP_ID_"])
            case .loginAlert:
                (options.authAlert.template, ["{ALERT_INFO}": "\(Timestamp.now) - TEST_IP TEST_USER_AGENT"])
            }
        return mailer.message(template, about: record, to: address, values)
    }
}
