import MartletCore
import MartletFiles
import MartletServer

/// How a stored file is shown to browsers: nothing that could run in them is shown inline
/// (`files-and-storage.md`, Download).
struct ServedFile {
    private let file: StoredFile
    private let name: String
    private let isDownload: Bool
    private let isFramed: Bool

    /// - Parameters:
    ///   - name: Under which it is to be saved.
    ///   - isDownload: Whether it is saved, whatever it is.
    ///   - isFramed: Whether the header that forbids frames stays.
    init(_ file: StoredFile, name: String, isDownload: Bool, isFramed: Bool = false) {
        self.file = file
        self.name = name
        self.isDownload = isDownload
        self.isFramed = isFramed
    }

    var content: RangedContent {
        let kind = isDownload || !Self.inlineTypes.contains(file.attributes.contentType) ? "attachment" : "inline"
        return RangedContent(
            size: file.size,
            modified: file.modified,
            type: type,
            headers: [("Content-Disposition", "\(kind); filename=\"\(quoted)\"")],
            caching: "max-age=2592000, stale-while-revalidate=86400",
            preset: isFramed ? Self.framedHeaders : Self.headers
        )
    }

    /// Some types are told by the name: browsers would not use them otherwise.
    private var type: String {
        let stored = file.attributes.contentType
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return stored }
        return Self.typesByExtension[String(name[dot...])] ?? stored
    }

    /// Stored names have no quotes; those of old data and of backups may.
    private var quoted: String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") }) else { return name }
        return name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    private static let office = "application/vnd.openxmlformats-officedocument."

    private static let typesByExtension = [
        ".svg": "image/svg+xml", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript",
        ".xlsx": office + "spreadsheetml.sheet", ".docx": office + "wordprocessingml.document",
        ".pptx": office + "presentationml.presentation",
    ]

    private static let inlineTypes: Set<String> = [
        "image/png", "image/jpg", "image/jpeg", "image/gif", "image/webp", "image/x-icon", "image/bmp",
        "video/webm", "video/mp4", "video/3gpp", "video/quicktime", "video/x-ms-wmv",
        "audio/basic", "audio/aiff", "audio/mpeg", "audio/midi", "audio/mp3", "audio/wave", "audio/wav", "audio/x-wav",
        "audio/x-mpeg", "audio/x-m4a", "audio/aac",
        "application/pdf", "application/x-pdf",
    ]

    private static let headers: StaticString = """
        Vary: Origin\r
        X-Xss-Protection: 1; mode=block\r
        X-Content-Type-Options: nosniff\r
        Cross-Origin-Opener-Policy: same-origin\r
        Content-Security-Policy: default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox\r

        """

    private static let framedHeaders: StaticString = """
        Vary: Origin\r
        X-Xss-Protection: 1; mode=block\r
        X-Content-Type-Options: nosniff\r
        X-Frame-Options: SAMEORIGIN\r
        Cross-Origin-Opener-Policy: same-origin\r
        Content-Security-Policy: default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox\r

        """
}
