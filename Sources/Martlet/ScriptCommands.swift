import MartletScripting

/// The commands that an application's hook files add to the command line.
public struct ScriptCommands: Sendable {
    private let scripts: ScriptHost

    /// The commands of an application.
    public init(_ application: Application) throws {
        scripts = try Assembly(application).scripts
    }

    /// Runs a command with what follows its name.
    /// - Returns: Whether there is such a command.
    public func run(_ name: String, _ words: [String]) async throws -> Bool {
        try await scripts.runCommand(name, words)
    }
}
