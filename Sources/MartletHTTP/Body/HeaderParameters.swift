import MartletCore

/// A header value with parameters, such as `form-data; name="a"; filename="b.txt"` (RFC 2045, section 5.1; RFC 2231 for
/// values in other character sets and in pieces).
package struct HeaderParameters {
    /// In lower case.
    package let value: String
    private let parameters: [String: String]

    /// - Returns: nil for a value that breaks the grammar, or gives a parameter two values.
    package init?(_ header: String) {
        var scanner = HeaderScanner(header)
        value = scanner.upToSemicolon().trimmingBlanks().asciiLowercased()
        guard !value.isEmpty, value.utf8.allSatisfy({ HeaderScanner.isToken($0) || $0 == UInt8(ascii: "/") }) else {
            return nil
        }
        var found: [String: String] = [:]
        while scanner.takeSemicolon() {
            if scanner.isAtEnd { break }
            guard let name = scanner.takeToken()?.asciiLowercased(), scanner.takeEquals(),
                let text = scanner.takeValue(),
                found[name] == nil || found[name] == text
            else { return nil }
            found[name] = text
        }
        guard scanner.isAtEnd else { return nil }
        parameters = found
    }

    /// The encoded form of a value (`name*`) comes before the plain one; pieces (`name*0`, `name*1*`) are joined.
    package subscript(name: String) -> String? {
        if let text = parameters[name + "*"], let decoded = Self.decoded(text) { return decoded }
        if let text = parameters[name] { return text }
        return joined(name)
    }

    private func joined(_ name: String) -> String? {
        var pieces: [String] = []
        var isEncoded = false
        for index in 0..<1000 {
            if let text = parameters["\(name)*\(index)"] {
                pieces.append(isEncoded ? PercentEncoding.encode(text) : text)
            } else if let text = parameters["\(name)*\(index)*"] {
                if index == 0 { isEncoded = true }
                pieces.append(text)
            } else {
                break
            }
        }
        guard !pieces.isEmpty else { return nil }
        return isEncoded ? Self.decoded(pieces.joined()) : pieces.joined()
    }

    /// `UTF-8''na%C3%AFve`
    private static func decoded(_ text: String) -> String? {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, ["utf-8", "us-ascii"].contains(parts[0].asciiLowercased()) else { return nil }
        return PercentEncoding.decode(parts[2], repairing: true)
    }
}

/// Walks along a header's value.
private struct HeaderScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    static func isToken(_ byte: UInt8) -> Bool {
        (0x21..<0x7F).contains(byte) && !isSpecial(byte)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool { "()<>@,;:\\\"/[]?=".utf8.contains(byte) }

    mutating func upToSemicolon() -> String {
        take { $0 != UInt8(ascii: ";") }
    }

    private mutating func take(while isPart: (UInt8) -> Bool) -> String {
        let part = rest.prefix(while: isPart)
        rest = rest[part.endIndex...]
        return String(Substring(part))
    }

    private mutating func skipBlanks() {
        _ = take { $0 == 0x20 || $0 == 0x09 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        skipBlanks()
        return true
    }

    mutating func takeSemicolon() -> Bool { take(UInt8(ascii: ";")) }

    mutating func takeEquals() -> Bool { take(UInt8(ascii: "=")) }

    mutating func takeToken() -> String? {
        let token = take(while: Self.isToken)
        return token.isEmpty ? nil : token
    }

    mutating func takeValue() -> String? {
        guard rest.first == UInt8(ascii: "\"") else {
            defer { skipBlanks() }
            return takeToken()
        }
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                skipBlanks()
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                // A backslash before anything else is one of a path.
                if let next = rest.first, Self.isSpecial(next) {
                    bytes.append(next)
                    rest = rest.dropFirst()
                } else {
                    bytes.append(byte)
                }
            default: bytes.append(byte)
            }
        }
        return nil
    }
}
