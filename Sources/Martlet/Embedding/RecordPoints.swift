import MartletCore
import MartletJobs
import MartletRecords
import MartletSchema
import MartletStorage

extension Application {
    /// The points at which Swift code takes part in what happens to records: the same that hook files have.
    ///
    /// ```swift
    /// app.records.onCreate("articles") { event in
    ///     event.record["slug"] = .text(event.record.text("title").lowercased())
    ///     try await event.next()
    /// }
    /// ```
    public var records: RecordPoints { RecordPoints(hooks: recordHooks, threads: blocking, jobs: jobs) }
}

/// Where handlers for records are registered; none of a collection's names means all collections.
///
/// A handler runs around those that were registered later, and around the write. It calls ``RecordPointEvent/next()`` to let it
/// go on; one that does not, or throws, keeps it from happening. Handlers of before a commit run inside of the write, so that others
/// wait for them.
public struct RecordPoints: Sendable {
    /// What takes part.
    public typealias Handler = @Sendable (RecordPointEvent) async throws -> Void

    let hooks: RecordHooks
    let threads: BlockingThreads
    let jobs: Jobs

    /// Around the making of a record, its checks included.
    public func onCreate(_ collections: String..., handler: @escaping Handler) { bind(.create, collections, handler) }

    /// Around a change of a record, its checks included.
    public func onUpdate(_ collections: String..., handler: @escaping Handler) { bind(.update, collections, handler) }

    /// Around the end of a record.
    public func onDelete(_ collections: String..., handler: @escaping Handler) { bind(.delete, collections, handler) }

    /// Around the checks of a record.
    public func onValidate(_ collections: String..., handler: @escaping Handler) {
        bind(.validate, collections, handler)
    }

    /// Inside the transaction that makes a record.
    public func onCreateExecute(_ collections: String..., handler: @escaping Handler) {
        bind(.createExecute, collections, handler)
    }

    /// Inside the transaction that changes a record.
    public func onUpdateExecute(_ collections: String..., handler: @escaping Handler) {
        bind(.updateExecute, collections, handler)
    }

    /// Inside the transaction that removes a record.
    public func onDeleteExecute(_ collections: String..., handler: @escaping Handler) {
        bind(.deleteExecute, collections, handler)
    }

    /// After a new record is on disk.
    public func onCreated(_ collections: String..., handler: @escaping Handler) {
        bind(.afterCreateSuccess, collections, handler)
    }

    /// After a change is on disk.
    public func onUpdated(_ collections: String..., handler: @escaping Handler) {
        bind(.afterUpdateSuccess, collections, handler)
    }

    /// After a record is gone.
    public func onDeleted(_ collections: String..., handler: @escaping Handler) {
        bind(.afterDeleteSuccess, collections, handler)
    }

    private func bind(_ stage: ModelStage, _ collections: [String], _ handler: @escaping Handler) {
        let (threads, jobs) = (threads, jobs)
        let binding = Hook<RecordEvent>.Binding(tags: Set(collections)) { event, next in
            let bridge = HandlerBridge()
            let point = RecordPointEvent(event, bridge, jobs)
            try bridge.run(on: threads, next) { try await handler(point) }
        }
        hooks[stage].bind(binding, owner: "application")
    }
}

/// Something that happens to a record, for as long as its handler runs.
///
/// `@unchecked Sendable`: the hook's thread touches the record only while the handler waits in ``next()``, and the handler is
/// one task.
public final class RecordPointEvent: @unchecked Sendable {
    /// The record as it is to be; what a handler changes before ``next()`` is written.
    public let record: HookedRecord
    private let event: RecordEvent
    private let bridge: HandlerBridge
    private let jobs: Jobs

    init(_ event: RecordEvent, _ bridge: HandlerBridge, _ jobs: Jobs) {
        record = HookedRecord(event.model)
        self.event = event
        self.bridge = bridge
        self.jobs = jobs
    }

    /// Puts a job in the queue, within the transaction of the write where the handler is inside of it (`on…Execute`).
    /// (``Jobs/enqueue(_:_:delay:key:retries:)`` would wait for the end of the write, which waits for the handler.)
    /// - Returns: Its id.
    /// - Throws: The database's error.
    @discardableResult
    public func enqueue(
        _ name: String,
        _ payload: FieldContent = .null,
        delay: Double = 0,
        key: String = "",
        retries: Int = 10
    ) async throws -> String {
        let options = JobOptions(delay: delay, key: key, retries: retries)
        return try await bridge.perform { [self] in
            try event.session.transaction { try jobs.add(name, payload, options, event.session) }
        }
    }

    /// Lets the work go on, and comes back when it is done.
    /// - Throws: What keeps the work from happening, a failed check for one.
    public func next() async throws { try await bridge.next() }
}
