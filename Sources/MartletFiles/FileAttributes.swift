import MartletCore
import OrderedCollections

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is known of a stored file beside its bytes.
package struct FileAttributes: Sendable, Hashable {
    /// Found in the content, never taken from the upload.
    package var contentType: String
    /// The name that it was uploaded under, empty for what the server has made.
    package var originalName: String
    /// Of the stored bytes; empty when it is not known.
    package var md5: [UInt8]
    /// The wrapped key of an encrypted file, nil for a plain one.
    package var sealedKey: String?

    package init(contentType: String, originalName: String = "", md5: [UInt8] = [], sealedKey: String? = nil) {
        self.contentType = contentType
        self.originalName = originalName
        self.md5 = md5
        self.sealedKey = sealedKey
    }

    /// The file that has lost its attributes is still served, as plain bytes (`files-and-storage.md`, `.attrs`).
    static let unknown = FileAttributes(contentType: "application/octet-stream")
}

/// The form in which attributes lie beside a file on the disk (`files-and-storage.md`, `.attrs` companion file).
extension FileAttributes {
    static let suffix = ".attrs"
    private static let nameKey = "original-filename"
    private static let sealKey = "martlet-sealed-key"
    private static let longestName = 255

    var json: String {
        var metadata: JSONObject = [:]
        if !originalName.isEmpty { metadata[Self.nameKey] = .string(storedOriginalName) }
        if let sealedKey { metadata[Self.sealKey] = .string(sealedKey) }
        let members: JSONObject = [
            "user.cache_control": "", "user.content_disposition": "", "user.content_encoding": "",
            "user.content_language": "", "user.content_type": .string(contentType),
            "user.metadata": .object(metadata), "md5": .string(Data(md5).base64EncodedString()),
        ]
        return JSONValue.object(members).text
    }

    init?(json bytes: [UInt8]) {
        guard case .object(let members)? = try? JSONParser.parse(bytes) else { return nil }
        let metadata = members["user.metadata"]?.object ?? [:]
        self.init(
            contentType: members["user.content_type"]?.string ?? Self.unknown.contentType,
            originalName: metadata[Self.nameKey]?.string ?? "",
            md5: (members["md5"]?.string).flatMap { Data(base64Encoded: $0) }.map(Array.init) ?? [],
            sealedKey: metadata[Self.sealKey]?.string
        )
    }

    /// As much of the name as is kept.
    var storedOriginalName: String {
        guard originalName.utf8.count > Self.longestName else { return originalName }
        return String(decoding: originalName.utf8.prefix(Self.longestName), as: UTF8.self)
    }

    /// The metadata of an object on a store that keeps them itself.
    var metadata: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        if !originalName.isEmpty {
            result.append((Self.nameKey, PercentEncoding.encode(storedOriginalName, keeping: "$&+=:@")))
        }
        if let sealedKey { result.append((Self.sealKey, sealedKey)) }
        return result
    }

    init(contentType: String, metadata: (String) -> String?) {
        self.init(
            contentType: contentType,
            originalName: metadata(Self.nameKey).flatMap { PercentEncoding.decode($0[...], repairing: true) } ?? "",
            sealedKey: metadata(Self.sealKey)
        )
    }
}
