package import Crypto
import MartletCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The key that wraps the keys of files. It is given at the start and never stored.
package struct MasterKey: Sendable, CustomStringConvertible {
    /// Tells one master key from another without giving it away: 16 hexadecimal digits.
    package let id: String
    private let key: SymmetricKey

    /// What is wrong with a key that was given.
    package struct Malformed: Error, CustomStringConvertible {
        package let description = "A master key is 32 bytes, as 64 hexadecimal digits or as base64."
    }

    /// - Parameter text: 32 bytes, as 64 hexadecimal digits or as base64.
    package init(_ text: String) throws(Malformed) {
        let text = text.trimmingBlanks()
        guard let bytes = Self.hexadecimal(text) ?? Data(base64Encoded: text).map(Array.init), bytes.count == 32 else {
            throw Malformed()
        }
        self.init(bytes: bytes)
    }

    private init(bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
        let digest = HMAC<SHA256>.authenticationCode(for: Array("martlet master key".utf8), using: key)
        id = digest.prefix(8).hexadecimal
    }

    /// Never the key.
    package var description: String { "<master key \(id)>" }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 64 else { return nil }
        let nibbles = text.compactMap(\.hexDigitValue)
        guard nibbles.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
    }

    /// A key for another purpose that follows from this one (RFC 5869).
    /// - Parameter purpose: Tells the keys of different purposes apart.
    package func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array(purpose.utf8), outputByteCount: 32)
    }

    func seal(_ bytes: [UInt8], _ context: [UInt8]) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: key, authenticating: context)
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return Array(combined)
    }

    func open(_ bytes: some Sequence<UInt8>, _ context: [UInt8]) throws -> [UInt8] {
        Array(try AES.GCM.open(try AES.GCM.SealedBox(combined: Array(bytes)), using: key, authenticating: context))
    }
}

/// The master keys that are known: the one in use, and one that it replaces while keys are being wrapped anew.
package struct KeyRing: Sendable {
    package let current: MasterKey
    package let former: MasterKey?

    package init(current: MasterKey, former: MasterKey? = nil) {
        self.current = current
        self.former = former
    }

    /// Why a wrapped key cannot be used.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// It is wrapped by a master key that was not given.
        case unknownKey(id: String)
        /// It, or what it belongs to, was changed.
        case tampered

        package var description: String {
            switch self {
            case .unknownKey(let id): "sealed under the master key \(id), which was not given"
            case .tampered: "the sealed key, or what it belongs to, was changed"
            }
        }
    }

    /// A data key as text that can lie beside what it encrypts: the master key's id and base64 of nonce, ciphertext, tag.
    /// - Parameter context: What the key belongs to; it opens with the same only.
    package func wrap(_ key: DataKey, for context: [UInt8]) throws -> String {
        let sealed = try current.seal(key.bytes, context)
        return current.id + ":" + Data(sealed).base64EncodedString()
    }

    package func unwrap(_ text: String, for context: [UInt8]) throws(Failure) -> DataKey {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let sealed = Data(base64Encoded: String(parts[1])) else { throw .tampered }
        guard let master = [current, former].compactMap({ $0 }).first(where: { $0.id == parts[0] }) else {
            throw .unknownKey(id: String(parts[0]))
        }
        guard let bytes = try? master.open(sealed, context), bytes.count == 32 else { throw .tampered }
        return DataKey(bytes: bytes)
    }

    /// Whether a wrapped key is under the key in use.
    package func isCurrent(_ text: String) -> Bool {
        text.hasPrefix(current.id + ":")
    }
}

/// The key of one file.
package struct DataKey: Sendable {
    fileprivate let bytes: [UInt8]
    let key: SymmetricKey

    package init() {
        self.init(bytes: RandomBytes.make(32))
    }

    fileprivate init(bytes: [UInt8]) {
        self.bytes = bytes
        key = SymmetricKey(data: bytes)
    }
}
