package import Logging
import MartletCore
import OrderedCollections

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes log lines to standard error, for a person or for a program.
package struct ConsoleLogHandler: LogHandler {
    package enum Format: String, Sendable {
        case text, json
    }

    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let format: Format

    package init(format: Format, level: Logger.Level) {
        self.format = format
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }
        let line: String
        switch format {
        case .text:
            let details = values.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            line =
                "\(Timestamp.now.description.prefix(19)) \(event.level.rawValue.uppercased()) \(event.message)\(details)\n"
        case .json:
            var members: JSONObject = [
                "time": .string(Timestamp.now.description), "level": .string(event.level.rawValue),
                "message": .string("\(event.message)"),
            ]
            for (key, value) in values.sorted(by: { $0.key < $1.key }) { members[key] = .string("\(value)") }
            line = JSONValue.object(members).text + "\n"
        }
        var text = line
        text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }
}
