import MartletCore
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletPages
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import MartletStorage
import MartletVault
import NIOCore
import NIOHTTP1
import OrderedCollections

/// Pages (`docs/pages.md`).
extension NativeFunctions {
    func addPages() {
        add("pageModule") { world, call in
            let file = try call.text(0)
            guard let page = world.site?.pages[file] else { throw HostFailure("there is no page \(file)") }
            let path = "\(world.services.pagesFolder)/\(file)"
            return try call.instance.evaluate(try ModuleSource(page.module, path: path).function, name: path)
        }
        addText("pagesFolder") { world, _ in world.services.pagesFolder }
        add("pageFailure") { _, call in
            try call.exchange.failure.map { call.instance.value($0.json.text) } ?? call.instance.null
        }
        add("isDevelopment") { world, call in call.instance.value(world.services.options.isDevelopment) }
        add("isEncrypted") { world, call in
            call.instance.value(world.services.parts.settings.value.meta.appURL.hasPrefix("https:"))
        }
        addText("requestFields") { _, call in JSONValue.object(try call.exchange.fields()).text }
        add("requestFileNames") { world, call in world.value(try call.exchange.fileNames) }
        addVisitors()
        addPageAnswers()
        addInnerRequests()
    }

    private func addVisitors() {
        add("pageSignIn") { world, call in
            let exchange = try call.exchange
            let visitor = try world.services.tokens.verify(
                try call.text(1),
                .auth,
                layouts: world.services.layouts,
                session: exchange.run.data
            )
            guard let visitor, world.services.api.admits(visitor, from: exchange.call.address) else {
                return call.instance.value(0)
            }
            exchange.signIn(visitor)
            // How long its sessions are. In seconds.
            let duration = visitor.record.layout.tokens[.auth]?.duration ?? TokenKind.auth.defaultDuration
            return call.instance.value(duration)
        }
        addAction("pageSignOut") { _, call in try call.exchange.signIn(nil) }
        add("pageUser") { _, call in
            guard let record = try call.exchange.call.signedIn?.record else { return call.instance.null }
            let model = RecordModel(record)
            // Who one is, one may see.
            model.showsEmail = true
            return call.instance.value(String(decoding: model.json, as: UTF8.self))
        }
        addText("formToken") { world, call in
            let exchange = try call.exchange
            let superusers = world.services.layouts.layout(id: Collection.superusersID)
            let key = superusers?.tokens[.auth]?.secret ?? ""
            let visitor = exchange.call.signedIn?.record
            let owner = visitor.map { "\($0.layout.collectionID) \($0.id)" } ?? ""
            let text = "martlet form\n\(try call.text(1))\n\(owner)"
            return SecureHash.authenticationCode(of: Array(text.utf8), key: key).hexadecimal
        }
    }

    private func addPageAnswers() {
        addAction("pageKeep") { _, call in
            let tags = try call.json(2).array?.compactMap(\.string) ?? []
            let lifetime = Duration.seconds(Int64(min(max(call.integer(1), 0), 31_536_000)))
            try call.exchange.caching = PageCache.Rule(lifetime: lifetime, tags: Set(tags))
        }
        addAction("pageDrop") { world, call in
            world.services.pageCache.drop(tag: try call.text(0))
        }
        add("pageSend") { _, call in
            let exchange = try call.exchange
            let bytes = try call.bytes(1)
            return try call.instance.promise { settler in
                exchange.send(bytes) { isThere in
                    settler.settle { _ in
                        if !isThere { throw HostFailure("the visitor has left") }
                        return nil
                    }
                }
            }
        }
    }

    /// What a page asks of the interface in its visitor's name.
    private func addInnerRequests() {
        add("innerRequest") { world, call in
            let exchange = try call.exchange
            if exchange.run.data.isInTransaction {
                throw HostFailure("a transaction does not wait for another request")
            }
            let names = try call.texts(4)
            let files = try call[5].map { $0.host(ScriptFile.self)?.file }.compactMap { $0 }
            let request = InnerRequest(
                HTTPMethod(rawValue: try call.text(1)),
                try call.text(2),
                body: Array(try call.text(3).utf8),
                files: zip(names, files).map { ($0, $1) }
            )
            let (api, outer) = (world.services.api, exchange.call)
            let result = try world.services.answered { try api.answer(request, for: outer) }
            return world.pair("\(result.status)", call.instance.value(String(decoding: result.bytes, as: UTF8.self)))
        }
    }
}

extension ScriptServices {
    /// Waits for an answer on a script's thread.
    func wait(for answer: Answer) throws -> Response {
        switch answer {
        case .now(let response): return response
        case .later(let start):
            let awaited = AwaitedResult<Response>()
            NestedWork.$isNested.withValue(true) { start { awaited.set($0) } }
            return try threads.blocking { try awaited.wait().get() }
        }
    }

    /// Waits for one of our own answers; a problem is an answer.
    fileprivate func answered(_ ask: () throws -> Answer) throws -> (status: Int, bytes: [UInt8]) {
        let response: Response
        do {
            response = try wait(for: NestedWork.$isNested.withValue(true) { try ask() })
        } catch {
            let problem = Problem(error)
            if problem.status >= 500 { report(error, in: "a page's request") }
            return (problem.status, problem.json)
        }
        switch response.body {
        case .bytes(let bytes): return (response.status, bytes)
        case .shared(let buffer): return (response.status, Array(buffer.readableBytesView))
        default: return (response.status, [])
        }
    }
}
