import MartletCore
import MartletFiles
import MartletIdentity
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletStorage
import OrderedCollections

/// Requests in which others take part: they run on a thread that may wait.
extension RecordRoutes {
    /// Whether somebody takes part in reading a collection's records.
    func readersTakePart(_ name: RequestHooks.Name, _ layout: RecordLayout) -> RequestHooks? {
        guard let hooks else { return nil }
        let isConcerned = hooks[name].concerns(layout.tags) || observers.hooks?.enrich.isEmpty == false
        return isConcerned ? hooks : nil
    }

    /// Whether somebody takes part in writing a collection's records.
    func writersTakePart(_ name: RequestHooks.Name, _ layout: RecordLayout) -> RequestHooks? {
        guard let hooks else { return nil }
        if hooks[name].concerns(layout.tags) { return hooks }
        guard let records = observers.hooks else { return nil }
        // Deleting a record may delete and change records of others.
        if name == .recordDelete { return records.areActive ? hooks : nil }
        return records.concern(layout) || layout.isAuth && records.areActive || !records.enrich.isEmpty ? hooks : nil
    }

    private func event(_ call: Call, _ layout: RecordLayout, _ session: BlockingSession) -> RequestEvent {
        let event = RequestEvent(call, session)
        event.collection = layout.collection
        return event
    }

    private func enricher(_ call: Call, _ layouts: RecordLayouts, _ values: RequestValues, _ session: BlockingSession)
        -> RecordEnricher
    {
        RecordEnricher(
            layouts,
            session,
            request: values,
            auth: call.signedIn?.record,
            hooks: observers.hooks
        )
    }

    private func expands(_ call: Call) -> [String] {
        call.query.text("expand").split(separator: ",").map(String.init)
    }

    // MARK: - Reading

    func hookedList(
        _ call: Call,
        _ layout: RecordLayout,
        _ plan: ReadPlan,
        _ page: RecordReader.Page,
        _ values: RequestValues,
        _ hooks: RequestHooks
    ) -> Answer {
        let layouts = layouts.value
        return hooks.answer { session in
            let event = event(call, layout, session)
            let (offset, isBeyond) = (page.number - 1).multipliedReportingOverflow(by: page.size)
            event.records = try plan.models(
                of: layout,
                limit: page.size,
                offset: isBeyond ? .max : offset,
                session,
                request: values
            )
            let total = page.skipsTotal ? -1 : try RecordReader(session, request: values).count(plan)
            event.values = [
                "page": .number(Double(page.number)), "perPage": .number(Double(page.size)),
                "totalItems": .number(Double(total)),
                "totalPages": .number(Double(page.skipsTotal ? -1 : (total + page.size - 1) / page.size)),
            ]
            try hooks[.recordsList].run(event, tags: layout.tags) {
                let models = event.records
                try enricher(call, layouts, values, event.session).enrich(models, expanding: expands(call))
                var writer = JSONWriter(capacity: 4096)
                writer.raw(#"{"items":"#)
                writer.list(models) { $1.write(to: &$0) }
                for (name, value) in event.values {
                    writer.raw(",")
                    writer.string(name)
                    writer.raw(":")
                    writer.value(value)
                }
                writer.raw("}")
                event.response = .json(writer.bytes)
            }
            return event.answer
        }
    }

    func hookedView(
        _ call: Call,
        _ layout: RecordLayout,
        _ plan: ReadPlan,
        _ values: RequestValues,
        _ hooks: RequestHooks
    ) -> Answer {
        let layouts = layouts.value
        return hooks.answer { session in
            let event = event(call, layout, session)
            let id = call.parameters[1]
            guard let record = try plan.record(id: id, of: layout, session, request: values) else {
                throw Problem.notFound
            }
            event.record = RecordModel(record)
            try hooks[.recordView].run(event, tags: layout.tags) {
                guard let model = event.record else { throw Problem.notFound }
                try enricher(call, layouts, values, event.session).enrich([model], expanding: expands(call))
                event.response = .json(model.json)
            }
            return event.answer
        }
    }

    // MARK: - Writing

    func hookedWrite(
        _ form: RecordForm,
        _ layout: RecordLayout,
        updating id: String?,
        _ call: Call,
        _ values: RequestValues,
        _ hooks: RequestHooks
    ) -> Answer {
        let layouts = layouts.value
        return .task {
            var submission = try await submission(form, layout.collection)
            if let id { submission.matchedOldHash = try await matchedOldHash(form.body, id, layout, call.address) }
            let prepared = submission
            return try await hooks.answer { session in
                var uploads: RecordUploads?
                if !form.files.isEmpty {
                    let added = RecordUploads(files) { try hooks.wait($0) }
                    form.files.forEach(added.add)
                    uploads = added
                }
                let write = HookedWrite(
                    id.map { .update($0, prepared) } ?? .create(prepared),
                    layout,
                    values,
                    expanding: expands(call),
                    uploads: uploads
                )
                return try perform(write, call, layouts, hooks, session).answer
            }.response
        }
    }

    func hookedDelete(
        _ call: Call,
        _ layout: RecordLayout,
        _ values: RequestValues,
        _ hooks: RequestHooks
    ) -> Answer {
        let layouts = layouts.value
        return hooks.answer { session in
            let write = HookedWrite(.delete(call.parameters[1]), layout, values)
            return try perform(write, call, layouts, hooks, session).answer
        }
    }

    /// A write in which others may take part.
    struct HookedWrite {
        enum Action {
            case create(RecordWriter.Submission)
            case update(String, RecordWriter.Submission)
            case delete(String)
        }

        let action: Action
        let layout: RecordLayout
        let values: RequestValues
        let expands: [String]
        /// Files that have no place yet.
        let uploads: RecordUploads?

        init(
            _ action: Action,
            _ layout: RecordLayout,
            _ values: RequestValues,
            expanding expands: [String] = [],
            uploads: RecordUploads? = nil
        ) {
            self.action = action
            self.layout = layout
            self.values = values
            self.expands = expands
            self.uploads = uploads
        }

        var hook: RequestHooks.Name {
            switch action {
            case .create: .recordCreate
            case .update: .recordUpdate
            case .delete: .recordDelete
            }
        }

        var title: String {
            switch action {
            case .create: "create"
            case .update: "update"
            case .delete: "delete"
            }
        }
    }

    /// Writes, with handlers around it.
    /// - Parameter next: What comes behind it while the handlers are still around.
    func perform(
        _ write: HookedWrite,
        _ call: Call,
        _ layouts: RecordLayouts,
        _ hooks: RequestHooks,
        _ session: BlockingSession,
        then next: (RequestEvent) throws -> Void = { _ in }
    ) throws -> RequestEvent {
        let (layout, title) = (write.layout, write.title)
        let writer = RecordWriter(session, layouts: layouts, request: write.values, observers: observers)
        let event = event(call, layout, session)
        let (model, inner) = try Self.telling(title) { () throws -> (RecordModel, RecordWriter) in
            switch write.action {
            case .create(let submission): try writer.prepare(creating: submission, in: layout)
            case .update(let id, let submission): try writer.prepare(updating: id, submission, in: layout)
            case .delete(let id): (try writer.prepare(deleting: id, in: layout), writer)
            }
        }
        if let uploads = write.uploads { model.attachments = uploads }
        event.record = model
        try hooks[write.hook].run(event, tags: layout.tags) {
            guard let model = event.record else { return }
            if case .delete = write.action {
                try Self.telling(title) { try inner.within(event.session).delete(model) }
                event.response = .noContent
                return try next(event)
            }
            try Self.telling(title) { try inner.submit(model, on: event.session) }
            let enricher = enricher(call, layouts, write.values, event.session)
            try enricher.enrich([model], expanding: write.expands)
            event.response = .json(model.json)
            try next(event)
        }
        return event
    }

    /// Tells failures of what handlers run around. Their own failures are another matter.
    private static func telling<T>(_ action: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw RecordProblem.problem(ofHandlers: error, action: action)
        }
    }
}
