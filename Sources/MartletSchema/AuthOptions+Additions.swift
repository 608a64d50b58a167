import MartletCore
import OrderedCollections

/// Options that the reference server does not have. They are written only where they are not the defaults, so that
/// collections look as they do there.
extension AuthOptions {
    mutating func mergeAdditions(_ reader: JSONReader) throws(InvalidFormat) {
        if let inner = try reader.nested("passkey") {
            passkey.isEnabled = try inner.bool("enabled", passkey.isEnabled)
            passkey.relyingPartyID = try inner.string("rpId", passkey.relyingPartyID)
            if inner.members["origins"] != nil { passkey.origins = try inner.strings("origins") }
            let name = try inner.string("userVerification", passkey.userVerification.rawValue)
            guard let policy = PasskeyOptions.UserVerification(rawValue: name) else { throw InvalidFormat() }
            passkey.userVerification = policy
        }
        if let inner = try reader.nested("totp") {
            totp.isEnabled = try inner.bool("enabled", totp.isEnabled)
            totp.issuer = try inner.string("issuer", totp.issuer)
        }
        if let inner = try reader.nested("sessions") {
            sessions.isEnabled = try inner.bool("enabled", sessions.isEnabled)
        }
    }

    var additions: JSONObject {
        var members: JSONObject = [:]
        if passkey != PasskeyOptions() {
            members["passkey"] = [
                "enabled": .bool(passkey.isEnabled), "rpId": .string(passkey.relyingPartyID),
                "origins": .array(passkey.origins.map { .string($0) }),
                "userVerification": .string(passkey.userVerification.rawValue),
            ]
        }
        if totp != TOTPOptions() {
            members["totp"] = ["enabled": .bool(totp.isEnabled), "issuer": .string(totp.issuer)]
        }
        if sessions != SessionOptions() { members["sessions"] = ["enabled": .bool(sessions.isEnabled)] }
        return members
    }
}
