package import MartletVault

/// Files on a store, encrypted where there is a master key. Whoever reads and writes here sees plain bytes.
package struct FileArchive: Sendable {
    package let store: any FileStore
    private let keys: KeyRing?

    package init(store: any FileStore, keys: KeyRing?) {
        self.store = store
        self.keys = keys
    }

    // MARK: - Writing

    /// Puts a staged file at a path; it is there for good when the call returns.
    /// - Throws: ``FileStoreError``.
    package func put(
        _ file: StagedFile,
        at path: String,
        contentType: String,
        originalName: String = ""
    ) async throws {
        var attributes = FileAttributes(contentType: contentType, originalName: originalName, md5: file.md5)
        if let dataKey = file.dataKey, let keys {
            attributes.sealedKey = try keys.wrap(dataKey, for: Self.context(path, attributes, file.storedSize))
        }
        try await store.put(file, at: path, attributes)
    }

    // MARK: - Reading

    /// - Throws: ``KeyRing/Failure`` for an encrypted file that cannot be opened, ``FileStoreError``.
    package func find(_ path: String) async throws -> StoredFile? {
        guard let file = try await store.find(path) else { return nil }
        let opened = try opened(file, path)
        if mayBeSealed(opened), try await file.content.bytes(0..<SealedChunks.mark.count) == SealedChunks.mark {
            throw SealedChunks.Tampered()
        }
        return opened
    }

    package func findNow(_ path: String) throws -> FoundFile {
        let found = try store.findNow(path)
        guard case .file(let file) = found else { return found }
        let opened = try opened(file, path)
        // One more look at the disk, where anything is encrypted at all.
        return mayBeSealed(opened) ? .unknown : .file(opened)
    }

    /// Whether a file that is said to be plain has to be looked at.
    private func mayBeSealed(_ file: StoredFile) -> Bool {
        keys != nil && file.attributes.sealedKey == nil && file.size >= SealedChunks.mark.count
    }

    private func opened(_ file: StoredFile, _ path: String) throws -> StoredFile {
        guard let wrapped = file.attributes.sealedKey else { return file }
        guard let keys else { throw KeyRing.Failure.unknownKey(id: String(wrapped.prefix { $0 != ":" })) }
        guard let size = SealedChunks.plainCount(stored: file.size) else { throw SealedChunks.Tampered() }
        let key = try keys.unwrap(wrapped, for: Self.context(path, file.attributes, file.size))
        return StoredFile(
            size: size,
            modified: file.modified,
            attributes: file.attributes,
            content: SealedContent(stored: file.content, storedSize: file.size, key: key)
        )
    }

    /// What a file's key is bound to: where the file is, what it is said to be, and how long it is.
    private static func context(_ path: String, _ attributes: FileAttributes, _ storedSize: Int) -> [UInt8] {
        let parts = ["martlet file", path, attributes.contentType, attributes.storedOriginalName, String(storedSize)]
        return Array(parts.joined(separator: "\0").utf8)
    }

    // MARK: - Rotation

    /// How a file is stored.
    package enum Sealing: Sendable {
        /// Under the master key in use, or another one.
        case current, former
        case plain
    }

    package func sealing(of path: String) async throws -> Sealing {
        guard let wrapped = try await store.find(path)?.attributes.sealedKey else { return .plain }
        return keys?.isCurrent(wrapped) ?? false ? .current : .former
    }

    /// Wraps the key of a file under the master key in use.
    /// - Returns: Whether there was anything to do.
    package func rewrap(_ path: String) async throws -> Bool {
        guard let keys, let file = try await store.find(path), let wrapped = file.attributes.sealedKey,
            !keys.isCurrent(wrapped)
        else { return false }
        let context = Self.context(path, file.attributes, file.size)
        var attributes = file.attributes
        attributes.sealedKey = try keys.wrap(try keys.unwrap(wrapped, for: context), for: context)
        try await store.setAttributes(attributes, at: path)
        return true
    }
}
