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
            let records = try plan.records(
                of: layout,
                limit: page.size,
                offset: isBeyond ? .max : offset,
                session,
                request: values
            )
            event.records = records.map { RecordModel($0) }
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
        let action = id == nil ? "create" : "update"
        return .task {
            var submission = try await submission(form, layout.collection)
            if let id { submission.matchedOldHash = try await matchedOldHash(form.body, id, layout, call.address) }
            let prepared = submission
            return try await hooks.answer { session in
                let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
                let (model, inner) = try Self.telling(action) {
                    try id.map { try writer.prepare(updating: $0, prepared, in: layout) }
                        ?? writer.prepare(creating: prepared, in: layout)
                }
                if !form.files.isEmpty {
                    let uploads = RecordUploads(files) { try hooks.wait($0) }
                    form.files.forEach(uploads.add)
                    model.attachments = uploads
                }
                let event = event(call, layout, session)
                event.record = model
                try hooks[id == nil ? .recordCreate : .recordUpdate].run(event, tags: layout.tags) {
                    guard let model = event.record else { return }
                    try Self.telling(action) { try inner.submit(model, on: event.session) }
                    let enricher = enricher(call, layouts, values, event.session)
                    try enricher.enrich([model], expanding: expands(call))
                    event.response = .json(model.json)
                }
                return event.answer
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
            let writer = RecordWriter(session, layouts: layouts, request: values, observers: observers)
            let event = event(call, layout, session)
            event.record = try Self.telling("delete") { try writer.prepare(deleting: call.parameters[1], in: layout) }
            try hooks[.recordDelete].run(event, tags: layout.tags) {
                guard let model = event.record else { return }
                try Self.telling("delete") { try writer.within(event.session).delete(model) }
                event.response = .noContent
            }
            return event.answer
        }
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
