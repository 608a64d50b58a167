/// Names and values as forms and queries write them (URL standard, `application/x-www-form-urlencoded`).
package enum FormEncoding {
    package static func encode(_ pairs: [(String, String)]) -> String {
        pairs.map { escaped($0.0) + "=" + escaped($0.1) }.joined(separator: "&")
    }

    /// Letters, digits and `-._~` stay, a blank is a plus.
    package static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: " "): bytes.append(UInt8(ascii: "+"))
            case _ where byte.isASCIILetter || byte.isDigit || "-._~".utf8.contains(byte): bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexadecimal[Int(byte >> 4)])
                bytes.append(hexadecimal[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// What can be read of a form; the rest is left out.
    package static func decode(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").compactMap(pair)
    }

    /// A name and its value; nil for what cannot be decoded or holds a semicolon, which once separated pairs too.
    package static func pair(_ text: Substring) -> (name: String, value: String)? {
        guard !text.utf8.contains(UInt8(ascii: ";")) else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            .map { Substring($0) }
        guard let name = PercentEncoding.decode(parts[0], plusIsBlank: true, repairing: true),
            let value = parts.count == 2 ? PercentEncoding.decode(parts[1], plusIsBlank: true, repairing: true) : ""
        else { return nil }
        return (name, value)
    }
}
