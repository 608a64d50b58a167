import MartletCore

/// Tells kinds of text apart (`files-and-storage.md`, Detected content types).
struct TextSniffer {
    private let head: [UInt8]
    /// What it is read as.
    private let text: String

    init(_ head: [UInt8]) {
        self.head = head
        text = String(decoding: head, as: UTF8.self)
    }

    /// - Returns: nil for bytes that are no text.
    func detect() -> DetectedType? {
        if let charset = Self.wideCharset(head) { return DetectedType("text/plain; charset=\(charset)", "txt") }
        guard !head.contains(where: Self.isBinary) else { return nil }
        return markup() ?? script() ?? data() ?? plain()
    }

    /// By the byte order mark.
    private static func wideCharset(_ head: [UInt8]) -> String? {
        if head.starts(with: [0xFF, 0xFE, 0, 0]) { return "utf-32le" }
        if head.starts(with: [0, 0, 0xFE, 0xFF]) { return "utf-32be" }
        if head.starts(with: [0xFF, 0xFE]) { return "utf-16le" }
        return head.starts(with: [0xFE, 0xFF]) ? "utf-16be" : nil
    }

    /// Control characters that no text has.
    private static func isBinary(_ byte: UInt8) -> Bool {
        byte <= 0x08 || byte == 0x0B || (0x0E...0x1A).contains(byte) || (0x1C...0x1F).contains(byte)
    }

    // MARK: - Markup

    private static let tags = [
        "<!DOCTYPE HTML", "<HTML", "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A", "<STYLE",
        "<TITLE", "<B", "<BODY", "<BR", "<P", "<!--",
    ]

    private static func isBlank(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains(byte) }

    private func markup() -> DetectedType? {
        if isPlainSVG { return Self.svg }
        let hasMark = head.starts(with: [0xEF, 0xBB, 0xBF])
        let trimmed = head.dropFirst(hasMark ? 3 : 0).drop(while: Self.isBlank)
        let start = String(decoding: trimmed.prefix(32), as: UTF8.self).uppercased()
        for tag in Self.tags where start.hasPrefix(tag) {
            let end = trimmed.dropFirst(tag.utf8.count).first
            if let end, Self.isBlank(end) || end == UInt8(ascii: ">") { return html }
        }
        guard start.hasPrefix("<?XML") else { return nil }
        return xml(String(decoding: trimmed, as: UTF8.self), mayBeSVG: !hasMark)
    }

    private static let svg = DetectedType("image/svg+xml", "svg")

    /// Without a declaration it is SVG by its name space only, behind nothing but blanks and comments.
    private var isPlainSVG: Bool {
        var rest = text.drop { $0.isWhitespace }
        while rest.hasPrefix("<!--") {
            guard let end = rest.firstRange(of: "-->") else { return false }
            rest = rest[end.upperBound...]
        }
        guard rest.hasPrefix("<svg") else { return false }
        return SVGTag(rest).hasNamespace
    }

    private var html: DetectedType {
        DetectedType("text/html; charset=\(declaredCharset(behind: ["charset="]) ?? "utf-8")", "html")
    }

    /// A character set that the text itself names.
    private func declaredCharset(behind marks: [String]) -> String? {
        for mark in marks {
            guard let range = text.firstRange(of: mark) else { continue }
            let value = text[range.upperBound...].drop { $0 == "\"" || $0 == "'" }
            let name = value.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
            if !name.isEmpty { return name.asciiLowercased() }
        }
        return nil
    }

    private func xml(_ text: String, mayBeSVG: Bool) -> DetectedType? {
        guard let end = text.firstRange(of: "?>") else { return nil }
        let declaration = text[..<end.lowerBound]
        let isExact = text.hasPrefix("<?xml ") || text.hasPrefix("<?xml\t") || text.hasPrefix("<?xml\n")
        if isExact, mayBeSVG, declaration.contains("version"), text.contains("<svg") { return Self.svg }
        guard declaration.contains("=") else { return nil }
        let root = Self.rootElement(text)
        for (element, mark, type) in Self.dialects where root.hasPrefix("<" + element) {
            if mark.isEmpty || text.contains(mark) { return type }
        }
        let charset = declaredCharset(behind: ["encoding="]) ?? "utf-8"
        return DetectedType("text/xml; charset=\(charset)", "xml")
    }

    /// The first element, what the text has to hold beside it, and what it is.
    private static let dialects: [(element: String, mark: String, type: DetectedType)] = [
        ("rss", "", DetectedType("application/rss+xml", "rss")),
        ("feed", "xmlns=\"http://www.w3.org/2005/Atom\"", DetectedType("application/atom+xml", "atom")),
        ("kml", "", DetectedType("application/vnd.google-earth.kml+xml", "kml")),
        ("gpx", "", DetectedType("application/gpx+xml", "gpx")),
        ("html", "http://www.w3.org/1999/xhtml", DetectedType("application/xhtml+xml", "html")),
        ("xliff", "", DetectedType("application/x-xliff+xml", "xlf")),
        ("COLLADA", "", DetectedType("model/vnd.collada+xml", "dae")),
        ("TrainingCenterDatabase", "", DetectedType("application/vnd.garmin.tcx+xml", "tcx")),
        ("X3D", "", DetectedType("model/x3d+xml", "x3d")),
        ("amf", "", DetectedType("application/x-amf", "amf")),
        ("Ontology", "", DetectedType("application/owl+xml", "owl")),
        ("xfdf", "", DetectedType("application/vnd.adobe.xfdf", "xfdf")),
    ]

    private static func rootElement(_ text: String) -> Substring {
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[open...]
            let end = rest.hasPrefix("<!--") ? "-->" : ">"
            guard rest.hasPrefix("<?") || rest.hasPrefix("<!") else { return rest }
            guard let close = rest.firstRange(of: end) else { return "" }
            rest = rest[close.upperBound...]
        }
        return ""
    }

    // MARK: - Scripts and documents

    private func script() -> DetectedType? {
        if ["<?php", "<?PHP", "<?\n", "<? "].contains(where: text.hasPrefix) {
            return DetectedType("text/x-php", "php")
        }
        if text.hasPrefix("#!") {
            let line = text.prefix { $0 != "\n" && $0 != "\r\n" }.dropFirst(2)
            let words = line.split(separator: " ").map(String.init)
            var program = words.first ?? ""
            if program.hasSuffix("/env") { program = words.dropFirst().first { $0 != "-S" } ?? program }
            let name = program.split(separator: "/").last.map(String.init) ?? ""
            if name == "node" || name == "nodejs" { return DetectedType("text/javascript", "js") }
            if name.hasPrefix("python") { return DetectedType("text/x-python", "py") }
            let isShell = ["/bin/sh", "/bin/bash", "/bin/csh", "/bin/ksh", "/bin/tcsh", "/bin/zsh", "/bin/dash"]
                .contains(program)
            if isShell || line.contains("/env ") && ["bash", "zsh"].contains(name) {
                return DetectedType("text/x-shellscript", "sh")
            }
            if name.hasPrefix("lua") { return DetectedType("text/x-lua", "lua") }
            if name.hasPrefix("perl") { return DetectedType("text/x-perl", "pl") }
            if name.hasPrefix("tclsh") || name == "wish" { return DetectedType("text/x-tcl", "tcl") }
            if name.hasPrefix("php") { return DetectedType("text/x-php", "php") }
            if name.hasPrefix("ruby") { return DetectedType("text/x-ruby", "rb") }
        }
        if head.starts(with: "BEGIN:VCALENDAR\r\n".utf8) || head.starts(with: "BEGIN:VCALENDAR\n".utf8) {
            return DetectedType("text/calendar", "ics")
        }
        if text.hasPrefix("BEGIN:VCARD") { return DetectedType("text/vcard", "vcf") }
        let plain = head.dropFirst(head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        if plain.starts(with: "WEBVTT".utf8), plain.dropFirst(6).first.map(Self.isBlank) ?? true {
            return DetectedType("text/vtt", "vtt")
        }
        return isSubtitles ? DetectedType("application/x-subrip", "srt") : nil
    }

    /// `1`, then `00:00:01,000 --> 00:00:02,000`, then text.
    private var isSubtitles: Bool {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.count >= 3, lines[0] == "1" || lines[0] == "0", lines[1].contains(" --> ") else { return false }
        let times = lines[1].split(separator: " --> ")
        return times.count == 2 && times.allSatisfy { $0.count == 12 && $0.dropFirst(8).first == "," }
            && times[0].prefix(8).filter { $0 == ":" }.count == 2 && lines[0] == "1" && !lines[2].isEmpty
    }

    // MARK: - Data

    private func data() -> DetectedType? {
        if let type = JSONSniffer(head).detect() { return type }
        if Self.isTable(head, separator: UInt8(ascii: ",")) { return DetectedType("text/csv", "csv") }
        if Self.isTable(head, separator: UInt8(ascii: "\t")) {
            return DetectedType("text/tab-separated-values", "tsv")
        }
        return nil
    }

    /// At least two lines with the same number of columns, at least two.
    private static func isTable(_ head: [UInt8], separator: UInt8) -> Bool {
        var counts: [Int] = []
        var columns = 1
        var isQuoted = false
        var isEmpty = true
        var isComment = false
        var body = head[...]
        // The last line may be cut off.
        if head.count >= 4096, let end = head.lastIndex(of: 0x0A) { body = head[...end] }
        for byte in body {
            switch byte {
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                isEmpty = false
            case separator where !isQuoted:
                columns += 1
                isEmpty = false
            case 0x0A where !isQuoted:
                if !isEmpty, !isComment { counts.append(columns) }
                (columns, isEmpty, isComment) = (1, true, false)
            case 0x0D: break
            case UInt8(ascii: "#") where isEmpty: (isEmpty, isComment) = (false, true)
            default: isEmpty = false
            }
        }
        if isQuoted { return false }
        if !isEmpty, !isComment { counts.append(columns) }
        guard let first = counts.first, counts.count >= 2, first >= 2 else { return false }
        return counts.allSatisfy { $0 == first }
    }

    private func plain() -> DetectedType {
        charset.map { DetectedType("text/plain; charset=\($0)", "txt") } ?? .plain
    }

    private var charset: String? {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return "utf-8" }
        // A character may be cut off at the end of what is looked at.
        let tail = head.suffix(3).lastIndex { $0 < 0x80 || $0 >= 0xC0 }
        let whole = tail.flatMap { head[$0] >= 0xC0 ? head[..<$0] : nil } ?? head[...]
        if String(validating: whole, as: UTF8.self) != nil || String(validating: head, as: UTF8.self) != nil {
            return "utf-8"
        }
        // ISO 8859-1 has no characters there, and Windows-1252 not everywhere.
        let upper = head.filter { (0x80...0x9F).contains($0) }
        if upper.isEmpty { return "iso-8859-1" }
        return upper.allSatisfy { $0 == 0x85 } ? "windows-1252" : nil
    }
}

/// The attributes of an `<svg …>` tag.
private struct SVGTag {
    private let text: Substring

    init(_ text: Substring) {
        self.text = text
    }

    var hasNamespace: Bool {
        var rest = text.dropFirst(4).drop { !$0.isWhitespace && $0 != ">" }
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "/" }
            guard let first = rest.first, first != ">" else { return false }
            let name = rest.prefix { !$0.isWhitespace && !"=>/".contains($0) }
            guard !name.isEmpty else { return false }
            rest = rest.dropFirst(name.count).drop { $0.isWhitespace }
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst().drop { $0.isWhitespace }
            let quote = rest.first.flatMap { $0 == "\"" || $0 == "'" ? $0 : nil }
            if quote != nil { rest = rest.dropFirst() }
            let value = rest.prefix { quote == nil ? !$0.isWhitespace && $0 != ">" : $0 != quote }
            rest = rest.dropFirst(value.count + (quote == nil ? 0 : 1))
            if name == "xmlns" { return value == "http://www.w3.org/2000/svg" }
        }
    }
}
