import MartletQuery
import Synchronization

/// Who is connected, and who listens to what: by subject, so that a change asks nobody whom it does not concern.
final class ListenerTable: Sendable {
    private struct State {
        var listeners: [String: Listener] = [:]
        var bySubject: [String: [ObjectIdentifier: Listener]] = [:]
        /// How many topics begin with a collection's name or id.
        var subjectsByCollection: [Substring: Int] = [:]
        /// By the record that they are, if any.
        var byCaller: [String: [ObjectIdentifier: Listener]] = [:]
    }

    private let state = Mutex(State())

    func add(_ listener: Listener) {
        state.withLock { $0.listeners[listener.id] = listener }
    }

    func listener(_ id: String) -> Listener? {
        state.withLock { $0.listeners[id] }
    }

    var all: [Listener] { state.withLock { Array($0.listeners.values) } }

    var isEmpty: Bool { state.withLock { $0.listeners.isEmpty } }

    func remove(_ listener: Listener) {
        let (topics, callerID) = listener.state.withLock { ($0.topics, $0.identity?.caller.id) }
        state.withLock { state in
            state.listeners[listener.id] = nil
            Self.unlink(listener, topics, callerID, &state)
        }
    }

    /// Replaces what a client listens to and who it is.
    func set(_ listener: Listener, _ change: (inout Listener.State) -> Void) {
        // One lock inside the other, always in this order.
        state.withLock { state in
            listener.state.withLock { own in
                Self.unlink(listener, own.topics, own.identity?.caller.id, &state)
                change(&own)
                guard !own.hasEnded, state.listeners[listener.id] != nil else { return }
                Self.link(listener, own.topics, own.identity?.caller.id, &state)
            }
        }
    }

    private static func link(
        _ listener: Listener,
        _ topics: [Topic],
        _ callerID: String?,
        _ state: inout State
    ) {
        let key = ObjectIdentifier(listener)
        for subject in Set(topics.map(\.subject)) {
            state.bySubject[subject, default: [:]][key] = listener
            state.subjectsByCollection[collection(subject), default: 0] += 1
        }
        if let callerID { state.byCaller[callerID, default: [:]][key] = listener }
    }

    private static func unlink(
        _ listener: Listener,
        _ topics: [Topic],
        _ callerID: String?,
        _ state: inout State
    ) {
        let key = ObjectIdentifier(listener)
        for subject in Set(topics.map(\.subject)) {
            guard state.bySubject[subject]?.removeValue(forKey: key) != nil else { continue }
            if state.bySubject[subject]?.isEmpty == true { state.bySubject[subject] = nil }
            let collection = collection(subject)
            let count = (state.subjectsByCollection[collection] ?? 1) - 1
            state.subjectsByCollection[collection] = count > 0 ? count : nil
        }
        if let callerID {
            state.byCaller[callerID]?[key] = nil
            if state.byCaller[callerID]?.isEmpty == true { state.byCaller[callerID] = nil }
        }
    }

    private static func collection(_ subject: String) -> Substring {
        subject.prefix { $0 != "/" }
    }

    /// Whether anybody listens to a collection or one of its records.
    func hasListeners(collectionID: String, name: String) -> Bool {
        state.withLock { state in
            guard !state.subjectsByCollection.isEmpty else { return false }
            return state.subjectsByCollection[collectionID[...]] != nil || state.subjectsByCollection[name[...]] != nil
        }
    }

    func listeners(to subject: String) -> [Listener] {
        state.withLock { $0.bySubject[subject].map { Array($0.values) } ?? [] }
    }

    var hasCallers: Bool { state.withLock { !$0.byCaller.isEmpty } }

    func listeners(as callerID: String) -> [Listener] {
        state.withLock { $0.byCaller[callerID].map { Array($0.values) } ?? [] }
    }
}
