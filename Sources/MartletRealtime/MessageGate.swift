import DequeModule
package import MartletCore
package import MartletStorage
import Synchronization

/// A message on its way to a client.
package final class MessageEvent {
    package let clientID: String
    package var name: String
    package var data: [UInt8]

    init(clientID: String, name: String, data: [UInt8]) {
        self.clientID = clientID
        self.name = name
        self.data = data
    }
}

/// Leads messages past those who take part in them: one after the other, on a thread that may wait. While nobody takes part,
/// nothing passes here.
package final class MessageGate: Sendable {
    private struct Message: Sendable {
        let listener: Listener
        let name: String
        let data: [UInt8]
        let position: UInt64?
    }

    private struct State {
        var waiting: Deque<Message> = []
        var isWorking = false
    }

    /// So many messages wait; a client whose message is one more is let go, and comes back.
    private static let limit = 10_000

    package let hook = Hook<MessageEvent>()
    private let threads: BlockingThreads
    private let state = Mutex(State())

    package init(threads: BlockingThreads) {
        self.threads = threads
    }

    /// Takes a message, if anybody takes part.
    /// - Returns: Whether it was taken.
    func take(_ listener: Listener, _ name: String, _ data: [UInt8], _ position: UInt64?) -> Bool {
        if hook.isEmpty { return false }
        let message = Message(listener: listener, name: name, data: data, position: position)
        let (isFull, begins) = state.withLock { state in
            guard state.waiting.count < Self.limit else { return (true, false) }
            state.waiting.append(message)
            defer { state.isWorking = true }
            return (false, !state.isWorking)
        }
        if isFull { listener.end() }
        if begins { begin() }
        return true
    }

    private func begin() {
        Task {
            do {
                try await threads.run { self.work() }
            } catch {
                // No thread is to be had: clients come back and ask anew.
                for message in stop() { message.listener.end() }
            }
        }
    }

    private func stop() -> Deque<Message> {
        state.withLock { state in
            defer { state = State() }
            return state.waiting
        }
    }

    private func work() {
        while let message = next() {
            let event = MessageEvent(clientID: message.listener.id, name: message.name, data: message.data)
            // One that a handler refuses is not sent; what it threw is in the log.
            try? hook.run(event) {
                message.listener.deliver(event.name, event.data, message.position)
            }
        }
    }

    private func next() -> Message? {
        state.withLock { state in
            let message = state.waiting.popFirst()
            if message == nil { state.isWorking = false }
            return message
        }
    }
}
