import MartletCore

/// The parameters of header values such as `form-data; name="a"; filename="b.txt"` (RFC 9110, section 5.6.6).
enum HeaderParameters {
    /// - Returns: The value of the first parameter with this name; of a name with `*` (RFC 8187), the decoded one.
    static func value(of name: String, in header: String) -> String? {
        let all = parameters(header)
        if let extended = all.first(where: { $0.name == name + "*" }), let text = decoded(extended.value) { return text }
        return all.first { $0.name == name }?.value
    }

    private static func parameters(_ header: String) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        var rest = Substring(header).drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            let value: String
            if rest.first == "\"" {
                (value, rest) = quoted(rest.dropFirst())
            } else {
                let plain = rest.prefix { $0 != ";" }
                value = plain.trimmingBlanks()
                rest = rest.dropFirst(plain.count)
            }
            result.append((name.trimmingBlanks().asciiLowercased(), value))
            rest = rest.drop { $0 != ";" }
        }
        return result
    }

    /// Browsers escape a quote as `%22`, others with a backslash; a backslash before anything else is one of a path.
    private static func quoted(_ text: Substring) -> (String, Substring) {
        var value = ""
        var rest = text
        while let character = rest.first, character != "\"" {
            rest = rest.dropFirst()
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        return (value, rest.dropFirst())
    }

    /// `UTF-8''na%C3%AFve`
    private static func decoded(_ value: String) -> String? {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].asciiLowercased() == "utf-8" else { return nil }
        return PercentEncoding.decode(parts[2], repairing: true)
    }
}
