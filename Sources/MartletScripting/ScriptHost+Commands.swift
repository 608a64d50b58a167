import MartletCore
import MartletHTTP
import MartletJavaScript

/// Commands that scripts add to the command line (`js-hooks.md`, 17: `rootCmd`).
extension ScriptHost {
    /// Runs a command with what follows its name, in a world where it is a closure of its file.
    /// - Returns: Whether there is such a command.
    /// - Throws: ``LoadFailure``, and what the command throws.
    package func runCommand(_ name: String, _ words: [String]) async throws -> Bool {
        guard hasFiles else { return false }
        return try await withCheckedThrowingContinuation { continuation in
            let isAccepted = services.threads.submit {
                continuation.resume(with: Result { try self.runCommandHere(name, words) })
            }
            if !isAccepted { continuation.resume(throwing: CancellationError()) }
        }
    }

    private func runCommandHere(_ name: String, _ words: [String]) throws -> Bool {
        // What the command changes is for the hooks to see.
        if let failure = try load().first { throw failure }
        var limits = services.options.limits
        limits.time = Self.commandTime
        limits.patience = Self.commandTime
        let instance = ScriptInstance(limits: limits)
        defer { instance.owner = nil }
        let failures = try HookLoader(services: services).run(in: instance, HandlerRegistry())
        if let failure = failures.first { throw LoadFailure(description: "\(failure.file): \(failure.error)") }
        guard let world = instance.owner as? ScriptWorld else { return false }
        world.registry = nil
        return try instance.limited {
            let text = JSONValue.array(words.map { .string($0) }).text
            let result = try world.call("runCommand", instance.value(name), instance.value(text))
            guard try result.isPromise else { return result.bool }
            return try instance.wait(for: result, on: services.threads).bool
        }
    }

    /// Somebody sits before it, who can end it.
    private static let commandTime: Duration = .seconds(86_400)
}
