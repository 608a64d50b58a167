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

extension MailMessage {
    /// A message as the prelude describes it.
    init(script json: JSONValue) throws {
        func addresses(_ value: JSONValue?) -> [MailAddress] {
            (value?.array ?? []).map {
                MailAddress(name: $0["name"]?.string ?? "", address: $0["address"]?.string ?? "")
            }
        }
        let from = json["from"] ?? .null
        let to = addresses(json["to"])
        if to.isEmpty { throw HostFailure("mail: no recipients") }
        self.init(
            from: MailAddress(name: from["name"]?.string ?? "", address: from["address"]?.string ?? ""),
            to: to,
            subject: json["subject"]?.string ?? "",
            html: json["html"]?.string ?? ""
        )
        text = json["text"]?.string ?? ""
    }
}
