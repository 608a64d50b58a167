import MartletCore
import OrderedCollections

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A mail as it goes over the wire (RFC 5322, RFC 2045 to 2047; the order of headers and parts is that of `mail.md`,
/// Message format).
enum MIME {
    /// - Parameter naming: Whether blind copies are named, for whoever finds the recipients in the mail.
    /// - Returns: Lines end with CRLF; no line is longer than 76 characters but for those of headers without a blank.
    static func render(_ message: MailMessage, at moment: Timestamp = .now, namingBlindCopies naming: Bool) -> [UInt8] {
        let mixed = RandomText.make(30)
        var lines = headers(message, moment)
        if naming, !message.blindCopies.isEmpty { lines.append("Bcc: " + list(message.blindCopies)) }
        lines += ["Content-Type: multipart/mixed;", " boundary=\"\(mixed)\"; charset=UTF-8", "", "--\(mixed)"]
        lines += text(message)
        for attachment in message.attachments { lines += ["--\(mixed)"] + part(attachment) }
        lines += ["--\(mixed)--", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private static func headers(_ message: MailMessage, _ moment: Timestamp) -> [String] {
        var lines = [
            "From: \(header(message.from))", "MIME-Version: 1.0", "Date: \(moment.mailDate)",
            "Subject: \(encodedWords(message.subject))", "To: " + list(message.to),
        ]
        if !message.copies.isEmpty { lines.append("Cc: " + list(message.copies)) }
        var hasIdentifier = false
        for (name, value) in message.headers {
            let lowercased = name.lowercased()
            guard isHeaderName(name), !ownHeaders.contains(lowercased) else { continue }
            if lowercased == "message-id" { hasIdentifier = true }
            lines.append("\(name): \(encodedWords(value))")
        }
        if !hasIdentifier, let at = message.from.address.lastIndex(of: "@") {
            let domain = message.from.address[message.from.address.index(after: at)...]
            lines.append("Message-ID: <\(RandomText.recordID())@\(safe(String(domain)))>")
        }
        return lines
    }

    /// What is said in the message itself, and may be said once only (RFC 5322, section 3.6).
    private static let ownHeaders: Set = [
        "from", "to", "cc", "bcc", "subject", "date", "mime-version", "content-type", "content-transfer-encoding",
    ]

    /// RFC 5322, section 2.2: printable ASCII without the colon.
    private static func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
    }

    // MARK: - Parts

    private static func text(_ message: MailMessage) -> [String] {
        let alternative = RandomText.make(30)
        var lines = ["Content-Type: multipart/alternative;", " boundary=\"\(alternative)\"; charset=UTF-8", ""]
        for (type, content) in [("text/plain", message.plainText), ("text/html", message.html)] where !content.isEmpty {
            lines += [
                "--\(alternative)", "Content-Transfer-Encoding: quoted-printable",
                "Content-Type: \(type); charset=UTF-8",
                "", quotedPrintable(content),
            ]
        }
        return lines + ["--\(alternative)--", ""]
    }

    private static func part(_ attachment: MailAttachment) -> [String] {
        let disposition = attachment.isInline ? "inline" : "attachment"
        let content = Data(attachment.content).base64EncodedString(
            options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]
        )
        return [
            "Content-Disposition: \(disposition);", " \(parameter("filename", attachment.name));",
            " \(parameter("name", attachment.name))",
            "Content-ID: <\(identifier(attachment.name))>", "Content-Transfer-Encoding: base64",
            "Content-Type: \(safe(attachment.type));", " \(parameter("name", attachment.name))", "", content,
        ]
    }

    /// A parameter of a header: quoted, or encoded when it is not ASCII (RFC 2231, section 4).
    private static func parameter(_ name: String, _ value: String) -> String {
        if value.utf8.allSatisfy({ $0 < 128 }) { return "\(name)=\(quoted(value))" }
        return "\(name)*=UTF-8''\(percentEncoded(value))"
    }

    /// RFC 2392: what a `cid:` address in the text says.
    private static func identifier(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3C && $0 != 0x3E }
        return isPlain ? name : percentEncoded(name)
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { $0.isWordByte || $0 == 0x2D || $0 == 0x2E ? String(UnicodeScalar($0)) : "%" + hex($0) }.joined()
    }

    // MARK: - Words

    private static func list(_ addresses: [MailAddress]) -> String {
        addresses.map(header).joined(separator: ",")
    }

    private static func header(_ address: MailAddress) -> String {
        address.name.isEmpty ? safe(address.address) : "\(phrase(address.name)) <\(safe(address.address))>"
    }

    /// A display name: quoted, or encoded when it is not ASCII.
    private static func phrase(_ name: String) -> String {
        guard name.utf8.allSatisfy({ $0 < 128 }) else { return encodedWords(name) }
        return quoted(name)
    }

    private static func quoted(_ text: String) -> String {
        "\"" + safe(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// A line end inside a header would be a header of somebody else's making.
    private static func safe(_ text: String) -> String {
        String(text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" && $0 != "\0" })
    }

    /// The text itself when it is printable ASCII, otherwise encoded words of whole characters (RFC 2047, section 5).
    static func encodedWords(_ text: String) -> String {
        let text = safe(text)
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var words: [String] = []
        var word = ""
        for scalar in text.unicodeScalars {
            let piece = String(scalar).utf8.map { byte -> String in
                if byte == 0x20 { return "_" }
                let isPlain = byte.isDigit || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                return isPlain ? String(UnicodeScalar(byte)) : "=" + hex(byte)
            }.joined()
            // A word has 75 characters at most, 12 of which are its marks.
            if word.utf8.count + piece.utf8.count > 63 {
                words.append(word)
                word = ""
            }
            word += piece
        }
        words.append(word)
        return words.map { "=?UTF-8?q?\($0)?=" }.joined(separator: " ")
    }

    /// RFC 2045, section 6.7.
    static func quotedPrintable(_ text: String) -> String {
        var result = ""
        var length = 0
        func append(_ piece: String) {
            if length + piece.utf8.count > 75 {
                result += "=\r\n"
                length = 0
            }
            result += piece
            length += piece.utf8.count
        }
        let bytes = Array(text.replacing("\r\n", with: "\n").utf8)
        for (index, byte) in bytes.enumerated() {
            let endsLine = index + 1 == bytes.count || bytes[index + 1] == 0x0A
            switch byte {
            case 0x0A:
                result += "\r\n"
                length = 0
            case 0x20 where !endsLine, 0x09 where !endsLine: append(String(UnicodeScalar(byte)))
            case 0x21...0x3C, 0x3E...0x7E: append(String(UnicodeScalar(byte)))
            default: append("=" + hex(byte))
            }
        }
        return result
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.utf8.count == 1 ? "0" + text : text
    }
}
