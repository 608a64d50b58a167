import MartletCore
import MartletFiles
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletStorage
import MartletVault
import NIOHTTP1
import OrderedCollections

/// `/api/collections/{collection}/records`
struct RecordRoutes: Sendable {
    let storage: any Storage
    let layouts: CurrentLayouts
    let plans: ReadPlans
    let hasher: PasswordHasher
    let observers: RecordObservers
    let attempts: AttemptLimiter
    let files: RecordFiles
    let uploads: ResumableUploads
    let hooks: RequestHooks?

    func register(in router: inout Router<Endpoint>) {
        let list = "/api/collections/{collection}/records"
        let one = list + "/{id}"
        let limit: @Sendable (String?) -> Int = { name in
            bodyLimit(name.flatMap { layouts.value.catalog.collection($0) })
        }
        router.add(.GET, list, Endpoint(tags: ["list"], bodyLimit: limit, self.list).projected(isEnvelope: true))
        router.add(.GET, one, Endpoint(tags: ["view"], bodyLimit: limit, self.view).projected)
        router.add(.POST, list, Endpoint(tags: ["create"], bodyLimit: limit, self.create).streamingForms.projected)
        router.add(.PATCH, one, Endpoint(tags: ["update"], bodyLimit: limit, self.update).streamingForms.projected)
        router.add(.DELETE, one, Endpoint(tags: ["delete"], bodyLimit: limit, self.delete))
    }

    /// 32 MiB and what the collection's fields may hold.
    private func bodyLimit(_ collection: Collection?) -> Int {
        (collection?.fields ?? []).reduce(Endpoint.defaultBodyLimit) { sum, field in
            switch field.kind {
            case .file(let options): added(sum, options.effectiveMaximumSize, max(options.maximumCount, 1))
            case .json(let options): added(sum, options.effectiveMaximumSize)
            case .editor(let options): added(sum, options.effectiveMaximumSize)
            default: sum
            }
        }
    }

    /// As far as numbers go: fields may allow more than any machine has.
    private func added(_ sum: Int, _ size: Int, _ count: Int = 1) -> Int {
        let (product, isTooLarge) = size.multipliedReportingOverflow(by: count)
        let (total, isTooMuch) = sum.addingReportingOverflow(product)
        return isTooLarge || isTooMuch ? .max : total
    }

    // MARK: - Reading

    private func list(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        guard let layout = layouts.layout(call.parameters[0]) else { throw Problem(404, "Missing collection context.") }
        let rule = layout.collection.listRule
        if rule == nil, !call.isSuperuser { throw Problem.superusersOnly }
        let values = call.values(body: try RequestBody.object(call, orSay: nil))
        let filter = call.query.text("filter")
        let sort = call.query.text("sort")
        if !call.isSuperuser {
            let conditions = call.isInner ? filter.replacing(InnerRequest.boundValue, with: "") : filter
            for prefix in ["@collection.", "@request."] where conditions.contains(prefix) || sort.contains(prefix) {
                throw Problem(403, "Only superusers can filter by \(prefix.dropLast()).")
            }
        }
        let page = try call.query.page()
        let plan = try plans.plan(
            layout,
            in: layouts,
            rule: call.isSuperuser ? nil : rule,
            filter: filter,
            sort: sort,
            expand: ExpandTree(call.query.text("expand")),
            request: values
        )
        if let hooks = readersTakePart(.recordsList, layout) {
            return hookedList(call, layout, plan, page, values, hooks)
        }
        return try .reading(storage, for: call.request.client, by: plan) { session in
            .json(try RecordReader(session, request: values).list(plan, page))
        }
    }

    private func view(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        guard let layout = layouts.layout(call.parameters[0]) else { throw Problem(404, "Missing collection context.") }
        let rule = layout.collection.viewRule
        if rule == nil, !call.isSuperuser { throw Problem.superusersOnly }
        let values = call.values(body: try RequestBody.object(call, orSay: nil))
        let id = call.parameters[1]
        let plan: ReadPlan
        do {
            plan = try plans.plan(
                layout,
                in: layouts,
                rule: call.isSuperuser ? nil : rule,
                expand: ExpandTree(call.query.text("expand")),
                request: values
            )
        } catch {
            throw Problem(404, cause: "\(error)")
        }
        if let hooks = readersTakePart(.recordView, layout) { return hookedView(call, layout, plan, values, hooks) }
        return try .reading(storage, for: call.request.client, by: plan) { session in
            guard let json = try RecordReader(session, request: values).one(plan, id: id) else {
                throw Problem.notFound
            }
            return .json(json)
        }
    }

    // MARK: - Writing

    private func create(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        let layout = try writable(call, layouts)
        return try withForm(call, layout, isAllowed: layout.collection.createRule != nil) { form in
            let values = call.values(body: form.body)
            if let hooks = writersTakePart(.recordCreate, layout) {
                return hookedWrite(form, layout, updating: nil, call, values, hooks)
            }
            let plan = try writePlan(call, layout, layouts, values)
            return submit(form, layout, updating: nil, call, "create") { submission, session in
                let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
                let record = try writer.create(submission, in: layout)
                return Written(try answer(record, plan, writer), record)
            }
        }
    }

    private func update(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        let layout = try writable(call, layouts)
        let id = call.parameters[1]
        return try withForm(call, layout, isAllowed: layout.collection.updateRule != nil) { form in
            let values = call.values(body: form.body)
            if let hooks = writersTakePart(.recordUpdate, layout) {
                return hookedWrite(form, layout, updating: id, call, values, hooks)
            }
            let plan = try writePlan(call, layout, layouts, values)
            return submit(form, layout, updating: id, call, "update") { submission, session in
                let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
                let record = try writer.update(id: id, submission, in: layout)
                return Written(try answer(record, plan, writer), record)
            }
        }
    }

    /// A record that was written, and what the client is told of it.
    private struct Written: Sendable {
        let response: Response
        let fileNames: [String]

        init(_ response: Response, _ record: Record) {
            self.response = response
            fileNames = record.fileNames
        }
    }

    private func delete(_ call: Call) throws -> Answer {
        let layouts = layouts.value
        guard let layout = layouts.layout(call.parameters[0]) else { throw Problem(404, "Missing collection context.") }
        if layout.collection.isView { throw Problem.badRequest("Unsupported collection type.") }
        let values = call.values(body: try RequestBody.object(call, orSay: nil))
        if let hooks = writersTakePart(.recordDelete, layout) { return hookedDelete(call, layout, values, hooks) }
        let id = call.parameters[1]
        return write("delete") { session in
            let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
            try writer.delete(id: id, in: layout)
            return .noContent
        }
    }

    private func writable(_ call: Call, _ layouts: RecordLayouts) throws -> RecordLayout {
        guard let layout = layouts.layout(call.parameters[0]) else {
            throw Problem(404, "Missing or invalid collection context.")
        }
        if layout.collection.isView { throw Problem.badRequest("Unsupported collection type.") }
        return layout
    }

    private func writePlan(
        _ call: Call,
        _ layout: RecordLayout,
        _ layouts: RecordLayouts,
        _ values: RequestValues
    ) throws -> ReadPlan {
        let expand = ExpandTree(call.query.text("expand"))
        return try plans.plan(layout, in: layouts, rule: nil, expand: expand, request: values)
    }

    private func answer(_ record: Record, _ plan: ReadPlan, _ writer: RecordWriter) throws -> Response {
        let isManaged = try record.layout.isAuth && writer.manages(record, isStored: true)
        return .json(try RecordReader(writer.session, request: writer.request).json(record, plan, isManaged: isManaged))
    }

    /// Writes from the event loop to the writer and back, without a thread in between.
    private func write(_ action: String, _ body: @escaping @Sendable (any WriteSession) throws -> Response) -> Answer {
        .later { complete in
            // Observers may do what cannot be done twice.
            storage.write(observers.areRepeatable ? .repeatable : .once, body) { result in
                complete(result.mapError { RecordProblem.problem($0, action: action) })
            }
        }
    }

    /// Writes what was submitted, after its passwords are hashed and its files have their place, where it has any.
    private func submit(
        _ form: RecordForm,
        _ layout: RecordLayout,
        updating id: String?,
        _ call: Call,
        _ action: String,
        _ run: @escaping @Sendable (RecordWriter.Submission, any WriteSession) throws -> Written
    ) -> Answer {
        guard layout.hasPasswords || !form.files.isEmpty else {
            let submission = RecordWriter.Submission(RecordBody(form.body))
            return write(action) { try run(submission, $0).response }
        }
        return .task {
            var submission = try await submission(form, layout.collection)
            if let id { submission.matchedOldHash = try await matchedOldHash(form.body, id, layout, call.address) }
            let placed = try await place(form, id, layout, &submission, action)
            let prepared = submission
            do {
                let written = try await storage.write { try run(prepared, $0) }
                files.takeBack(placed, except: written.fileNames)
                await form.claimed?.settle(written.fileNames)
                return written.response
            } catch {
                files.takeBack(placed)
                throw RecordProblem.problem(error, action: action)
            }
        }
    }
}

extension Problem {
    static let superusersOnly = Problem(403, "Only superusers can perform this action.")
}

/// What clients are told of a record that was not written.
enum RecordProblem {
    /// Where others took part, anything may have been thrown.
    static func problem(ofHandlers error: any Error, action: String) -> any Error {
        switch error {
        case is Problem, is RecordError, is FilterError, is StorageError, is FileStoreError:
            problem(error, action: action)
        default: Problem.badRequest("Failed to \(action) record.", cause: "\(error)")
        }
    }

    static func problem(_ error: any Error, action: String) -> any Error {
        let message = "Failed to \(action) record."
        switch error {
        case let error as RecordError:
            switch error {
            case .superusersOnly: return Problem.superusersOnly
            case .notFound: return Problem.notFound
            case .denied: return Problem.badRequest(message)
            case .invalid(let errors): return Problem.badRequest(message, data: errors)
            case .requiredReference:
                return Problem.badRequest(
                    "Failed to delete record. Make sure that the record is not part of a required relation reference."
                )
            case .lastSuperuser: return Problem.badRequest("You can't delete the only existing superuser.")
            case .failed(let cause): return Problem.badRequest(message, cause: cause)
            }
        case let error as FilterError:
            return action == "create" ? Problem.badRequest(message, cause: "\(error)") : Problem(404, cause: "\(error)")
        case StorageError.full, StorageError.busy, StorageError.closed: return error
        case is StorageError: return Problem.badRequest(message, cause: "\(error)")
        default: return error
        }
    }
}
