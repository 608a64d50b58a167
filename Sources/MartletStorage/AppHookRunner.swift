package import MartletCore

/// Lets others take part in what happens to the application, on threads that may wait.
package struct AppHookRunner: Sendable {
    package let hooks = AppHooks()
    private let threads: BlockingThreads

    package init(threads: BlockingThreads) {
        self.threads = threads
    }

    /// Does something with handlers around it.
    /// - Parameter work: Not done where a handler does not go on.
    /// - Throws: What handlers and the work throw.
    package func around(
        _ stage: AppStage,
        isRestart: Bool = false,
        name: String = "",
        _ work: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        let hook = hooks[stage]
        if hook.isEmpty { return try await work() }
        try await threads.run {
            try hook.run(AppEvent(isRestart: isRestart, name: name)) { try threads.wait(work) }
        }
    }
}
