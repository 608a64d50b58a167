package import Logging
import MartletCore
package import MartletFetch
package import MartletJobs
package import MartletRecords
import MartletSchema
package import MartletStorage
import OrderedCollections
import Synchronization

/// Tells other servers what happens to records: a message is a job in the transaction that it tells of, so that none is lost
/// and none is sent of what was undone.
package final class Webhooks: RecordObserver {
    /// What jobs are called that send a message.
    private static let jobName = "__webhook"
    private static let owner = "webhooks"
    private static let retries = 12

    private let storage: any Storage
    private let queue: JobQueue
    private let hooks: RecordHooks
    private let layouts: CurrentLayouts
    private let sender: WebhookSender
    private let logger: Logger
    private let known = Mutex<[Webhook]>([])
    private let loading = Mutex(Loading.no)

    private enum Loading { case no, now, again }

    package init(
        storage: any Storage,
        queue: JobQueue,
        hooks: RecordHooks,
        layouts: CurrentLayouts,
        client: WebClient,
        logger: Logger
    ) {
        self.storage = storage
        self.queue = queue
        self.hooks = hooks
        self.layouts = layouts
        self.logger = logger
        sender = WebhookSender(storage: storage, client: client)
    }

    // MARK: - What there is

    private var isThere: Bool { layouts.value.layout(SystemCollections.webhooksName) != nil }

    /// Looks whom to tell of what. One look at a time: of two, the later one is to count.
    package func load() async {
        let isBusy = loading.withLock { state in
            defer { state = state == .no ? .now : .again }
            return state != .no
        }
        if isBusy { return }
        while true {
            await look()
            let isOver = loading.withLock { state in
                defer { state = state == .again ? .now : .no }
                return state == .now
            }
            if isOver { return }
        }
    }

    private func look() async {
        guard isThere else { return }
        do {
            let all = try await storage.read { try Webhook.all($0) }
            known.withLock { $0 = all }
            bind(all)
        } catch {
            logger.error("The webhooks could not be read.", metadata: ["error": "\(error)"])
        }
    }

    /// Takes part in the writes that somebody wants to know of, and in no others.
    private func bind(_ all: [Webhook]) {
        for (stage, event) in [
            (ModelStage.createExecute, "create"), (.updateExecute, "update"), (.deleteExecute, "delete"),
        ] {
            let bindings = all.filter { !$0.isDisabled && $0.events.contains(event) }.map { webhook in
                Hook<RecordEvent>.Binding(tags: [webhook.collection], priority: .max) { [queue] record, next in
                    try next()
                    _ = try queue.add(
                        Self.jobName,
                        Self.message(webhook, event, record.model),
                        Self.options,
                        record.session
                    )
                }
            }
            hooks[stage].replace(bindings, owner: Self.owner)
        }
        let handler = JobHandler(parallel: 8) { [self] in try await send($0) }
        queue.use(all.isEmpty ? [:] : [Self.jobName: handler], owner: Self.owner)
    }

    private static var options: JobOptions {
        var options = JobOptions()
        options.retries = retries
        return options
    }

    /// The record as everybody would see it who may see it at all.
    private static func message(_ webhook: Webhook, _ event: String, _ model: RecordModel) -> JSONValue {
        let record = (try? JSONParser.parse(model.json)) ?? .null
        return [
            "webhook": .string(webhook.id),
            "body": [
                "type": .string("\(model.layout.collectionName).\(event)"),
                "timestamp": .string(Timestamp.now.description), "data": record,
            ],
        ]
    }

    // MARK: - Sending

    /// The message waits for its next attempt.
    private struct Resting: Error, CustomStringConvertible {
        let description = "the webhook is switched off"
    }

    private func send(_ job: DurableJob) async throws {
        guard let webhook = known.withLock({ all in all.first { $0.id == job.payload["webhook"]?.string } }) else {
            throw JobRefusal("the webhook is gone")
        }
        if webhook.isDisabled { throw Resting() }
        let body = job.payload["body"] ?? .null
        try await sender.send(body, to: webhook, id: job.id, attempt: job.attempt)
    }

    // MARK: - RecordObserver

    package var isRepeatable: Bool { true }

    package func watches(_ layout: RecordLayout) -> Bool { layout.collectionName == SystemCollections.webhooksName }

    package func didCommit(_ change: RecordChange) {
        guard watches(change.record.layout) else { return }
        Task { await load() }
    }
}
