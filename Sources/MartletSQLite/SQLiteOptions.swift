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
    /// Connections for reads, and the threads for those that block.
    package var readerLimit = 32
    package var blockingThreads = 4
    package var trace: StatementTrace?

    package init() {}
}
