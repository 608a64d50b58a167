import MartletCore
import MartletVault

/// What an authenticator signs (Web Authentication, section 6.1).
struct AuthenticatorData: Sendable {
    let relyingPartyHash: [UInt8]
    let isUserPresent: Bool
    let isUserVerified: Bool
    let counter: UInt32
    /// The new credential, at a registration.
    let credential: Credential?

    struct Credential: Sendable {
        let aaguid: [UInt8]
        let id: [UInt8]
        /// As it came, which is how it is kept.
        let keyBytes: [UInt8]
        let key: COSEKey
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 37 else { return nil }
        relyingPartyHash = Array(bytes[..<32])
        let flags = bytes[32]
        isUserPresent = flags & 0x01 != 0
        isUserVerified = flags & 0x04 != 0
        counter = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var rest = bytes[37...]
        if flags & 0x40 != 0 {
            guard let (credential, count) = Self.credential(rest) else { return nil }
            self.credential = credential
            rest = rest.dropFirst(count)
        } else {
            credential = nil
        }
        if flags & 0x80 != 0 {
            guard let (_, count) = try? CBORReader.first(of: rest) else { return nil }
            rest = rest.dropFirst(count)
        }
        guard rest.isEmpty else { return nil }
    }

    private static func credential(_ bytes: ArraySlice<UInt8>) -> (Credential, Int)? {
        guard bytes.count > 18 else { return nil }
        let start = bytes.startIndex
        let length = Int(bytes[start + 16]) << 8 | Int(bytes[start + 17])
        // Longer ids are not allowed (level 3, section 7.1, step 25; level 2 sets no limit).
        guard length <= 1023, bytes.count > 18 + length else { return nil }
        let keyStart = start + 18 + length
        guard let (value, count) = try? CBORReader.first(of: bytes[keyStart...]), let key = COSEKey(value) else {
            return nil
        }
        let credential = Credential(
            aaguid: Array(bytes[start..<(start + 16)]),
            id: Array(bytes[(start + 18)..<keyStart]),
            keyBytes: Array(bytes[keyStart..<(keyStart + count)]),
            key: key
        )
        return (credential, 18 + length + count)
    }
}

/// What a browser says it asked for (Web Authentication, section 5.8.1).
struct ClientData: Sendable {
    let type: String
    let challenge: String
    let origin: String
    let isCrossOrigin: Bool

    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONParser.parse(bytes), let type = value["type"]?.string,
            let challenge = value["challenge"]?.string, let origin = value["origin"]?.string
        else { return nil }
        self.type = type
        self.challenge = challenge
        self.origin = origin
        isCrossOrigin = value["crossOrigin"] == true
    }
}
