package import MartletCore

/// A job that is kept until it is done.
package struct DurableJob: Sendable {
    package let id: String
    package let name: String
    package let payload: JSONValue
    /// Of all jobs with a name and a key, one waits at a time; empty for any number.
    package let key: String
    /// Which attempt this is, from 1.
    package let attempt: Int
    /// How often it is tried again after it has failed.
    package let retries: Int
}

/// What a job is told when it is put in the queue.
package struct JobOptions: Sendable {
    /// In how many seconds it may begin.
    package var delay = 0.0
    package var key = ""
    package var retries = 10

    package init() {}

    package init(delay: Double, key: String, retries: Int) {
        self.delay = delay
        self.key = key
        self.retries = retries
    }
}

/// What jobs do, by their names.
package struct JobHandler: Sendable {
    /// How many of them may run at a time.
    package let parallel: Int
    package let run: @Sendable (DurableJob) async throws -> Void

    package init(parallel: Int = 1, run: @escaping @Sendable (DurableJob) async throws -> Void) {
        self.parallel = max(parallel, 1)
        self.run = run
    }
}

/// A job that is not to be tried again.
package struct JobRefusal: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
