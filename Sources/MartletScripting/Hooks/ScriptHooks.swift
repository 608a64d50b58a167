import MartletCore
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletMail
import MartletRealtime
import MartletRecords
import MartletSchema
import MartletStorage

/// Binds the handlers of files to what happens (`js-hooks.md`, 7).
struct ScriptHooks {
    let generation: Generation

    /// The owner of all these handlers: the next generation takes their place.
    private static let owner = "scripts"

    func bind(_ parts: APIParts) {
        let all = Dictionary(grouping: generation.ordered.flatMap(\.hooks), by: \.name)
        if let records = parts.observers.hooks {
            for stage in ModelStage.allCases {
                records[stage].replace(
                    bindings(all["onRecord\(stage.rawValue)"], modelHandler(.recordEvent)),
                    owner: Self.owner
                )
                records.models[stage].replace(
                    bindings(all["onModel\(stage.rawValue)"]) { handler in
                        { event, next in try run(handler, .modelEvent, event, next) }
                    },
                    owner: Self.owner
                )
            }
            records.enrich.replace(bindings(all["onRecordEnrich"], enrichHandler), owner: Self.owner)
        }
        if let collections = parts.observers.collections {
            for stage in ModelStage.allCases {
                collections[stage].replace(
                    bindings(all["onCollection\(stage.rawValue)"]) { handler in
                        { event, next in try run(handler, .collectionEvent, event, next) }
                    },
                    owner: Self.owner
                )
            }
        }
        bindMails(all, parts)
        for stage in AppStage.allCases {
            generation.services.appHooks[stage].replace(bindings(all[stage.rawValue], appHandler), owner: Self.owner)
        }
        parts.realtime.gate?.hook.replace(bindings(all["onRealtimeMessageSend"], messageHandler), owner: Self.owner)
        guard let requests = parts.hooks else { return }
        for name in RequestHooks.Name.allCases {
            requests[name].replace(bindings(all[name.rawValue], requestHandler), owner: Self.owner)
        }
    }

    private func bindings<Event>(
        _ registered: [FileRegistrations.HookBinding]?,
        _ make: (HandlerSource) -> Hook<Event>.Handler
    ) -> [Hook<Event>.Binding] {
        (registered ?? []).map { Hook<Event>.Binding(tags: Set($0.tags), make($0.handler)) }
    }

    // MARK: - Models

    private func modelHandler(_ kind: HostKind) -> (HandlerSource) -> Hook<RecordEvent>.Handler {
        { handler in { event, next in try run(handler, kind, event, next) } }
    }

    private func run(
        _ handler: HandlerSource,
        _ kind: HostKind,
        _ event: ModelEvent,
        _ next: () throws -> Void
    ) throws {
        try withoutActuallyEscaping(next) { next in
            let scripted = ScriptModelEvent(kind, event, next: next)
            try call(handler, scripted, on: event.session)
        }
    }

    /// Calls a handler in whatever happens on a session.
    private func call(_ handler: HandlerSource, _ event: ScriptEvent, on session: BlockingSession) throws {
        session.nesting += 1
        defer { session.nesting -= 1 }
        try generation.call(handler, event, generation.run(on: session))
    }

    private func enrichHandler(_ handler: HandlerSource) -> Hook<RecordEnrichEvent>.Handler {
        { event, next in
            try withoutActuallyEscaping(next) { next in
                try call(handler, ScriptEnrichEvent(event, next: next), on: event.session)
            }
        }
    }

    private func appHandler(_ handler: HandlerSource) -> Hook<AppEvent>.Handler {
        { event, next in
            try withoutActuallyEscaping(next) { next in
                try generation.call(handler, ScriptAppEvent(event, next: next), ScriptRun(generation.services))
            }
        }
    }

    private func messageHandler(_ handler: HandlerSource) -> Hook<MessageEvent>.Handler {
        { event, next in
            try withoutActuallyEscaping(next) { next in
                try generation.call(handler, ScriptMessageEvent(event, next: next), ScriptRun(generation.services))
            }
        }
    }

    // MARK: - Mails

    private func bindMails(_ all: [String: [FileRegistrations.HookBinding]], _ parts: APIParts) {
        parts.mailer.queue.hook.replace(bindings(all["onMailerSend"], mailHandler), owner: Self.owner)
        for kind in AccountMail.Kind.allCases {
            parts.mailer.hooks[kind].replace(bindings(all[kind.rawValue], accountMailHandler), owner: Self.owner)
        }
    }

    private func mailHandler(_ handler: HandlerSource) -> Hook<MailEvent>.Handler {
        { event, next in
            try withoutActuallyEscaping(next) { next in
                let scripted = ScriptMailEvent(message: { event.message }, set: { event.message = $0 }, next: next)
                try runMail(handler, scripted)
            }
        }
    }

    private func accountMailHandler(_ handler: HandlerSource) -> Hook<AccountMailEvent>.Handler {
        { event, next in
            try withoutActuallyEscaping(next) { next in
                let scripted = ScriptMailEvent(
                    message: { event.message },
                    set: { event.message = $0 },
                    record: event.record,
                    meta: event.meta,
                    next: next
                )
                try runMail(handler, scripted)
            }
        }
    }

    private func runMail(_ handler: HandlerSource, _ event: ScriptMailEvent) throws {
        try generation.call(handler, event, ScriptRun(generation.services).inner())
    }

    // MARK: - Requests

    private func requestHandler(_ handler: HandlerSource) -> Hook<RequestEvent>.Handler {
        { event, next in
            let exchange = generation.exchange(of: event)
            try withoutActuallyEscaping(next) { next in
                let tags = event.collection.map { [$0.name, $0.id] } ?? []
                let scripted = ScriptRequestEvent(exchange, event, tags: tags) {
                    try next()
                    if let response = event.response { exchange.answer(response) }
                }
                try generation.call(handler, scripted, exchange.run.inner(event.session))
            }
            if exchange.status != 0 { event.response = exchange.response }
        }
    }
}

extension Generation {
    /// A call of scripts on the session of whatever happens.
    func run(on session: BlockingSession) -> ScriptRun { ScriptRun(services, on: session, depth: session.nesting) }

    /// What the handlers of one request share.
    func exchange(of event: RequestEvent) -> Exchange {
        if let exchange = event.state.exchange as? Exchange { return exchange }
        let exchange = Exchange(event.call, [], nil, ScriptRun(services, on: event.session), services)
        event.state.exchange = exchange
        return exchange
    }
}
