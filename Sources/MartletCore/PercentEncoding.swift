/// `%41` in paths and queries (RFC 3986, section 2.1).
package enum PercentEncoding {
    /// - Parameters:
    ///   - plusIsBlank: As in queries and forms.
    ///   - repairing: Whether bytes that are no UTF-8 are replaced (U+FFFD).
    /// - Returns: nil for an incomplete or malformed escape, and for bytes that are no UTF-8 unless they are replaced.
    package static func decode(
        _ text: Substring,
        plusIsBlank: Bool = false,
        repairing: Bool = false
    ) -> String? {
        let needsWork = text.utf8.contains { $0 == UInt8(ascii: "%") || plusIsBlank && $0 == UInt8(ascii: "+") }
        guard needsWork else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(hexadecimal), let low = iterator.next().flatMap(hexadecimal)
                else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return repairing ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }

    /// Everything but unreserved characters (RFC 3986, section 2.3) becomes `%` and two digits.
    /// - Parameter keeping: Further characters that stay.
    package static func encode(_ text: String, keeping: String = "") -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if byte.isASCIILetter || byte.isDigit || "-._~".utf8.contains(byte) || keeping.utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
