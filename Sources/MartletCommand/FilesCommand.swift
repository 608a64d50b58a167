import ArgumentParser
import Martlet

/// `martlet files`
struct FilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "files",
        abstract: "Look after the files of records.",
        subcommands: [Sweep.self]
    )

    struct Sweep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove files that no record names.",
            discussion: """
                A server that is ended between a file and its record leaves such files. Those that are younger than an \
                hour are left alone: their record may be on its way. A running server does the same each night.
                """
        )

        @OptionGroup var common: CommonOptions

        @Flag(name: .customLong("dry-run"), help: "Name the files, and remove none.")
        var isDryRun = false

        @Option(help: "How many seconds old a file has to be. (default: 3600)")
        var age: Int = 3600

        func run() async throws {
            guard age >= 0 else { throw ValidationError("--age is no negative number.") }
            try await common.withApplication { application in
                let report = try await FileUpkeep(application).sweep(olderThan: age, isDryRun: isDryRun) { print($0) }
                let verb = isDryRun ? "would be removed" : "removed"
                print("\(report.checked) files checked, \(report.removed) \(verb) (\(report.bytes) bytes).")
            }
        }
    }
}
