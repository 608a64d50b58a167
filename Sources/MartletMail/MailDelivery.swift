/// Hands one mail to whatever carries it. Called where waiting is allowed.
package protocol MailDelivery: Sendable {
    /// - Throws: ``MailFailure``.
    func deliver(_ message: MailMessage) throws
}

/// Why a mail was not taken.
package struct MailFailure: Error, CustomStringConvertible {
    package let description: String
    /// Whether the same mail can be taken later: the server said that it never will be, or it was not reached.
    package let isLasting: Bool

    package init(_ description: String, isLasting: Bool = false) {
        self.description = description
        self.isLasting = isLasting
    }
}
