import MartletCore
import MartletRecords
import MartletSchema
import MartletStorage
import MartletVault

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Somebody who wants to be told of what happens to a collection's records.
package struct Webhook: Sendable {
    package let id: String
    /// Its name or its id.
    package let collection: String
    package let events: Set<String>
    package let url: String
    /// `whsec_` and the key as base64.
    package let secret: String
    /// Whether it rests.
    package let isDisabled: Bool

    /// All of them.
    static func all(_ session: any ReadSession) throws -> [Webhook] {
        let quoted = session.dialect.quoted
        let columns = ["id", "collection", "events", "url", "secret", "disabled"].map(quoted).joined(separator: ", ")
        let sql = "SELECT \(columns) FROM \(quoted(SystemCollections.webhooksName))"
        return try session.all(sql) { row in
            let events = (try? JSONParser.parse(row.text(2)))?.array?.compactMap(\.string) ?? []
            return Webhook(
                id: row.text(0),
                collection: row.text(1),
                events: Set(events),
                url: row.text(3),
                secret: row.text(4),
                isDisabled: row.integer(5) != 0
            )
        }
    }

    /// A secret that nobody has yet.
    package static func newSecret() -> String { "whsec_" + Data(RandomBytes.make(24)).base64EncodedString() }

    /// The signature of a message (Standard Webhooks 1.0.0: `webhook-signature`).
    package func signature(id: String, timestamp: String, body: [UInt8]) -> String {
        let encoded = String(secret.dropFirst(secret.hasPrefix("whsec_") ? 6 : 0))
        let key = Data(base64Encoded: encoded).map(Array.init) ?? Array(secret.utf8)
        let text = Array("\(id).\(timestamp).".utf8) + body
        return "v1," + Data(SecureHash.authenticationCode(of: text, key: key)).base64EncodedString()
    }
}
