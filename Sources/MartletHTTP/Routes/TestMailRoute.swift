import MartletCore
package import MartletIdentity
import MartletMail
package import MartletRecords
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
        do {
            try await MailTrial(layouts: layouts.value, tokens: tokens, mailer: mailer).run(form)
        } catch let errors as FieldErrors {
            throw Problem.badRequest(Self.failure, data: errors)
        } catch let failure as MailTrial.Failure {
            throw Problem.badRequest("\(Self.failure) Raw error: \n\(failure.description).", cause: failure.description)
        }
        return .noContent
    }
}

/// Sends one of the mails of accounts at once, filled in with examples.
package struct MailTrial: Sendable {
    /// Why it was not taken.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let layouts: RecordLayouts
    private let tokens: TokenAuthority
    private let mailer: AccountMailer

    package init(layouts: RecordLayouts, tokens: TokenAuthority, mailer: AccountMailer) {
        self.layouts = layouts
        self.tokens = tokens
        self.mailer = mailer
    }

    /// - Parameter form: `email`, `template`, and `collection` (empty: the superusers).
    /// - Throws: `FieldErrors`, ``Failure``.
    package func run(_ form: [String: String]) async throws {
        let (address, kind) = (form["email"] ?? "", form["template"] ?? "")
        let name = form["collection"].flatMap { $0.isEmpty ? nil : $0 } ?? "_superusers"
        var errors = FieldErrors.none
        errors.checkEmail(address, at: "email")
        if kind.isEmpty {
            errors.add(.required, at: "template")
        } else if TestMail(rawValue: kind) == nil {
            errors.add(.invalidValue, at: "template")
        }
        let layout = layouts.layout(name)
        if layout?.isAuth != true {
            let message = "Must be a valid auth collection id or name."
            errors.add(FieldError("validation_invalid_auth_collection", message), at: "collection")
        }
        guard errors.isEmpty, let layout, let template = TestMail(rawValue: kind),
            let mail = template.message(layout, to: address, tokens, mailer)
        else { throw errors }
        do {
            try await mailer.queue.send(mail)
        } catch {
            throw Failure(description: "\(error)")
        }
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
        let mail: AccountMail =
            switch self {
            case .verification: .verification(of: record, to: address, tokens)
            case .passwordReset: .passwordReset(of: record, to: address, tokens)
            case .emailChange: .emailChange(of: record, to: address, tokens)
            case .otp: .otp(id: "_PB_TEST_OTP_ID_", password: "123456")
            case .loginAlert: .authAlert("\(Timestamp.now) - TEST_IP TEST_USER_AGENT")
            }
        return mailer.message(mail, options, about: record, to: address)
    }
}
