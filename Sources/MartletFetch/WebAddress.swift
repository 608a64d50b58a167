#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An `http` or `https` URL with what is connected to.
package struct WebAddress: Sendable {
    /// The whole URL.
    package let text: String
    package let host: String
    package let port: Int

    /// - Parameter base: The URL of the page that the text stands in; nil for a text that is absolute.
    /// - Returns: nil for every other scheme, and for a text that is no URL.
    package init?(_ text: String, relativeTo base: String? = nil) {
        let url = URL(string: text, relativeTo: base.flatMap { URL(string: $0) })?.absoluteURL
        guard let url, let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme), let host = url.host,
            !host.isEmpty
        else { return nil }
        self.text = url.absoluteString
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? (scheme == "https" ? 443 : 80)
    }
}
