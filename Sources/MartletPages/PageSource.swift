import MartletJavaScript

/// A page's file taken apart: the script that runs on the server, and the template around it.
package struct PageSource: Sendable {
    /// Line ends only where other things stood, so that lines keep their numbers.
    package let script: String
    /// The rest of the file: what stands before the script, unless that is blank, and what stands behind it.
    package let templates: [(text: String, line: Int)]
    /// Whether there is a script.
    package let hasScript: Bool

    private static let opening = "<script server>"
    private static let closing = "</script>"

    /// - Throws: ``ScriptError`` where the script has no end.
    package init(_ text: String, path: String) throws {
        guard let start = text.firstRange(of: Self.opening) else {
            script = ""
            templates = [(text, 1)]
            hasScript = false
            try checkRest(path)
            return
        }
        let line = text[..<start.lowerBound].lineEnds + 1
        guard let end = text[start.upperBound...].firstRange(of: Self.closing) else {
            throw ScriptError(name: "SyntaxError", message: "<script server> has no end", file: path, line: line)
        }
        let inner = text[start.upperBound..<end.lowerBound]
        script = String(repeating: "\n", count: line - 1) + inner
        hasScript = true
        var rest = text[end.upperBound...]
        var next = line + inner.lineEnds
        // The line on which the script ends is no line of the page.
        let blank = rest.prefix { $0 == " " || $0 == "\t" || $0 == "\r" }
        if rest.dropFirst(blank.count).first?.isNewline ?? false {
            rest = rest.dropFirst(blank.count + 1)
            next += 1
        }
        let before = String(text[..<start.lowerBound])
        templates = (before.trimmed.isEmpty ? [] : [(before, 1)]) + [(String(rest), next)]
        try checkRest(path)
    }

    /// A script for the server that is not taken out would be sent to everybody.
    private func checkRest(_ path: String) throws {
        for (text, line) in templates {
            guard let other = text.firstMatch(of: /<script\b[^>]*\bserver\b[^>]*>/.ignoresCase()) else { continue }
            throw ScriptError(
                name: "SyntaxError",
                message: "a page has one \(Self.opening), written like that",
                file: path,
                line: line + text[..<other.range.lowerBound].lineEnds
            )
        }
    }

    /// Whether a file is a page, and not served as it is.
    package static func isPage(_ path: String, _ text: () -> String?) -> Bool {
        path.hasSuffix(".html") || text()?.firstMatch(of: /<script\b[^>]*\bserver\b/.ignoresCase()) != nil
    }
}

extension StringProtocol {
    var lineEnds: Int { utf8.count { $0 == UInt8(ascii: "\n") } }
}
