import CMagic
import MartletCore
import Synchronization

/// Finds out what a file is by its first bytes: libmagic knows the formats, the reference server's names are used for
/// them, and text is told apart by the reference's rules, which are stricter.
package final class ContentSniffer: Sendable {
    package static let shared = ContentSniffer()

    /// libmagic's handle.
    ///
    /// `@unchecked Sendable`: it is used under the mutex around it only, as libmagic wants it.
    private struct Library: @unchecked Sendable {
        let handle: magic_t
    }

    private let library: Mutex<Library?>

    private init() {
        let handle = magic_open(MAGIC_MIME_TYPE | MAGIC_SYMLINK | MAGIC_NO_CHECK_COMPRESS | MAGIC_ERROR)
        // Without its database every file is text or not; that is no reason not to start.
        library = Mutex(handle.flatMap { magic_load($0, nil) == 0 ? Library(handle: $0) : nil })
    }

    /// - Parameter head: The first bytes, at most 4096.
    package func detect(_ head: [UInt8]) -> DetectedType {
        if head.isEmpty { return .plain }
        if let type = Signature.detect(head) { return type }
        let found = magicName(head).flatMap { KnownFormats.types[$0] }
        return found ?? TextSniffer(head).detect() ?? .unknown
    }

    private func magicName(_ head: [UInt8]) -> String? {
        library.withLock { library in
            guard let library else { return nil }
            return head.withUnsafeBytes { bytes in
                magic_buffer(library.handle, bytes.baseAddress, bytes.count).map { String(cString: $0) }
            }
        }
    }
}

/// libmagic's names for what the reference server detects as well, with the reference's names and extensions. What is not
/// here is text, or bytes of no known kind: libmagic knows many more formats, some of them by two bytes only.
enum KnownFormats {
    private static let office = "application/vnd.openxmlformats-officedocument."

    static let types: [String: DetectedType] = {
        var types: [String: DetectedType] = [:]
        for (name, type, fileExtension) in rows { types[name] = DetectedType(type, fileExtension) }
        return types
    }()

    /// Ours is libmagic's name, then the reference's, then the extension.
    private static let rows: [(String, String, String)] = [
        ("image/png", "image/png", "png"), ("image/jpeg", "image/jpeg", "jpg"), ("image/gif", "image/gif", "gif"),
        ("image/webp", "image/webp", "webp"), ("image/bmp", "image/bmp", "bmp"), ("image/x-ms-bmp", "image/bmp", "bmp"),
        ("image/tiff", "image/tiff", "tiff"), ("image/vnd.microsoft.icon", "image/x-icon", "ico"),
        ("image/heic", "image/heic", "heic"), ("image/heif", "image/heif", "heif"),
        ("image/avif", "image/avif", "avif"),
        ("image/jxl", "image/jxl", "jxl"), ("image/jp2", "image/jp2", "jp2"),
        ("image/vnd.adobe.photoshop", "image/vnd.adobe.photoshop", "psd"), ("image/x-icns", "image/x-icns", "icns"),
        ("application/pdf", "application/pdf", "pdf"), ("application/zip", "application/zip", "zip"),
        ("application/gzip", "application/gzip", "gz"), ("application/x-bzip2", "application/x-bzip2", "bz2"),
        ("application/x-xz", "application/x-xz", "xz"), ("application/zstd", "application/zstd", "zst"),
        ("application/x-tar", "application/x-tar", "tar"),
        ("application/x-7z-compressed", "application/x-7z-compressed", "7z"),
        ("application/x-rar", "application/vnd.rar", "rar"), ("application/vnd.rar", "application/vnd.rar", "rar"),
        (office + "wordprocessingml.document", office + "wordprocessingml.document", "docx"),
        (office + "spreadsheetml.sheet", office + "spreadsheetml.sheet", "xlsx"),
        (office + "presentationml.presentation", office + "presentationml.presentation", "pptx"),
        ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text", "odt"),
        ("application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet", "ods"),
        ("application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation", "odp"),
        ("application/epub+zip", "application/epub+zip", "epub"),
        ("application/java-archive", "application/java-archive", "jar"),
        ("application/x-ole-storage", "application/x-ole-storage", ""),
        ("application/CDFV2", "application/x-ole-storage", ""),
        ("application/msword", "application/msword", "doc"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel", "xls"),
        ("application/vnd.ms-powerpoint", "application/vnd.ms-powerpoint", "ppt"),
        ("audio/mpeg", "audio/mpeg", "mp3"), ("audio/x-wav", "audio/wav", "wav"), ("audio/flac", "audio/flac", "flac"),
        ("audio/x-hx-aac-adts", "audio/aac", "aac"), ("audio/x-aiff", "audio/aiff", "aiff"),
        ("audio/basic", "audio/basic", "au"), ("audio/midi", "audio/midi", "midi"),
        ("audio/x-m4a", "audio/x-m4a", "m4a"),
        ("audio/ogg", "audio/ogg", "oga"), ("video/ogg", "video/ogg", "ogv"),
        ("application/ogg", "application/ogg", "ogg"),
        ("video/mp4", "video/mp4", "mp4"), ("video/x-m4v", "video/x-m4v", "m4v"),
        ("video/quicktime", "video/quicktime", "mov"), ("video/3gpp", "video/3gpp", "3gp"),
        ("video/webm", "video/webm", "webm"), ("video/x-matroska", "video/matroska", "mkv"),
        ("video/x-msvideo", "video/x-msvideo", "avi"), ("video/mpeg", "video/mpeg", "mpeg"),
        ("video/x-flv", "video/x-flv", "flv"), ("video/x-ms-asf", "video/x-ms-asf", "asf"),
        ("application/wasm", "application/wasm", "wasm"),
        ("application/vnd.sqlite3", "application/vnd.sqlite3", "sqlite"),
        ("application/x-sqlite3", "application/vnd.sqlite3", "sqlite"),
        ("application/x-executable", "application/x-executable", ""),
        ("application/x-pie-executable", "application/x-sharedlib", "so"),
        ("application/x-sharedlib", "application/x-sharedlib", "so"),
        ("application/x-object", "application/x-object", ""), ("application/x-coredump", "application/x-coredump", ""),
        ("application/x-java-applet", "application/x-java-applet", "class"),
        ("font/woff", "font/woff", "woff"), ("font/woff2", "font/woff2", "woff2"), ("font/sfnt", "font/ttf", "ttf"),
        ("font/ttf", "font/ttf", "ttf"), ("application/x-font-ttf", "font/ttf", "ttf"),
        ("font/otf", "font/otf", "otf"), ("application/vnd.ms-opentype", "font/otf", "otf"),
    ]
}
