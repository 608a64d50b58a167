package import MartletCore
import MartletFetch
import NIOHTTP1
import OrderedCollections

/// What a token endpoint answered (RFC 6749, section 5.1).
struct TokenReply: Sendable {
    let members: JSONObject
    let accessToken: String
    let refreshToken: String
    /// When the access token ends, as the API writes moments; empty when that was not said.
    let expiry: String
    /// Whether the token ended before it came.
    let isOver: Bool
    /// For the requests that the token allows.
    let authorization: String

    /// - Returns: nil for an error, and for a reply without an access token.
    init?(_ response: WebResponse) {
        guard (200..<300).contains(response.status) else { return nil }
        let type = response.headers.first(name: "content-type")?.split(separator: ";").first.map(String.init) ?? ""
        if ["application/x-www-form-urlencoded", "text/plain"].contains(type) {
            members = JSONObject(
                FormEncoding.decode(String(decoding: response.body, as: UTF8.self)).map { ($0, .string($1)) },
                uniquingKeysWith: { first, _ in first }
            )
        } else if let object = try? JSONParser.parse(response.body).object {
            members = object
        } else {
            return nil
        }
        guard let token = members["access_token"]?.string, !token.isEmpty else { return nil }
        accessToken = token
        refreshToken = members["refresh_token"]?.string ?? ""
        let seconds =
            switch members["expires_in"] {
            case .number(let number): Int64(exactly: number.rounded())
            case .string(let text): Int64(text)
            default: nil as Int64?
            }
        isOver = (seconds ?? 0) < 0
        expiry = seconds.flatMap { $0 > 0 ? Timestamp.now.adding(seconds: min($0, 1 << 33)).description : nil } ?? ""
        let kind = members["token_type"]?.string ?? ""
        authorization = (kind.isEmpty || kind.asciiLowercased() == "bearer" ? "Bearer" : kind) + " " + token
    }
}

/// Who somebody is at a provider.
package struct ExternalProfile: Sendable {
    package let id: String
    /// Can come by another way: Apple tells it to browsers only.
    package var name: String
    package let username: String
    /// Empty unless the provider vouches for it.
    package let email: String
    package let avatarURL: String
    package let raw: JSONValue
    package let accessToken: String
    package let refreshToken: String
    package let expiry: String
}
