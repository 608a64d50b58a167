import MartletCore
import MartletIdentity
import MartletRecords
import MartletSchema
import MartletServer
import NIOHTTP1

/// `/api/collections/{collection}/sessions`: an account's sign-ins, seen and ended by their owner (docs/accounts.md).
struct SessionRoutes: Sendable {
    let layouts: CurrentLayouts
    let sessions: SignInSessions

    func register(in router: inout Router<Endpoint>) {
        let base = "/api/collections/{collection}/sessions"
        router.add(.GET, base, Endpoint.asynchronous(.sameCollection, tags: ["sessions"], list).projected)
        router.add(.DELETE, base, Endpoint.asynchronous(.sameCollection, tags: ["sessions"], endAll))
        router.add(.DELETE, base + "/{id}", Endpoint.asynchronous(.sameCollection, tags: ["sessions"], end))
    }

    private func owner(_ call: Call) throws -> SignedInRecord {
        guard let signedIn = call.signedIn else { throw Problem.unauthenticated }
        guard signedIn.record.layout.keepsSessions else {
            throw Problem(403, "The collection is not configured to keep sessions.")
        }
        return signedIn
    }

    private func list(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        let rows = try await sessions.all(of: owner.record, layouts.value)
        let items = rows.map { row -> JSONValue in
            let created = row.text("created")
            return [
                "id": .string(row.id), "method": .string(row.text("method")), "device": .string(row.text("device")),
                "address": .string(row.text("address")), "created": .string(created),
                // Signing in comes before its row is written, by a moment.
                "lastUsed": .string(max(created, row.text("lastUsed"))), "current": .bool(row.id == owner.sessionID),
            ]
        }
        return .json(["items": .array(items)])
    }

    private func end(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        guard try await sessions.end(call.parameters[1], of: owner.record, layouts.value) else {
            throw Problem.notFound
        }
        return .noContent
    }

    /// All, or with `?except=current` all others.
    private func endAll(_ call: Call) async throws -> Response {
        let owner = try owner(call)
        let kept = call.query.text("except") == "current" ? owner.sessionID : nil
        try await sessions.endAll(of: owner.record, except: kept, layouts.value)
        return .noContent
    }
}
