import MartletCore
import MartletQuery
package import MartletRecords
import MartletSchema
package import MartletStorage

/// Whether a sign-in needs another method, and whether the one that comes will do (`auth.md`, 7). What goes beyond the
/// reference server: an authenticator app that somebody set up is asked for, whatever the collection says; and a passkey
/// with a finger or a PIN is two factors.
package struct SecondFactors: Sendable {
    /// Another method is to follow.
    package struct Demand: Sendable {
        /// Under which it follows.
        package let sessionID: String
        /// What will do, where that is not any other method.
        package let methods: [SignIn.Method]
    }

    package enum Refusal: Error, Equatable {
        case invalidSession
        case otherSession
        case sameMethod
        /// Neither method is the authenticator app that the owner set up.
        case authenticatorNeeded
    }

    struct Step: Sendable {
        let method: SignIn.Method
        /// Of the first factor, when this is the second; empty otherwise.
        let sessionID: String
        let isStrong: Bool
    }

    private let storage: any Storage
    private let rules: RecordRules
    private let observers: RecordObservers

    package init(storage: any Storage, rules: RecordRules, observers: RecordObservers) {
        self.storage = storage
        self.rules = rules
        self.observers = observers
    }

    /// - Returns: nil when nothing is missing.
    /// - Throws: ``Refusal``.
    func demand(
        for record: Record,
        _ step: Step,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Demand? {
        if step.isStrong { return nil }
        guard let rows = OwnedRows("_mfas", layouts, observers: observers) else {
            throw RecordError.failed("the collection of sessions between two factors is missing")
        }
        let enrolled = try await hasAuthenticator(record, layouts)
        if !enrolled, try await !isDemanded(of: record, request, layouts) { return nil }
        if step.sessionID.isEmpty { return try await begin(record, step.method, isEnrolled: enrolled, rows, layouts) }
        try await complete(record, step, isEnrolled: enrolled, rows)
        return nil
    }

    private func begin(
        _ record: Record,
        _ method: SignIn.Method,
        isEnrolled: Bool,
        _ rows: OwnedRows,
        _ layouts: RecordLayouts
    ) async throws -> Demand {
        let id = try await rows.write(to: storage) { session in
            try rows.insert(for: record, ["method": .text(method.rawValue)], session).id
        }
        guard isEnrolled else { return Demand(sessionID: id, methods: []) }
        guard method != .passkey, try await hasPasskey(record, layouts) else {
            return Demand(sessionID: id, methods: [.totp])
        }
        return Demand(sessionID: id, methods: [.totp, .passkey])
    }

    private func complete(_ record: Record, _ step: Step, isEnrolled: Bool, _ rows: OwnedRows) async throws {
        let first = try await firstMethod(of: record, step.sessionID, rows)
        if first == step.method.rawValue { throw Refusal.sameMethod }
        let strong = [SignIn.Method.totp, .passkey].map(\.rawValue)
        if isEnrolled, !strong.contains(first), !strong.contains(step.method.rawValue) {
            throw Refusal.authenticatorNeeded
        }
        // Of two that come with the same session, one is first.
        guard try await remove(step.sessionID, rows) else { throw Refusal.invalidSession }
    }

    private func isDemanded(
        of record: Record,
        _ request: RequestValues,
        _ layouts: RecordLayouts
    ) async throws -> Bool {
        guard let options = record.collection.auth?.mfa, options.isEnabled else { return false }
        if options.rule.isEmpty { return true }
        return try await rules.fulfils(record, options.rule, request, layouts)
    }

    private func hasAuthenticator(_ record: Record, _ layouts: RecordLayouts) async throws -> Bool {
        guard record.collection.auth?.totp.isEnabled == true, let rows = OwnedRows("_totps", layouts) else {
            return false
        }
        return try await storage.read { try rows.all(of: record, $0) }.contains { $0.bool("confirmed") }
    }

    private func hasPasskey(_ record: Record, _ layouts: RecordLayouts) async throws -> Bool {
        guard record.collection.auth?.passkey.isEnabled == true, let rows = OwnedRows("_passkeys", layouts) else {
            return false
        }
        return try await storage.read { try !rows.all(of: record, $0).isEmpty }
    }

    // MARK: - Sessions between two factors

    /// Whose session it is, for a method that asks for nobody's name.
    /// - Throws: ``Refusal``.
    package func owner(of sessionID: String, in layout: RecordLayout, _ layouts: RecordLayouts) async throws -> Record {
        guard let rows = OwnedRows("_mfas", layouts) else { throw Refusal.invalidSession }
        let found = try await storage.read { session -> (owner: Record, step: Record)? in
            guard let step = try rows.table.record(id: sessionID, in: session),
                step.text("collectionRef") == layout.collection.id,
                let owner = try layout.record(id: step.text("recordRef"), in: session)
            else { return nil }
            return (owner, step)
        }
        guard let found, found.step.isLive(found.owner) else { throw Refusal.invalidSession }
        return found.owner
    }

    private func firstMethod(of record: Record, _ id: String, _ rows: OwnedRows) async throws -> String {
        let session = try await storage.read { try rows.table.record(id: id, in: $0) }
        guard let session else { throw Refusal.invalidSession }
        guard session.isLive(record) else {
            _ = try await remove(id, rows)
            throw Refusal.invalidSession
        }
        guard session.belongs(to: record) else { throw Refusal.otherSession }
        return session.text("method")
    }

    private func remove(_ id: String, _ rows: OwnedRows) async throws -> Bool {
        try await storage.write { try rows.delete(id, $0) }
    }
}

extension Record {
    /// Whether a session between two factors lasts as long as its owner's collection says.
    fileprivate func isLive(_ owner: Record) -> Bool {
        guard let options = owner.collection.auth?.mfa else { return false }
        // Where second factors are off, their duration was never checked; apps ask for them all the same.
        let duration = options.isEnabled ? options.duration : MFAOptions().duration
        let end = Timestamp(parsing: text("created"))?.adding(seconds: Int64(duration))
        return end.map { $0 > .now } ?? false
    }
}
