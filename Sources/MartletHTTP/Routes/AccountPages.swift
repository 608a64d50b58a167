import MartletServer
import NIOHTTP1

/// `/_/`: the pages that mails, providers and the first start send people to. They need nothing of any other server, and
/// run no scripts but their own.
struct AccountPages: Sendable {
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'"

    func register(in router: inout Router<Endpoint>) {
        let page = Self.response(PackageResources.account_html, "text/html; charset=utf-8")
        let style = Self.response(PackageResources.account_css, "text/css; charset=utf-8")
        let script = Self.response(PackageResources.account_js, "text/javascript; charset=utf-8")
        router.add(.GET, "/_/", Endpoint(isQuiet: true) { _ in .now(page) })
        router.add(.GET, "/_/account.css", Endpoint(isQuiet: true) { _ in .now(style) })
        router.add(.GET, "/_/account.js", Endpoint(isQuiet: true) { _ in .now(script) })
    }

    private static func response(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            200,
            preset: Response.plainHeaders,
            headers: [
                ("Content-Type", type), ("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-cache"),
            ],
            body: .bytes(bytes)
        )
    }
}
