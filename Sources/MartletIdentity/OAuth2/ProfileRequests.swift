import MartletCore
import MartletFetch
import MartletSchema
import NIOHTTP1
import OrderedCollections

/// Asks a provider about somebody, with the token that it handed out for that.
///
/// All throw ``ProviderExchange/Failure`` or ``WebFailure``; `end` is when to give up.
struct ProfileRequests: Sendable {
    let client: WebClient

    /// - Returns: A JSON object, or null.
    func userInfo(
        _ reply: TokenReply,
        _ provider: ConfiguredProvider,
        _ end: ContinuousClock.Instant
    ) async throws -> JSONValue {
        var request = WebRequest(provider.userInfoURL)
        request.timeout = end - .now
        request.headers.add(name: "authorization", value: reply.authorization)
        request.headers.add(name: "accept", value: "application/json")
        switch provider.kind.source {
        case .get(let headers):
            for (name, value) in headers {
                request.headers.replaceOrAdd(
                    name: name,
                    value: value.replacing("{clientId}", with: provider.options.clientID)
                )
            }
        case .graphQL(let query):
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = Array(JSONValue.object(["query": .string(query)]).text.utf8)
        case .appleToken, .openID: break
        }
        return try await json(request)
    }

    private func json(_ request: WebRequest) async throws -> JSONValue {
        let response = try await client.send(request)
        guard response.status < 400 else {
            throw ProviderExchange.Failure.profile("status \(response.status) from \(request.url)")
        }
        switch try? JSONParser.parse(response.body) {
        case .object(let members): return .object(members)
        case .null: return .null
        default: throw ProviderExchange.Failure.profile("no JSON object from \(request.url)")
        }
    }

    /// The first address of a list that fulfils the conditions; empty when there is none.
    func email(
        in list: EmailList,
        _ reply: TokenReply,
        _ provider: ConfiguredProvider,
        _ end: ContinuousClock.Instant
    ) async throws -> String {
        var request = WebRequest(list.location.hasPrefix("/") ? provider.userInfoURL + list.location : list.location)
        request.timeout = end - .now
        request.headers.add(name: "authorization", value: reply.authorization)
        let response = try await client.send(request)
        guard response.status < 400 else {
            if list.toleratedStatuses.isEmpty || list.toleratedStatuses.contains(response.status) { return "" }
            throw ProviderExchange.Failure.profile("status \(response.status) from \(request.url)")
        }
        guard let value = try? JSONParser.parse(response.body) else {
            throw ProviderExchange.Failure.profile("no JSON from \(request.url)")
        }
        let entry = value.member(at: list.root).array?.first { entry in
            list.conditions.allSatisfy { $0.holds(in: entry) }
        }
        return entry?["email"]?.string ?? ""
    }
}
