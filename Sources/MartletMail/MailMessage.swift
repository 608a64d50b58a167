/// An address with the name that is shown for it.
package struct MailAddress: Sendable, Hashable {
    package var name = ""
    package var address: String

    package init(name: String = "", address: String) {
        self.name = name
        self.address = address
    }
}

/// A mail before it is sent.
package struct MailMessage: Sendable, Hashable {
    package var from: MailAddress
    package var to: [MailAddress]
    package var subject: String
    /// The whole HTML page.
    package var html: String
    /// Empty to make it of the HTML.
    package var text = ""

    package init(from: MailAddress, to: [MailAddress], subject: String, html: String) {
        self.from = from
        self.to = to
        self.subject = subject
        self.html = html
    }

    /// The plain-text part.
    package var plainText: String { text.isEmpty ? HTMLText.plain(html) : text }
}
