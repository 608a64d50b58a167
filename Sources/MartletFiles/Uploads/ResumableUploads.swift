import MartletCore
import Synchronization

/// Uploads in several requests (tus 1.0), kept until they become a record's file. What has come is in parts of moderate
/// size, each on the disk before the client is told so: neither a broken connection nor a restart costs more than one.
package final class ResumableUploads: Sendable {
    /// So many may be open at once, and so many of one owner.
    private static let limit = 10_000
    private static let ownerLimit = 200
    /// What guests may have of it together, so that they cannot take it from those who signed in. The sizes, in bytes, are
    /// of what they say they will send: all of them, and those of one network.
    private static let guestLimit = limit / 2
    private static let guestSize = 32 << 30
    private static let networkSize = 8 << 30
    /// So often a whole one is put together for records that do not come about.
    private static let tryLimit = 10

    package enum Failure: Error {
        case notFound
        /// Another request writes to it, or makes a record's file of it.
        case locked
        case tooMany
    }

    private struct State {
        var uploads: [String: ResumableUpload] = [:]
        /// What asks the holder of a lock to give it back, where that is possible.
        var locks: [String: (@Sendable () -> Void)?] = [:]
        var isLoaded = false
    }

    let parts: UploadParts
    private let state = Mutex(State())

    package init(stores: FileStores) {
        parts = UploadParts(archive: stores.uploads, staging: stores.staging)
    }

    // MARK: - Beginning and ending

    /// - Parameter isLimited: Whether the owner shares the room with others.
    /// - Throws: ``Failure/tooMany``, ``FileStoreError``.
    package func begin(
        _ plan: ResumableUpload.Plan,
        by owner: ResumableUpload.Owner,
        isLimited: Bool
    ) async throws -> ResumableUpload {
        try await load()
        let id = ResumableUpload.prefix + RandomText.make(32, of: RandomText.lowercaseAlphanumerics)
        let upload = ResumableUpload(id: id, plan: plan, owner: owner)
        try state.withLock { state in
            guard !isLimited || Self.hasRoom(for: upload, among: state.uploads.values) else { throw Failure.tooMany }
            state.uploads[id] = upload
        }
        do {
            try await parts.describe(upload)
        } catch {
            state.withLock { $0.uploads[id] = nil }
            throw error
        }
        return upload
    }

    private static func hasRoom(
        for upload: ResumableUpload,
        among known: Dictionary<String, ResumableUpload>.Values
    ) -> Bool {
        let own = known.filter { $0.owner == upload.owner }
        guard known.count < limit, own.count < ownerLimit else { return false }
        guard case .guest = upload.owner else { return true }
        let guests = known.filter { if case .guest = $0.owner { true } else { false } }
        return guests.count < guestLimit && size(own, and: upload) <= Double(networkSize)
            && size(guests, and: upload) <= Double(guestSize)
    }

    /// Lengths are clients' words: their sum need not fit a whole number.
    private static func size(_ known: [ResumableUpload], and upload: ResumableUpload) -> Double {
        known.reduce(Double(upload.plan.length)) { $0 + Double($1.plan.length) }
    }

    package func find(_ id: String) async throws -> ResumableUpload? {
        try await load()
        return state.withLock { $0.uploads[id] }.flatMap { $0.expires > .now ? $0 : nil }
    }

    /// - Throws: ``Failure``, ``FileStoreError``.
    package func remove(_ id: String) async throws {
        try await lock(id)
        try await consume(id)
    }

    /// Removes what nobody went on with.
    package func removeExpired() async throws {
        try await load()
        let old = state.withLock { $0.uploads.values.filter { $0.expires <= .now }.map(\.id) }
        for id in old { try? await remove(id) }
    }

    // MARK: - One at a time

    /// How long a request waits for another one to give an upload back.
    private static let patience = Duration.seconds(3)

    /// Lets one request at a time have an upload. Another one that writes to it is asked to stop: a client that comes
    /// again has given its last request up, even if the server has not heard of that.
    /// - Parameter interrupt: Asks the caller to give the lock back; nil for one that is done soon.
    /// - Throws: ``Failure``.
    package func lock(_ id: String, interrupt: (@Sendable () -> Void)? = nil) async throws {
        let end = ContinuousClock.now + Self.patience
        while try !acquire(id, interrupt) {
            guard ContinuousClock.now < end else { throw Failure.locked }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func acquire(_ id: String, _ interrupt: (@Sendable () -> Void)?) throws -> Bool {
        try state.withLock { state in
            guard state.uploads[id] != nil else { throw Failure.notFound }
            if let holder = state.locks[id] {
                guard let holder else { throw Failure.locked }
                holder()
                return false
            }
            state.locks[id] = .some(interrupt)
            return true
        }
    }

    package func unlock(_ id: String) {
        state.withLock { _ = $0.locks.removeValue(forKey: id) }
    }

    /// Adds a part, which is on the disk when the call returns; the upload is locked.
    func add(_ staged: StagedFile, to id: String) async throws {
        guard let upload = state.withLock({ $0.uploads[id] }) else { throw Failure.notFound }
        let kept = try await parts.add(staged, to: upload)
        note(kept, of: id)
        note(await parts.packed(kept, of: id), of: id)
    }

    private func note(_ parts: [ResumableUpload.Part], of id: String) {
        state.withLock { state in
            state.uploads[id]?.parts = parts
            state.uploads[id]?.expires = Timestamp.now.adding(seconds: ResumableUpload.lifetime)
        }
    }

    // MARK: - Becoming a file

    /// Puts a whole upload together and locks it, until it is consumed or unlocked.
    /// - Throws: ``Failure``, ``FileStoreError``.
    package func claim(_ id: String) async throws -> UploadedFile {
        try await lock(id)
        do {
            let tries = state.withLock { state in
                state.uploads[id]?.tries += 1
                return state.uploads[id]?.tries ?? 0
            }
            guard tries <= Self.tryLimit else {
                try await consume(id)
                throw Failure.notFound
            }
            guard let upload = try await find(id), upload.isComplete else { throw Failure.notFound }
            return try await parts.assembled(upload)
        } catch {
            unlock(id)
            throw error
        }
    }

    /// Removes an upload that the caller has locked.
    package func consume(_ id: String) async throws {
        defer { unlock(id) }
        state.withLock { $0.uploads[id] = nil }
        try await parts.remove(id)
    }

    // MARK: - After a restart

    /// Finds what was open when the last server ended, once.
    private func load() async throws {
        guard !state.withLock({ $0.isLoaded }) else { return }
        let uploads = try await parts.all()
        state.withLock { state in
            guard !state.isLoaded else { return }
            state.uploads.merge(uploads) { known, _ in known }
            state.isLoaded = true
        }
    }
}
