import MartletServer
import NIOHTTP1

/// `/_/martlet.js`: what makes pages livelier in the browser (`docs/pages.md`).
struct ClientModule: Sendable {
    func register(in router: inout Router<Endpoint>) {
        let response = Response(
            200,
            preset: Response.plainHeaders,
            headers: [("Content-Type", "text/javascript; charset=utf-8"), ("Cache-Control", "no-cache")],
            body: .bytes(PackageResources.martlet_js)
        )
        router.add(.GET, "/_/martlet.js", Endpoint(isQuiet: true) { _ in .now(response) })
    }
}
