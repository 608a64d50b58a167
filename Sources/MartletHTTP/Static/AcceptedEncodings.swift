import MartletCore

/// The encodings that a client takes (RFC 9110, section 12.5.3).
enum AcceptedEncodings {
    /// - Parameter header: `Accept-Encoding`.
    static func names(_ header: String) -> Set<String> {
        var names: Set<String> = []
        for item in header.split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmingBlanks().lowercased() }
            let isRefused = parts.dropFirst().contains { $0.hasPrefix("q=") && (Double($0.dropFirst(2)) ?? 1) == 0 }
            if let name = parts.first, !isRefused { names.insert(name) }
        }
        return names
    }
}
