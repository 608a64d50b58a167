import MartletCore
import MartletHTTP
import MartletIdentity
import MartletSchema
import MartletServer
import MartletStorage
import NIOCore
import NIOHTTP1

/// `POST /_/realtime`: what `/api/realtime` does for callers with a token, for visitors with a session. Only a page of this
/// site may ask: the cookie comes with whatever any site sends.
struct VisitorRealtime: Sendable {
    let services: ScriptServices

    var endpoint: Endpoint {
        Endpoint(isQuiet: true) { call in
            guard Self.isOwn(call.request.head) else { throw Problem.forbidden }
            let request = InnerRequest(.POST, "/api/realtime", body: Array(call.request.body.readableBytesView))
            guard let token = PageVisitor.session(call.request.head), call.signedIn == nil else {
                return try services.api.answer(request, for: call)
            }
            let layouts = services.layouts
            return .task {
                var call = call
                call.signedIn = try await services.parts.storage.read { session in
                    try services.tokens.verify(token, .auth, layouts: layouts, session: session)
                }
                return try await services.api.answer(request, for: call).response
            }
        }
    }

    private static func isOwn(_ head: RequestHead) -> Bool {
        if let site = head.header("sec-fetch-site") { return site == "same-origin" }
        guard let origin = head.header("origin"), let host = head.header("host") else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
