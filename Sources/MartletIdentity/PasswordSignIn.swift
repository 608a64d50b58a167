import MartletCore
package import MartletRecords
import MartletSchema
package import MartletStorage
package import MartletVault

/// Signing in with an identity and a password (`auth.md`, auth-with-password).
package struct PasswordSignIn: Sendable {
    private let storage: any Storage
    private let hasher: PasswordHasher

    package init(storage: any Storage, hasher: PasswordHasher) {
        self.storage = storage
        self.hasher = hasher
    }

    /// The record whose password this is; nil when the identity is unknown or the password wrong, after the same time.
    /// - Parameter field: The identity field to look in; nil looks in all.
    package func record(
        identity: String,
        password: String,
        field: String?,
        in layout: RecordLayout
    ) async throws -> Record? {
        let found = try await storage.read { try Self.find(identity, field, layout, $0) }
        let cost = layout.passwordCost
        let hash = found?.text("password") ?? Self.decoy(cost: cost)
        let matches = try await hasher.matches(password, hash)
        return matches ? found : nil
    }

    private static func find(
        _ identity: String,
        _ field: String?,
        _ layout: RecordLayout,
        _ session: any ReadSession
    ) throws -> Record? {
        for name in fields(identity, field, layout.collection) {
            let column = session.dialect.quoted(name)
            let condition =
                layout.collection.comparesIgnoringCase(name)
                ? session.dialect.equalsIgnoringCase(column, "?") : "\(column) = ?"
            let sql = "\(layout.select) WHERE \(condition) LIMIT 1"
            if let record = try session.first(sql, [.text(identity)], { layout.record($0) }) { return record }
        }
        return nil
    }

    /// The identity fields in the order in which they are tried.
    private static func fields(_ identity: String, _ field: String?, _ collection: Collection) -> [String] {
        if let field, !field.isEmpty { return [field] }
        let names = collection.auth?.passwordAuth.identityFields ?? []
        let others = names.filter { $0 != "email" }
        return TextFormat.isEmail(identity) && names.contains("email") ? ["email"] + others : others
    }

    /// A hash that no password has, of the given cost: unknown identities take as long as known ones.
    private static func decoy(cost: Int) -> String {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return "$2a$\(digits)$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuuabcdefghijklm"
    }
}

extension RecordLayout {
    fileprivate var passwordCost: Int {
        for field in fields where field.name == "password" {
            if case .password(let options) = field.kind { return options.effectiveCost }
        }
        return 10
    }
}
