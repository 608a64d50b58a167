import MartletMail
import Synchronization

/// Counts the mails that a delivery was handed.
final class Log: Sendable {
    private let messages = Mutex<[MailMessage]>([])

    var count: Int { messages.withLock { $0.count } }

    func add(_ message: MailMessage) -> Int {
        messages.withLock { messages in
            messages.append(message)
            return messages.count
        }
    }
}
