package import MartletCore
package import MartletQuery
package import MartletRecords
package import MartletSchema
package import MartletStorage
import MartletVault
import OrderedCollections

/// A record that proved who it is.
package struct SignedInRecord: Sendable {
    package let record: Record
    /// Whether its token may be exchanged for a later one.
    package let isRefreshable: Bool
    /// The sign-in that the token comes from, where the collection keeps them.
    package let sessionID: String?
    package let token: String

    package var caller: RequestValues.Caller { RequestValues.Caller(record) }
}

extension SignedInRecord {
    /// A record that the application itself vouches for.
    package init(record: Record, token: String) {
        self.init(record: record, isRefreshable: false, sessionID: nil, token: token)
    }
}

extension RequestValues.Caller {
    package init(_ record: Record) {
        self.init(
            id: record.id,
            collectionID: record.layout.collectionID,
            collectionName: record.layout.collectionName,
            email: record.text("email"),
            emailVisibility: record.bool("emailVisibility"),
            verified: record.bool("verified")
        )
    }
}

/// Issues and checks tokens (`auth.md`, Tokens). A token's key is its record's token key and its collection's secret, so
/// that changing either ends it.
package struct TokenAuthority: Sendable {
    static let sessionClaim = "sessionId"

    private let verified = VerifiedTokens()

    package init() {}

    /// - Parameters:
    ///   - duration: In seconds; nil takes the collection's.
    ///   - extra: What the token says beside what all of its kind say.
    package func issue(
        _ kind: TokenKind,
        for record: Record,
        duration: Int? = nil,
        isRefreshable: Bool = true,
        claims extra: JSONObject = [:]
    ) -> String {
        let ordinary = record.layout.tokens[kind]?.duration ?? kind.defaultDuration
        let seconds = duration.flatMap { $0 > 0 ? $0 : nil } ?? ordinary
        var writer = JSONWriter(capacity: 160)
        writer.raw(#"{"collectionId":"#)
        writer.string(record.layout.collectionID)
        writer.raw(#","exp":"#)
        // A duration beyond all calendars is as good as this one.
        writer.integer(Int(Timestamp.now.seconds) + min(seconds, 1_000_000_000_000))
        writer.raw(#","id":"#)
        writer.string(record.id)
        if kind == .auth { writer.raw(isRefreshable ? #","refreshable":true"# : #","refreshable":false"#) }
        writer.raw(#","type":"#)
        writer.string(kind.rawValue)
        for (name, value) in extra {
            writer.raw(",")
            writer.string(name)
            writer.raw(":")
            writer.value(value)
        }
        writer.raw("}")
        return WebToken.sign(writer.bytes, key: key(kind, record))
    }

    /// The record that a token speaks for; nil for every token that is not valid now.
    package func verify(
        _ text: String,
        _ kind: TokenKind,
        layouts: RecordLayouts,
        session: any ReadSession
    ) throws -> SignedInRecord? {
        if let known = verified.token(text) { return try signedIn(text, known, kind, layouts, session) }
        guard let token = WebToken(text), let id = token.claims["id"]?.string, !id.isEmpty,
            let collection = token.claims["collectionId"]?.string, !collection.isEmpty, token.isCurrent(),
            token.claims["type"] == .string(kind.rawValue), let layout = layouts.layout(collection), layout.isAuth,
            let record = try layout.record(id: id, in: session)
        else { return nil }
        let key = key(kind, record)
        guard token.isSigned(with: key) else { return nil }
        let found = VerifiedTokens.Token(token, kind, collection: collection, id: id, key: key)
        verified.keep(found, text)
        return try signedIn(text, found, kind, layouts, session, record)
    }

    /// The record of a token whose signature was checked, if the key that it was checked with is still the record's.
    private func signedIn(
        _ text: String,
        _ token: VerifiedTokens.Token,
        _ kind: TokenKind,
        _ layouts: RecordLayouts,
        _ session: any ReadSession,
        _ found: Record? = nil
    ) throws -> SignedInRecord? {
        guard token.kind == kind, token.isCurrent, let layout = layouts.layout(token.collection), layout.isAuth,
            let record = try found ?? layout.record(id: token.id, in: session), token.key == key(kind, record)
        else { return nil }
        if kind == .auth, layout.keepsSessions {
            guard try isKept(token.sessionID, record, layouts, session) else { return nil }
        }
        return SignedInRecord(
            record: record,
            isRefreshable: token.isRefreshable,
            sessionID: layout.keepsSessions ? token.sessionID : nil,
            token: text
        )
    }

    /// The token that follows another one of the same sign-in.
    package func successor(of signedIn: SignedInRecord) -> String {
        guard signedIn.isRefreshable else { return signedIn.token }
        let claims = signedIn.sessionID.map { [Self.sessionClaim: JSONValue.string($0)] as JSONObject } ?? [:]
        return issue(.auth, for: signedIn.record, claims: claims)
    }

    /// Whether a sign-in has not been ended. A token without one is from before the collection kept them.
    private func isKept(
        _ id: String?,
        _ record: Record,
        _ layouts: RecordLayouts,
        _ session: any ReadSession
    ) throws -> Bool {
        guard let id, let rows = OwnedRows("_sessions", layouts) else { return false }
        return try rows.table.record(id: id, in: session)?.belongs(to: record) ?? false
    }

    private func key(_ kind: TokenKind, _ record: Record) -> String {
        record.text("tokenKey") + (record.layout.tokens[kind]?.secret ?? "")
    }
}
