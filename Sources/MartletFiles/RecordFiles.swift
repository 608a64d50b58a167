package import MartletRecords

/// The files of records: put in place before the record that names them is written, and taken away when it does not come
/// to that.
package struct RecordFiles: Sendable {
    private let stores: FileStores
    private let removals: FileRemovals

    package init(stores: FileStores, removals: FileRemovals) {
        self.stores = stores
        self.removals = removals
    }

    package var staging: StagingArea { stores.staging }

    /// Files that have their place, but no record yet.
    package struct Placed: Sendable {
        fileprivate let keys: [FileKey]

        package static let none = Placed(keys: [])
    }

    /// Puts files where the record's will be looked for. When the call returns, they are there for good.
    /// - Throws: ``FileStoreError``; nothing is left behind then.
    package func place(_ files: [UploadedFile], for recordID: String, in layout: RecordLayout) async throws -> Placed {
        let archive = stores.records
        var keys: [FileKey] = []
        do {
            for file in files {
                guard let key = FileKey(collectionID: layout.collectionID, recordID: recordID, name: file.name) else {
                    throw FileStoreError("no place for \(layout.collectionID)/\(recordID)/\(file.name)")
                }
                keys.append(key)
                try await archive.put(
                    file.staged,
                    at: key.path,
                    contentType: file.type.name,
                    originalName: file.originalName
                )
            }
        } catch {
            takeBack(Placed(keys: keys))
            throw error
        }
        return Placed(keys: keys)
    }

    /// Removes files whose record was not written, or was written without them.
    package func takeBack(_ placed: Placed, except kept: [String] = []) {
        for key in placed.keys where !kept.contains(key.name) { removals.add(key) }
    }

    /// Removes all files of collections that are gone. Ids come again when a collection of the same name is made, so what
    /// is there now goes before the answer does.
    package func removeCollections(_ ids: [String]) async throws {
        for id in ids where FileKey.isSafe(id) { try await stores.records.store.deleteFolder(id) }
    }

    package func find(_ key: FileKey) async throws -> StoredFile? {
        try await stores.records.find(key.path)
    }

    /// A smaller copy that was made before, if that can be said at once.
    package func findNow(_ key: FileKey, _ variant: ThumbnailVariant) throws -> FoundFile {
        try stores.records.findNow(key.thumbPath(variant))
    }

    package func findNow(_ key: FileKey) throws -> FoundFile {
        try stores.records.findNow(key.path)
    }
}
