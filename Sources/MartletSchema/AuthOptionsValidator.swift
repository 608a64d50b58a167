import MartletCore

/// Checks how an auth collection's records sign in (`collections.md`, Auth options and defaults).
struct AuthOptionsValidator {
    let collection: Collection
    /// The collection as it was, nil when it is new.
    let original: Collection?
    let options: AuthOptions
    let catalog: Catalog
    let ruleCheck: RuleCheck

    func validate(into errors: inout FieldErrors) {
        if let before = original?.auth, original?.isSystem == true {
            let error = FieldError(
                "validation_collection_system_rule_change",
                "System collection API rule cannot be changed."
            )
            if before.authRule != options.authRule { errors.add(error, at: "authRule") }
            if before.manageRule != options.manageRule { errors.add(error, at: "manageRule") }
        }
        if let rule = options.authRule, !rule.isEmpty { check(rule, at: ["authRule"], &errors) }
        if let rule = options.manageRule {
            if rule.isEmpty {
                errors.add(.nilOrNotEmptyRequired, at: "manageRule")
            } else {
                check(rule, at: ["manageRule"], &errors)
            }
        }
        validateTemplates(&errors)
        if options.passwordAuth.isEnabled { validatePassword(&errors) }
        if options.mfa.isEnabled { validateMFA(&errors) }
        if options.otp.isEnabled {
            check(options.otp.duration, 10...86_400, at: ["otp", "duration"], &errors)
            if options.otp.length == 0 {
                errors.add(.required, at: "otp", "length")
            } else if options.otp.length < 4 {
                errors.add(.below(4), at: "otp", "length")
            }
        }
        if options.oauth2.isEnabled { validateProviders(&errors) }
        validatePasskeys(&errors)
        for kind in TokenKind.allCases { validate(options.token(kind), kind, &errors) }
    }

    private func check(_ rule: String, at path: [String], _ errors: inout FieldErrors) {
        guard let reason = ruleCheck(rule, collection, catalog) else { return }
        errors.add(FieldError("validation_invalid_rule", "Invalid rule. Raw error: \(reason)."), at: path)
    }

    private func check(_ value: Int, _ range: ClosedRange<Int>, at path: [String], _ errors: inout FieldErrors) {
        if value == 0 {
            errors.add(.required, at: path)
        } else if value < range.lowerBound {
            errors.add(.below(Double(range.lowerBound)), at: path)
        } else if value > range.upperBound {
            errors.add(.above(Double(range.upperBound)), at: path)
        }
    }

    private func validateTemplates(_ errors: inout FieldErrors) {
        let templates = [
            (["authAlert", "emailTemplate"], options.authAlert.template),
            (["otp", "emailTemplate"], options.otp.template),
            (["verificationTemplate"], options.verificationTemplate),
            (["resetPasswordTemplate"], options.resetPasswordTemplate),
            (["confirmEmailChangeTemplate"], options.confirmEmailChangeTemplate),
        ]
        for (path, template) in templates {
            if template.subject.isEmpty { errors.add(.required, at: path + ["subject"]) }
            if template.body.isEmpty { errors.add(.required, at: path + ["body"]) }
        }
    }

    private func validatePassword(_ errors: inout FieldErrors) {
        if options.passwordAuth.identityFields.isEmpty {
            return errors.add(.required, at: "passwordAuth", "identityFields")
        }
        for name in options.passwordAuth.identityFields {
            let params: [String: JSONValue] = ["fieldName": .string(name)]
            if collection.field(named: name) == nil {
                let error = FieldError("validation_missing_field", "Invalid or missing field \(name).", params: params)
                return errors.add(error, at: "passwordAuth", "identityFields")
            }
            if !collection.hasUniqueIndex(on: name) {
                let message = "The field \(name) doesn't have a UNIQUE constraint."
                let error = FieldError("validation_missing_unique_constraint", message, params: params)
                return errors.add(error, at: "passwordAuth", "identityFields")
            }
        }
    }

    private func validateMFA(_ errors: inout FieldErrors) {
        let methods = [options.passwordAuth.isEnabled, options.oauth2.isEnabled, options.otp.isEnabled]
        if methods.count(where: { $0 }) < 2 {
            let message = "MFA requires at least 2 auth methods to be enabled."
            errors.add(FieldError("validation_mfa_not_enough_auths", message), at: "mfa", "enabled")
        }
        check(options.mfa.duration, 10...86_400, at: ["mfa", "duration"], &errors)
        if !options.mfa.rule.isEmpty { check(options.mfa.rule, at: ["mfa", "rule"], &errors) }
    }

    private func validatePasskeys(_ errors: inout FieldErrors) {
        let domain = options.passkey.relyingPartyID
        // Browsers take names only.
        if !domain.isEmpty, !TextFormat.isHost(domain) || IPAddress(domain) != nil {
            errors.add(FieldError("validation_is_host", "Must be a valid DNS name."), at: "passkey", "rpId")
        }
        for (index, origin) in options.passkey.origins.enumerated() where !TextFormat.isURL(origin) {
            errors.add(.notURL, at: ["passkey", "origins", String(index)])
        }
    }

    private func validateProviders(_ errors: inout FieldErrors) {
        var names: Set<String> = []
        for (index, provider) in options.oauth2.providers.enumerated() {
            let path = ["oauth2", "providers", String(index)]
            let params: [String: JSONValue] = ["name": .string(provider.name)]
            if provider.name.isEmpty {
                errors.add(.required, at: path + ["name"])
            } else if !OAuth2Provider.names.contains(provider.name) {
                let message = "Invalid or missing provider with name \(provider.name)."
                errors.add(FieldError("validation_missing_provider", message, params: params), at: path + ["name"])
            } else if !names.insert(provider.name).inserted {
                let message = "The provider \(provider.name) is already registered."
                errors.add(FieldError("validation_duplicated_provider", message, params: params), at: path + ["name"])
            }
            if provider.clientID.isEmpty { errors.add(.required, at: path + ["clientId"]) }
            if provider.clientSecret.isEmpty { errors.add(.required, at: path + ["clientSecret"]) }
            let urls = [
                ("authURL", provider.authURL), ("tokenURL", provider.tokenURL), ("userInfoURL", provider.userInfoURL),
            ]
            for (key, url) in urls where !url.isEmpty && !TextFormat.isURL(url) {
                errors.add(.notURL, at: path + [key])
            }
        }
    }

    private func validate(_ token: TokenOptions, _ kind: TokenKind, _ errors: inout FieldErrors) {
        if token.secret.isEmpty {
            errors.add(.required, at: kind.optionKey, "secret")
        } else if !(30...255).contains(token.secret.utf8.count) {
            errors.add(.lengthOutOfRange(30, 255), at: kind.optionKey, "secret")
        }
        check(token.duration, 10...94_670_856, at: [kind.optionKey, "duration"], &errors)
    }
}
