package import MartletCore
import NIOPosix
import OrderedCollections
import Synchronization
import SystemPackage

/// Uploads in several requests (tus 1.0), kept until they become a record's file. What has come is in parts of moderate
/// size, each on the disk before the client is told so: neither a broken connection nor a restart costs more than one.
package final class ResumableUploads: Sendable {
    /// Ids begin so: no stored file's name does.
    package static let prefix = "upload_"
    /// After the last part came. In seconds.
    package static let lifetime: Int64 = 86_400
    /// So many may be open at once, and so many of one owner.
    private static let limit = 10_000
    private static let ownerLimit = 200
    static let partSize = 8 << 20

    /// What is known of an upload.
    package struct Upload: Sendable {
        package let id: String
        /// In bytes, of the whole.
        package let length: Int
        package let fileName: String
        package let collectionID: String
        package let fieldName: String
        /// The record that began it, `COLLECTION_ID/RECORD_ID`; empty for a guest.
        package let owner: String
        /// As the client sent it.
        package let metadata: String
        package internal(set) var offset = 0
        package internal(set) var expires: Timestamp
        fileprivate var partCount = 0

        package var isComplete: Bool { offset == length }
    }

    package enum Failure: Error {
        case notFound
        /// Another request writes to it.
        case locked
        case tooMany
    }

    private struct State {
        var uploads: [String: Upload] = [:]
        var locked: Set<String> = []
        var isLoaded = false
    }

    private let archive: FileArchive
    private let staging: StagingArea
    private let state = Mutex(State())

    package init(stores: FileStores) {
        archive = stores.uploads
        staging = stores.staging
    }

    // MARK: - Beginning and ending

    package func begin(
        length: Int,
        fileName: String,
        collectionID: String,
        fieldName: String,
        owner: String,
        metadata: String
    ) async throws -> Upload {
        try await load()
        let upload = Upload(
            id: Self.prefix + RandomText.make(32, of: RandomText.lowercaseAlphanumerics),
            length: length,
            fileName: fileName,
            collectionID: collectionID,
            fieldName: fieldName,
            owner: owner,
            metadata: metadata,
            expires: Timestamp.now.adding(seconds: Self.lifetime)
        )
        try state.withLock { state in
            let own = owner.isEmpty ? 0 : state.uploads.values.count { $0.owner == owner }
            guard state.uploads.count < Self.limit, own < Self.ownerLimit else { throw Failure.tooMany }
            state.uploads[upload.id] = upload
        }
        do {
            try await put(Array(upload.json.utf8), "\(upload.id)/about", "application/json")
        } catch {
            state.withLock { $0.uploads[upload.id] = nil }
            throw error
        }
        return upload
    }

    package func find(_ id: String) async throws -> Upload? {
        try await load()
        return state.withLock { $0.uploads[id] }.flatMap { $0.expires > .now ? $0 : nil }
    }

    package func remove(_ id: String) async throws {
        try lock(id)
        defer { unlock(id) }
        state.withLock { $0.uploads[id] = nil }
        try await archive.store.deleteFolder(id)
    }

    /// Removes what nobody went on with.
    package func removeExpired() async throws {
        try await load()
        let old = state.withLock { $0.uploads.values.filter { $0.expires <= .now }.map(\.id) }
        for id in old { try? await remove(id) }
    }

    // MARK: - Writing

    /// Lets one request at a time write to an upload.
    package func lock(_ id: String) throws {
        try state.withLock { state in
            guard state.uploads[id] != nil else { throw Failure.notFound }
            guard state.locked.insert(id).inserted else { throw Failure.locked }
        }
    }

    package func unlock(_ id: String) {
        state.withLock { _ = $0.locked.remove(id) }
    }

    /// Begins a part; the upload is locked.
    func beginPart() throws -> StagingWriter {
        try staging.begin()
    }

    /// Adds a part, which is on the disk when the call returns.
    func add(_ part: StagedFile, to id: String) async throws {
        guard let number = state.withLock({ $0.uploads[id]?.partCount }) else { throw Failure.notFound }
        try await archive.put(part, at: "\(id)/\(Self.partName(number))", contentType: "application/octet-stream")
        state.withLock { state in
            state.uploads[id]?.partCount += 1
            state.uploads[id]?.offset += part.size
            state.uploads[id]?.expires = Timestamp.now.adding(seconds: Self.lifetime)
        }
    }

    private static func partName(_ number: Int) -> String {
        let digits = String(number)
        return "part_" + String(repeating: "0", count: max(8 - digits.count, 0)) + digits
    }

    // MARK: - Becoming a file

    /// Puts the parts together. The upload stays until it is removed.
    package func assemble(_ upload: Upload) async throws -> UploadedFile {
        let writer = try await onThread { try self.staging.begin() }
        for number in 0..<upload.partCount {
            let path = "\(upload.id)/\(Self.partName(number))"
            guard let part = try await archive.find(path) else { throw FileStoreError("\(path) is gone") }
            try await part.content.read(0..<part.size) { bytes in
                try await onThread { try writer.append(bytes) }
            }
        }
        let staged = try await onThread { try writer.finish() }
        guard staged.size == upload.length else { throw FileStoreError("\(upload.id) is not whole") }
        return UploadedFile(staged, originalName: upload.fileName)
    }

    // MARK: - On the disk

    private func put(_ bytes: [UInt8], _ path: String, _ contentType: String) async throws {
        let staged = try await onThread {
            let writer = try self.staging.begin()
            try writer.append(bytes)
            return try writer.finish()
        }
        try await archive.put(staged, at: path, contentType: contentType)
    }

    private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    /// Finds what was open when the last server ended, once.
    private func load() async throws {
        guard !state.withLock({ $0.isLoaded }) else { return }
        let found = Mutex<[String: [FileEntry]]>([:])
        try await archive.store.list("") { entry in
            let id = entry.path.prefix { $0 != "/" }
            found.withLock { $0[String(id), default: []].append(entry) }
        }
        var uploads: [String: Upload] = [:]
        for (id, entries) in found.withLock({ $0 }) where id.hasPrefix(Self.prefix) {
            uploads[id] = try? await reload(id, entries)
        }
        state.withLock { state in
            guard !state.isLoaded else { return }
            state.uploads.merge(uploads) { known, _ in known }
            state.isLoaded = true
        }
    }

    private func reload(_ id: String, _ entries: [FileEntry]) async throws -> Upload? {
        guard let about = try await archive.find("\(id)/about") else { return nil }
        guard var upload = Upload(id: id, json: try await about.content.bytes(0..<about.size)) else { return nil }
        var latest = about.modified
        while let part = try await archive.find("\(id)/\(Self.partName(upload.partCount))") {
            upload.partCount += 1
            upload.offset += part.size
            latest = max(latest, part.modified)
        }
        upload.expires = latest.adding(seconds: Self.lifetime)
        return upload
    }
}

extension ResumableUploads.Upload {
    fileprivate var json: String {
        let members: JSONObject = [
            "length": .number(Double(length)), "fileName": .string(fileName), "collectionId": .string(collectionID),
            "field": .string(fieldName), "owner": .string(owner), "metadata": .string(metadata),
        ]
        return JSONValue.object(members).text
    }

    fileprivate init?(id: String, json: [UInt8]) {
        guard let value = try? JSONParser.parse(json),
            let length = value["length"]?.number.flatMap({ Int(exactly: $0) })
        else { return nil }
        self.init(
            id: id,
            length: length,
            fileName: value["fileName"]?.string ?? "",
            collectionID: value["collectionId"]?.string ?? "",
            fieldName: value["field"]?.string ?? "",
            owner: value["owner"]?.string ?? "",
            metadata: value["metadata"]?.string ?? "",
            expires: .now
        )
    }
}
