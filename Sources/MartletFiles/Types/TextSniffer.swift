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
        if head.starts(with: [0xFF, 0xFE]) { return DetectedType("text/plain; charset=utf-16le", "txt") }
        if head.starts(with: [0xFE, 0xFF]) { return DetectedType("text/plain; charset=utf-16be", "txt") }
        guard !head.contains(where: Self.isBinary) else { return nil }
        return markup() ?? script() ?? data() ?? plain()
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

    private func markup() -> DetectedType? {
        if text.hasPrefix("<svg") { return Self.svg }
        let trimmed = text.utf8.drop { [0x09, 0x0A, 0x0C, 0x0D, 0x20].contains($0) }
        let start = String(decoding: trimmed.prefix(32), as: UTF8.self).uppercased()
        for tag in Self.tags where start.hasPrefix(tag) {
            guard tag != "<!--" else { return Self.html }
            let end = trimmed.dropFirst(tag.utf8.count).first
            if end == 0x20 || end == UInt8(ascii: ">") { return Self.html }
        }
        guard start.hasPrefix("<?XML") else { return nil }
        return xml(String(decoding: trimmed, as: UTF8.self))
    }

    private static let svg = DetectedType("image/svg+xml", "svg")
    private static let html = DetectedType("text/html; charset=utf-8", "html")

    /// By the first element behind the declaration, comments and document type.
    private func xml(_ text: String) -> DetectedType {
        let root = Self.rootElement(text)
        if root.hasPrefix("<svg") { return Self.svg }
        for (element, namespace, type) in Self.dialects where root.hasPrefix(element) {
            if namespace.isEmpty || text.contains(namespace) { return type }
        }
        return DetectedType("text/xml; charset=utf-8", "xml")
    }

    private static let dialects: [(element: String, namespace: String, type: DetectedType)] = [
        ("<rss", "", DetectedType("application/rss+xml", "rss")),
        ("<feed", "http://www.w3.org/2005/Atom", DetectedType("application/atom+xml", "atom")),
        ("<kml", "", DetectedType("application/vnd.google-earth.kml+xml", "kml")),
        ("<gpx", "", DetectedType("application/gpx+xml", "gpx")),
        ("<html", "http://www.w3.org/1999/xhtml", DetectedType("application/xhtml+xml", "html")),
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
        if text.hasPrefix("<?php") || text.hasPrefix("<?PHP") || text.hasPrefix("<?\n") {
            return DetectedType("text/x-php", "php")
        }
        if text.hasPrefix("#!") {
            let line = text.prefix { $0 != "\n" && $0 != "\r\n" }.dropFirst(2)
            let words = line.split(separator: " ").map(String.init)
            var program = words.first ?? ""
            if program.hasSuffix("/env"), words.count > 1 { program = words[1] }
            let name = program.split(separator: "/").last.map(String.init) ?? ""
            if name == "node" || name == "nodejs" { return DetectedType("text/javascript", "js") }
            if name.hasPrefix("python") { return DetectedType("text/x-python", "py") }
            if ["sh", "bash", "csh", "ksh", "tcsh", "zsh", "dash"].contains(name) {
                return DetectedType("text/x-shellscript", "sh")
            }
            if name.hasPrefix("lua") { return DetectedType("text/x-lua", "lua") }
            if name.hasPrefix("perl") { return DetectedType("text/x-perl", "pl") }
            if name.hasPrefix("tclsh") || name == "wish" { return DetectedType("text/x-tcl", "tcl") }
            if name.hasPrefix("php") { return DetectedType("text/x-php", "php") }
            if name.hasPrefix("ruby") { return DetectedType("text/x-ruby", "rb") }
        }
        if text.hasPrefix("BEGIN:VCALENDAR") { return DetectedType("text/calendar", "ics") }
        if text.hasPrefix("BEGIN:VCARD") { return DetectedType("text/vcard", "vcf") }
        let plain = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        if plain.hasPrefix("WEBVTT"), plain.dropFirst(6).first.map({ " \t\r\n\r\n".contains($0) }) ?? true {
            return DetectedType("text/vtt", "vtt")
        }
        return isSubtitles ? DetectedType("application/x-subrip", "srt") : nil
    }

    /// `1`, then `00:00:01,000 --> 00:00:02,000`, then text.
    private var isSubtitles: Bool {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.count >= 3, lines[0] == "1" || lines[0] == "0", lines[1].contains(" --> ") else { return false }
        let times = lines[1].split(separator: " --> ")
        return times.count == 2 && times.allSatisfy { $0.count == 12 && $0.contains(",") } && !lines[2].isEmpty
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
                if !isEmpty { counts.append(columns) }
                (columns, isEmpty) = (1, true)
            case 0x0D: break
            default: isEmpty = false
            }
        }
        if isQuoted { return false }
        if !isEmpty { counts.append(columns) }
        guard let first = counts.first, counts.count >= 2, first >= 2 else { return false }
        return counts.allSatisfy { $0 == first }
    }

    private func plain() -> DetectedType {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return DetectedType("text/plain; charset=utf-8", "txt") }
        // A character may be cut off at the end of what is looked at.
        let isWhole = (0...3).contains { String(validating: head.dropLast($0), as: UTF8.self) != nil }
        if isWhole { return DetectedType("text/plain; charset=utf-8", "txt") }
        let isLatin = head.allSatisfy { !(0x80...0x9F).contains($0) }
        return isLatin ? DetectedType("text/plain; charset=iso-8859-1", "txt") : .plain
    }
}

/// Whether the first bytes of a file are JSON as far as they go.
struct JSONSniffer {
    private let head: [UInt8]

    init(_ head: [UInt8]) {
        self.head = head
    }

    func detect() -> DetectedType? {
        let lines = head.split(separator: 0x0A).filter { line in
            !line.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
        }
        guard let first = head.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return nil }
        var scanner = JSONPrefix(head)
        if scanner.isJSON() { return object(scanner.keys) }
        let whole = head.count >= 4096 ? lines.dropLast() : lines[...]
        let isList =
            whole.count >= 2
            && whole.allSatisfy { line in
                var scanner = JSONPrefix(Array(line))
                return scanner.isJSON() && scanner.isComplete
            }
        return isList ? DetectedType("application/x-ndjson", "ndjson") : nil
    }

    private func object(_ keys: [String: String]) -> DetectedType {
        let geometries = [
            "Feature", "FeatureCollection", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString",
            "MultiPolygon", "GeometryCollection",
        ]
        if let type = keys["type"], geometries.contains(type) { return DetectedType("application/geo+json", "geojson") }
        if keys["asset"] != nil, keys["version"] == "2.0" || keys["version"] == "1.0" {
            return DetectedType("model/gltf+json", "gltf")
        }
        return DetectedType("application/json", "json")
    }
}
