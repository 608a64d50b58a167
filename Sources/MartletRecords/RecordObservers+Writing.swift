package import MartletStorage

extension RecordObservers {
    /// Writes records of some collections: where others take part in that, on a thread on which they can.
    /// - Parameter isAtomic: Whether it is one transaction also there. Handlers in one cannot wait for anything.
    /// - Throws: `BlockingThreads.Overloaded`, and what `body` throws.
    package func write<T: Sendable>(
        to storage: any Storage,
        of layouts: [RecordLayout],
        isAtomic: Bool = true,
        _ body: @escaping @Sendable (any WriteSession) throws -> T
    ) async throws -> T {
        guard let hooks, let threads = hooks.threads, layouts.contains(where: { hooks.concern($0) }) else {
            return try await storage.write { try body($0) }
        }
        return try await threads.run(storage) { session in
            isAtomic ? try session.transaction { try body(session) } : try body(session)
        }
    }
}
