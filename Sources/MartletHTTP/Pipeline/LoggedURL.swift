import MartletCore

/// Addresses as the log shows them: what lets somebody in is left out.
enum LoggedURL {
    private static let secrets: Set<String> = ["token", "code", "state", "mfaid"]

    static func text(_ url: String) -> String {
        guard let mark = url.utf8.firstIndex(of: UInt8(ascii: "?")) else { return url }
        let query = url[url.index(after: mark)...]
        let pairs = query.split(separator: "&", omittingEmptySubsequences: false)
        guard pairs.contains(where: isSecret) else { return url }
        let shown = pairs.map { isSecret($0) ? $0.prefix { $0 != "=" } + "=***" : $0 }
        return url[...mark] + shown.joined(separator: "&")
    }

    private static func isSecret(_ pair: Substring) -> Bool {
        let name = pair.prefix { $0 != "=" }
        return pair.count > name.count + 1
            && secrets.contains((PercentEncoding.decode(name, plusIsBlank: true) ?? "").lowercased())
    }
}
