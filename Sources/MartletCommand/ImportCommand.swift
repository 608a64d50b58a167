import ArgumentParser
import Martlet

/// `martlet import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Write the rows of a CSV, JSON or JSON lines file into a collection.",
        discussion: """
            A collection that does not exist is created with fields that fit the first rows. Rows that the collection \
            does not take are written to FILE.rejects.ndjson with their line and the reason.
            """
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: "The collection's name.") var collection: String
    @Option(help: "The column by which records are found again: rows update the record that has the same value.")
    var key: String?
    @Option(help: "csv, json or ndjson. (default: by the file's name)") var format: String?
    @Flag(name: .customLong("dry-run"), help: "Show the collection that would be created, and write nothing.")
    var isDryRun = false

    func run() async throws {
        let application = try await Application.open(try common.configuration(), logger: try common.logger())
        do {
            let request = FileImport.Request(
                file: file,
                collection: collection,
                key: key,
                format: format,
                isDryRun: isDryRun
            )
            try await FileImport(application).run(request)
            await application.close()
        } catch {
            await application.close()
            throw error
        }
    }
}
