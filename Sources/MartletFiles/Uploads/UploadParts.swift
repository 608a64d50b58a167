import MartletCore
import NIOPosix
import Synchronization

/// Uploads on their way in as they lie on the disk: a folder each, with what is known of it and its parts.
struct UploadParts: Sendable {
    /// Of a full part. In bytes.
    static let size = 8 << 20
    private static let about = "about"

    let archive: FileArchive
    let staging: StagingArea

    // MARK: - Writing

    func describe(_ upload: ResumableUpload) async throws {
        let staged = try await Self.onThread {
            let writer = try staging.begin()
            try writer.append(Array(upload.json.utf8))
            return try writer.finish()
        }
        try await archive.put(staged, at: "\(upload.id)/\(Self.about)", contentType: "application/json")
    }

    /// - Returns: The upload's parts with the new one.
    func add(_ staged: StagedFile, to upload: ResumableUpload) async throws -> [ResumableUpload.Part] {
        guard staged.size > 0 else { return upload.parts }
        let part = ResumableUpload.Part(offset: upload.offset, size: staged.size)
        try await put(staged, part, upload.id)
        return upload.parts + [part]
    }

    /// Joins small parts, so that clients that send a little at a time do not leave many files. A part is joined only
    /// with at least half as much behind it: each byte is copied a few times at most.
    /// - Returns: The parts that are left; all of them when there is no room to join any.
    func packed(_ parts: [ResumableUpload.Part], of id: String) async -> [ResumableUpload.Part] {
        var first = parts.count - 1
        var sum = parts.last?.size ?? 0
        while first > 0, parts[first - 1].size <= 2 * sum, parts[first - 1].size + sum <= Self.size {
            first -= 1
            sum += parts[first].size
        }
        guard first >= 0, first < parts.count - 1 else { return parts }
        let whole = ResumableUpload.Part(offset: parts[first].offset, size: sum)
        do {
            try await put(try await joined(parts[first...], of: id), whole, id)
        } catch {
            return parts
        }
        // One that stays is passed over after a restart.
        for part in parts[first...] { try? await archive.store.delete("\(id)/\(part.name)") }
        return parts[..<first] + [whole]
    }

    private func put(_ staged: StagedFile, _ part: ResumableUpload.Part, _ id: String) async throws {
        try await archive.put(staged, at: "\(id)/\(part.name)", contentType: "application/octet-stream")
    }

    func remove(_ id: String) async throws {
        try await archive.store.deleteFolder(id)
    }

    // MARK: - Reading

    /// The file that a whole upload is.
    func assembled(_ upload: ResumableUpload) async throws -> UploadedFile {
        let staged = try await joined(upload.parts[...], of: upload.id)
        guard staged.size == upload.plan.length else { throw FileStoreError("\(upload.id) is not whole") }
        return UploadedFile(staged, originalName: upload.plan.fileName)
    }

    private func joined(_ parts: ArraySlice<ResumableUpload.Part>, of id: String) async throws -> StagedFile {
        let writer = try await Self.onThread { try staging.begin() }
        for part in parts {
            guard let file = try await archive.find("\(id)/\(part.name)"), file.size == part.size else {
                throw FileStoreError("\(id)/\(part.name) is gone")
            }
            try await file.content.read(0..<file.size) { bytes in
                try await Self.onThread { try writer.append(bytes) }
            }
        }
        return try await Self.onThread { try writer.finish() }
    }

    /// The uploads that are on the disk.
    func all() async throws -> [String: ResumableUpload] {
        let found = Mutex<[String: [FileEntry]]>([:])
        try await archive.store.list("") { entry in
            let id = entry.path.prefix { $0 != "/" }
            found.withLock { $0[String(id), default: []].append(entry) }
        }
        var uploads: [String: ResumableUpload] = [:]
        for (id, entries) in found.withLock({ $0 }) where id.hasPrefix(ResumableUpload.prefix) {
            uploads[id] = try? await upload(id, entries)
        }
        return uploads
    }

    private func upload(_ id: String, _ entries: [FileEntry]) async throws -> ResumableUpload? {
        guard let about = try await archive.find("\(id)/\(Self.about)"),
            var upload = ResumableUpload(id: id, json: try await about.content.bytes(0..<about.size))
        else { return nil }
        let names = entries.map { $0.path.dropFirst(id.count + 1) }
        upload.parts = ResumableUpload.Part.chain(names.compactMap { ResumableUpload.Part(name: $0) })
        let latest = entries.map(\.modified).max() ?? about.modified
        let lifetime = upload.parts.isEmpty ? ResumableUpload.emptyLifetime : ResumableUpload.lifetime
        upload.expires = latest.adding(seconds: lifetime)
        return upload
    }

    private static func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}
