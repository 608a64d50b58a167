import MartletCore
package import MartletRecords
import MartletSchema
package import MartletStorage

/// Sign-ins that are kept, so that they can be seen and ended: for collections whose options say so.
package struct SignInSessions: Sendable {
    /// That a session goes on is written down no more often than that, in seconds.
    private static let precision: Int64 = 60

    private let storage: any Storage
    private let observers: RecordObservers

    package init(storage: any Storage, observers: RecordObservers) {
        self.storage = storage
        self.observers = observers
    }

    /// - Parameter duration: Of the token, in seconds.
    /// - Returns: The new session's id; nil where none are kept.
    func begin(
        _ record: Record,
        by method: String,
        from origin: SignIn.Origin,
        duration: Int,
        _ layouts: RecordLayouts
    ) async throws -> String? {
        guard record.layout.keepsSessions, let rows = OwnedRows("_sessions", layouts, observers: observers) else {
            return nil
        }
        let values: [String: FieldValue] = [
            "method": .text(method),
            "device": .text(origin.shortAgent.filter { !$0.unicodeScalars.contains { $0.value < 0x20 } }),
            "address": .text(origin.address),
            "lastUsed": .text(Timestamp.now.description), "ends": .text(Self.end(after: duration)),
        ]
        return try await rows.write(to: storage) { try rows.insert(for: record, values, $0).id }
    }

    /// When the last token of a session is over, with some room for ``precision``.
    private static func end(after duration: Int) -> String {
        Timestamp.now.adding(seconds: Int64(min(duration, 1 << 33)) + 2 * precision).description
    }

    /// Notes that a session goes on: a new token was handed out.
    package func touch(_ id: String, of owner: Record, _ layouts: RecordLayouts) async throws {
        guard let rows = OwnedRows("_sessions", layouts) else { return }
        let found = try await storage.read { try rows.table.record(id: id, in: $0) }
        guard let last = found.flatMap({ Timestamp(parsing: $0.text("lastUsed")) }),
            last.adding(seconds: Self.precision) < .now
        else { return }
        let end = Self.end(after: owner.layout.tokens[.auth]?.duration ?? 0)
        _ = try await storage.write { session in
            try rows.set(["lastUsed": .text(Timestamp.now.description), "ends": .text(end)], of: id, session)
        }
    }

    // MARK: - Looking and ending

    package func all(of owner: Record, _ layouts: RecordLayouts) async throws -> [Record] {
        guard let rows = OwnedRows("_sessions", layouts) else { return [] }
        return try await storage.read { try rows.all(of: owner, $0) }
    }

    /// - Returns: Whether there was such a session.
    package func end(_ id: String, of owner: Record, _ layouts: RecordLayouts) async throws -> Bool {
        guard let rows = OwnedRows("_sessions", layouts) else { return false }
        return try await storage.write { try rows.delete(id, of: owner, $0) }
    }

    /// Ends all sessions, but for one.
    package func endAll(of owner: Record, except kept: String?, _ layouts: RecordLayouts) async throws {
        guard let rows = OwnedRows("_sessions", layouts) else { return }
        try await storage.write { session in
            for row in try rows.all(of: owner, session) where row.id != kept {
                _ = try rows.delete(row.id, of: owner, session)
            }
        }
    }
}
