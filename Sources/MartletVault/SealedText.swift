import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Text under AES-256-GCM in the reference server's form: base64 of a 12-byte nonce, the ciphertext and its tag.
package struct SealedText: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: 32 bytes.
    package init?(secret: String) {
        guard secret.utf8.count == 32 else { return nil }
        key = SymmetricKey(data: Array(secret.utf8))
    }

    /// For an application with a master key.
    package init(_ master: MasterKey) {
        key = master.derived(for: "martlet settings")
    }

    package func seal(_ bytes: [UInt8]) throws -> String {
        let box = try AES.GCM.seal(bytes, using: key)
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return combined.base64EncodedString()
    }

    package func open(_ text: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: text) else { throw CryptoKitError.incorrectParameterSize }
        return Array(try AES.GCM.open(try AES.GCM.SealedBox(combined: data), using: key))
    }
}
