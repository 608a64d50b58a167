import MartletCore
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import MartletVault
import NIOHTTP1
import OrderedCollections

/// Verification, password reset and change of address (`auth.md`, 12 to 14).
struct AccountRoutes: Sendable {
    let layouts: CurrentLayouts
    let flows: AccountFlows
    let attempts: AttemptGuard
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}"
        func add(
            _ path: String,
            _ tag: String,
            _ handle: @escaping @Sendable (Call) async throws -> Response,
            for access: Endpoint.Access = .anyone
        ) {
            let isMail = path.hasPrefix("/request-")
            let endpoint = Endpoint.asynchronous(access, tags: [tag], handle)
            router.add(.POST, base + path, attempts.around(endpoint, isMail: isMail))
        }
        add("/request-verification", "requestVerification", requestVerification)
        add("/confirm-verification", "confirmVerification", confirmVerification)
        add("/request-password-reset", "requestPasswordReset", requestPasswordReset)
        add("/confirm-password-reset", "confirmPasswordReset", confirmPasswordReset)
        add("/request-email-change", "requestEmailChange", requestEmailChange, for: .sameCollection)
        add("/confirm-email-change", "confirmEmailChange", confirmEmailChange)
    }

    /// Runs a step of a flow, with handlers around it that are told whose account it is about.
    private func around(
        _ name: RequestHooks.Name,
        _ call: Call,
        _ layout: RecordLayout,
        email: String? = nil,
        token: (text: String, kind: TokenKind)? = nil,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws -> Response {
        guard hooks.concern(name, layout) else { return try await step(body) }
        let record = try await flows.subject(email: email, token: token, in: layout)
        // Nobody is told of an account that there is not.
        guard let record else { return try await step(body) }
        var values: JSONObject = [:]
        if let token, token.kind == .emailChange, let claims = WebToken(token.text)?.claims {
            values["newEmail"] = claims["newEmail"] ?? .null
        }
        return try await hooks.around(name, call, layout, RequestSubject(record: record, values: values)) { _ in
            try await step(body)
        }
    }

    /// Runs a step of a flow; what it finds wrong in the form is the form's problem.
    private func step(_ body: () async throws -> Void) async throws -> Response {
        do {
            try await body()
            return .noContent
        } catch let errors as FieldErrors {
            throw Problem.invalidForm(errors)
        }
    }

    private func email(_ call: Call, _ name: String = "email") throws -> String {
        let email = try call.form(name)[name] ?? ""
        var errors = FieldErrors.none
        errors.checkEmail(email, at: name)
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        return email
    }

    // MARK: - Verification

    private func unverified(_ call: Call) throws -> RecordLayout {
        let layout = try call.authLayout(layouts.value)
        if layout.collection.isSuperusers { throw Problem.badRequest("All superusers are verified by default.") }
        return layout
    }

    private func requestVerification(_ call: Call) async throws -> Response {
        let layout = try unverified(call)
        let email = try email(call)
        return try await around(.requestVerification, call, layout, email: email) {
            try await flows.requestVerification(email: email, in: layout)
        }
    }

    private func confirmVerification(_ call: Call) async throws -> Response {
        let layout = try unverified(call)
        let token = try call.form("token")["token"] ?? ""
        if token.isEmpty { throw Problem.invalidForm(FieldErrors("token", .required)) }
        return try await around(.confirmVerification, call, layout, token: (token, .verification)) {
            try await flows.confirmVerification(token: token, in: layout)
        }
    }

    // MARK: - Password reset

    private func requestPasswordReset(_ call: Call) async throws -> Response {
        let layout = try call.authLayout(layouts.value)
        if layout.collection.auth?.passwordAuth.isEnabled != true {
            throw Problem.badRequest("The collection is not configured to allow password authentication.")
        }
        let email = try email(call)
        return try await around(.requestPasswordReset, call, layout, email: email) {
            try await flows.requestPasswordReset(email: email, in: layout)
        }
    }

    private func confirmPasswordReset(_ call: Call) async throws -> Response {
        let layout = try call.authLayout(layouts.value)
        let form = try call.form("token", "password", "passwordConfirm")
        let (token, password) = (form["token"] ?? "", form["password"] ?? "")
        let confirmation = form["passwordConfirm"] ?? ""
        var errors = FieldErrors.none
        if token.isEmpty {
            errors.add(.required, at: "token")
        } else {
            do {
                try await flows.checkReset(token: token, in: layout)
            } catch let found as FieldErrors {
                errors = found
            }
        }
        errors.check(password, at: "password", upTo: 255, atLeast: max(layout.passwordMinimum, 1))
        if confirmation.isEmpty {
            errors.add(.required, at: "passwordConfirm")
        } else if confirmation != password {
            errors.add(.valuesMismatch, at: "passwordConfirm")
        }
        if !errors.isEmpty { throw Problem.invalidForm(errors) }
        do {
            return try await around(.confirmPasswordReset, call, layout, token: (token, .passwordReset)) {
                try await flows.confirmPasswordReset(token: token, password: password, in: layout)
            }
        } catch RecordError.invalid(let errors) {
            throw Problem.badRequest("Failed to set new password.", data: errors)
        }
    }

    // MARK: - Email change

    private func changeable(_ call: Call) throws -> RecordLayout {
        let layout = try call.authLayout(layouts.value)
        if layout.collection.isSuperusers {
            throw Problem.badRequest("All superusers can change their emails directly.")
        }
        return layout
    }

    private func requestEmailChange(_ call: Call) async throws -> Response {
        _ = try changeable(call)
        guard let signedIn = call.signedIn else { throw Problem.unauthenticated }
        let email = try email(call, "newEmail")
        let subject = RequestSubject(record: signedIn.record, values: ["newEmail": .string(email)])
        return try await hooks.around(.requestEmailChange, call, signedIn.record.layout, subject) { subject in
            let address = subject.text("newEmail")
            return try await step { try await flows.requestEmailChange(to: address, of: signedIn.record) }
        }
    }

    private func confirmEmailChange(_ call: Call) async throws -> Response {
        let layout = try changeable(call)
        let form = try call.form("token", "password")
        let (token, password) = (form["token"] ?? "", form["password"] ?? "")
        let length = password.unicodeScalars.count
        let passwordError: FieldError? =
            length == 0 ? .required : length > 100 ? .lengthOutOfRange(1, 100) : nil
        do {
            return try await around(.confirmEmailChange, call, layout, token: (token, .emailChange)) {
                try await flows.confirmEmailChange(
                    token: token,
                    password: password,
                    passwordError: passwordError,
                    in: layout
                )
            }
        } catch RecordError.invalid(let errors) {
            throw Problem.badRequest("Failed to confirm email change.", data: errors)
        }
    }
}

extension RecordLayout {
    fileprivate var passwordMinimum: Int {
        for field in fields where field.name == "password" {
            if case .password(let options) = field.kind { return options.minimum }
        }
        return 0
    }
}
