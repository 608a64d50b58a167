import MartletBackups
import MartletCore
import MartletServer
import MartletSettings
import NIOHTTP1
import OrderedCollections

/// `GET /api/health`
struct HealthRoute: Sendable {
    let settings: SettingsStore
    let backups: Backups

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
            "canBackup": .bool(backups.isFree),
            "realIP": .string(call.address),
            "possibleProxyHeader": .string(proxyHeader),
        ]
        return .json(["message": "API is healthy.", "code": 200, "data": data])
    }
}
