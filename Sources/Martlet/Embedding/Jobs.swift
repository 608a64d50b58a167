import MartletCore
import MartletHTTP
import MartletJobs
import MartletQuery
import MartletRecords
import MartletSchema
import MartletStorage

extension Application {
    /// The queue of durable jobs.
    public var jobs: Jobs { Jobs(application: self) }
}

/// A queue of jobs that are kept in the database until they are done (`docs/jobs.md`).
public struct Jobs: Sendable {
    /// A job that is being run.
    public struct Job: Sendable {
        /// The same for all attempts.
        public let id: String
        /// What it was given when it was enqueued.
        public let payload: FieldContent
        /// Which attempt this is, from 1.
        public let attempt: Int
    }

    let application: Application

    /// Says what jobs of a name do, in place of what was said before.
    /// - Parameters:
    ///   - parallel: How many of them may run at a time.
    ///   - handler: What it throws has the job tried again.
    public func on(_ name: String, parallel: Int = 1, handler: @escaping @Sendable (Job) async throws -> Void) {
        let run = JobHandler(parallel: parallel) { job in
            try await handler(Job(id: job.id, payload: FieldContent(json: job.payload), attempt: job.attempt))
        }
        application.jobQueue.use([name: run], owner: "application \(name)")
    }

    /// Puts a job in the queue.
    /// - Parameters:
    ///   - delay: In seconds.
    ///   - key: Of jobs with the same name and key, one waits at a time.
    ///   - retries: How often it is tried again after a failure.
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
        // A change of collections has a transaction to itself.
        let kind: WriteKind =
            application.catalog.value.collection(SystemCollections.jobsName) == nil ? .exclusive : .once
        return try await application.storage.write(kind) { try add(name, payload, options, $0) }
    }

    /// Puts a job in the queue on a session; the collection of jobs is made with the first.
    func add(_ name: String, _ payload: FieldContent, _ options: JobOptions, _ session: any WriteSession) throws
        -> String
    {
        let catalog = application.catalog
        if catalog.value.collection(SystemCollections.jobsName) == nil {
            let editor = SchemaEditor(
                session: session,
                catalog: catalog.value,
                ruleCheck: RuleChecker.check(session.dialect)
            )
            try editor.ensure(SystemCollections.jobs())
            editor.publish(to: catalog)
        }
        return try application.jobQueue.add(name, payload.json, options, session)
    }
}
