import MartletCore

/// What a file is, by its content (`files-and-storage.md`, Detected content types).
package struct DetectedType: Sendable, Hashable {
    /// As it is stored and served: `text/plain; charset=utf-8`.
    package let name: String
    /// What names without extension get, with its point; empty for none.
    package let fileExtension: String

    init(_ name: String, _ fileExtension: String = "") {
        self.name = name
        self.fileExtension = fileExtension.isEmpty ? "" : "." + fileExtension
    }

    static let unknown = DetectedType("application/octet-stream")
    /// A file without any bytes, or without any that say something.
    static let plain = DetectedType("text/plain", "txt")

    /// Lower case and without parameters: the type, and what else it is called in the lists of fields.
    package var names: Set<String> {
        let bare = Self.bare(name)
        return Self.aliases[bare, default: []].union([bare])
    }

    package static func bare(_ type: String) -> String {
        String(type.prefix { $0 != ";" }).trimmingBlanks().asciiLowercased()
    }

    private static let aliases: [String: Set<String>] = [
        "audio/mpeg": ["audio/mp3", "audio/x-mpeg"],
        "audio/wav": ["audio/x-wav", "audio/wave", "audio/vnd.wave"],
        "image/bmp": ["image/x-bmp", "image/x-ms-bmp"],
        "application/pdf": ["application/x-pdf"],
        "application/zip": ["application/x-zip", "application/x-zip-compressed"],
        "application/gzip": [
            "application/x-gzip", "application/x-gunzip", "application/gzipped", "application/gzip-compressed",
            "application/x-gzip-compressed", "gzip/document",
        ],
        "text/xml": ["application/xml"],
        "text/javascript": ["application/javascript", "application/x-javascript"],
        "text/rtf": ["application/rtf"],
        "video/x-msvideo": ["video/avi", "video/msvideo"],
        "video/x-ms-asf": ["video/asf", "video/x-ms-wmv"],
        "video/matroska": ["video/x-matroska"],
        "application/vnd.rar": ["application/x-rar-compressed", "application/x-rar"],
        "application/vnd.sqlite3": ["application/x-sqlite3"],
        "image/apng": ["image/vnd.mozilla.apng"],
        "application/java-archive": ["application/jar", "application/x-java-archive"],
        "audio/aiff": ["audio/x-aiff"],
        "audio/midi": ["audio/mid", "audio/sp-midi"],
        "application/ogg": ["application/x-ogg"],
        "video/3gpp": ["audio/3gpp", "video/3gp"],
        "video/webm": ["audio/webm"],
        "application/rss+xml": ["text/rss"],
        "text/x-python": ["text/x-script.python", "application/x-python"],
        "text/x-shellscript": ["text/x-sh", "application/x-shellscript", "application/x-sh"],
        "application/x-subrip": ["application/x-srt", "text/x-srt"],
    ]
}
