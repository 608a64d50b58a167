/// Plain text made of HTML (`mail.md`, Rendering): blanks collapse, blocks begin lines, links keep their addresses.
enum HTMLText {
    private static let skipped: Set<String> = [
        "style", "script", "iframe", "applet", "object", "svg", "img", "button", "form", "textarea", "input", "select",
        "option", "template", "title",
    ]
    private static let inline: Set<String> = [
        "a", "span", "small", "strike", "strong", "sub", "sup", "em", "b", "u", "i",
    ]
    private static let void: Set<String> = ["img", "input", "br", "meta", "link", "hr"]

    static func plain(_ html: String) -> String {
        var writer = LineWriter()
        var skippedDepth = 0
        var link: String?
        var linkStart = 0
        var scanner = HTMLScanner(html)
        while let token = scanner.next() {
            switch token {
            case .text(let text): if skippedDepth == 0 { writer.text(text) }
            case .open(let name, let attributes):
                if skipped.contains(name) {
                    if !void.contains(name) { skippedDepth += 1 }
                    continue
                }
                if skippedDepth > 0 { continue }
                switch name {
                case "br": writer.breakLine()
                case "a":
                    link = attributes["href"]
                    if link != nil { writer.raw("[") }
                    linkStart = writer.count
                case "li":
                    writer.beginBlock()
                    writer.raw("- ")
                default: if !inline.contains(name) { writer.beginBlock() }
                }
            case .close(let name):
                if skipped.contains(name) {
                    skippedDepth = max(skippedDepth - 1, 0)
                    continue
                }
                if skippedDepth > 0 { continue }
                if name == "a", let address = link {
                    writer.raw(writer.count == linkStart ? "LINK](\(address))" : "](\(address))")
                    link = nil
                } else if !inline.contains(name) {
                    writer.beginBlock()
                }
            }
        }
        return writer.result
    }
}

/// Lines in the making.
private struct LineWriter {
    private var output = ""
    private var isLineStart = true

    var count: Int { output.unicodeScalars.count }
    var result: String {
        var scalars = output.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars = scalars.dropFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars = scalars.dropLast() }
        return String(scalars)
    }

    mutating func text(_ text: String) {
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                if !isLineStart, output.unicodeScalars.last != " " { output.unicodeScalars.append(" ") }
            } else {
                output.unicodeScalars.append(scalar)
                isLineStart = false
            }
        }
    }

    mutating func raw(_ text: String) {
        output += text
        isLineStart = false
    }

    mutating func beginBlock() {
        if !isLineStart { breakLine() }
    }

    mutating func breakLine() {
        output += "\r\n"
        isLineStart = true
    }
}

/// Tags and texts of HTML, leniently: what is no tag is text.
private struct HTMLScanner {
    enum Token {
        case text(String)
        case open(String, [String: String])
        case close(String)
    }

    private var rest: Substring

    init(_ html: String) {
        rest = html[...]
    }

    mutating func next() -> Token? {
        while let first = rest.first {
            guard first == "<" else {
                let text = rest.prefix { $0 != "<" }
                rest = rest[text.endIndex...]
                return .text(Self.decoded(text))
            }
            if rest.hasPrefix("<!--") {
                rest = rest.firstRange(of: "-->").map { rest[$0.upperBound...] } ?? rest[rest.endIndex...]
                continue
            }
            guard let end = rest.firstIndex(of: ">") else {
                defer { rest = rest[rest.endIndex...] }
                return .text(Self.decoded(rest))
            }
            let inside = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            if inside.first == "!" || inside.first == "?" { continue }
            if inside.first == "/" { return .close(inside.dropFirst().prefix { !$0.isWhitespace }.lowercased()) }
            let name = inside.prefix { !$0.isWhitespace && $0 != "/" }
            let lowered = name.lowercased()
            // What stands in these is no HTML, whatever it looks like.
            if ["script", "style", "textarea", "title"].contains(lowered) { skip(to: "</" + lowered) }
            return .open(lowered, Self.attributes(inside[name.endIndex...]))
        }
        return nil
    }

    private mutating func skip(to end: String) {
        while !rest.isEmpty, rest.prefix(end.count).lowercased() != end { rest = rest.dropFirst() }
    }

    private static func attributes(_ text: Substring) -> [String: String] {
        var rest = text
        var result: [String: String] = [:]
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "/" }
            let name = rest.prefix { !$0.isWhitespace && $0 != "=" && $0 != "/" }
            if name.isEmpty { return result }
            rest = rest[name.endIndex...].drop { $0.isWhitespace }
            guard rest.first == "=" else {
                result[name.lowercased()] = ""
                continue
            }
            rest = rest.dropFirst().drop { $0.isWhitespace }
            let quote = rest.first.flatMap { $0 == "\"" || $0 == "'" ? $0 : nil }
            if quote != nil { rest = rest.dropFirst() }
            let value = rest.prefix { character in quote.map { character != $0 } ?? !character.isWhitespace }
            rest = rest[value.endIndex...]
            if quote != nil { rest = rest.dropFirst() }
            result[name.lowercased()] = decoded(value)
        }
    }

    private static func decoded(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        let names = [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&apos;", "'"),
            ("&nbsp;", "\u{A0}"), ("&amp;", "&"),
        ]
        return names.reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
    }
}
