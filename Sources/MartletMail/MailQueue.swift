package import Logging
package import MartletCore
import NIOPosix
import Synchronization

/// A mail on its way out.
package final class MailEvent {
    package var message: MailMessage

    package init(_ message: MailMessage) {
        self.message = message
    }
}

/// Sends mails behind the requests that ask for them: a few at a time, again after a while when the server is not
/// reached, and not for ever.
package final class MailQueue: Sendable {
    private static let waitingLimit = 1000
    /// How long to wait after each failure; there is one more attempt than there are pauses.
    private static let pauses: [Duration] = [.seconds(5), .seconds(30), .seconds(120)]

    private let delivery: @Sendable () -> any MailDelivery
    private let pauses: [Duration]
    private let pool: NIOThreadPool
    private let logger: Logger
    /// Those who take part in each mail that goes out.
    package let hook = Hook<MailEvent>()
    private let waiting = Atomic(0)

    /// - Parameter delivery: Asked for each attempt, so that changed settings count at once.
    package init(
        logger: Logger,
        pauses: [Duration] = MailQueue.pauses,
        delivery: @escaping @Sendable () -> any MailDelivery
    ) {
        self.logger = logger
        self.pauses = pauses
        self.delivery = delivery
        pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
    }

    /// Sends a mail once, while somebody waits for it.
    package func send(_ message: MailMessage) async throws {
        let delivery = delivery()
        try await pool.runIfActive { [hook] in
            let event = MailEvent(message)
            try hook.run(event) { try delivery.deliver(event.message) }
        }
    }

    /// Runs something on a thread of the queue, where it may wait.
    package func onThread(_ body: @escaping @Sendable () -> Void) {
        pool.submit { state in
            if state == .active { body() }
        }
    }

    /// Sends a mail some time.
    /// - Parameter done: Told whether it was taken in the end.
    package func submit(_ message: MailMessage, done: @escaping @Sendable (_ isSent: Bool) async -> Void = { _ in }) {
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.waitingLimit else {
            waiting.subtract(1, ordering: .relaxed)
            logger.error("A mail was dropped: too many are waiting.", metadata: ["subject": "\(message.subject)"])
            Task { await done(false) }
            return
        }
        Task {
            let isSent = await attempt(message)
            waiting.subtract(1, ordering: .relaxed)
            await done(isSent)
        }
    }

    private func attempt(_ message: MailMessage) async -> Bool {
        for pause in pauses.map(Optional.some) + [nil] {
            do {
                try await send(message)
                return true
            } catch {
                let isLasting = (error as? MailFailure)?.isLasting ?? false
                logger.warning(
                    "A mail was not taken.",
                    metadata: ["error": "\(error)", "again": "\(pause != nil && !isLasting)"]
                )
                guard let pause, !isLasting else { return false }
                try? await Task.sleep(for: pause)
            }
        }
        return false
    }

    package func shutdown() async {
        try? await pool.shutdownGracefully()
    }
}
