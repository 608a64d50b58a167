/// A place to sign in with, as data: where it is, what is asked for, and where a profile holds what we want
/// (`auth.md`, 25).
package struct ProviderKind: Sendable {
    package let name: String
    package let displayName: String
    /// Of the logo, as in CSS.
    let colour: String
    var authURL = ""
    var tokenURL = ""
    var userInfoURL = ""
    var scopes: [String] = []
    /// Whether a code is bound to who asked for it (RFC 7636).
    var usesPKCE = true
    /// Sent to the authorization page in addition.
    var authParameters: [(name: String, value: String)] = []
    var source = ProfileSource.get(headers: [])
    var fields = ProfileFields()
}

/// Where a profile comes from.
enum ProfileSource: Sendable {
    /// The profile URL; `{clientId}` in a header's value is the client's id.
    case get(headers: [(name: String, value: String)])
    /// A query sent to the profile URL.
    case graphQL(String)
    /// The token reply's ID token, checked as Apple's are.
    case appleToken
    /// The profile URL when there is one, otherwise the ID token (OpenID Connect Core 1.0).
    case openID
}

/// Where a profile holds what we want.
struct ProfileFields: Sendable {
    /// Where the fields begin; the whole when empty.
    var root = ""
    var id = Choice("{id}")
    var name: [Choice] = [Choice("{name}")]
    var username: [Choice] = []
    var email = ProfileEmail.none
    var avatar: [Choice] = []
    /// What has to hold for the account to be let in.
    var requirement: ProfileCondition?
}

/// A text with members of the profile in braces, under conditions. The first choice that makes a text counts.
struct Choice: Sendable {
    let template: String
    let conditions: [ProfileCondition]
    /// The text ends before this.
    let end: Character?
    let isTrimmed: Bool

    init(
        _ template: String,
        if conditions: ProfileCondition...,
        before end: Character? = nil,
        isTrimmed: Bool = false
    ) {
        self.template = template
        self.conditions = conditions
        self.end = end
        self.isTrimmed = isTrimmed
    }
}

enum ProfileCondition: Sendable {
    case isTrue(String)
    case isFalse(String)
    /// Also for texts and numbers that mean true.
    case isTruthy(String)
    case isFilled(String)
    /// A moment as RFC 3339 writes it.
    case isMoment(String)
    case equals(String, String)
    case isNot(String, String)
    case contains(String, String)
}

/// Where an address comes from that the provider vouches for.
enum ProfileEmail: Sendable {
    case none
    case field(String, [ProfileCondition])
    /// Of the token reply.
    case tokenReply(String)
    /// The first of a list of addresses that fulfils the conditions.
    case list(EmailList)
    /// Claims of Microsoft's ID token as `extra.idTokenEmailClaim` says (`auth.md`, 25.3).
    case microsoft
}

struct EmailList: Sendable {
    /// A URL, or what is added to the profile's.
    let location: String
    /// Where in the answer the list is; the whole when empty.
    var root = ""
    let conditions: [ProfileCondition]
    /// Which refusals only mean that there is no address; all when empty.
    var toleratedStatuses: Set<Int> = [401, 403, 404]
    /// A member of the profile that is taken instead when it is an address.
    var preferred: String?
}
