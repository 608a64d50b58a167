import ArgumentParser
import Martlet

/// A command that a hook file has added: `martlet NAME [words…]`. Our own flags may stand anywhere.
struct ScriptedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "martlet", shouldDisplay: false, helpNames: [])

    @OptionGroup var common: CommonOptions
    @Argument(parsing: .allUnrecognized) var words: [String] = []

    /// The command that is meant where the words name none of the program's own.
    /// - Returns: nil where there is no application whose files could have added one.
    static func parse(unlessOwn words: [String]) -> ScriptedCommand? {
        guard let command = try? parse(words), let name = command.words.first, !name.hasPrefix("-"),
            !MartletCommand.ownNames.contains(name), (try? command.common.hasData()) ?? false
        else { return nil }
        return command
    }

    func run() async throws {
        let (name, rest) = (words[0], Array(words.dropFirst()))
        let isKnown = try await common.withApplication { try await ScriptCommands($0).run(name, rest) }
        if !isKnown { throw ValidationError("There is no command \"\(name)\".") }
    }
}
