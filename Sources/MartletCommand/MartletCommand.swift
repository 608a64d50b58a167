import ArgumentParser
import MartletCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The command line. Reads what the user wants, opens the application, and hands over.
@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The whole back end of an application in one program.",
        version: "martlet version \(Version.current)",
        subcommands: [
            ServeCommand.self, SuperuserCommand.self, ImportCommand.self, MigrateCommand.self, WebhookCommand.self,
            FilesCommand.self,
            VaultCommand.self,
            VersionCommand.self,
        ],
        defaultSubcommand: nil
    )

    /// What no hook file can add.
    static var ownNames: Set<String> {
        Set(configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"])
    }

    /// Runs the command; whatever goes wrong is told on standard error and ends with 1.
    static func main() async {
        var type: any ParsableCommand.Type = Self.self
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            if let scripted = ScriptedCommand.parse(unlessOwn: words) { return try await scripted.run() }
            var command = try parseAsRoot()
            type = Swift.type(of: command)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            if exitCode(for: error).isSuccess { exit(withError: error) }
            var text = type.fullMessage(for: error) + "\n"
            text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
            endProcess(1)
        }
    }
}

/// `martlet version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("martlet version \(Version.current)")
    }
}

/// `exit(3)`, whose name the command type takes.
private func endProcess(_ code: Int32) -> Never {
    exit(code)
}
