package import MartletCore
import OrderedCollections

extension Settings {
    /// Lays a submitted or stored body over the settings: lists are replaced, everything else is merged. Key names match
    /// without regard to case.
    /// - Throws: ``InvalidFormat`` when a member has a wrong JSON type.
    package mutating func merge(_ body: JSONObject) throws(InvalidFormat) {
        let reader = JSONReader(members: body.withAllKeysLowered)
        if reader.has("superuserips") { superuserIPs = try reader.strings("superuserips") }
        if let inner = try reader.section("smtp") { try smtp.merge(inner) }
        if let inner = try reader.section("backups") {
            backups.cron = try inner.string("cron", backups.cron)
            backups.cronMaxKeep = try inner.integer("cronmaxkeep", backups.cronMaxKeep)
            if let s3 = try inner.section("s3") { try backups.s3.merge(s3) }
        }
        if let inner = try reader.section("s3") { try s3.merge(inner) }
        if let inner = try reader.section("meta") { try meta.merge(inner) }
        if let inner = try reader.section("ratelimits") { try rateLimits.merge(inner) }
        if let inner = try reader.section("trustedproxy") {
            if inner.has("headers") { trustedProxy.headers = try inner.strings("headers") }
            trustedProxy.usesLeftmostIP = try inner.bool("useleftmostip", trustedProxy.usesLeftmostIP)
        }
        if let inner = try reader.section("batch") {
            batch.isEnabled = try inner.bool("enabled", batch.isEnabled)
            batch.maxRequests = try inner.integer("maxrequests", batch.maxRequests)
            batch.timeout = try inner.integer("timeout", batch.timeout)
            batch.maxBodySize = try inner.integer("maxbodysize", batch.maxBodySize)
        }
        if let inner = try reader.section("logs") {
            logs.maxDataSize = try inner.integer("maxdatasize", logs.maxDataSize)
            logs.maxDays = try inner.integer("maxdays", logs.maxDays)
            logs.minLevel = try inner.integer("minlevel", logs.minLevel)
            logs.logsIP = try inner.bool("logip", logs.logsIP)
            logs.logsAuthID = try inner.bool("logauthid", logs.logsAuthID)
        }
    }

    /// The settings in the API's key order.
    /// - Parameter withSecrets: For storage; answers never hold them.
    package func json(withSecrets: Bool) -> JSONValue {
        func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
        return [
            "superuserIPs": strings(superuserIPs),
            "smtp": smtp.json(withSecrets: withSecrets),
            "backups": [
                "cron": .string(backups.cron), "cronMaxKeep": .integer(backups.cronMaxKeep),
                "s3": backups.s3.json(withSecrets: withSecrets),
            ],
            "s3": s3.json(withSecrets: withSecrets),
            "meta": [
                "accentColor": .string(meta.accentColor), "appName": .string(meta.appName),
                "appURL": .string(meta.appURL), "senderName": .string(meta.senderName),
                "senderAddress": .string(meta.senderAddress), "hideControls": .bool(meta.hidesControls),
            ],
            "rateLimits": [
                "rules": .array(rateLimits.rules.map(\.json)), "excludedIPs": strings(rateLimits.excludedIPs),
                "enabled": .bool(rateLimits.isEnabled),
            ],
            "trustedProxy": [
                "headers": strings(trustedProxy.headers), "useLeftmostIP": .bool(trustedProxy.usesLeftmostIP),
            ],
            "batch": [
                "enabled": .bool(batch.isEnabled), "maxRequests": .integer(batch.maxRequests),
                "timeout": .integer(batch.timeout), "maxBodySize": .integer(batch.maxBodySize),
            ],
            "logs": [
                "maxDataSize": .integer(logs.maxDataSize), "maxDays": .integer(logs.maxDays),
                "minLevel": .integer(logs.minLevel), "logIP": .bool(logs.logsIP), "logAuthId": .bool(logs.logsAuthID),
            ],
        ]
    }
}

extension JSONValue {
    fileprivate static func integer(_ value: Int) -> JSONValue { .number(Double(value)) }
}

extension SMTPSettings {
    fileprivate mutating func merge(_ reader: JSONReader) throws(InvalidFormat) {
        isEnabled = try reader.bool("enabled", isEnabled)
        port = try reader.integer("port", port)
        host = try reader.string("host", host)
        username = try reader.string("username", username)
        password = try reader.string("password", password)
        authMethod = try reader.string("authmethod", authMethod)
        usesTLS = try reader.bool("tls", usesTLS)
        localName = try reader.string("localname", localName)
    }

    fileprivate func json(withSecrets: Bool) -> JSONValue {
        var members: JSONObject = [
            "enabled": .bool(isEnabled), "port": .integer(port), "host": .string(host), "username": .string(username),
        ]
        if withSecrets { members["password"] = .string(password) }
        members["authMethod"] = .string(authMethod)
        members["tls"] = .bool(usesTLS)
        members["localName"] = .string(localName)
        return .object(members)
    }
}

extension S3Settings {
    fileprivate mutating func merge(_ reader: JSONReader) throws(InvalidFormat) {
        isEnabled = try reader.bool("enabled", isEnabled)
        bucket = try reader.string("bucket", bucket)
        region = try reader.string("region", region)
        endpoint = try reader.string("endpoint", endpoint)
        accessKey = try reader.string("accesskey", accessKey)
        secret = try reader.string("secret", secret)
        forcesPathStyle = try reader.bool("forcepathstyle", forcesPathStyle)
    }

    fileprivate func json(withSecrets: Bool) -> JSONValue {
        var members: JSONObject = [
            "enabled": .bool(isEnabled), "bucket": .string(bucket), "region": .string(region),
            "endpoint": .string(endpoint), "accessKey": .string(accessKey),
        ]
        if withSecrets, !secret.isEmpty { members["secret"] = .string(secret) }
        members["forcePathStyle"] = .bool(forcesPathStyle)
        return .object(members)
    }
}

extension MetaSettings {
    fileprivate mutating func merge(_ reader: JSONReader) throws(InvalidFormat) {
        accentColor = try reader.string("accentcolor", accentColor)
        appName = try reader.string("appname", appName)
        appURL = try reader.string("appurl", appURL)
        senderName = try reader.string("sendername", senderName)
        senderAddress = try reader.string("senderaddress", senderAddress)
        hidesControls = try reader.bool("hidecontrols", hidesControls)
    }
}

extension RateLimitSettings {
    fileprivate mutating func merge(_ reader: JSONReader) throws(InvalidFormat) {
        isEnabled = try reader.bool("enabled", isEnabled)
        if reader.has("excludedips") { excludedIPs = try reader.strings("excludedips") }
        guard reader.has("rules") else { return }
        let submitted = try reader.objects("rules") ?? []
        var rules: [RateLimitRule] = []
        for members in submitted {
            let inner = JSONReader(members: members)
            rules.append(
                RateLimitRule(
                    label: try inner.string("label"),
                    audience: try inner.string("audience"),
                    duration: try inner.integer("duration"),
                    maxRequests: try inner.integer("maxrequests")
                )
            )
        }
        self.rules = rules
    }
}

extension RateLimitRule {
    fileprivate var json: JSONValue {
        [
            "label": .string(label), "audience": .string(audience), "duration": .integer(duration),
            "maxRequests": .integer(maxRequests),
        ]
    }
}
