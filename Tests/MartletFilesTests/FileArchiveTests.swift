import Foundation
import MartletCore
import MartletFiles
import MartletTesting
import MartletVault
import NIOCore
import Testing

/// What everybody relies on who keeps files, plain and encrypted. S3 is asked for the same in Tests/Files/test_s3.py, against
/// a real server.
@Suite struct FileArchiveTests {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case plain, sealed
        var testDescription: String { rawValue }
    }

    private struct Place {
        let archive: FileArchive
        let store: LocalFileStore
        let staging: StagingArea
        let folder: String

        func put(_ bytes: [UInt8], at path: String, type: String = "text/plain") async throws {
            let writer = try staging.begin()
            // In pieces that do not fit the chunks.
            for start in stride(from: 0, to: bytes.count, by: 1000) {
                try writer.append(Array(bytes[start..<min(start + 1000, bytes.count)]))
            }
            try await archive.put(try writer.finish(), at: path, contentType: type, originalName: "a.txt")
        }
    }

    private static func masterKey(_ digit: String) throws -> MasterKey {
        try MasterKey(String(repeating: digit, count: 64))
    }

    private func withPlace(_ kind: Kind, _ body: (Place) async throws -> Void) async throws {
        let keys = kind == .sealed ? KeyRing(current: try Self.masterKey("a")) : nil
        try await withTemporaryFolder { folder in
            let store = LocalFileStore(root: folder + "/storage")
            try await body(
                Place(
                    archive: FileArchive(store: store, keys: keys),
                    store: store,
                    staging: StagingArea(folder: folder + "/staging", isSealing: keys != nil),
                    folder: folder
                )
            )
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    private static let chunk = SealedChunks.plainSize

    @Test(arguments: Kind.allCases, [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 200_001])
    func whatIsPutIsFound(kind: Kind, size: Int) async throws {
        try await withPlace(kind) { place in
            let bytes = Self.bytes(size)
            try await place.put(bytes, at: "c/r/f")
            let file = try #require(try await place.archive.find("c/r/f"))
            #expect(file.size == size)
            #expect(file.attributes.contentType == "text/plain")
            #expect(file.attributes.originalName == "a.txt")
            let ranges = [
                0..<size, 0..<min(1, size), size / 2..<size, max(size - 3, 0)..<size,
                min(Self.chunk - 1, size)..<min(Self.chunk + 1, size),
            ]
            for range in ranges { #expect(try await file.content.bytes(range) == Array(bytes[range])) }
            let hasPlainBytes = file.content.localPath != nil
            #expect(hasPlainBytes == (kind == .plain))
        }
    }

    @Test(arguments: Kind.allCases) func whatIsRemovedIsGone(kind: Kind) async throws {
        try await withPlace(kind) { place in
            for name in ["c/r/a", "c/r/b", "c/s/a"] { try await place.put([1, 2], at: name) }
            try await place.store.delete("c/r/a")
            try await place.store.delete("c/r/a")
            #expect(try await place.archive.find("c/r/a") == nil)
            #expect(try await place.archive.find("c/r/b") != nil)
            try await place.store.deleteFolder("c/r")
            #expect(try await place.archive.find("c/r/b") == nil)
            #expect(try await place.archive.find("c/s/a") != nil)
            try await place.store.deleteFolder("c/r")
        }
    }

    @Test func anEncryptedFileBelongsToItsPlace() async throws {
        try await withPlace(.sealed) { place in
            try await place.put([1], at: "c/r/a")
            try await place.put([2], at: "c/r/b")
            let other = try #require(try await place.store.find("c/r/b"))
            try await place.store.setAttributes(other.attributes, at: "c/r/a")
            await #expect(throws: KeyRing.Failure.tampered) { try await place.archive.find("c/r/a") }
        }
    }

    @Test func keysAreWrappedAnew() async throws {
        let (old, new) = (try Self.masterKey("a"), try Self.masterKey("b"))
        try await withPlace(.sealed) { place in
            try await place.put(Self.bytes(100), at: "c/r/a")
            let both = FileArchive(store: place.store, keys: KeyRing(current: new, former: old))
            #expect(try await both.rewrap("c/r/a"))
            #expect(try await both.rewrap("c/r/a") == false)
            let after = FileArchive(store: place.store, keys: KeyRing(current: new))
            let file = try #require(try await after.find("c/r/a"))
            #expect(try await file.content.bytes(0..<100) == Self.bytes(100))
            await #expect(throws: KeyRing.Failure.unknownKey(id: new.id)) { try await place.archive.find("c/r/a") }
        }
    }

    @Test func aStagedFileThatNobodyWantsLeavesNothing() async throws {
        try await withPlace(.plain) { place in
            do {
                let writer = try place.staging.begin()
                try writer.append([1, 2, 3])
                _ = try writer.finish()
                let unfinished = try place.staging.begin()
                try unfinished.append([1])
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.folder + "/staging").isEmpty)
        }
    }
}
