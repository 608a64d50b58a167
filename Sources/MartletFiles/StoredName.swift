import MartletCore

/// The name under which an upload is kept: `CLEAN_RANDOM.EXT` (`files-and-storage.md`, Stored file names). The random part
/// makes it unique, so that what a name stands for never changes.
package enum StoredName {
    private static let longestName = 300
    private static let longestPart = 100
    private static let longestExtension = 20

    /// - Parameters:
    ///   - uploaded: The name that came with the file; of a path, its last part counts.
    ///   - fallback: The extension of what the content is, with its point, for names that have none.
    package static func make(from uploaded: String, fallback: String) -> String {
        let base = suffix(of: baseName(uploaded), longestName)
        let dots = base.utf8.indices.filter { base.utf8[$0] == UInt8(ascii: ".") }
        let cut = dots.count >= 2 ? dots[dots.count - 2] : dots.last ?? base.endIndex
        var name = snakeCased(base[..<cut])
        if name.utf8.count < 3 { name += random() }
        name = String(name.prefix(longestPart))
        return name + "_" + random() + cleanExtension(base[cut...], fallback)
    }

    /// The part behind the last slash; browsers of old sent whole paths.
    package static func baseName(_ uploaded: String) -> String {
        String(uploaded.split(separator: "/", omittingEmptySubsequences: true).last ?? "")
    }

    private static func random() -> String {
        RandomText.make(10, of: RandomText.lowercaseAlphanumerics)
    }

    private static func suffix(of text: String, _ count: Int) -> String {
        text.utf8.count <= count ? text : String(decoding: text.utf8.suffix(count), as: UTF8.self)
    }

    private static func cleanExtension(_ text: Substring, _ fallback: String) -> String {
        let kept = text.utf8.filter { $0.isWordByte || ".*-+=#".utf8.contains($0) }
        var clean = trimmingDots(String(decoding: kept, as: UTF8.self))
        if clean.isEmpty { return fallback }
        if clean.utf8.count + 1 > longestExtension {
            clean = trimmingDots(String(decoding: ("." + clean).utf8.suffix(longestExtension), as: UTF8.self))
        }
        return "." + clean
    }

    private static func trimmingDots(_ text: String) -> String {
        guard let first = text.firstIndex(where: { $0 != "." }), let last = text.lastIndex(where: { $0 != "." }) else {
            return ""
        }
        return String(text[first...last])
    }

    /// `myTestDB v2` becomes `my_test_db_v2`.
    package static func snakeCased(_ text: Substring) -> String {
        var result: [UInt8] = []
        var before: UInt8?
        for byte in text.utf8 {
            guard byte.isDigit || byte.isASCIILetter else {
                before = nil
                continue
            }
            let isUpper = (0x41...0x5A).contains(byte)
            let startsWord = before == nil || isUpper && !(0x41...0x5A).contains(before ?? 0)
            if startsWord, !result.isEmpty { result.append(UInt8(ascii: "_")) }
            result.append(isUpper ? byte | 0x20 : byte)
            before = byte
        }
        return String(decoding: result, as: UTF8.self)
    }
}
