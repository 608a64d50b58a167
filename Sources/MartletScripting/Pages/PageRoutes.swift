import MartletCore
import MartletHTTP
import MartletJavaScript
import MartletPages
import MartletRecords
import MartletServer
import NIOHTTP1

/// Answers requests with the pages of a folder, and with the files beside them.
final class PageRoutes: PageRouting {
    private let generation: Generation
    private let site: PageSite
    private let files: SiteFiles
    private let handlers: [String: HandlerSource]
    /// Files that might be pages and are none.
    private let plainFiles: Set<String>

    private var services: ScriptServices { generation.services }

    init(generation: Generation, site: PageSite) {
        self.generation = generation
        self.site = site
        plainFiles = site.plainFiles
        let folder = generation.services.pagesFolder
        files = SiteFiles(root: folder, smallFiles: generation.services.smallFiles)
        handlers = Dictionary(
            uniqueKeysWithValues: site.pages.keys.map { ($0, HandlerSource(page: $0, file: "\(folder)/\($0)")) }
        )
    }

    // MARK: - Routing

    func match(_ head: RequestHead, _ segments: [String]) -> Router<Endpoint>.Match? {
        // What is no route of the API is nothing else either.
        if segments.first == "api" { return nil }
        let path = segments.last == "" ? Array(segments.dropLast()) : segments
        if let found = site.tree.match(path) { return match(found, head, isSlashed: path.count < segments.count) }
        guard head.method == .GET || head.method == .HEAD, isServed(path), files.has(path) else {
            return nil
        }
        return Router<Endpoint>.Match(
            endpoint: Endpoint(isQuiet: true) { [files] call in
                guard let response = files.response(to: call.request.head, path) else { throw Problem.notFound }
                return .now(response)
            }
        )
    }

    /// Pages and their parts are not shown as they are written.
    private func isServed(_ path: [String]) -> Bool {
        guard !path.isEmpty, !path.contains(where: { $0.hasPrefix("_") || $0.hasPrefix(".") }) else { return false }
        let file = path.joined(separator: "/")
        return !PageLoader.mayBePage(file) || plainFiles.contains(file)
    }

    private func match(_ found: PageTree.Match, _ head: RequestHead, isSlashed: Bool) -> Router<Endpoint>.Match {
        if isSlashed {
            let mark = head.target.firstIndex(of: "?") ?? head.target.endIndex
            let location = head.target[..<mark].dropLast() + head.target[mark...]
            // Two slashes at the start would name another server.
            let safe = location.hasPrefix("//") ? "/" : location
            let response = Response.plain(308, [("Location", String(safe))], .none)
            return Router<Endpoint>.Match(endpoint: Endpoint(isQuiet: true) { _ in .now(response) })
        }
        let names = found.parameters.keys.sorted()
        var endpoint = Endpoint { [self] call in show(found.file, call, names) }
        endpoint.streams = { $0.header("content-type")?.hasPrefix("multipart/form-data") ?? false }
        return Router<Endpoint>.Match(
            endpoint: endpoint,
            parameters: names.map { found.parameters[$0] ?? "" },
            pattern: "/" + found.file
        )
    }

    func missing(_ call: Call) -> Answer? {
        guard !call.request.head.target.hasPrefix("/api/"), PageFailure.isForPerson(call.request.head),
            let handler = errorPage(404)
        else { return nil }
        let failure = PageFailure(Problem.notFound)
        return .later { [self] complete in
            services.begin(call, asPage(call, complete)) { [self] _, complete in
                run(handler, Exchange(call, [], nil, ScriptRun(services), services), after: failure, complete)
            }
        }
    }

    // MARK: - Showing

    private func show(_ file: String, _ call: Call, _ names: [String]) -> Answer {
        guard let handler = handlers[file] else { return .now(broken(file, call)) }
        let head = call.request.head
        let isShared = call.signedIn == nil && PageVisitor.isUnknown(head)
        // A page may write the address under which it was asked for.
        let key = "\(head.header("host") ?? "")\n\(head.target)"
        if isShared, let kept = services.pageCache.response(key, ifNoneMatch: head.header("if-none-match")) {
            return .now(kept)
        }
        let keeping = isShared ? Keeping(key: key, start: services.pageCache.now) : nil
        return .later { [self] complete in
            services.begin(call, asPage(call, complete)) { [self] form, complete in
                let exchange = Exchange(call, names, form, ScriptRun(services), services)
                run(handler, exchange, keeping: keeping, complete)
            }
        }
    }

    /// Shows failures to people where they read them: also of forms that cannot be read, and of pages for errors.
    private func asPage(_ call: Call, _ complete: @escaping Answer.Completion) -> Answer.Completion {
        guard PageFailure.isForPerson(call.request.head) else { return complete }
        return { result in
            complete(result.flatMapError { .success(PageFailure($0).page) })
        }
    }

    /// The answer for a page that never was one.
    private func broken(_ file: String, _ call: Call) -> Response {
        let error = site.failures.first { $0.file == file }?.error ?? Problem.notFound
        if services.options.isDevelopment { return DevelopmentPage.response(error) }
        return PageFailure(error).page
    }

    /// What is kept for others, where the page has nothing against it.
    private struct Keeping: Sendable {
        let key: String
        let start: PageCache.Moment
    }

    /// Runs a page, and shows another one where it fails.
    /// - Parameter failure: What the page tells of, where it is one for that.
    private func run(
        _ handler: HandlerSource,
        _ exchange: Exchange,
        after failure: PageFailure? = nil,
        keeping: Keeping? = nil,
        _ complete: @escaping Answer.Completion
    ) {
        exchange.failure = failure
        exchange.whenStreaming = { complete(.success($0)) }
        let event = ScriptRequestEvent(exchange) {}
        generation.start(handler, event, exchange.run) { [self] result in
            event.settle()
            exchange.end()
            if let stream = exchange.stream {
                if case .failure(let error) = result { services.report(error, in: handler.file) }
                return stream.end(isWhole: (try? result.get()) != nil)
            }
            switch result {
            case .success:
                guard let keeping, let rule = exchange.caching else { return complete(.success(exchange.response)) }
                let cache = services.pageCache
                let response = cache.keep(exchange.response, keeping.key, by: rule, since: keeping.start)
                complete(.success(response))
            case .failure(let error) where failure != nil:
                services.report(error, in: handler.file)
                complete(.failure(Problem(500, cause: "\(error)")))
            case .failure(let error): fail(error, handler, exchange, complete)
            }
        }
    }

    /// The application's own page for a status.
    private func errorPage(_ status: Int) -> HandlerSource? {
        handlers["\(status).html"] ?? (status > 500 ? handlers["500.html"] : nil) ?? handlers["error.html"]
    }

    private func fail(
        _ error: any Error,
        _ handler: HandlerSource,
        _ exchange: Exchange,
        _ complete: @escaping Answer.Completion
    ) {
        let failure = PageFailure(error)
        if failure.isFault { services.report(error, in: handler.file) }
        guard PageFailure.isForPerson(exchange.head) else { return complete(.failure(failure.problem)) }
        if failure.isFault, services.options.isDevelopment {
            return complete(.success(DevelopmentPage.response(error)))
        }
        let shown = Exchange(exchange.call, [], nil, ScriptRun(services), services)
        shown.takeHeaders(of: exchange)
        guard let next = errorPage(failure.problem.status) else {
            shown.answer(failure.page)
            return complete(.success(shown.response))
        }
        run(next, shown, after: failure, complete)
    }
}

/// What a request tells of its visitor.
enum PageVisitor {
    private static let sessionCookie = "martlet_session"
    private static let flashCookie = "martlet_flash"

    /// The token in a visitor's cookie.
    static func session(_ head: RequestHead) -> String? {
        for line in head.headers["cookie"] {
            for pair in line.split(separator: ";") {
                let pair = pair.trimmingBlanks()
                if pair.hasPrefix(sessionCookie + "=") { return String(pair.dropFirst(sessionCookie.count + 1)) }
            }
        }
        return nil
    }

    /// Whether nothing tells this visitor from others.
    static func isUnknown(_ head: RequestHead) -> Bool {
        guard head.method == .GET || head.method == .HEAD, head.header("authorization") == nil else { return false }
        return !head.headers["cookie"].contains { $0.contains(sessionCookie + "=") || $0.contains(flashCookie + "=") }
    }
}
