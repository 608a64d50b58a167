import Synchronization

/// A point at which others take part in something that is done: each handler runs around those behind it, and the last of
/// them around the thing itself.
///
/// Handlers run on the thread that does it, one after another.
package final class Hook<Event>: Sendable {
    /// Calls `next` to go on, or does not. What it throws ends the whole.
    package typealias Handler = @Sendable (_ event: Event, _ next: () throws -> Void) throws -> Void

    /// A handler with the condition under which it runs.
    package struct Binding: Sendable {
        /// Runs only for events that have one of these; for all when empty.
        package let tags: Set<String>
        /// Lower ones run earlier; equal ones in the order in which they were bound.
        package let priority: Int
        package let handler: Handler

        package init(tags: Set<String> = [], priority: Int = 0, _ handler: @escaping Handler) {
            self.tags = tags
            self.priority = priority
            self.handler = handler
        }
    }

    private struct State {
        var bindings: [(owner: String, binding: Binding)] = []
    }

    private let state = Mutex(State())
    private let count = Atomic(0)

    package init() {}

    /// Whether nobody takes part.
    package var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }

    /// - Parameter owner: Whose handler it is: those of one owner are exchanged together.
    package func bind(_ binding: Binding, owner: String = "") {
        state.withLock { state in
            state.bindings.append((owner, binding))
            sort(&state)
        }
    }

    /// Puts other handlers in the place of all that an owner has bound.
    package func replace(_ bindings: [Binding], owner: String) {
        state.withLock { state in
            state.bindings.removeAll { $0.owner == owner }
            state.bindings += bindings.map { (owner, $0) }
            sort(&state)
        }
    }

    private func sort(_ state: inout State) {
        let ordered = state.bindings.enumerated().sorted { one, other in
            (one.element.binding.priority, one.offset) < (other.element.binding.priority, other.offset)
        }
        state.bindings = ordered.map(\.element)
        count.store(state.bindings.count, ordering: .releasing)
    }

    /// Whether somebody takes part in events with these tags.
    package func concerns(_ tags: [String]) -> Bool {
        !isEmpty && !handlers(tags).isEmpty
    }

    private func handlers(_ tags: [String]) -> [Handler] {
        state.withLock { state in
            state.bindings.compactMap { entry in
                let binding = entry.binding
                return binding.tags.isEmpty || tags.contains { binding.tags.contains($0) } ? binding.handler : nil
            }
        }
    }

    /// Runs the handlers around `action`.
    package func run(_ event: Event, tags: [String] = [], _ action: () throws -> Void) throws {
        if isEmpty { return try action() }
        try run(handlers(tags)[...], event, action)
    }

    private func run(_ handlers: ArraySlice<Handler>, _ event: Event, _ action: () throws -> Void) throws {
        guard let handler = handlers.first else { return try action() }
        // Whoever goes on twice goes on once.
        var hasGoneOn = false
        try handler(event) {
            if hasGoneOn { return }
            hasGoneOn = true
            try run(handlers.dropFirst(), event, action)
        }
    }
}
