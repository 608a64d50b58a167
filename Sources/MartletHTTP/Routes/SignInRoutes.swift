import MartletCore
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import NIOHTTP1
import OrderedCollections

/// Signing in with a password or a one-time password, with a second factor where one is asked for (`auth.md`, 5 to 7).
struct SignInRoutes: Sendable {
    let layouts: CurrentLayouts
    let passwords: PasswordSignIn
    let codes: OneTimePasswords
    let completion: SignInCompletion
    let attempts: AttemptGuard
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}"
        let password = Endpoint.asynchronous(tags: ["authWithPassword", "auth"], withPassword).projected
        router.add(.POST, base + "/auth-with-password", attempts.around(password, identity: "identity"))
        let request = Endpoint.asynchronous(tags: ["requestOTP"], requestCode).projected
        router.add(.POST, base + "/request-otp", attempts.around(request, isMail: true))
        let code = Endpoint.asynchronous(tags: ["authWithOTP", "auth"], withCode).projected
        router.add(.POST, base + "/auth-with-otp", attempts.around(code, identity: "otpId"))
    }

    // MARK: - Password

    private func withPassword(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        guard let options = layout.collection.auth?.passwordAuth, options.isEnabled else {
            throw Problem(403, "The collection is not configured to allow password authentication.")
        }
        let form = try call.form("identity", "password", "identityField", "mfaId")
        let (identity, password) = (form["identity"] ?? "", form["password"] ?? "")
        var errors = FieldErrors.none
        for (name, text) in [("identity", identity), ("password", password)] {
            if text.isEmpty {
                errors.add(.required, at: name)
            } else if text.utf8.count > 255 {
                errors.add(.lengthOutOfRange(1, 255), at: name)
            }
        }
        if let field = form["identityField"], !field.isEmpty, !options.identityFields.contains(field) {
            errors.add(.invalidValue, at: "identityField")
        }
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        let found = try await passwords.record(
            identity: identity,
            password: password,
            field: form["identityField"],
            in: layout
        )
        let values: JSONObject = [
            "identity": .string(identity), "identityField": .string(form["identityField"] ?? ""),
            "password": .string(password),
        ]
        let subject = RequestSubject(record: found, values: values)
        return try await hooks.around(.authWithPassword, call, layout, subject) { subject in
            guard let record = subject.record else { throw Problem.badRequest("Failed to authenticate.") }
            return try await completion.finish(record, by: .password, form["mfaId"] ?? "", call, layouts)
        }
    }

    // MARK: - One-time password

    private func checkCodes(_ layout: RecordLayout) throws {
        if layout.collection.auth?.otp.isEnabled != true {
            throw Problem(403, "The collection is not configured to allow OTP authentication.")
        }
    }

    private func requestCode(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        try checkCodes(layout)
        let email = try call.form("email")["email"] ?? ""
        var errors = FieldErrors.none
        errors.checkEmail(email, at: "email")
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        let found = try await codes.owner(of: email, in: layout, where: hooks.concern(.requestOTP, layout))
        return try await hooks.around(.requestOTP, call, layout, RequestSubject(record: found)) { _ in
            .json(["otpId": .string(try await codes.request(email: email, in: layout, layouts))])
        }
    }

    private func withCode(_ call: Call) async throws -> Response {
        let layouts = layouts.value
        let layout = try call.authLayout(layouts)
        try checkCodes(layout)
        let form = try call.form("otpId", "password", "mfaId")
        let (id, password) = (form["otpId"] ?? "", form["password"] ?? "")
        var errors = FieldErrors.none
        errors.check(id, at: "otpId", upTo: 255)
        errors.check(password, at: "password", upTo: 71)
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        let record: Record
        do {
            record = try await codes.record(id: id, password: password, from: call.address, in: layout, layouts)
        } catch OneTimePasswords.Refusal.tooManyAttempts {
            throw Problem(429, "Too many attempts, please try again later with a new OTP.")
        } catch OneTimePasswords.Refusal.invalid {
            throw Problem.badRequest("Invalid or expired OTP.")
        }
        return try await hooks.around(.authWithOTP, call, layout, RequestSubject(record: record)) { subject in
            try await completion.finish(subject.record ?? record, by: .otp, form["mfaId"] ?? "", call, layouts)
        }
    }
}
