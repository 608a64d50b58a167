import MartletCore
import MartletFiles
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import MartletStorage
import NIOHTTP1
import OrderedCollections

/// `POST /api/batch`: several writes in one transaction (`records.md`, Batch).
struct BatchRoute: Sendable {
    let storage: any Storage
    let layouts: CurrentLayouts
    let plans: ReadPlans
    let settings: SettingsStore
    let records: RecordRoutes
    let limiter: RateLimiter
    let observers: RecordObservers
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        let limit: @Sendable (String?) -> Int = { _ in settings.snapshot.settings.batch.effectiveMaxBodySize }
        router.add(.POST, "/api/batch", Endpoint.asynchronous(bodyLimit: limit, run).streamingForms)
    }

    /// One write of the batch, ready to run.
    private struct Item: Sendable {
        enum Action: Sendable { case create, upsert, update(String), delete(String) }

        let action: Action
        let layout: RecordLayout
        let values: RequestValues
        let query: QueryParameters
        let projection: FieldsProjection?
        let submission: RecordWriter.Submission
        let placed: RecordFiles.Placed

        /// In which others may take part. Which of two it is, an upsert finds out later.
        var names: [RequestHooks.Name] {
            switch action {
            case .create: [.recordCreate]
            case .upsert: [.recordCreate, .recordUpdate]
            case .update: [.recordUpdate]
            case .delete: [.recordDelete]
            }
        }
    }

    private struct ItemFailure: Error {
        let index: Int
        let problem: Problem
    }

    private func run(_ call: Call) async throws -> Response {
        let limits = settings.snapshot.settings.batch
        guard limits.isEnabled, limits.maxRequests > 0 else { throw Problem(403, "Batch requests are not allowed.") }
        let (body, forms) = try await body(call)
        let requests = try requests(in: body, limit: limits.maxRequests)
        let subject = RequestSubject(values: ["batch": .array(requests.map { .object($0) })])
        return try await hooks.around(.batch, call, subject) { subject in
            let wanted = subject.values["batch"]?.array?.compactMap(\.object) ?? requests
            return try await run(wanted, forms, call, limits)
        }
    }

    private func run(
        _ requests: [JSONObject],
        _ forms: Forms,
        _ call: Call,
        _ limits: BatchSettings
    ) async throws -> Response {
        let layouts = layouts.value
        var items: [Item] = []
        var claimed = ClaimedUploads(in: records.uploads)
        do {
            for (index, request) in requests.enumerated() {
                do {
                    items.append(try await item(request, forms.files(of: index), call, layouts, &claimed))
                } catch {
                    throw ItemFailure(index: index, problem: Problem(error))
                }
            }
            let prepared = items
            let timeout = Duration.seconds(max(limits.timeout, 1))
            let results = try await write(prepared) { session in
                session.stop(after: timeout)
                if let hooks, let session = session as? BlockingSession {
                    return try run(prepared[...], call, layouts, hooks, session)
                }
                return try prepared.enumerated().map { index, item in
                    try Self.telling(index) { try run(item, layouts, session) }
                }
            }
            for (item, done) in zip(items, results) {
                records.files.takeBack(item.placed, except: done.fileNames)
            }
            await claimed.settle(results.flatMap(\.fileNames))
            return .json(Self.answer(results.map(\.response)))
        } catch {
            for item in items { records.files.takeBack(item.placed) }
            claimed.release()
            throw Self.problem(error)
        }
    }

    /// One transaction: where others take part in an item, on a thread on which they can.
    private func write<T: Sendable>(
        _ items: [Item],
        _ body: @escaping @Sendable (any WriteSession) throws -> T
    ) async throws -> T {
        guard let hooks,
            items.contains(where: { item in
                item.names.contains { records.writersTakePart($0, item.layout) != nil }
            })
        else {
            return try await storage.write { try body($0) }
        }
        return try await hooks.run { session in try session.transaction { try body(session) } }
    }

    /// What became of one item.
    private struct Done: Sendable {
        let response: Response
        var fileNames: [String] = []
    }

    private static func problem(_ error: any Error) -> any Error {
        switch error {
        case let failure as ItemFailure:
            Problem.badRequest("Batch transaction failed.", data: errors(failure))
        case StorageError.timedOut: Problem.badRequest("Batch transaction failed.", cause: "time-out")
        default: error
        }
    }

    // MARK: - Files

    /// The files of a form, by the item and field that their parts name.
    private struct Forms {
        var parts: [(name: String, file: UploadedFile)] = []

        /// `requests.0.field`, or the older `requests[0].field`.
        func files(of index: Int) -> [(name: String, file: UploadedFile)] {
            parts.compactMap { part in
                for prefix in ["requests.\(index).", "requests[\(index)]."] where part.name.hasPrefix(prefix) {
                    // The reference server names them twice over.
                    return (String(part.name.dropFirst(prefix.count)), part.file.renamed)
                }
                return nil
            }
        }
    }

    private func body(_ call: Call) async throws -> (JSONObject, Forms) {
        let unreadable = "Failed to read the submitted batch data."
        guard let stream = call.request.stream else {
            return (try RequestBody.object(call, orSay: unreadable), Forms())
        }
        return try await RequestBody.reporting(unreadable) {
            let form = try await SubmittedForm.read(call, stream, into: records.files.staging)
            let values = try FormValues(parts: form.values, query: call.query).object()
            return (values, Forms(parts: form.files))
        }
    }

    // MARK: - Reading the items

    private func requests(in body: JSONObject, limit: Int) throws -> [JSONObject] {
        let message = "Invalid batch request data."
        let submitted = body.withLoweredKeys["requests"]
        guard case .array(let values)? = submitted, !values.isEmpty else {
            if let other = submitted, !other.isNull, other.array == nil {
                throw Problem.badRequest("Failed to read the submitted batch data.")
            }
            throw Problem.badRequest(message, data: FieldErrors("requests", .required))
        }
        if values.count > limit { throw Problem.badRequest(message, data: FieldErrors("requests", .tooLong(limit))) }
        var errors = FieldErrors.none
        var requests: [JSONObject] = []
        for (index, value) in values.enumerated() {
            guard case .object(let members) = value else {
                throw Problem.badRequest("Failed to read the submitted batch data.")
            }
            let hasObjects = ["body", "headers"].allSatisfy {
                members[$0]?.isNull ?? true || members[$0]?.object != nil
            }
            let hasTexts = members["headers"]?.object?.values.allSatisfy { $0.string != nil } ?? true
            guard hasObjects, hasTexts else { throw Problem.badRequest("Failed to read the submitted batch data.") }
            let path = ["requests", String(index)]
            let method = members["method"]?.string ?? ""
            if method.isEmpty {
                errors.add(.required, at: path + ["method"])
            } else if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method) {
                errors.add(.invalidValue, at: path + ["method"])
            }
            let url = members["url"]?.string ?? ""
            if url.isEmpty {
                errors.add(.required, at: path + ["url"])
            } else if url.utf8.count > 2000 {
                errors.add(.tooLong(2000), at: path + ["url"])
            }
            requests.append(members)
        }
        if !errors.isEmpty { throw Problem.badRequest(message, data: errors) }
        return requests
    }

    private func item(
        _ members: JSONObject,
        _ files: [(name: String, file: UploadedFile)],
        _ call: Call,
        _ layouts: RecordLayouts,
        _ claimed: inout ClaimedUploads
    ) async throws -> Item {
        let method = members["method"]?.string ?? ""
        let url = members["url"]?.string ?? ""
        guard url.hasPrefix("/"), let target = Target(url), target.redirect == nil,
            !target.hasTrailingSlash
        else {
            throw Problem(400)
        }
        let path = url.dropFirst().prefix { $0 != "?" }.split(separator: "/").map(String.init)
        guard path.count >= 4, path[0] == "api", path[1] == "collections", path[3] == "records" else {
            throw Problem(400)
        }
        let action: Item.Action
        switch (method, path.count) {
        case ("POST", 4): action = .create
        case ("PUT", 4): action = .upsert
        case ("PATCH", 5): action = .update(path[4])
        case ("DELETE", 5): action = .delete(path[4])
        default: throw Problem(400)
        }
        guard let layout = layouts.layout(path[2]) else { throw Problem(404, "Missing collection context.") }
        if layout.collection.isView { throw Problem.badRequest("Unsupported collection type.") }
        try checkRate(action, layout.collection, call)
        var form = RecordForm(members["body"]?.object ?? [:])
        form.add(files, in: layout, acceptsHidden: call.isSuperuser)
        try await claimed.fill(&form, in: layout, for: call)
        var submission = try await records.submission(form, layout.collection)
        var updated: String?
        if case .update(let id) = action {
            submission.matchedOldHash = try await records.matchedOldHash(form.body, id, layout, call.address)
            updated = id
        }
        let fields = target.query.text("fields")
        let projection = fields.isEmpty ? nil : try FieldsProjection(fields)
        let placed = try await records.place(form, updated, layout, &submission, updated == nil ? "create" : "update")
        return Item(
            action: action,
            layout: layout,
            values: values(call, members, method, target, form.body),
            query: target.query,
            projection: projection,
            submission: submission,
            placed: placed
        )
    }

    /// Each item counts as a request of its own action.
    private func checkRate(_ action: Item.Action, _ collection: Collection, _ call: Call) throws {
        let tag =
            switch action {
            case .create, .upsert: "create"
            case .update: "update"
            case .delete: "delete"
            }
        let labels = RateLimiter.Labels(
            names: ["\(collection.name):\(tag)", "*:\(tag)"],
            collectionScope: "\(collection.id) \(tag)"
        )
        try limiter.admit(call, as: labels, settings: settings.snapshot.settings.rateLimits)
    }

    private func values(
        _ call: Call,
        _ members: JSONObject,
        _ method: String,
        _ target: Target,
        _ body: JSONObject
    ) -> RequestValues {
        var values = call.values(context: .batch, body: body)
        values.method = method
        values.query = target.query.firstValues
        let outer = values.header
        var own: [String: String] = [:]
        for (name, value) in members["headers"]?.object ?? [:] where name.asciiLowercased() != "authorization" {
            let key = String(name.asciiLowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
            own[key] = value.string
        }
        let headers = own
        values.header = { headers[$0] ?? outer($0) }
        return values
    }

    // MARK: - Running

    /// Tells which item a failure is of.
    private static func telling<T>(_ index: Int, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let failure as ItemFailure {
            throw failure
        } catch StorageError.timedOut {
            throw StorageError.timedOut
        } catch {
            throw ItemFailure(index: index, problem: Problem(error))
        }
    }

    private static let nestingLimit = 16

    /// Runs items with handlers around them: those of one of the first items around all items behind it, as in the reference
    /// server, unless one of them has answered instead.
    private func run(
        _ items: ArraySlice<Item>,
        _ call: Call,
        _ layouts: RecordLayouts,
        _ hooks: RequestHooks,
        _ session: BlockingSession
    ) throws -> [Done] {
        guard let item = items.first else { return [] }
        var following: [Done]?
        let event = try Self.telling(items.startIndex) {
            try records.perform(try write(item, session).0, call, layouts, hooks, session) { event in
                // Each level has an instance of the engine and a part of the stack.
                guard items.startIndex < Self.nestingLimit else { return }
                following = try run(items.dropFirst(), call, layouts, hooks, event.session)
            }
        }
        var response = event.answer
        if let projection = item.projection, case .bytes(let bytes) = response.body {
            response.body = .bytes(projection.apply(to: bytes, isEnvelope: false))
        }
        return [Done(response: response, fileNames: event.record?.record.fileNames ?? [])]
            + (try following ?? run(items.dropFirst(), call, layouts, hooks, session))
    }

    private func run(_ item: Item, _ layouts: RecordLayouts, _ session: any WriteSession) throws -> Done {
        let (write, values) = try write(item, session)
        let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
        let record: Record
        switch write.action {
        case .create(let submission):
            record = try translating("create") { try writer.create(submission, in: item.layout) }
        case .update(let id, let submission):
            record = try translating("update") { try writer.update(id: id, submission, in: item.layout) }
        case .delete(let id):
            try translating("delete") { try writer.delete(id: id, in: item.layout) }
            return Done(response: .noContent)
        }
        let expand = ExpandTree(item.query.text("expand"))
        let plan = try plans.plan(item.layout, in: layouts, rule: nil, expand: expand, request: values)
        let isManaged = try record.layout.isAuth && writer.manages(record, isStored: true)
        let json = try RecordReader(session, request: values).json(record, plan, isManaged: isManaged)
        let shown = item.projection?.apply(to: json, isEnvelope: false) ?? json
        return Done(response: .json(shown), fileNames: record.fileNames)
    }

    /// What is written, now that it can be seen whether an upsert meets a record.
    private func write(
        _ item: Item,
        _ session: any WriteSession
    ) throws -> (RecordRoutes.HookedWrite, RequestValues) {
        var values = item.values
        let action: RecordRoutes.HookedWrite.Action
        switch item.action {
        case .create: action = .create(item.submission)
        case .update(let id): action = .update(id, item.submission)
        case .delete(let id): action = .delete(id)
        case .upsert:
            let id = item.values.body["id"]?.string ?? ""
            let exists = try !id.isEmpty && item.layout.record(id: id, in: session) != nil
            action = exists ? .update(id, item.submission) : .create(item.submission)
            values.method = exists ? "PATCH" : "POST"
        }
        let expands = item.query.text("expand").split(separator: ",").map(String.init)
        return (RecordRoutes.HookedWrite(action, item.layout, values, expanding: expands), values)
    }

    private func translating<T>(_ action: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw RecordProblem.problem(error, action: action)
        }
    }

    private static func answer(_ results: [Response]) -> [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        writer.list(results) { writer, response in
            writer.raw(#"{"body":"#)
            if case .bytes(let bytes) = response.body { writer.raw(bytes) } else { writer.raw("null") }
            writer.raw(#","status":"#)
            writer.integer(response.status)
            writer.raw("}")
        }
        return writer.bytes
    }

    private static func errors(_ failure: ItemFailure) -> FieldErrors {
        let problem = failure.problem
        let response: JSONValue = [
            "data": problem.data.json, "message": .string(problem.message), "status": .number(Double(problem.status)),
        ]
        let item: JSONValue = [
            "code": "batch_request_failed", "message": "Batch request failed.", "response": response,
        ]
        return .fields(["requests": .fields([String(failure.index): .custom(item)])])
    }
}
