import MartletCore
import OrderedCollections

extension AuthOptions {
    /// Lays submitted or stored members over the options; what is not named stays.
    mutating func merge(_ members: JSONObject) throws(InvalidFormat) {
        let reader = JSONReader(members: members)
        authRule = try reader.rule("authRule", authRule)
        manageRule = try reader.rule("manageRule", manageRule)
        // A null object is one of zeros, which validation then refuses where something is needed.
        if members["passwordAuth"] == .null { passwordAuth = PasswordAuthOptions(isEnabled: false, identityFields: []) }
        if members["mfa"] == .null { mfa = MFAOptions(isEnabled: false, duration: 0, rule: "") }
        if members["oauth2"] == .null { oauth2 = OAuth2Options() }
        if let inner = try reader.nested("authAlert") {
            authAlert.isEnabled = try inner.bool("enabled", authAlert.isEnabled)
            try authAlert.template.merge(inner, "emailTemplate")
        }
        if let inner = try reader.nested("oauth2") { try oauth2.merge(inner) }
        if let inner = try reader.nested("passwordAuth") {
            passwordAuth.isEnabled = try inner.bool("enabled", passwordAuth.isEnabled)
            if inner.members["identityFields"] != nil {
                passwordAuth.identityFields = try inner.strings("identityFields")
            }
            let name = try inner.string("hash", passwordAuth.hashing.rawValue)
            guard let hashing = PasswordAuthOptions.Hashing(rawValue: name) else { throw InvalidFormat() }
            passwordAuth.hashing = hashing
        }
        if let inner = try reader.nested("mfa") {
            mfa.isEnabled = try inner.bool("enabled", mfa.isEnabled)
            mfa.duration = try inner.integer("duration", mfa.duration)
            mfa.rule = try inner.string("rule", mfa.rule)
        }
        if let inner = try reader.nested("otp") {
            otp.isEnabled = try inner.bool("enabled", otp.isEnabled)
            otp.duration = try inner.integer("duration", otp.duration)
            otp.length = try inner.integer("length", otp.length)
            try otp.template.merge(inner, "emailTemplate")
        }
        try mergeAdditions(reader)
        for kind in TokenKind.allCases {
            guard let inner = try reader.nested(kind.optionKey) else { continue }
            var options = token(kind)
            options.secret = try inner.string("secret", options.secret)
            options.duration = try inner.integer("duration", options.duration)
            tokens[kind] = options
        }
        try verificationTemplate.merge(reader, "verificationTemplate")
        try resetPasswordTemplate.merge(reader, "resetPasswordTemplate")
        try confirmEmailChangeTemplate.merge(reader, "confirmEmailChangeTemplate")
    }

    /// The options in the API's key order.
    /// - Parameter withSecrets: For storage; answers never hold them.
    func members(withSecrets: Bool) -> JSONObject {
        func rule(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        func integer(_ value: Int) -> JSONValue { .number(Double(value)) }
        func token(_ kind: TokenKind) -> JSONValue {
            let options = self.token(kind)
            var members: JSONObject = [:]
            if withSecrets { members["secret"] = .string(options.secret) }
            members["duration"] = integer(options.duration)
            return .object(members)
        }
        let members: JSONObject = [
            "authRule": rule(authRule),
            "manageRule": rule(manageRule),
            "authAlert": ["enabled": .bool(authAlert.isEnabled), "emailTemplate": authAlert.template.json],
            "oauth2": oauth2.json(withSecrets: withSecrets),
            "passwordAuth": passwordAuth.json,
            "mfa": ["enabled": .bool(mfa.isEnabled), "duration": integer(mfa.duration), "rule": .string(mfa.rule)],
            "otp": [
                "enabled": .bool(otp.isEnabled), "duration": integer(otp.duration), "length": integer(otp.length),
                "emailTemplate": otp.template.json,
            ],
            "authToken": token(.auth),
            "passwordResetToken": token(.passwordReset),
            "emailChangeToken": token(.emailChange),
            "verificationToken": token(.verification),
            "fileToken": token(.file),
            "verificationTemplate": verificationTemplate.json,
            "resetPasswordTemplate": resetPasswordTemplate.json,
            "confirmEmailChangeTemplate": confirmEmailChangeTemplate.json,
        ]
        return members.merging(additions) { first, _ in first }
    }
}

extension MailTemplate {
    fileprivate mutating func merge(_ reader: JSONReader, _ key: String) throws(InvalidFormat) {
        guard let inner = try reader.nested(key) else { return }
        subject = try inner.string("subject", subject)
        body = try inner.string("body", body)
    }

    fileprivate var json: JSONValue { ["subject": .string(subject), "body": .string(body)] }
}

extension PasswordAuthOptions {
    fileprivate var json: JSONValue {
        var members: JSONObject = [
            "enabled": .bool(isEnabled), "identityFields": .array(identityFields.map { .string($0) }),
        ]
        if hashing != .bcrypt { members["hash"] = .string(hashing.rawValue) }
        return .object(members)
    }
}

extension OAuth2Options {
    fileprivate mutating func merge(_ reader: JSONReader) throws(InvalidFormat) {
        isEnabled = try reader.bool("enabled", isEnabled)
        if let inner = try reader.nested("mappedFields") {
            mappedFields.id = try inner.string("id", mappedFields.id)
            mappedFields.name = try inner.string("name", mappedFields.name)
            mappedFields.username = try inner.string("username", mappedFields.username)
            mappedFields.avatarURL = try inner.string("avatarURL", mappedFields.avatarURL)
        }
        guard let submitted = try reader.objects("providers") else { return }
        var merged: [OAuth2Provider] = []
        for members in submitted {
            let inner = JSONReader(members: members)
            let name = try inner.string("name")
            var provider = providers.first { $0.name == name } ?? OAuth2Provider()
            try provider.merge(inner)
            merged.append(provider)
        }
        providers = merged
    }

    fileprivate func json(withSecrets: Bool) -> JSONValue {
        [
            "providers": .array(providers.map { $0.json(withSecrets: withSecrets) }),
            "mappedFields": [
                "id": .string(mappedFields.id), "name": .string(mappedFields.name),
                "username": .string(mappedFields.username), "avatarURL": .string(mappedFields.avatarURL),
            ],
            "enabled": .bool(isEnabled),
        ]
    }
}

extension OAuth2Provider {
    fileprivate mutating func merge(_ reader: JSONReader) throws(InvalidFormat) {
        if let value = reader.members["pkce"] { pkce = value.isNull ? nil : try reader.bool("pkce") }
        name = try reader.string("name", name)
        clientID = try reader.string("clientId", clientID)
        clientSecret = try reader.string("clientSecret", clientSecret)
        authURL = try reader.string("authURL", authURL)
        tokenURL = try reader.string("tokenURL", tokenURL)
        userInfoURL = try reader.string("userInfoURL", userInfoURL)
        displayName = try reader.string("displayName", displayName)
        if let object = try reader.object("extra") { extra = .object(object) }
    }

    fileprivate func json(withSecrets: Bool) -> JSONValue {
        var members: JSONObject = [
            "pkce": pkce.map { .bool($0) } ?? .null, "name": .string(name), "clientId": .string(clientID),
        ]
        if withSecrets { members["clientSecret"] = .string(clientSecret) }
        members["authURL"] = .string(authURL)
        members["tokenURL"] = .string(tokenURL)
        members["userInfoURL"] = .string(userInfoURL)
        members["displayName"] = .string(displayName)
        members["extra"] = extra
        return .object(members)
    }
}
