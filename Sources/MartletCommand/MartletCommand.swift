import ArgumentParser
import MartletCore

/// The command line. Reads what the user wants, opens the application, and hands over.
@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The whole back end of an application in one program.",
        version: "martlet version \(Version.current)",
        subcommands: [ServeCommand.self, SuperuserCommand.self, ImportCommand.self, VersionCommand.self],
        defaultSubcommand: nil
    )
}

/// `martlet version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print("martlet version \(Version.current)")
    }
}
