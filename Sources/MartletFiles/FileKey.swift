import MartletCore

/// Where a record's file is kept, the same on every store: `COLLECTION_ID/RECORD_ID/NAME`
/// (`files-and-storage.md`, Disk layout).
package struct FileKey: Sendable, Hashable, CustomStringConvertible {
    package let collectionID: String
    package let recordID: String
    package let name: String

    /// - Returns: nil when a part could lead elsewhere, or means something else: some names are the store's own.
    package init?(collectionID: String, recordID: String, name: String) {
        let isOwn = name.hasSuffix(FileAttributes.suffix) || LocalFileStore.ownPrefixes.contains { name.hasPrefix($0) }
        guard [collectionID, recordID, name].allSatisfy(Self.isSafe), !isOwn else { return nil }
        self.collectionID = collectionID
        self.recordID = recordID
        self.name = name
    }

    /// Whether a text can stand between two slashes and be nothing but a name.
    static func isSafe(_ part: String) -> Bool {
        !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
            && !part.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    }

    /// `COLLECTION_ID/RECORD_ID`
    var folder: String { "\(collectionID)/\(recordID)" }

    package var path: String { "\(folder)/\(name)" }

    /// The folder of the smaller copies.
    var thumbFolder: String { "\(folder)/thumbs_\(name)" }

    func thumbPath(_ variant: ThumbnailVariant) -> String { "\(thumbFolder)/\(variant.fileName(of: name))" }

    package var description: String { path }
}
