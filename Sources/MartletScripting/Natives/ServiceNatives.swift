import MartletBackups
import MartletCore
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletMail
import MartletRecords
import MartletStorage
import OrderedCollections

/// Mails, backups, forms and the rest (`js-hooks.md`, 28 to 31).
extension NativeFunctions {
    func addServices() {
        addAction("createBackup") { world, call in
            let (backups, name) = (world.services.parts.backups, try call.text(0))
            try world.services.wait { try await backups.create(name: name.isEmpty ? nil : name) }
        }
        addAction("restoreBackup") { world, call in
            let (parts, name) = (world.services.parts, try call.text(0))
            try world.services.wait { try await parts.backups.restore(name, then: parts.restart) }
        }
        addAction("restart") { world, _ in world.services.parts.restart() }
        addAction("sendMail") { world, call in
            let message = try MailMessage(script: try call.json(0))
            let queue = world.services.parts.mailer.queue
            try world.services.wait { try await queue.send(message) }
        }
        addAction("sendAccountMail") { world, call in
            let record: ScriptRecord = try call.host(0)
            try world.services.send(record.model.record, kind: try call.text(1), try call.text(2), try call.text(3))
        }
        addText("appleSecret") { _, call in
            let members = try call.json(0)
            let names = ["clientId", "teamId", "keyId", "privateKey"]
            let form = Dictionary(uniqueKeysWithValues: names.map { ($0, members[$0]?.string ?? "") })
            let duration = Int(clamping: members["duration"]?.number ?? 0)
            return try AppleSecret(form: form, duration: duration).sign()
        }
        addAction("testMail") { world, call in
            let (services, members) = (world.services, try call.json(0))
            let form = (members.object ?? [:]).reduce(into: [String: String]()) { $0[$1.key] = $1.value.string }
            let trial = MailTrial(layouts: world.layouts, tokens: services.tokens, mailer: services.parts.mailer)
            try services.wait { try await trial.run(form) }
        }
        addAction("testFilesystem") { world, call in
            let (parts, name) = (world.services.parts, try call.text(0))
            let trial = StorageTrial(settings: parts.settings, stores: parts.fileStores)
            try world.services.wait { try await trial.run(name) }
        }
        addAction("submitForm") { world, call in
            let (app, record): (ScriptApp, ScriptRecord) = (try call.host(0), try call.host(1))
            let model = record.model
            var submission = model.submission
            submission.isForm = model.layout.isAuth
            model.submission = RecordWriter.Submission(submission, members: try call.json(2).object ?? [:])
            try world.writer(app).submit(model, on: world.session(app))
        }
    }
}

extension ScriptServices {
    /// Sends an account one of its mails, and waits until a mail server has taken it.
    /// - Parameters:
    ///   - kind: As the prelude calls it.
    ///   - first: The new address, the code's id or where a sign-in came from.
    ///   - second: The code.
    fileprivate func send(_ record: Record, kind: String, _ first: String, _ second: String) throws {
        guard record.layout.isAuth else { throw HostFailure("not an auth collection record") }
        let email = record.text("email")
        let mail: AccountMail
        switch kind {
        case "verification": mail = .verification(of: record, to: email, tokens)
        case "passwordReset": mail = .passwordReset(of: record, to: email, tokens)
        case "emailChange": mail = .emailChange(of: record, to: first, tokens)
        case "otp": mail = .otp(id: first, password: second)
        default: mail = .authAlert(first)
        }
        let mailer = parts.mailer
        try mailer.deliver(mail, about: record, to: kind == "emailChange" ? first : email) { message in
            try wait { try await mailer.queue.send(message) }
        }
    }
}
