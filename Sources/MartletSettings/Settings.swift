import MartletCore
import OrderedCollections

/// What a superuser sets for the whole application (`settings-logs-misc.md`, Settings JSON).
package struct Settings: Sendable, Hashable {
    package var superuserIPs: [String] = []
    package var smtp = SMTPSettings()
    package var backups = BackupSettings()
    package var s3 = S3Settings()
    package var meta = MetaSettings()
    package var rateLimits = RateLimitSettings()
    package var trustedProxy = TrustedProxySettings()
    package var batch = BatchSettings()
    package var logs = LogSettings()

    package init() {}
}

package struct SMTPSettings: Sendable, Hashable {
    package var isEnabled = false
    package var port = 587
    package var host = "smtp.example.com"
    package var username = ""
    package var password = ""
    package var authMethod = ""
    package var usesTLS = false
    package var localName = ""
}

package struct S3Settings: Sendable, Hashable {
    package var isEnabled = false
    package var bucket = ""
    package var region = ""
    package var endpoint = ""
    package var accessKey = ""
    package var secret = ""
    package var forcesPathStyle = false

    package init() {}
}

package struct BackupSettings: Sendable, Hashable {
    package var cron = ""
    package var cronMaxKeep = 3
    package var s3 = S3Settings()
}

package struct MetaSettings: Sendable, Hashable {
    package var accentColor = "#1055c9"
    package var appName = "Acme"
    package var appURL = "http://localhost:8090"
    package var senderName = "Support"
    package var senderAddress = "support@example.com"
    package var hidesControls = false
}

package struct RateLimitSettings: Sendable, Hashable {
    package var isEnabled = false
    package var excludedIPs: [String] = []
    package var rules = [
        RateLimitRule(label: "*:auth", duration: 3, maxRequests: 2),
        RateLimitRule(label: "*:create", duration: 5, maxRequests: 20),
        RateLimitRule(label: "/api/batch", duration: 1, maxRequests: 3),
        RateLimitRule(label: "/api/", duration: 10, maxRequests: 300),
    ]

    /// Lets the rules of a collection, `name:action`, follow its name.
    package mutating func renameCollection(from old: String, to new: String) {
        for index in rules.indices where rules[index].label.hasPrefix(old + ":") {
            rules[index].label = new + rules[index].label.dropFirst(old.count)
        }
    }
}

package struct RateLimitRule: Sendable, Hashable {
    package var label = ""
    /// `""`, `@guest` or `@auth`.
    package var audience = ""
    /// In seconds.
    package var duration = 0
    package var maxRequests = 0
}

package struct TrustedProxySettings: Sendable, Hashable {
    package var headers: [String] = []
    package var usesLeftmostIP = false
}

package struct BatchSettings: Sendable, Hashable {
    package var isEnabled = false
    package var maxRequests = 50
    /// In seconds.
    package var timeout = 3
    /// In bytes; 0 stands for 128 MiB.
    package var maxBodySize = 0

    package var effectiveMaxBodySize: Int { maxBodySize > 0 ? maxBodySize : 128 << 20 }
}

package struct LogSettings: Sendable, Hashable {
    /// In bytes; 0 stands for 16 384.
    package var maxDataSize = 0
    /// 0 keeps no logs at all.
    package var maxDays = 5
    /// -4 debug, 0 info, 4 warning, 8 error.
    package var minLevel = 0
    package var logsIP = true
    package var logsAuthID = false

    package var effectiveMaxDataSize: Int { maxDataSize > 0 ? maxDataSize : 16_384 }
}
