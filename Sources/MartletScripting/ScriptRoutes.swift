import MartletCore
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletRecords
import MartletServer
import NIOHTTP1
import OrderedCollections

/// Routes and middlewares of scripts (`js-hooks.md`, 10).
struct ScriptRoutes: Sendable {
    let generation: Generation

    private var services: ScriptServices { generation.services }

    /// The table of a server with these routes.
    /// - Throws: `Router.Conflict`.
    func table(over base: Router<Endpoint>) throws -> Routing.Table {
        var router = base
        var hosts: [String: Router<Endpoint>] = [:]
        for file in generation.ordered {
            for route in file.routes {
                let (path, host) = Self.split(route.pattern)
                if host.isEmpty {
                    try router.add(route.method, pattern: path) { names in endpoint(route, names) }
                } else {
                    try hosts[host.lowercased(), default: Router()]
                        .add(route.method, pattern: path, named: route.pattern) { names in endpoint(route, names) }
                }
            }
        }
        if services.options.isDevelopment { DevelopmentReload().register(in: &router) }
        if generation.site != nil {
            router.add(.POST, "/_/realtime", VisitorRealtime(services: services).endpoint)
        }
        let middlewares = Self.sorted(generation.ordered.flatMap(\.middlewares))
        return Routing.Table(
            router: router,
            hosts: hosts,
            middleware: middlewares.isEmpty ? nil : middleware(middlewares),
            pages: generation.site.map { PageRoutes(generation: generation, site: $0) }
        )
    }

    private static func split(_ pattern: String) -> (path: String, host: String) {
        guard let slash = pattern.firstIndex(of: "/") else { return (pattern, "") }
        return (String(pattern[slash...]), String(pattern[..<slash]))
    }

    /// By priority; one with the id of an earlier one takes its place.
    private static func sorted(_ handlers: [RoutedHandler]) -> [RoutedHandler] {
        var unique: [RoutedHandler] = []
        for handler in handlers {
            if !handler.id.isEmpty, let index = unique.firstIndex(where: { $0.id == handler.id }) {
                unique[index] = handler
            } else {
                unique.append(handler)
            }
        }
        return unique.enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }
            .map(\.element)
    }

    // MARK: - Routes

    private func endpoint(_ route: FileRegistrations.Route, _ names: [String]) -> Endpoint {
        let chain = Self.sorted(route.middlewares)
        var limit: Int?
        var isQuiet = false
        for case .native(let native) in chain.map(\.kind) {
            if case .bodyLimit(let bytes) = native { limit = bytes > 0 ? bytes : .max }
            if case .skipSuccessActivityLog = native { isQuiet = true }
        }
        var endpoint = Endpoint(isQuiet: isQuiet, bodyLimit: limit.map { limit in { @Sendable _ in limit } }) { call in
            respond(call, names, chain, route.handler)
        }
        endpoint.parameterNames = names
        endpoint.streams = { $0.header("content-type")?.hasPrefix("multipart/form-data") ?? false }
        return endpoint
    }

    private func respond(
        _ call: Call,
        _ names: [String],
        _ chain: [RoutedHandler],
        _ handler: RoutedHandler
    ) -> Answer {
        .later { complete in
            services.begin(call, complete) { form, complete in
                let exchange = Exchange(call, names, form, ScriptRun(services), services)
                run(chain[...], handler, exchange, complete)
            }
        }
    }

    private func run(
        _ chain: ArraySlice<RoutedHandler>,
        _ handler: RoutedHandler,
        _ exchange: Exchange,
        _ complete: @escaping Answer.Completion
    ) {
        // Without middlewares of scripts nobody waits on this thread for the handler's promises.
        let isAlone = chain.allSatisfy { if case .native = $0.kind { true } else { false } }
        do {
            guard isAlone else {
                try pass(chain, exchange) { try finish(handler, exchange) }
                return complete(.success(exchange.response))
            }
            try pass(chain, exchange) {
                guard case .script(let source) = handler.kind else {
                    try finish(handler, exchange)
                    return complete(.success(exchange.response))
                }
                let event = ScriptRequestEvent(exchange) {}
                generation.start(source, event, exchange.run) { result in
                    complete(outcome(result, exchange))
                }
            }
        } catch {
            complete(outcome(.failure(error), exchange))
        }
    }

    /// The answer. What was written before a failure stays.
    private func outcome(_ result: Result<Void, any Error>, _ exchange: Exchange) -> Result<Response, any Error> {
        switch result {
        case .success: return .success(exchange.response)
        case .failure(let error):
            let problem = problem(error, exchange)
            return exchange.status == 0 ? .failure(problem) : .success(exchange.response)
        }
    }

    private func finish(_ handler: RoutedHandler, _ exchange: Exchange) throws {
        switch handler.kind {
        case .script(let source): try generation.call(source, ScriptRequestEvent(exchange) {}, exchange.run.inner())
        case .native(.files(let root, let hasFallback)):
            let files = StaticFiles(root: root, hasIndexFallback: hasFallback, smallFiles: services.smallFiles)
            let path = exchange.call.parameters.last.map { $0.split(separator: "/").map(String.init) } ?? []
            let hasSlash = exchange.call.parameters.last?.hasSuffix("/") ?? false
            exchange.answer(try files.response(to: exchange.head, path: path, hasTrailingSlash: hasSlash))
        case .native(let native): try native.check(exchange, services.layouts)
        }
    }

    /// Runs middlewares around `last`.
    private func pass(
        _ chain: ArraySlice<RoutedHandler>,
        _ exchange: Exchange,
        depth: Int = 0,
        _ last: () throws -> Void
    ) throws {
        guard let first = chain.first else { return try last() }
        switch first.kind {
        case .native(let native):
            try native.check(exchange, services.layouts)
            try pass(chain.dropFirst(), exchange, depth: depth, last)
        case .script(let source):
            try withoutActuallyEscaping(last) { last in
                let event = ScriptRequestEvent(exchange) {
                    try pass(chain.dropFirst(), exchange, depth: depth + 1, last)
                }
                try generation.call(source, event, exchange.run.inner())
            }
        }
    }

    /// What a failure is answered with.
    private func problem(_ error: any Error, _ exchange: Exchange) -> any Error {
        ScriptAnswers.problem(error, services, in: "\(exchange.head.method.rawValue) \(exchange.call.pattern)")
    }

    // MARK: - Middlewares around everything

    private func middleware(_ middlewares: [RoutedHandler]) -> Routing.Middleware {
        { call, next in
            .later { complete in
                let complete = OnceCompletion(complete)
                let isAccepted = services.threads.submit(watch: services.watch(call) { complete($0) }) {
                    let exchange = Exchange(call, [], nil, ScriptRun(services), services)
                    do {
                        try pass(middlewares[...], exchange) {
                            let answer = try NestedWork.$isNested.withValue(true) { try next(exchange.call) }
                            exchange.answer(try services.wait(for: answer))
                        }
                        complete(.success(exchange.response))
                    } catch {
                        complete(outcome(.failure(error), exchange))
                    }
                }
                if !isAccepted { complete(.failure(Problem(503, cause: "too many scripts wait"))) }
            }
        }
    }
}

/// What clients are told of scripts that fail (`js-hooks.md`, 6.2).
enum ScriptAnswers {
    static func problem(_ error: any Error, _ services: ScriptServices, in place: String) -> any Error {
        switch error {
        case let error as ScriptError:
            if let underlying = error.underlying { return problem(underlying, services, in: place) }
            services.report(error, in: place)
            return Problem.badRequest(cause: error.description)
        case let stop as ScriptStop:
            services.report(stop, in: place)
            return Problem(500, cause: stop.description)
        default: return outcome(of: error)
        }
    }

    private static func outcome(of error: any Error) -> any Error {
        switch error {
        case is Problem: error
        case RecordError.invalid(let errors): Problem.badRequest(data: errors)
        case RecordError.notFound: Problem.notFound
        default: error
        }
    }
}
