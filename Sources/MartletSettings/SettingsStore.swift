import MartletCore
package import MartletStorage
package import MartletVault
import OrderedCollections
import Synchronization

/// The settings in force, and their row in `_params`.
package final class SettingsStore: Sendable {
    /// The settings at one moment. A reference, so that looking one of them up does not copy them all.
    package final class Snapshot: Sendable {
        package let settings: Settings

        init(_ settings: Settings) {
            self.settings = settings
        }
    }

    private let current: Mutex<Snapshot>
    private let seal: SealedText?
    private let formerSeal: SealedText?

    package struct Unreadable: Error, CustomStringConvertible {
        package let description = "The stored settings cannot be read; are they encrypted with another key?"
    }

    /// - Parameters:
    ///   - seal: The key under which the row is written, nil to write it plain.
    ///   - formerSeal: Another one under which it may have been written.
    package init(_ settings: Settings = Settings(), seal: SealedText? = nil, formerSeal: SealedText? = nil) {
        current = Mutex(Snapshot(settings))
        self.seal = seal
        self.formerSeal = formerSeal
    }

    package var snapshot: Snapshot { current.withLock { $0 } }
    package var value: Settings { snapshot.settings }

    /// Reads the row, or writes the defaults where there is none; what was read is in force after the commit.
    package func load(_ session: any WriteSession) throws {
        guard let settings = try stored(session) else { return try save(Settings(), session) }
        put(settings, inForceAfter: session)
    }

    /// Changes what is stored, which another process or a write just before may have changed.
    package func change(
        _ session: any WriteSession,
        _ edit: (inout Settings) throws -> Void
    ) throws -> (old: Settings, new: Settings) {
        let old = try stored(session) ?? Settings()
        var new = old
        try edit(&new)
        try save(new, session)
        return (old, new)
    }

    private func stored(_ session: any ReadSession) throws -> Settings? {
        let stored = try session.first("SELECT `value` FROM `_params` WHERE `id` = 'settings'") { row in
            row.type(0) == .blob ? row.blob(0) : Array(row.text(0).utf8)
        }
        guard let stored else { return nil }
        var settings = Settings()
        try settings.merge(try members(stored))
        return settings
    }

    private func put(_ settings: Settings, inForceAfter session: any WriteSession) {
        let snapshot = Snapshot(settings)
        session.afterCommit { self.current.withLock { $0 = snapshot } }
    }

    private func members(_ stored: [UInt8]) throws -> JSONObject {
        if case .object(let members)? = try? JSONParser.parse(stored) { return members }
        let text = String(decoding: stored, as: UTF8.self)
        let opened = [seal, formerSeal].lazy.compactMap { try? $0?.open(text) }.first
        guard let opened, case .object(let members)? = try? JSONParser.parse(opened) else { throw Unreadable() }
        return members
    }

    /// Writes the row; the settings are in force once the transaction is on disk.
    private func save(_ settings: Settings, _ session: any WriteSession) throws {
        let bytes = Array(settings.json(withSecrets: true).text.utf8)
        let value: SQLValue = try seal.map { .text(try $0.seal(bytes)) } ?? .blob(bytes)
        let now = SQLValue.text(Timestamp.now.description)
        let changed = try session.execute(
            "UPDATE `_params` SET `value` = ?, `updated` = ? WHERE `id` = 'settings'",
            [value, now]
        )
        if changed == 0 {
            try session.execute(
                "INSERT INTO `_params` (`id`, `value`, `created`, `updated`) VALUES ('settings', ?, ?, ?)",
                [value, now, now]
            )
        }
        put(settings, inForceAfter: session)
    }
}
