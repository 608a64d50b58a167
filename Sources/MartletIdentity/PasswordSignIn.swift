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
        let scheme = layout.collection.passwordScheme
        let (found, stand) = try await storage.read { session in
            let found = try Self.find(identity, field, layout, session)
            return (found, try found == nil ? Self.anyHash(layout, session) : nil)
        }
        let hash = found?.text("password") ?? stand ?? PasswordHash.decoy(scheme)
        guard try await hasher.matches(password, hash), let found else { return nil }
        if !PasswordHash.isMade(hash, by: scheme) { await renew(hash, of: found, password, scheme) }
        return found
    }

    /// Somebody's hash, to compare with when nobody is meant: it takes as long as theirs, however it was made.
    private static func anyHash(_ layout: RecordLayout, _ session: any ReadSession) throws -> String? {
        let quoted = session.dialect.quoted
        let sql = "SELECT \(quoted("password")) FROM \(quoted(layout.collectionName)) LIMIT 1"
        let hash = try session.first(sql) { $0.text(0) }
        return hash.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Hashes a password anew where the collection has chosen another way since: now is when it is known. The hash alone
    /// changes, so that nobody is signed out; and when it cannot be done now, the next sign-in does it.
    private func renew(
        _ old: String,
        of record: Record,
        _ password: String,
        _ scheme: PasswordScheme
    ) async {
        guard let new = try? await hasher.hash(password, scheme) else { return }
        let (table, id) = (record.layout.collectionName, record.id)
        _ = try? await storage.write { session in
            let quoted = session.dialect.quoted
            let sql = """
                UPDATE \(quoted(table)) SET \(quoted("password")) = ? \
                WHERE \(quoted("id")) = ? AND \(quoted("password")) = ?
                """
            return try session.execute(sql, [.text(new), .text(id), .text(old)])
        }
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
}
