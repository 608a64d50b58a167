package import OrderedCollections

/// An address with the name that is shown for it.
package struct MailAddress: Sendable, Hashable {
    package var name = ""
    package var address: String

    package init(name: String = "", address: String) {
        self.name = name
        self.address = address
    }
}

/// A file that goes with a mail.
package struct MailAttachment: Sendable, Hashable {
    package var name: String
    package var content: [UInt8]
    /// The media type (RFC 2045, section 5).
    package var type: String
    /// Whether it is shown inside of the text, which names it as `cid:` and the name.
    package var isInline: Bool

    package init(name: String, content: [UInt8], type: String, isInline: Bool = false) {
        self.name = name
        self.content = content
        self.type = type
        self.isInline = isInline
    }
}

/// A mail before it is sent.
package struct MailMessage: Sendable, Hashable {
    package var from: MailAddress
    package var to: [MailAddress]
    /// Those who get a copy that everybody sees.
    package var copies: [MailAddress] = []
    /// Those who get a copy that nobody sees.
    package var blindCopies: [MailAddress] = []
    package var subject: String
    /// The whole HTML page.
    package var html: String
    /// Empty to make it of the HTML.
    package var text = ""
    /// Further headers, in their order. Those that mails have anyway are not among them, but for `Message-ID`.
    package var headers: OrderedDictionary<String, String> = [:]
    package var attachments: [MailAttachment] = []

    package init(from: MailAddress, to: [MailAddress], subject: String, html: String) {
        self.from = from
        self.to = to
        self.subject = subject
        self.html = html
    }

    /// Everybody who gets it.
    package var recipients: [MailAddress] { to + copies + blindCopies }

    /// The plain-text part.
    package var plainText: String { text.isEmpty ? HTMLText.plain(html) : text }
}
