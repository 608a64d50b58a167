import MartletQuery
import OrderedCollections
import Synchronization

/// What those who extend the application may know of connected clients, and do with them (`js-hooks.md`, 30).
extension RealtimeHub {
    /// In no particular order.
    package var clientIDs: [String] { table.all.map(\.id) }

    /// What a client listens to; empty for one that is not connected.
    package func topics(of id: String) -> [String] {
        table.listener(id)?.state.withLock { $0.topics.map(\.text) } ?? []
    }

    /// Collection and id of the record that a client is.
    package func caller(of id: String) -> (collectionID: String, id: String)? {
        table.listener(id)?.state.withLock { state in
            state.identity.map { ($0.caller.collectionID, $0.caller.id) }
        }
    }

    package func setTopics(_ texts: [String], of id: String) {
        guard let listener = table.listener(id) else { return }
        let topics = OrderedSet(texts).filter { !$0.isEmpty }.map { Topic($0) }
        table.set(listener) { state in
            state.topics = topics
            state.generation += 1
        }
    }

    /// Sends a client something now.
    /// - Returns: Whether it is connected.
    @discardableResult
    package func send(event: String, _ data: [UInt8], to id: String) -> Bool {
        // A line end would begin a field, or another event.
        let name = event.filter { !$0.isNewline }
        return table.listener(id)?.send(event: name, data) ?? false
    }

    /// Ends a client's connection.
    package func end(client id: String) {
        guard let listener = table.listener(id) else { return }
        listener.end()
        table.remove(listener)
    }
}
