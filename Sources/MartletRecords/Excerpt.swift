import MartletCore

/// The plain text at the start of an HTML text (`http-general.md`, Excerpt algorithm).
struct Excerpt: Sendable {
    private static let dropped: Set<String> = [
        "head", "style", "script", "iframe", "embed", "applet", "object", "svg", "img", "picture", "dialog", "template",
        "button", "form", "textarea", "input", "select", "option",
    ]
    private static let inline: Set<String> = [
        "a", "abbr", "acronym", "b", "bdo", "big", "br", "button", "cite", "code", "em", "i", "label", "q", "small",
        "span", "strong", "strike", "sub", "sup", "time",
    ]
    /// Elements that have no end tag.
    private static let empty: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    ]

    private let limit: Int
    private let hasEllipsis: Bool

    /// - Parameter modifier: `excerpt(max)` or `excerpt(max, withEllipsis)`.
    init(modifier: String) throws {
        guard modifier.hasPrefix("excerpt("), modifier.hasSuffix(")") else { throw Problem.badRequest() }
        let arguments = modifier.dropFirst(8).dropLast().split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingBlanks() }
        guard (1...2).contains(arguments.count), let limit = Int(arguments[0]), limit > 0 else {
            throw Problem.badRequest()
        }
        self.limit = limit
        hasEllipsis = arguments.count == 2 && arguments[1].truthValue == true
    }

    func of(_ html: String) -> String {
        let text = Self.text(html)
        let scalars = text.unicodeScalars
        guard scalars.count > limit else { return text }
        let cut = String(String.UnicodeScalarView(scalars.prefix(limit))).trimmingBlanks()
        return hasEllipsis ? cut + "..." : cut
    }

    /// All text outside of dropped elements, runs of white space as one blank.
    private static func text(_ html: String) -> String {
        var result = ""
        var rest = html[...]
        func blank() { if !result.isEmpty, result.last != " " { result.append(" ") } }
        while let character = rest.first {
            if character == "<", let tag = HTMLTag(rest) {
                rest = rest[tag.end...]
                if !inline.contains(tag.name), !tag.isComment { blank() }
                if dropped.contains(tag.name), !tag.isClosing, !empty.contains(tag.name), !tag.isSelfClosing {
                    rest = HTMLTag.closing(tag.name, in: rest) ?? ""
                }
            } else if character == "&", let (decoded, end) = HTMLEntity.decode(rest) {
                result.unicodeScalars.append(decoded)
                rest = rest[end...]
            } else {
                if character.isWhitespace { blank() } else { result.append(character) }
                rest.removeFirst()
            }
        }
        return result.trimmingBlanks()
    }
}

/// A tag or comment at the start of a text.
private struct HTMLTag {
    let name: String
    let isClosing: Bool
    let isSelfClosing: Bool
    let isComment: Bool
    let end: Substring.Index

    init?(_ text: Substring) {
        if text.hasPrefix("<!--") {
            name = ""
            isClosing = false
            isSelfClosing = false
            isComment = true
            end = text.firstRange(of: "-->")?.upperBound ?? text.endIndex
            return
        }
        var rest = text.dropFirst()
        isClosing = rest.first == "/"
        if isClosing { rest = rest.dropFirst() }
        guard let first = rest.first, first.isLetter || first == "!" || first == "?" else { return nil }
        let name = rest.prefix { !$0.isWhitespace && $0 != ">" && $0 != "/" }
        var quote: Character?
        var index = name.endIndex
        while index < rest.endIndex {
            let character = rest[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == ">" {
                break
            }
            index = rest.index(after: index)
        }
        self.name = name.asciiLowercased()
        isComment = first == "!" || first == "?"
        isSelfClosing = index > rest.startIndex && index < rest.endIndex && rest[rest.index(before: index)] == "/"
        end = index < rest.endIndex ? rest.index(after: index) : rest.endIndex
    }
}

extension HTMLTag {
    /// The text from the next end tag of a name on.
    static func closing(_ name: String, in text: Substring) -> Substring? {
        var rest = text
        while let open = rest.firstRange(of: "</") {
            rest = rest[open.lowerBound...]
            if rest.dropFirst(2).prefix(name.count).asciiLowercased() == name { return rest }
            rest = rest.dropFirst(2)
        }
        return nil
    }
}

/// The character references that plain text needs most (HTML, section 13.5); others stay as they are written.
private enum HTMLEntity {
    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "copy": "©", "reg": "®",
        "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "euro": "€",
    ]

    static func decode(_ text: Substring) -> (Unicode.Scalar, Substring.Index)? {
        guard let end = text.prefix(12).firstIndex(of: ";") else { return nil }
        let name = text[text.index(after: text.startIndex)..<end]
        let next = text.index(after: end)
        if let scalar = named[String(name)] { return (scalar, next) }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let value = digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap(Unicode.Scalar.init).map { ($0, next) }
    }
}
