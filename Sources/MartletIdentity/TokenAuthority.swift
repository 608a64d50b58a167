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
        var claims: JSONObject = [
            "collectionId": .string(record.layout.collectionID),
            // A duration beyond all calendars is as good as this one, and its number is exact.
            "exp": .number(Double(Timestamp.now.seconds + Int64(min(seconds, 1_000_000_000_000)))),
            "id": .string(record.id),
        ]
        if kind == .auth { claims["refreshable"] = .bool(isRefreshable) }
        claims["type"] = .string(kind.rawValue)
        for (name, value) in extra { claims[name] = value }
        return WebToken.sign(claims, key: key(kind, record))
    }

    /// The record that a token speaks for; nil for every token that is not valid now.
    package func verify(
        _ text: String,
        _ kind: TokenKind,
        layouts: RecordLayouts,
        session: any ReadSession
    ) throws -> SignedInRecord? {
        guard let token = WebToken(text), token.claims["type"] == .string(kind.rawValue),
            let id = token.claims["id"]?.string, !id.isEmpty,
            let collection = token.claims["collectionId"]?.string, !collection.isEmpty,
            token.isCurrent(), let layout = layouts.layout(collection), layout.isAuth
        else { return nil }
        let record = try layout.record(id: id, in: session)
        guard let record, token.isSigned(with: key(kind, record)) else { return nil }
        var sessionID: String?
        if kind == .auth, layout.keepsSessions {
            sessionID = token.claims[Self.sessionClaim]?.string
            guard try isKept(sessionID, record, layouts, session) else { return nil }
        }
        return SignedInRecord(record: record, isRefreshable: token.isRefreshable, sessionID: sessionID, token: text)
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

extension WebToken {
    fileprivate var isRefreshable: Bool {
        switch claims["refreshable"] {
        case .bool(let value): value
        case .string(let text): ["1", "t", "T", "TRUE", "true", "True"].contains(text)
        case .number(let number): number != 0
        default: false
        }
    }
}
