import MartletCore
import MartletServer
import MartletSettings
import NIOHTTP1
import OrderedCollections

/// `GET /api/health`
struct HealthRoute: Sendable {
    let settings: SettingsStore

    private static let guestBody = Array(#"{"message":"API is healthy.","code":200,"data":{}}"#.utf8)

    func register(in router: inout Router<Endpoint>) {
        router.add(.GET, "/api/health", Endpoint { .now(health($0)) }.projected)
    }

    private func health(_ call: Call) -> Response {
        guard call.isSuperuser else { return .json(Self.guestBody) }
        let names =
            settings.snapshot.settings.trustedProxy.headers + ["CF-Connecting-IP", "Fly-Client-IP", "X-Forwarded-For"]
        let proxyHeader = names.first { call.request.head.header($0) != nil } ?? ""
        let data: JSONValue = [
            "canBackup": true, "realIP": .string(call.address), "possibleProxyHeader": .string(proxyHeader),
        ]
        return .json(["message": "API is healthy.", "code": 200, "data": data])
    }
}

extension Endpoint {
    /// The endpoint with `?fields=` applied to its successful answers.
    var projected: Endpoint { projected(isEnvelope: false) }

    func projected(isEnvelope: Bool) -> Endpoint {
        let inner = handle
        var copy = Endpoint(access, tags: tags, isQuiet: isQuiet, bodyLimit: bodyLimit) { call in
            let text = call.query.text("fields")
            guard !text.isEmpty else { return try inner(call) }
            let projection = Result { try FieldsProjection(text) }
            // What writes must not have written when its answer turns out to be impossible.
            if call.request.head.method != .GET, call.request.head.method != .HEAD { _ = try projection.get() }
            @Sendable func project(_ response: Response) -> Response {
                guard response.status < 300, case .bytes(let bytes) = response.body else { return response }
                do {
                    var response = response
                    response.body = .bytes(try projection.get().apply(to: bytes, isEnvelope: isEnvelope))
                    return response
                } catch {
                    return Response(failure: error)
                }
            }
            switch try inner(call) {
            case .now(let response): return .now(project(response))
            case .later(let start): return .later { complete in start { complete(project($0)) } }
            }
        }
        copy.bodyLimit = bodyLimit
        return copy
    }
}
