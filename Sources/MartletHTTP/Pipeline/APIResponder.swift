import Logging
import MartletCore
package import MartletIdentity
import MartletRecords
import MartletSchema
package import MartletServer
import MartletSettings
import MartletStorage
import MartletTelemetry
import NIOCore
import NIOHTTP1

/// Every request's way: preflight, route, caller, rate limit, endpoint, headers, log.
package struct APIResponder: Responder {
    package let routing: Routing
    let files: StaticFiles
    let cors: CORS
    let storage: any Storage
    let layouts: CurrentLayouts
    let tokens: TokenAuthority
    let settings: SettingsStore
    let limiter: RateLimiter
    let activity: ActivityLog
    let logger: Logger

    private static let staticEndpoint = "static"

    /// What was found out about a request before it is answered.
    private struct Arrival: Sendable {
        let request: Request
        let start: ContinuousClock.Instant
        let created: Timestamp
        let address: String
    }

    // MARK: - Responder

    package func bodyHandling(_ head: RequestHead) -> BodyHandling {
        let table = routing.current
        guard let target = Target(head.target),
            let match = table.match(head, target.segments) ?? table.pages?.match(head, target.segments)
        else { return BodyHandling(limit: Endpoint.defaultBodyLimit) }
        return BodyHandling(
            limit: match.endpoint.bodyLimit?(match.parameters.first) ?? Endpoint.defaultBodyLimit,
            isStreamed: match.endpoint.streams(head)
        )
    }

    package func refusal(_ status: Int, _ head: RequestHead?) -> Response {
        var response = Response(
            Problem(status, status == 431 ? "Request headers too large." : nil)
        )
        if let head { cors.apply(to: &response, head) }
        return response
    }

    package func respond(to request: Request) -> Reply {
        let head = request.head
        let target = Target(head.target)
        if let location = target?.redirect { return .now(Self.redirect(to: location, head.method)) }
        if head.method == .OPTIONS {
            var response = cors.preflight(head)
            if target?.segments.starts(with: ["api", "uploads"]) ?? false {
                response.headers += UploadRoutes.capabilities
            }
            return .now(response)
        }
        let arrival = Arrival(
            request: request,
            start: .now,
            created: .now,
            address: ClientAddress.real(head, settings.snapshot.settings.trustedProxy)
        )
        guard let target else {
            return .now(finished(.failure(Problem(400)), nil, arrival, nil))
        }
        let table = routing.current
        guard let match = table.match(head, target.segments) ?? table.pages?.match(head, target.segments) else {
            if let location = Self.missingSlash(head, target, table) {
                return .now(Self.redirect(to: location, head.method))
            }
            return authenticated(arrival) { unrouted(target, $0, arrival, table) }
        }
        return authenticated(arrival) { signedIn in
            run(match, target, signedIn, arrival, table)
        }
    }

    /// An unclean path is sent to its clean form before it is routed.
    private static func redirect(to location: String, _ method: HTTPMethod) -> Response {
        guard method == .GET || method == .HEAD else {
            return Response(307, headers: [("Location", location)], body: .bytes([]))
        }
        let link = location.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&#34;")
        let page = "<a href=\"\(link)\">Temporary Redirect</a>.\n\n"
        return Response(
            307,
            headers: [("Location", location), ("Content-Type", "text/html; charset=utf-8")],
            body: .bytes(Array(page.utf8))
        )
    }

    /// Where a path should have gone that lacks the slash of somebody's route for a folder.
    private static func missingSlash(_ head: RequestHead, _ target: Target, _ table: Routing.Table) -> String? {
        guard !target.hasTrailingSlash, let found = table.match(head, target.segments + [""]),
            found.pattern.hasSuffix("/") || found.pattern.hasSuffix("{$}")
        else { return nil }
        let query = head.target.firstIndex(of: "?") ?? head.target.endIndex
        return head.target[..<query] + "/" + head.target[query...]
    }

    /// Static files, for everything that is no route.
    private func unrouted(
        _ target: Target,
        _ signedIn: SignedInRecord?,
        _ arrival: Arrival,
        _ table: Routing.Table
    ) -> Reply {
        let endpoint = Endpoint(isQuiet: true) { call in
            let head = call.request.head
            if target.segments == ["_"], !target.hasTrailingSlash { return .now(Self.redirect(to: "/_/", head.method)) }
            do {
                guard head.method == .GET || head.method == .HEAD else { throw Problem.notFound }
                return .now(
                    try files.response(to: head, path: target.segments, hasTrailingSlash: target.hasTrailingSlash)
                )
            } catch let problem as Problem where problem.status == 404 {
                guard let answer = table.pages?.missing(call) else { throw problem }
                return answer
            }
        }
        return run(Router<Endpoint>.Match(endpoint: endpoint), target, signedIn, arrival, table)
    }

    // MARK: - Who is calling

    private func authenticated(_ arrival: Arrival, _ next: @escaping @Sendable (SignedInRecord?) -> Reply) -> Reply {
        guard let token = Self.token(arrival.request.head) else { return next(nil) }
        let layouts = layouts.value
        let tokens = tokens
        let verify = { @Sendable (session: any ReadSession) in
            try tokens.verify(token, .auth, layouts: layouts, session: session)
        }
        do {
            return next(try storage.readInline(verify))
        } catch StorageError.budgetExceeded {
            return .later { complete in
                storage.readBlocking(verify) { result in
                    switch result.map(next) {
                    case .success(.now(let response)): complete(response)
                    case .success(.later(let start)): start(complete)
                    case .failure(let error): complete(unchecked(error, arrival))
                    }
                }
            }
        } catch {
            return .now(unchecked(error, arrival))
        }
    }

    /// The answer when the caller's token could not be looked up: to go on as a guest would be a wrong answer.
    private func unchecked(_ error: any Error, _ arrival: Arrival) -> Response {
        finished(.failure(Problem(503, cause: "\(error)")), nil, arrival, nil)
    }

    private static func token(_ head: RequestHead) -> String? {
        guard var text = head.header("authorization"), !text.isEmpty else { return nil }
        let isBearer = text.utf8.prefix(7).elementsEqual("bearer ".utf8) { $0 == $1 || $0 | 0x20 == $1 && $1 != 0x20 }
        if isBearer, text.utf8.count > 7 { text = String(text.dropFirst(7)) }
        text = text.trimmingBlanks()
        return text.isEmpty ? nil : text
    }

    // MARK: - Endpoint

    private func run(
        _ match: Router<Endpoint>.Match,
        _ target: Target,
        _ signedIn: SignedInRecord?,
        _ arrival: Arrival,
        _ table: Routing.Table
    ) -> Reply {
        let endpoint = match.endpoint
        let call = Call(
            request: arrival.request,
            parameters: match.parameters,
            pattern: match.pattern,
            query: target.query,
            signedIn: signedIn,
            address: arrival.address
        )
        do {
            try checkSuperuserAddress(call)
            try checkRate(endpoint, target, call)
            switch try answer(endpoint, call, table.middleware) {
            case .now(let response):
                return .now(finished(.success(response), call, arrival, endpoint))
            case .later(let start):
                return .later { complete in
                    start { complete(finished($0, call, arrival, endpoint)) }
                }
            }
        } catch {
            return .now(finished(.failure(error), call, arrival, endpoint))
        }
    }

    private func answer(_ endpoint: Endpoint, _ call: Call, _ middleware: Routing.Middleware?) throws -> Answer {
        guard let middleware else {
            try checkAccess(endpoint, call)
            return try endpoint.handle(call)
        }
        return try middleware(call) { call in
            try checkAccess(endpoint, call)
            return try endpoint.handle(call)
        }
    }

    func checkSuperuserAddress(_ call: Call) throws {
        guard let signedIn = call.signedIn else { return }
        if !admits(signedIn, from: call.address) { throw Problem.forbidden }
    }

    /// Whether somebody may be who they are from where they are.
    package func admits(_ signedIn: SignedInRecord, from address: String) -> Bool {
        guard signedIn.record.layout.isSuperusers else { return true }
        let allowed = settings.snapshot.settings.superuserIPs
        return allowed.isEmpty || ClientAddress.isListed(address, in: allowed)
    }

    func checkAccess(_ endpoint: Endpoint, _ call: Call) throws {
        switch endpoint.access {
        case .anyone: return
        case .superuser:
            if call.signedIn == nil { throw Problem.unauthenticated }
            if !call.isSuperuser {
                throw Problem(403, "The authorized record is not allowed to perform this action.")
            }
        case .sameCollection:
            let wanted = call.parameters.first.flatMap { layouts.value.layout($0) }
            guard let wanted else { throw Problem(404, "Missing or invalid collection context.") }
            guard let signedIn = call.signedIn else { throw Problem.unauthenticated }
            let own = signedIn.record.layout
            if wanted.collectionID != own.collectionID {
                throw Problem(403, "The request requires auth record from \(own.collectionName) collection.")
            }
        }
    }

    func checkRate(_ endpoint: Endpoint, _ target: Target, _ call: Call) throws {
        try limiter.admit(
            call,
            as: labels(endpoint, target, call),
            settings: settings.snapshot.settings.rateLimits
        )
    }

    private func labels(_ endpoint: Endpoint, _ target: Target, _ call: Call) -> RateLimiter.Labels {
        let path = "/" + target.segments.joined(separator: "/")
        var names: [String] = []
        var scope: String?
        if !endpoint.tags.isEmpty,
            let collection = call.parameters.first.flatMap({ layouts.value.catalog.collection($0) })
        {
            names += endpoint.tags.map { "\(collection.name):\($0)" } + endpoint.tags.map { "*:\($0)" }
            scope = "\(collection.id) \(endpoint.tags.joined(separator: ","))"
        }
        names += ["\(call.request.head.method.rawValue) \(path)", path]
        return RateLimiter.Labels(names: names, collectionScope: scope)
    }

    // MARK: - On the way out

    private func finished(
        _ result: Result<Response, any Error>,
        _ call: Call?,
        _ arrival: Arrival,
        _ endpoint: Endpoint?
    ) -> Response {
        var problem: Problem?
        var response: Response
        switch result {
        case .success(let answer): response = answer
        case .failure(let error):
            let found = Problem(error)
            problem = found
            response = Response(found)
            response.headers += endpoint?.refusalHeaders ?? []
        }
        cors.apply(to: &response, arrival.request.head)
        let isError = response.status >= 400
        if isError || endpoint?.isQuiet != true { log(response, call, arrival, problem) }
        return response
    }

    private func log(_ response: Response, _ call: Call?, _ arrival: Arrival, _ problem: Problem?) {
        let head = arrival.request.head
        var message: String?
        if response.status >= 400 { message = problem?.message ?? Self.message(in: response) }
        let duration = ContinuousClock.now - arrival.start
        activity.add(
            RequestRecord(
                created: arrival.created,
                method: head.method.rawValue,
                target: LoggedURL.text(head.target),
                status: response.status,
                duration: duration,
                callerCollection: call?.signedIn?.record.layout.collectionName ?? "",
                callerID: call?.signedIn?.record.id ?? "",
                referer: LoggedURL.text(head.header("referer") ?? ""),
                userAgent: head.header("user-agent") ?? "",
                remoteIP: ClientAddress.remote(head),
                userIP: arrival.address,
                error: message,
                details: problem?.cause
            )
        )
    }

    private static func message(in response: Response) -> String {
        guard case .bytes(let bytes) = response.body, let value = try? JSONParser.parse(bytes) else { return "" }
        return value["message"]?.string ?? ""
    }
}

extension Problem {
    static let unauthenticated = Problem(401, "The request requires valid record authorization token.")
}
