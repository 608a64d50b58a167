/// A value of the binary form in which authenticators speak (RFC 8949), as far as they use it.
package enum CBORValue: Sendable, Hashable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    case map([CBORValue: CBORValue])
    case bool(Bool)
    case null

    package subscript(key: CBORValue) -> CBORValue? {
        if case .map(let members) = self { members[key] } else { nil }
    }

    package var bytes: [UInt8]? {
        if case .bytes(let value) = self { value } else { nil }
    }

    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }
}

/// Reads CBOR with definite lengths, as WebAuthn prescribes (CTAP2's canonical form); duplicate keys, tags and floats are
/// errors.
package struct CBORReader {
    package struct Malformed: Error {}

    private static let depthLimit = 16

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var depth = 0

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The first value, and how many bytes it takes.
    package static func first(of bytes: ArraySlice<UInt8>) throws(Malformed) -> (value: CBORValue, count: Int) {
        var reader = CBORReader(bytes)
        let value = try reader.value()
        return (value, reader.position - bytes.startIndex)
    }

    /// A value with nothing behind it.
    package static func whole(_ bytes: [UInt8]) throws(Malformed) -> CBORValue {
        let (value, count) = try first(of: bytes[...])
        guard count == bytes.count else { throw Malformed() }
        return value
    }

    private mutating func value() throws(Malformed) -> CBORValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw Malformed() }
        let initial = try byte()
        let argument = initial & 0x1F
        switch initial >> 5 {
        case 0: return .integer(try length(argument))
        case 1: return .integer(-1 - (try length(argument)))
        case 2: return .bytes(Array(try take(length(argument))))
        case 3:
            guard let text = String(validating: try take(length(argument)), as: UTF8.self) else { throw Malformed() }
            return .text(text)
        case 4: return .array(try array(length(argument)))
        case 5: return .map(try map(length(argument)))
        case 7:
            switch argument {
            case 20: return .bool(false)
            case 21: return .bool(true)
            case 22: return .null
            default: throw Malformed()
            }
        default: throw Malformed()
        }
    }

    private mutating func array(_ count: Int64) throws(Malformed) -> [CBORValue] {
        // Each takes a byte at least: no room is made for what cannot be there.
        guard count <= bytes.endIndex - position else { throw Malformed() }
        var elements: [CBORValue] = []
        for _ in 0..<count { elements.append(try value()) }
        return elements
    }

    private mutating func map(_ count: Int64) throws(Malformed) -> [CBORValue: CBORValue] {
        guard count <= (bytes.endIndex - position) / 2 else { throw Malformed() }
        var members: [CBORValue: CBORValue] = [:]
        for _ in 0..<count {
            let key = try value()
            guard members.updateValue(try value(), forKey: key) == nil else { throw Malformed() }
        }
        return members
    }

    /// The number that follows an initial byte, or is in it.
    private mutating func length(_ argument: UInt8) throws(Malformed) -> Int64 {
        let count: Int
        switch argument {
        case 0..<24: return Int64(argument)
        case 24: count = 1
        case 25: count = 2
        case 26: count = 4
        case 27: count = 8
        default: throw Malformed()
        }
        var number: UInt64 = 0
        for _ in 0..<count { number = number << 8 | UInt64(try byte()) }
        guard let result = Int64(exactly: number) else { throw Malformed() }
        return result
    }

    private mutating func byte() throws(Malformed) -> UInt8 {
        guard position < bytes.endIndex else { throw Malformed() }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ count: Int64) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= bytes.endIndex - position else { throw Malformed() }
        defer { position += Int(count) }
        return bytes[position..<(position + Int(count))]
    }
}

/// The public key of an authenticator with the one algorithm that it signs with (RFC 9052, section 7, and RFC 9053).
package struct COSEKey: Sendable {
    /// The algorithms that are asked for, with the most wanted first: EdDSA, ES256, RS256 (IANA's COSE registry).
    package static let algorithms = [-8, -7, -257]

    package let key: SignatureKey
    package let algorithm: SignatureAlgorithm

    package init?(_ value: CBORValue) {
        func bytes(_ label: Int64) -> [UInt8]? { value[.integer(label)]?.bytes }
        let curve = value[.integer(-1)]?.integer
        let kind = value[.integer(1)]?.integer
        switch (kind, value[.integer(3)]?.integer) {
        case (1, -8):
            guard curve == 6, let x = bytes(-2), let key = SignatureKey(ed25519: x) else { return nil }
            (self.key, algorithm) = (key, .edDSA)
        case (2, -7):
            guard curve == 1, let x = bytes(-2), let y = bytes(-3),
                let key = SignatureKey(curve: "P-256", x: x, y: y)
            else { return nil }
            (self.key, algorithm) = (key, .es256)
        case (3, -257):
            guard let modulus = bytes(-1), let exponent = bytes(-2),
                let key = SignatureKey(modulus: modulus, exponent: exponent)
            else { return nil }
            (self.key, algorithm) = (key, .rs256)
        default: return nil
        }
    }

    package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.isValid(signature, of: message, algorithm, .der)
    }
}
