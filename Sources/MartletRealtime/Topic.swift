import MartletCore
import OrderedCollections

/// What a client listens to (`realtime.md`, Topics): the text as it was sent, and what is in it.
package struct Topic: Sendable {
    /// Events carry it back.
    package let text: String
    /// What stands before the options: `posts/*`, `posts/ID`, `posts`, or a name that somebody chose.
    package let subject: String
    package let options: Options

    /// Stands for what a request would bring along.
    package struct Options: Sendable, Hashable {
        package var query: [String: String] = [:]
        /// Names as rules write them: lower case with `_`.
        package var headers: [String: String] = [:]

        package init() {}
    }

    package init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        subject = String(parts[0])
        options = parts.count == 2 ? Self.options(parts[1]) : Options()
    }

    /// Options that cannot be read count as none.
    private static func options(_ query: Substring) -> Options {
        // To the reference server they are the query of an address, which ends at a `#`.
        let query = query.prefix { $0 != "#" }
        guard let text = FormEncoding.decode(String(query)).first(where: { $0.name == "options" })?.value,
            case .object(let members)? = try? JSONParser.parse(text)
        else { return Options() }
        var options = Options()
        for (name, value) in members["query"]?.object ?? [:] { options.query[name] = Self.text(value) }
        for (name, value) in members["headers"]?.object ?? [:] {
            let key = String(name.asciiLowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            options.headers[key] = Self.text(value)
        }
        return options
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .number(let number): NumberText.plain(number)
        case .bool(let bool): bool ? "true" : "false"
        case .null: ""
        case .array, .object: ""
        }
    }
}
