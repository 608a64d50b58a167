import MartletCore
package import MartletSchema

/// Who asks for passkeys: the domain that they belong to, and the pages that may ask (W3C Web Authentication, level 2).
package struct RelyingParty: Sendable {
    package let id: String
    package let name: String
    let origins: [String]
    package let userVerification: PasskeyOptions.UserVerification

    /// What the options leave empty comes from the application.
    package init(_ options: PasskeyOptions, appName: String, appURL: String) {
        id = options.relyingPartyID.isEmpty ? Self.host(of: Self.parts(of: appURL).authority) : options.relyingPartyID
        name = appName
        origins = (options.origins.isEmpty ? [appURL] : options.origins).map { Self.origin(of: $0) }
        userVerification = options.userVerification
    }

    private static func parts(of url: String) -> (scheme: String, authority: String) {
        guard let range = url.firstRange(of: "://") else { return ("https", url) }
        let authority = url[range.upperBound...].prefix { !"/?#".contains($0) }
        return (url[..<range.lowerBound].lowercased(), authority.lowercased())
    }

    /// Without a path and without the scheme's own port, as browsers tell it.
    private static func origin(of url: String) -> String {
        var (scheme, authority) = parts(of: url)
        let port = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(port) { authority.removeLast(port.count) }
        return "\(scheme)://\(authority)"
    }

    private static func host(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
        return String(authority.prefix { $0 != ":" })
    }
}
