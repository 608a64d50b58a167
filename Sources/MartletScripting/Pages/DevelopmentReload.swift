import MartletCore
import MartletHTTP
import MartletServer
import NIOHTTP1

/// What lets a browser load a page anew when its file changes, while somebody works on it.
struct DevelopmentReload: Sendable {
    /// Tells one state of the files from another.
    private let mark = RandomText.make(12)

    private static let script = """
        let known = null
        const look = async () => {
            try {
                const mark = await (await fetch("/_/dev/mark", { cache: "no-store" })).text()
                if (known !== null && mark !== known) location.reload()
                known = mark
            } catch {}
            setTimeout(look, 400)
        }
        look()
        """

    func register(in router: inout Router<Endpoint>) {
        let script = Response.plain(
            200,
            [("Content-Type", "text/javascript; charset=utf-8"), ("Cache-Control", "no-store")],
            .bytes(Array(Self.script.utf8))
        )
        let mark = Response.plain(
            200,
            [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")],
            .bytes(Array(mark.utf8))
        )
        router.add(.GET, "/_/dev.js", Endpoint(isQuiet: true) { _ in .now(script) })
        router.add(.GET, "/_/dev/mark", Endpoint(isQuiet: true) { _ in .now(mark) })
    }
}
