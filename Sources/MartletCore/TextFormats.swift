/// Checks of texts that have a known form. Which texts pass is what the reference server lets pass (`collections.md`,
/// "Which emails and urls pass"), which is looser than the standards.
package enum TextFormat {
    // MARK: - Email

    package static func isEmail(_ text: String) -> Bool {
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let atoms = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isAtomScalar) }) else { return false }
        var labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        guard labels.count >= 2, labels.allSatisfy(isMailLabel), let last = labels.last else { return false }
        return [last.first, last.last].allSatisfy { $0.map { !isDigit($0) } ?? false }
    }

    private static func isAtomScalar(_ scalar: Unicode.Scalar) -> Bool {
        isLetterOrDigit(scalar) || "!#$%&'*+/=?^_`{|}~-".unicodeScalars.contains(scalar)
    }

    private static func isMailLabel(_ label: Substring.UnicodeScalarView) -> Bool {
        guard let first = label.first, let last = label.last else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && label.allSatisfy { isLetterOrDigit($0) || "-_~".unicodeScalars.contains($0) }
    }

    // MARK: - URL

    private static let schemes = ["http", "https", "ftp", "tcp", "udp", "ws", "wss"]

    package static func isURL(_ text: String) -> Bool {
        guard (4..<2083).contains(text.utf8.count),
            !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.properties.isWhitespace })
        else { return false }
        var rest = text[...]
        var hasScheme = false
        if let range = text.firstRange(of: "://") {
            let scheme = String(text[..<range.lowerBound])
            if schemes.contains(scheme) {
                hasScheme = true
                rest = text[range.upperBound...]
            } else if !scheme.contains(where: { "/?#".contains($0) }) {
                return false
            }
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard PercentEncoding.decode(rest[end...], repairing: true) != nil else { return false }
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        return isAuthority(String(authority), hasScheme: hasScheme)
    }

    private static func isAuthority(_ text: String, hasScheme: Bool) -> Bool {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            let port = text[text.index(after: end)...]
            return IPAddress(String(text[text.index(after: text.startIndex)..<end])) != nil
                && (port.isEmpty || isPort(port.dropFirst()))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return false }
        if parts.count == 2, !isPort(parts[1]) { return false }
        if IPAddress(String(host)) != nil { return true }
        var labels = host.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard labels.allSatisfy(isURLLabel) else { return false }
        let isNumeric = labels.last?.allSatisfy(isDigit) ?? true
        if hasScheme { return !(isNumeric && labels.count > 1) }
        if labels.count == 1 { return parts.count == 2 }
        return labels.last?.allSatisfy { !isDigit($0) && $0 != "-" } ?? false
    }

    private static func isURLLabel(_ label: Substring.UnicodeScalarView) -> Bool {
        guard let first = label.first, let last = label.last else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last) && label.allSatisfy { isLetterOrDigit($0) || $0 == "-" }
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.count) && text.utf8.allSatisfy(\.isDigit)
    }

    // MARK: - Hosts

    /// `example.com`: at least two labels, the last of letters.
    package static func isDomain(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, text.utf8.count <= 255, let last = labels.last else { return false }
        let isTop = last.utf8.allSatisfy(\.isASCIILetter) || last.hasPrefix("xn--")
        return isTop
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy { $0.isDigit || $0.isASCIILetter || $0 == UInt8(ascii: "-") }
            }
    }

    /// An IP address or a DNS name of any number of labels.
    package static func isHost(_ text: String) -> Bool {
        if IPAddress(text) != nil { return true }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        return text.utf8.count <= 255
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-")
                    && label.utf8.allSatisfy { $0.isWordByte || $0 == UInt8(ascii: "-") }
            }
    }

    package static func isHexColor(_ text: String) -> Bool {
        let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
        return [3, 6].contains(digits.count) && digits.allSatisfy(\.isHexDigit)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        (0x30...0x39).contains(scalar.value)
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0xA0 || isDigit(scalar) || (0x61...0x7A).contains(scalar.value | 0x20)
    }
}
