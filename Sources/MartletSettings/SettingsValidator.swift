package import MartletCore
import MartletJobs

/// Checks settings before they are saved (`settings-logs-misc.md`, Update and validation).
package struct SettingsValidator {
    private let settings: Settings

    package init(_ settings: Settings) {
        self.settings = settings
    }

    package func validate() -> FieldErrors {
        var errors = FieldErrors.none
        checkAddresses(settings.superuserIPs, at: ["superuserIPs"], &errors)
        checkAddresses(settings.rateLimits.excludedIPs, at: ["rateLimits", "excludedIPs"], &errors)
        checkMail(&errors)
        check(settings.s3, at: ["s3"], &errors)
        check(settings.backups.s3, at: ["backups", "s3"], &errors)
        checkBackups(&errors)
        checkMeta(&errors)
        if settings.logs.maxDataSize < 0 { errors.add(.below(0), at: "logs", "maxDataSize") }
        if settings.logs.maxDays < 0 { errors.add(.below(0), at: "logs", "maxDays") }
        checkBatch(&errors)
        checkRateLimits(&errors)
        return errors
    }

    private func checkAddresses(_ addresses: [String], at path: [String], _ errors: inout FieldErrors) {
        for (index, address) in addresses.enumerated() {
            if address.isEmpty {
                errors.add(.required, at: path + [String(index)])
            } else if IPBlock(address) == nil {
                // Spelled as the reference server spells it: clients compare codes.
                let error = FieldError("validation_invlaid_ip_or_subnet", "Invalid IP or CIDR subnet.")
                errors.add(error, at: path + [String(index)])
            }
        }
    }

    private func checkMail(_ errors: inout FieldErrors) {
        let smtp = settings.smtp
        if smtp.isEnabled {
            if smtp.host.isEmpty { errors.add(.required, at: "smtp", "host") }
            if smtp.port == 0 { errors.add(.required, at: "smtp", "port") }
        }
        if !smtp.host.isEmpty, !TextFormat.isHost(smtp.host) { errors.add(.notHost, at: "smtp", "host") }
        if smtp.port < 0 { errors.add(.below(0), at: "smtp", "port") }
        if !["", "PLAIN", "LOGIN"].contains(smtp.authMethod) { errors.add(.invalidValue, at: "smtp", "authMethod") }
        if !smtp.localName.isEmpty, !TextFormat.isHost(smtp.localName) { errors.add(.notHost, at: "smtp", "localName") }
    }

    private func check(_ s3: S3Settings, at path: [String], _ errors: inout FieldErrors) {
        if !s3.endpoint.isEmpty, !TextFormat.isURL(s3.endpoint) { errors.add(.notURL, at: path + ["endpoint"]) }
        guard s3.isEnabled else { return }
        let required = [
            ("endpoint", s3.endpoint), ("bucket", s3.bucket), ("region", s3.region), ("accessKey", s3.accessKey),
            ("secret", s3.secret),
        ]
        for (key, value) in required where value.isEmpty { errors.add(.required, at: path + [key]) }
    }

    private func checkBackups(_ errors: inout FieldErrors) {
        let backups = settings.backups
        guard !backups.cron.isEmpty else {
            if backups.cronMaxKeep < 0 { errors.add(.below(1), at: "backups", "cronMaxKeep") }
            return
        }
        do {
            _ = try CronExpression(backups.cron)
        } catch {
            errors.add(FieldError("validation_invalid_cron", error.description), at: "backups", "cron")
        }
        if backups.cronMaxKeep == 0 {
            errors.add(.required, at: "backups", "cronMaxKeep")
        } else if backups.cronMaxKeep < 1 {
            errors.add(.below(1), at: "backups", "cronMaxKeep")
        }
    }

    private func checkMeta(_ errors: inout FieldErrors) {
        let meta = settings.meta
        if !meta.accentColor.isEmpty {
            if meta.accentColor.utf8.count != 7 {
                errors.add(.lengthInvalid(7), at: "meta", "accentColor")
            } else if !TextFormat.isHexColor(meta.accentColor) {
                errors.add(.notHexColor, at: "meta", "accentColor")
            }
        }
        for (key, value) in [("appName", meta.appName), ("senderName", meta.senderName)] {
            if value.isEmpty {
                errors.add(.required, at: "meta", key)
            } else if value.utf8.count > 255 {
                errors.add(.lengthOutOfRange(1, 255), at: "meta", key)
            }
        }
        if meta.appURL.isEmpty {
            errors.add(.required, at: "meta", "appURL")
        } else if !TextFormat.isURL(meta.appURL) {
            errors.add(.notURL, at: "meta", "appURL")
        }
        if meta.senderAddress.isEmpty {
            errors.add(.required, at: "meta", "senderAddress")
        } else if !TextFormat.isEmail(meta.senderAddress) {
            errors.add(.notEmail, at: "meta", "senderAddress")
        }
    }

    private func checkBatch(_ errors: inout FieldErrors) {
        let batch = settings.batch
        for (key, value) in [("maxRequests", batch.maxRequests), ("timeout", batch.timeout)] {
            if batch.isEnabled, value == 0 {
                errors.add(.required, at: "batch", key)
            } else if value < 0 {
                errors.add(.below(0), at: "batch", key)
            }
        }
        if batch.maxBodySize < 0 { errors.add(.below(0), at: "batch", "maxBodySize") }
    }

    // MARK: - Rate limits

    private func checkRateLimits(_ errors: inout FieldErrors) {
        let limits = settings.rateLimits
        if limits.isEnabled, limits.rules.isEmpty { errors.add(.required, at: "rateLimits", "rules") }
        for (index, rule) in limits.rules.enumerated() {
            let path = ["rateLimits", "rules", String(index)]
            if rule.label.isEmpty {
                errors.add(.required, at: path + ["label"])
            } else if !Self.isLabel(rule.label) {
                errors.add(.invalidFormat, at: path + ["label"])
            } else if limits.rules.enumerated().contains(where: { $0 < index && Self.conflict($1, rule) }) {
                let message =
                    "Rate limit rule configuration with label \(rule.label) already exists or conflicts with another rule."
                let error = FieldError(
                    "validation_conflicting_rate_limit_rule",
                    message,
                    params: ["label": .string(rule.label)]
                )
                errors.add(error, at: path + ["label"])
            }
            for (key, value) in [("maxRequests", rule.maxRequests), ("duration", rule.duration)] {
                if value == 0 {
                    errors.add(.required, at: path + [key])
                } else if value < 1 {
                    errors.add(.below(1), at: path + [key])
                }
            }
            if !["", "@guest", "@auth"].contains(rule.audience) { errors.add(.invalidValue, at: path + ["audience"]) }
        }
    }

    /// `WORD /path`, `/path`, `name:tag`, `*:tag` or a bare word.
    private static func isLabel(_ label: String) -> Bool {
        func isPath(_ text: Substring) -> Bool {
            text.hasPrefix("/") && text.utf8.allSatisfy { $0.isWordByte || "/-".utf8.contains($0) }
        }
        let words = label.split(separator: " ", omittingEmptySubsequences: false)
        if words.count == 2 { return words[0].isWord && isPath(words[1]) }
        if words.count != 1 { return false }
        if label.hasPrefix("/") { return isPath(label[...]) }
        let parts = label.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2 { return (parts[0] == "*" || parts[0].isWord) && parts[1].isWord }
        return label.isWord
    }

    private static func conflict(_ first: RateLimitRule, _ second: RateLimitRule) -> Bool {
        guard first.label == second.label else { return false }
        return first.audience == second.audience || first.audience.isEmpty || second.audience.isEmpty
    }
}
