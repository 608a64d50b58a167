import MartletCore
package import MartletMail
package import MartletRecords
package import MartletSchema

/// Writes the mails that accounts get (`mail.md`): templates of the collection with what they leave open filled in.
package struct AccountMailer: Sendable {
    /// What all mails of an application share.
    package struct Sender: Sendable {
        package let appName: String
        package let appURL: String
        package let address: MailAddress

        package init(appName: String, appURL: String, address: MailAddress) {
            self.appName = appName
            self.appURL = appURL
            self.address = address
        }
    }

    package let queue: MailQueue
    /// Those who take part in what accounts are sent.
    package let hooks = AccountMailHooks()
    private let sender: @Sendable () -> Sender

    /// - Parameter sender: Asked for each mail.
    package init(queue: MailQueue, sender: @escaping @Sendable () -> Sender) {
        self.queue = queue
        self.sender = sender
    }

    /// - Parameters:
    ///   - address: Where it goes.
    ///   - options: Of the record's collection.
    package func message(
        _ mail: AccountMail,
        _ options: AuthOptions,
        about record: Record,
        to address: String
    ) -> MailMessage {
        let (sender, template) = (sender(), options.template(mail.kind))
        var values = mail.values
        values["{APP_NAME}"] = sender.appName
        values["{APP_URL}"] = sender.appURL
        for (position, field) in record.layout.fields.enumerated() where !field.isHidden {
            let text = record.values[position].mailText
            values["{RECORD:\(field.name)}"] = field.kind.isEscapedInMails ? Self.escaped(text) : text
        }
        return MailMessage(
            from: sender.address,
            to: [MailAddress(address: address)],
            subject: Self.filled(template.subject, values),
            html: MailPage.html(Self.filled(template.body, values))
        )
    }

    /// Sends an account its mail some time.
    /// - Parameter done: Told whether it was taken in the end.
    func submit(
        _ mail: AccountMail,
        about record: Record,
        to address: String,
        done: @escaping @Sendable (_ isSent: Bool) async -> Void = { _ in }
    ) {
        guard let options = record.collection.auth else { return }
        guard hooks[mail.kind].concerns(record.layout.tags) else {
            return queue.submit(message(mail, options, about: record, to: address), done: done)
        }
        queue.onThread { [self] in
            let isTaken = (try? deliver(mail, about: record, to: address) { queue.submit($0, done: done) }) != nil
            if !isTaken { Task { await done(false) } }
        }
    }

    /// Lets those who take part see a mail, and hands it on.
    /// - Throws: What they or `send` throw.
    package func deliver(
        _ mail: AccountMail,
        about record: Record,
        to address: String,
        send: (MailMessage) throws -> Void
    ) throws {
        guard let options = record.collection.auth else { return }
        let event = AccountMailEvent(message(mail, options, about: record, to: address), record, mail.meta)
        try hooks[mail.kind].run(event, tags: record.layout.tags) { try send(event.message) }
    }

    /// One pass over the text, so that a value that looks like a placeholder stays what it is.
    private static func filled(_ template: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            if let close = rest.firstIndex(of: "}"), let value = values[String(rest[...close])] {
                result += value
                rest = rest[rest.index(after: close)...]
            } else {
                result += "{"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    package static func escaped(_ text: String) -> String {
        let pairs = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&#34;"), ("'", "&#39;")]
        return pairs.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}

extension FieldValue {
    fileprivate var mailText: String {
        if case .text(let text) = self { text } else { jsonText }
    }
}

extension FieldKind {
    fileprivate var isEscapedInMails: Bool {
        switch self {
        case .autodate, .date, .bool, .number: false
        default: true
        }
    }
}
