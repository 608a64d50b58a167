import Logging
import MartletIdentity
import MartletMail
import MartletSettings

extension MailQueue {
    /// The queue for mails as the settings say; in development, without a mail server, they are written to a folder.
    convenience init(_ configuration: Configuration, _ settings: SettingsStore, _ logger: Logger) {
        let outbox = configuration.dataDirectory + "/outbox"
        self.init(logger: logger) {
            let smtp = settings.snapshot.settings.smtp
            if smtp.isEnabled { return SMTPDelivery(SMTPDelivery.Server(smtp)) }
            guard configuration.isDevelopment else { return SendmailDelivery() }
            return OutboxDelivery(folder: outbox) { path, message in
                let to = message.to.map(\.address).joined(separator: ", ")
                logger.info("A mail to \(to) was written to \(path): \(message.subject)")
            }
        }
    }
}

extension SMTPDelivery.Server {
    init(_ settings: SMTPSettings) {
        self.init(host: settings.host, port: settings.port)
        username = settings.username
        password = settings.password
        method = settings.authMethod.isEmpty ? "PLAIN" : settings.authMethod
        usesTLS = settings.usesTLS
        localName = settings.localName.isEmpty ? "localhost" : settings.localName
    }
}

extension AccountMailer {
    init(_ queue: MailQueue, _ settings: SettingsStore) {
        self.init(queue: queue) {
            let meta = settings.snapshot.settings.meta
            return Sender(
                appName: meta.appName,
                appURL: meta.appURL,
                address: MailAddress(name: meta.senderName, address: meta.senderAddress)
            )
        }
    }
}
