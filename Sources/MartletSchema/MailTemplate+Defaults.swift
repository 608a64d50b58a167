/// The texts with which auth collections start: those of the reference server, so that a folder moved there looks the
/// same.
extension MailTemplate {
    private static func page(_ lines: String...) -> String {
        (lines + ["<p>\n  Thanks,<br/>\n  {APP_NAME} team\n</p>"]).joined(separator: "\n")
    }

    private static func button(_ action: String, _ label: String) -> String {
        "<p>\n  <a class=\"btn\" href=\"{APP_URL}/_/#/auth/\(action)/{TOKEN}\" target=\"_blank\" rel=\"noopener\">"
            + "\(label)</a>\n</p>"
    }

    package static let verification = MailTemplate(
        subject: "Verify your {APP_NAME} email",
        body: page(
            "<p>Hello,</p>",
            "<p>Thank you for joining us at {APP_NAME}.</p>",
            "<p>Click on the button below to verify your email address.</p>",
            button("confirm-verification", "Verify"),
            "<p><i>If you didn't recently register, please ignore this email.</i></p>"
        )
    )

    package static let resetPassword = MailTemplate(
        subject: "Reset your {APP_NAME} password",
        body: page(
            "<p>Hello,</p>",
            "<p>Click on the button below to reset your password.</p>",
            button("confirm-password-reset", "Reset password"),
            "<p><i>If you didn't ask to reset your password, please ignore this email.</i></p>"
        )
    )

    package static let confirmEmailChange = MailTemplate(
        subject: "Confirm your {APP_NAME} new email address",
        body: page(
            "<p>Hello,</p>",
            "<p>Click on the button below to confirm your new email address.</p>",
            button("confirm-email-change", "Confirm new email"),
            "<p><i>If you didn't ask to change your email address, please ignore this email.</i></p>"
        )
    )

    package static let otp = MailTemplate(
        subject: "OTP for {APP_NAME}",
        body: page(
            "<p>Hello,</p>",
            "<p>Your one-time password is: <strong>{OTP}</strong></p>",
            "<p><i>If you didn't ask for the one-time password, you can ignore this email.</i></p>"
        )
    )

    package static let authAlert = MailTemplate(
        subject: "Login from a new location",
        body: page(
            "<p>Hello,</p>",
            "<p>We noticed a login to your {APP_NAME} account from a new location:</p>",
            "<p><em>{ALERT_INFO}</em></p>",
            "<p><strong>If this wasn't you, you should immediately change your {APP_NAME} account password to revoke "
                + "access from all other locations.</strong></p>",
            "<p>If this was you, you may disregard this email.</p>"
        )
    )
}
