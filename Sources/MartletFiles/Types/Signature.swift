import MartletCore

/// Formats that are told by a few bytes where libmagic wants more of the file, or calls them otherwise.
enum Signature {
    static func detect(_ head: [UInt8]) -> DetectedType? {
        if head.starts(with: png) { return pngKind(head) }
        if head.count >= 12, head[4..<8].elementsEqual("ftyp".utf8) {
            return brand(String(decoding: head[8..<12], as: UTF8.self))
        }
        if head.starts(with: "OggS".utf8) { return ogg(head) }
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return ZipSniffer(head).detect() }
        if head.starts(with: ole) { return oleKind(head) }
        if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return elf(head) }
        for row in rows where head.dropFirst(row.offset).starts(with: row.bytes) { return row.type }
        return nil
    }

    // MARK: - By their first bytes

    private typealias Row = (offset: Int, bytes: [UInt8], type: DetectedType)

    private static func row(_ text: String, _ type: String, _ fileExtension: String, at offset: Int = 0) -> Row {
        (offset, Array(text.utf8), DetectedType(type, fileExtension))
    }

    private static func row(_ bytes: [UInt8], _ type: String, _ fileExtension: String, at offset: Int = 0) -> Row {
        (offset, bytes, DetectedType(type, fileExtension))
    }

    private static let rows: [Row] = [
        row([0xFF, 0xD8, 0xFF], "image/jpeg", "jpg"), row("GIF87a", "image/gif", "gif"),
        row("GIF89a", "image/gif", "gif"), row("WEBP", "image/webp", "webp", at: 8),
        row("WAVE", "audio/wav", "wav", at: 8),
        row("AVI ", "video/x-msvideo", "avi", at: 8), row("%PDF-", "application/pdf", "pdf"),
        row("%FDF", "application/vnd.fdf", "fdf"), row("%!PS-Adobe-", "application/postscript", "ps"),
        row([0, 0, 1, 0], "image/x-icon", "ico"), row([0, 0, 2, 0], "image/x-icon", "ico"),
        row("8BPS", "image/vnd.adobe.photoshop", "psd"), row("#?RADIANCE\n", "image/vnd.radiance", "hdr"),
        row("gimp xcf", "image/x-xcf", "xcf"), row("/* XPM */", "image/x-xpixmap", "xpm"),
        row("GIMP", "image/x-gimp-gbr", "gbr", at: 20), row([0x42, 0x50, 0x47, 0xFB], "image/bpg", "bpg"),
        row([0x49, 0x49, 0xBC, 0x01], "image/jxr", "jxr"), row("DJVM", "image/vnd.djvu", "djvu", at: 12),
        row("DJVU", "image/vnd.djvu", "djvu", at: 12), row([0x49, 0x49, 0x2A, 0x00], "image/tiff", "tiff"),
        row([0x4D, 0x4D, 0x00, 0x2A], "image/tiff", "tiff"),
        row("MZ", "application/vnd.microsoft.portable-executable", "exe"), row("{\\rtf", "text/rtf", "rtf"),
        row([0x50, 0x4B, 0x05, 0x06], "application/zip", "zip"), row("LZIP", "application/lzip", "lz"),
        row("MSCF", "application/vnd.ms-cab-compressed", "cab"), row("xar!", "application/x-xar", "xar"),
        row("!<arch>\ndebian-binary", "application/vnd.debian.binary-package", "deb"),
        row("!<arch>\n", "application/x-archive", "a"), row([0xED, 0xAB, 0xEE, 0xDB], "application/x-rpm", "rpm"),
        row("070701", "application/x-cpio", "cpio"), row("070707", "application/x-cpio", "cpio"),
        row("SQLite format 3\0", "application/vnd.sqlite3", "sqlite"),
        row("Standard Jet DB", "application/x-msaccess", "mdb", at: 4),
        row("Standard ACE DB", "application/x-msaccess", "accdb", at: 4),
        row("BOOKMOBI", "application/x-mobipocket-ebook", "mobi", at: 60),
        row("ITSF", "application/vnd.ms-htmlhelp", "chm"),
        row("d8:announce", "application/x-bittorrent", "torrent"),
        row("PAR1", "application/vnd.apache.parquet", "parquet"),
        row("AIFF", "audio/aiff", "aiff", at: 8), row([0x2E, 0x73, 0x6E, 0x64], "audio/basic", "au"),
        row("MThd", "audio/midi", "midi"), row("#!AMR", "audio/amr", "amr"), row("MPCK", "audio/musepack", "mpc"),
        row("Creative Voice File", "audio/x-unknown", "voc"), row("#EXTM3U", "application/vnd.apple.mpegurl", "m3u"),
        row("QLCM", "audio/qcelp", "qcp", at: 8), row("ID3", "audio/mpeg", "mp3"),
        row("moov", "video/quicktime", "mov", at: 4), row("mdat", "video/quicktime", "mov", at: 4),
        row("free", "video/quicktime", "mov", at: 4), row("skip", "video/quicktime", "mov", at: 4),
        row("wide", "video/quicktime", "mov", at: 4), row("pnot", "video/quicktime", "mov", at: 4),
        row("CWS", "application/x-shockwave-flash", "swf"), row("FWS", "application/x-shockwave-flash", "swf"),
        row("ZWS", "application/x-shockwave-flash", "swf"), row(".RMF", "application/vnd.rn-realmedia-vbr", "rmvb"),
        row([0xCF, 0xFA, 0xED, 0xFE], "application/x-mach-binary", "macho"),
        row([0xCE, 0xFA, 0xED, 0xFE], "application/x-mach-binary", "macho"),
        row([0xFE, 0xED, 0xFA, 0xCF], "application/x-mach-binary", "macho"),
        row([0xFE, 0xED, 0xFA, 0xCE], "application/x-mach-binary", "macho"),
        row("ttcf", "font/collection", "ttc"), row("DICM", "application/dicom", "dcm", at: 128),
        row([0xD4, 0xC3, 0xB2, 0xA1], "application/vnd.tcpdump.pcap", "pcap"),
        row([0xA1, 0xB2, 0xC3, 0xD4], "application/vnd.tcpdump.pcap", "pcap"),
        row("glTF", "model/gltf-binary", "glb"), row("WARC/1.", "application/warc", "warc"),
        row([0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20], "image/jp2", "jp2"),
    ]

    // MARK: - By a little more

    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// An animated one says so before its content.
    private static func pngKind(_ head: [UInt8]) -> DetectedType {
        let isAnimated = head.count >= 41 && head[37..<41].elementsEqual("acTL".utf8)
        return isAnimated ? DetectedType("image/apng", "apng") : DetectedType("image/png", "png")
    }

    private static func ogg(_ head: [UInt8]) -> DetectedType {
        let codec = head.dropFirst(28)
        func has(_ text: String) -> Bool { codec.starts(with: text.utf8) }
        if codec.starts(with: [0x01] + "vorbis".utf8) || has("OpusHead") || has("\u{7F}FLAC") || has("Speex   ") {
            return DetectedType("audio/ogg", "oga")
        }
        if codec.starts(with: [0x80] + "theora".utf8) || codec.starts(with: [0x01] + "video".utf8) || has("fishead\0") {
            return DetectedType("video/ogg", "ogv")
        }
        return DetectedType("application/ogg", "ogg")
    }

    private static let ole: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

    /// By the class of the root entry ([MS-CFB], section 2.6).
    private static func oleKind(_ head: [UInt8]) -> DetectedType? {
        func has(_ text: String) -> Bool {
            let wide: [UInt8] = text.utf8.flatMap { byte -> [UInt8] in [byte, 0] }
            return head.indices.dropFirst(512).contains { start in head[start...].starts(with: wide) }
        }
        if has("WordDocument") { return DetectedType("application/msword", "doc") }
        if has("Workbook") || has("Book") { return DetectedType("application/vnd.ms-excel", "xls") }
        if has("PowerPoint Document") { return DetectedType("application/vnd.ms-powerpoint", "ppt") }
        return DetectedType("application/x-ole-storage")
    }

    private static func elf(_ head: [UInt8]) -> DetectedType? {
        guard head.count > 17 else { return nil }
        // The fifth byte after the mark tells the order of bytes (System V ABI, ELF header).
        switch head[5] == 2 ? head[17] : head[16] {
        case 1: return DetectedType("application/x-object")
        case 2: return DetectedType("application/x-executable")
        case 3: return DetectedType("application/x-sharedlib", "so")
        case 4: return DetectedType("application/x-coredump")
        default: return DetectedType("application/x-elf")
        }
    }

    /// ISO 14496-12, section 4.3.
    private static func brand(_ brand: String) -> DetectedType {
        switch brand {
        case "avif", "avis": DetectedType("image/avif", "avif")
        case "heic", "heix": DetectedType("image/heic", "heic")
        case "hevc", "hevx": DetectedType("image/heic-sequence", "heic")
        case "mif1", "heim", "heis", "avic": DetectedType("image/heif", "heif")
        case "msf1", "hevm", "hevs", "avcs": DetectedType("image/heif-sequence", "heif")
        case "jp2 ": DetectedType("image/jp2", "jp2")
        case "jpx ": DetectedType("image/jpx", "jpf")
        case "jpm ": DetectedType("image/jpm", "jpm")
        case "M4A ": DetectedType("audio/x-m4a", "m4a")
        case "M4B ", "M4P ", "MSNV": DetectedType("audio/mp4", "mp4")
        case "M4V ", "M4VH", "M4VP": DetectedType("video/x-m4v", "m4v")
        case "qt  ": DetectedType("video/quicktime", "mov")
        case "mqt ": DetectedType("video/quicktime", "mqv")
        case _
        where brand.hasPrefix("3gp") || brand.hasPrefix("3gg") || brand.hasPrefix("3ge") || brand.hasPrefix("3gs"):
            DetectedType("video/3gpp", "3gp")
        case _ where brand.hasPrefix("3g2") || brand == "KDDI": DetectedType("video/3gpp2", "3g2")
        default: DetectedType("video/mp4", "mp4")
        }
    }
}

/// What a zip archive is by the names of its first entries.
private struct ZipSniffer {
    private let head: [UInt8]

    init(_ head: [UInt8]) {
        self.head = head
    }

    private static let office = "application/vnd.openxmlformats-officedocument."

    func detect() -> DetectedType? {
        let names = names()
        guard let first = names.first else { return DetectedType("application/zip", "zip") }
        // Open document formats and books tell their type in the first entry, which is stored as it is.
        if first == "mimetype" { return nil }
        if first == "META-INF/MANIFEST.MF" || first == "META-INF/" {
            return DetectedType("application/java-archive", "jar")
        }
        if first == "AndroidManifest.xml" { return DetectedType("application/vnd.android.package-archive", "apk") }
        if first == "doc.kml" { return DetectedType("application/vnd.google-earth.kmz", "kmz") }
        let isOffice =
            first == "[Content_Types].xml"
            || ["_rels/", "docProps/", "word/", "xl/", "ppt/", "visio/"].contains {
                first.hasPrefix($0)
            }
        guard isOffice else { return DetectedType("application/zip", "zip") }
        for name in names {
            if name.hasPrefix("word/") { return DetectedType(Self.office + "wordprocessingml.document", "docx") }
            if name.hasPrefix("xl/") { return DetectedType(Self.office + "spreadsheetml.sheet", "xlsx") }
            if name.hasPrefix("ppt/") { return DetectedType(Self.office + "presentationml.presentation", "pptx") }
            if name.hasPrefix("visio/") { return DetectedType("application/vnd.ms-visio.drawing.main+xml", "vsdx") }
        }
        // The names that tell it may come later than what is looked at.
        return nil
    }

    /// APPNOTE.TXT, section 4.3.7.
    private func names() -> [String] {
        var names: [String] = []
        var index = 0
        while index + 30 <= head.count {
            if head[index..<(index + 4)].elementsEqual([0x50, 0x4B, 0x03, 0x04]) {
                let length = Int(head[index + 26]) | Int(head[index + 27]) << 8
                let end = index + 30 + length
                if length > 0, end <= head.count {
                    names.append(String(decoding: head[(index + 30)..<end], as: UTF8.self))
                }
                index = max(end, index + 30)
            } else {
                index += 1
            }
        }
        return names
    }
}
