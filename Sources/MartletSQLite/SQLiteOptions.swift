/// Told each statement's text and how long it ran. Called on the thread that ran it.
package typealias StatementTrace = @Sendable (_ sql: String, _ duration: Duration) -> Void

/// How a database file is used.
package struct SQLiteOptions: Sendable {
    /// What a commit waits for.
    package enum Durability: String, Sendable {
        /// The disk: an acknowledged write survives a power cut.
        case full = "FULL"
        /// The operating system: an acknowledged write survives a crash of the program.
        case normal = "NORMAL"
    }

    package var durability = Durability.full
    /// How long one read may run on a thread that may block.
    package var queryTimeout = Duration.seconds(30)
    /// How long one read may run where the request is.
    package var inlineBudget = Duration.milliseconds(2)
    /// The threads for reads that block, and how many reads may wait for one of them. Far more than cores: the system
    /// shares the time out among them, so that some slow reads do not stop those that are only not quite fast.
    package var blockingThreads = 16
    package var waitingLimit = 1000
    /// How many threads of others may read at once.
    package var guestThreads = 64
    /// What the writing connection keeps in memory, in KiB.
    package var writerCache = 8000
    package var trace: StatementTrace?

    package init() {}
}
