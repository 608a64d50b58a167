// Mails (js-hooks.md, 28).

class MailerMessage {
    constructor(members = {}) {
        Object.assign(this, {
            from: { name: "", address: "" }, to: [], bcc: [], cc: [], subject: "", html: "", text: "", headers: {},
            attachments: {}, inlineAttachments: {},
        }, members)
    }
}

const mailText = (message) => JSON.stringify({
    ...message,
    attachments: mailFiles(message.attachments), inlineAttachments: mailFiles(message.inlineAttachments),
})

const mailFiles = (files) => Object.entries(files ?? {}).map(([name, content]) => ({ name, content: native.base64(asBytes(content)) }))

const mailClient = { send: (message) => native.sendMail(mailText(message)) }

/** Files by their names, each to be read once. */
const mailReaders = (files) =>
    Object.fromEntries(files.map(({ name, content }) => [name, new Reader(() => native.fromBase64(content))]))

/** The message of an event, written back when it goes on. */
const mailMessageOf = (event) => {
    const held = heldOf(event)
    if (held.message) return held.message
    const message = JSON.parse(native.eventGet(event, "message")[1])
    message.attachments = mailReaders(message.attachments)
    message.inlineAttachments = mailReaders(message.inlineAttachments)
    return held.message = new MailerMessage(message)
}

const $mails = {
    sendRecordPasswordReset: (app, record) => native.sendAccountMail(record, "passwordReset", "", ""),
    sendRecordVerification: (app, record) => native.sendAccountMail(record, "verification", "", ""),
    sendRecordChangeEmail: (app, record, email) => native.sendAccountMail(record, "emailChange", String(email), ""),
    sendRecordOTP: (app, record, id, password) => native.sendAccountMail(record, "otp", String(id), String(password)),
    sendRecordAuthAlert: (app, record, info) => native.sendAccountMail(record, "authAlert", String(info ?? ""), ""),
}
