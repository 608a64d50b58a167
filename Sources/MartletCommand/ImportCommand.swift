import ArgumentParser
import Martlet

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

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
    @Flag(name: .customLong("ignore-unknown"), help: "Leave out columns for which the collection has no field.")
    var ignoresUnknown = false
    @Flag(name: .customLong("dry-run"), help: "Show the collection that would be created, and write nothing.")
    var isDryRun = false

    func run() async throws {
        var request = FileImport.Request(file: file, collection: collection, key: key, format: format)
        request.ignoresUnknown = ignoresUnknown
        let wanted = request
        if isDryRun, try !common.hasData() { return print(try FileImport.preview(wanted, in: nil)) }
        try await common.withApplication { application in
            if isDryRun { return print(try FileImport.preview(wanted, in: application)) }
            let display = ImportDisplay()
            let progress = try await FileImport(application).run(wanted, display.show)
            try display.finish(progress, wanted)
        }
    }
}

/// What a person sees of an import.
private final class ImportDisplay {
    private let start = ContinuousClock.now
    private let isTerminal = isatty(2) == 1
    private var shownReasons = 0

    func show(_ event: FileImport.Event) {
        switch event {
        case .created(let summary): print(summary)
        case .wrote(let progress):
            for reason in progress.reasons.dropFirst(shownReasons) { Self.tell(reason + "\n") }
            shownReasons = progress.reasons.count
            if isTerminal { Self.tell(bar(progress)) }
        }
    }

    private func bar(_ progress: FileImport.Progress) -> String {
        var line = "\r\(progress.created + progress.updated) rows, \(rate(progress)) rows/s"
        if let size = progress.size, size > 0 {
            let share = min(progress.bytesTaken * 100 / size, 100)
            let filled = String(repeating: "#", count: share / 4)
            line += "  [" + filled + String(repeating: ".", count: 25 - share / 4) + "] \(share)%"
        }
        return line + "   "
    }

    private struct NothingImported: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: When no row at all was taken.
    func finish(_ progress: FileImport.Progress, _ request: FileImport.Request) throws {
        if isTerminal { Self.tell("\r\u{1B}[K") }
        let rejects = "\(progress.rejected) rows rejected, see \(FileImport.rejectsPath(request))"
        if progress.created + progress.updated == 0, progress.rejected > 0 {
            throw NothingImported(description: "no row was imported: \(rejects)")
        }
        var text = "\(progress.created) records created in \(request.collection)"
        if progress.updated > 0 { text += ", \(progress.updated) updated" }
        if progress.rejected > 0 { text += "; " + rejects }
        print(text + " (\(rate(progress)) rows/s).")
    }

    private func rate(_ progress: FileImport.Progress) -> Int {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        return Int(Double(progress.created + progress.updated) / max(elapsed, 0.001))
    }

    private static func tell(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }
}
