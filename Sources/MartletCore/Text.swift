extension StringProtocol {
    /// Without white space (Unicode's White_Space property) at both ends.
    package func trimmingBlanks() -> String {
        // Most texts begin and end with a character of ASCII that is no blank.
        let scalars = unicodeScalars
        if let first = scalars.first, let last = scalars.last, first.isGraphic, last.isGraphic { return String(self) }
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }

    /// ASCII letters lowered, everything else as it is: what SQLite's NOCASE compares.
    package func asciiLowercased() -> String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The truth value that a text means, as Go reads it; nil for all others.
    package var truthValue: Bool? {
        switch String(self) {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }

    /// Whether every byte is one of `A-Za-z0-9_`, and there is one.
    package var isWord: Bool {
        !isEmpty && utf8.allSatisfy(\.isWordByte)
    }
}

extension Unicode.Scalar {
    /// Whether it is a character of ASCII that leaves ink.
    fileprivate var isGraphic: Bool { (0x21..<0x7F).contains(value) }
}

extension UInt8 {
    package var isDigit: Bool { (0x30...0x39).contains(self) }
    package var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    package var isWordByte: Bool { isDigit || isASCIILetter || self == UInt8(ascii: "_") }
}
