/// A hook for each of the points that belong together.
package struct HookFamily<Point: CaseIterable & Hashable & Sendable, Event>: Sendable {
    private let hooks: [Point: Hook<Event>]

    package init() {
        hooks = Dictionary(uniqueKeysWithValues: Point.allCases.map { ($0, Hook()) })
    }

    package subscript(point: Point) -> Hook<Event> { hooks[point] ?? Hook() }

    /// Whether nobody takes part anywhere.
    package var isEmpty: Bool { hooks.values.allSatisfy(\.isEmpty) }

    /// Whether somebody takes part in events with these tags.
    package func concerns(_ tags: [String]) -> Bool { hooks.values.contains { $0.concerns(tags) } }
}
