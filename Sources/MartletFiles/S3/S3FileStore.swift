package import MartletCore
package import MartletFetch
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage

/// Files as objects in a bucket, under the paths that they have in a folder (`files-and-storage.md`, S3).
package struct S3FileStore: FileStore {
    private let s3: S3Client

    /// Larger files go up in parts.
    private static let singleLimit = 6 << 20
    /// A store takes 10 000 parts at most.
    private static let partLimit = 10_000
    private static let parallelParts = 4
    private static let parallelRemovals = 8

    package init(_ bucket: S3Bucket, _ client: WebClient) {
        s3 = S3Client(bucket, client)
    }

    // MARK: - Reading

    package func findNow(_ path: String) throws -> FoundFile { .unknown }

    package func find(_ path: String) async throws -> StoredFile? {
        try await s3.send(S3Client.Call(method: .HEAD, key: path), expecting: [200, 404]) { answer in
            // A connection is free again when its answer was read, also where there is nothing to read.
            try await answer.finish()
            if answer.status == 404 { return nil }
            guard let size = answer.headers.first(name: "content-length").flatMap({ Int($0) }) else {
                throw FileStoreError("S3 told no length of \(path)")
            }
            let modified = answer.headers.first(name: "last-modified").flatMap { Timestamp(parsing: $0) }
            let attributes = FileAttributes(
                contentType: answer.headers.first(name: "content-type") ?? FileAttributes.unknown.contentType,
                metadata: { answer.headers.first(name: "x-amz-meta-" + $0) }
            )
            return StoredFile(
                size: size,
                modified: modified ?? .now,
                attributes: attributes,
                content: S3Content(s3: s3, key: path, entityTag: answer.headers.first(name: "etag"))
            )
        }
    }

    // MARK: - Writing

    package func put(_ file: StagedFile, at path: String, _ attributes: FileAttributes) async throws {
        if file.storedSize <= Self.singleLimit {
            let call = S3Client.Call(
                method: .PUT,
                key: path,
                headers: Self.headers(attributes),
                body: .stream(FilePieces(file, 0..<file.storedSize), length: file.storedSize)
            )
            return try await s3.send(call, expecting: [200]) { try await $0.finish() }
        }
        try await putInParts(file, path, attributes)
    }

    private static func headers(_ attributes: FileAttributes) -> [(name: String, value: String)] {
        [("content-type", attributes.contentType)] + attributes.metadata.map { ("x-amz-meta-" + $0.name, $0.value) }
    }

    private func putInParts(_ file: StagedFile, _ path: String, _ attributes: FileAttributes) async throws {
        let begin = S3Client.Call(
            method: .POST,
            key: path,
            query: [("uploads", "")],
            headers: Self.headers(attributes)
        )
        let answer = try await s3.send(begin, expecting: [200]) { try await $0.collect(upTo: 64 << 10) }
        guard let id = XMLText.first("UploadId", in: String(decoding: answer, as: UTF8.self)[...]) else {
            throw FileStoreError("S3 began no upload of \(path)")
        }
        do {
            let tags = try await parts(file, path, id)
            try await complete(path, id, tags)
        } catch {
            // What is there of it costs money until it is given up.
            let abort = S3Client.Call(method: .DELETE, key: path, query: [("uploadId", id)])
            try? await s3.send(abort, expecting: [200, 204]) { try await $0.finish() }
            throw error
        }
    }

    /// - Returns: The parts' entity tags, in their order.
    private func parts(_ file: StagedFile, _ path: String, _ id: String) async throws -> [String] {
        let size = max(Self.singleLimit, (file.storedSize + Self.partLimit - 1) / Self.partLimit)
        let count = (file.storedSize + size - 1) / size
        var tags = [String](repeating: "", count: count)
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            func start(_ index: Int) {
                let range = (index * size)..<min((index + 1) * size, file.storedSize)
                let call = S3Client.Call(
                    method: .PUT,
                    key: path,
                    query: [("partNumber", String(index + 1)), ("uploadId", id)],
                    body: .stream(FilePieces(file, range), length: range.count)
                )
                group.addTask {
                    let tag = try await s3.send(call, expecting: [200]) { answer in
                        try await answer.finish()
                        return answer.headers.first(name: "etag")
                    }
                    guard let tag else { throw FileStoreError("S3 gave no tag for a part of \(path)") }
                    return (index, tag)
                }
            }
            var next = min(Self.parallelParts, count)
            for index in 0..<next { start(index) }
            while let (index, tag) = try await group.next() {
                tags[index] = tag
                if next < count {
                    start(next)
                    next += 1
                }
            }
        }
        return tags
    }

    private func complete(_ path: String, _ id: String, _ tags: [String]) async throws {
        let parts = tags.enumerated().map { "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\($1)</ETag></Part>" }
        let list = "<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>"
        let call = S3Client.Call(
            method: .POST,
            key: path,
            query: [("uploadId", id)],
            headers: [("content-type", "application/xml")],
            body: .bytes(Array(list.utf8))
        )
        let answer = try await s3.send(call, expecting: [200]) { try await $0.collect(upTo: 64 << 10) }
        // The answer begins before the store knows whether it will succeed (AWS, CompleteMultipartUpload).
        let text = String(decoding: answer, as: UTF8.self)
        guard text.contains("CompleteMultipartUploadResult") else {
            throw FileStoreError("S3 did not put \(path) together: \(XMLText.first("Message", in: text[...]) ?? text)")
        }
    }

    package func setAttributes(_ attributes: FileAttributes, at path: String) async throws {
        // An object's metadata are changed by copying it onto itself.
        let call = S3Client.Call(
            method: .PUT,
            key: path,
            headers: Self.headers(attributes) + [
                ("x-amz-copy-source", s3.bucket.copySource(path)), ("x-amz-metadata-directive", "REPLACE"),
            ]
        )
        let answer = try await s3.send(call, expecting: [200]) { try await $0.collect(upTo: 64 << 10) }
        guard !String(decoding: answer, as: UTF8.self).contains("<Error>") else {
            throw FileStoreError("S3 did not change the metadata of \(path)")
        }
    }

    // MARK: - Removing

    package func delete(_ path: String) async throws {
        try await s3.send(S3Client.Call(method: .DELETE, key: path), expecting: [200, 204, 404]) {
            try await $0.finish()
        }
    }

    package func deleteFolder(_ folder: String) async throws {
        // Whatever is put there from now on is somebody else's.
        let now = Timestamp.now
        try await list(folder + "/") { entry in
            if entry.modified <= now { try await delete(entry.path) }
        }
    }

    /// There are no folders, only names.
    package func deleteIfEmpty(_ folder: String) async throws {}

    /// Uploads in parts that were not put together cost as much as files.
    package func removeDebris(before limit: Timestamp) async throws {
        let call = S3Client.Call(query: [("uploads", "")])
        let bytes = try await s3.send(call, expecting: [200]) { try await $0.collect(upTo: 8 << 20) }
        for item in XMLText.all("Upload", in: String(decoding: bytes, as: UTF8.self)[...]) {
            guard let key = XMLText.first("Key", in: item), let id = XMLText.first("UploadId", in: item),
                let begin = XMLText.first("Initiated", in: item).flatMap({ Timestamp(parsing: $0) }), begin < limit
            else { continue }
            let abort = S3Client.Call(method: .DELETE, key: key, query: [("uploadId", id)])
            try await s3.send(abort, expecting: [200, 204, 404]) { try await $0.finish() }
        }
    }

    package func list(_ prefix: String, _ visit: @escaping @Sendable (FileEntry) async throws -> Void) async throws {
        var marker: String?
        repeat {
            var query = [("list-type", "2"), ("max-keys", "1000"), ("prefix", prefix)]
            if let marker { query.append(("continuation-token", marker)) }
            let call = S3Client.Call(query: query.map { (name: $0.0, value: $0.1) })
            let bytes = try await s3.send(call, expecting: [200]) { try await $0.collect(upTo: 8 << 20) }
            let text = String(decoding: bytes, as: UTF8.self)
            try await withThrowingDiscardingTaskGroup { group in
                for (index, item) in XMLText.all("Contents", in: text[...]).enumerated() {
                    guard let entry = Self.entry(item) else { continue }
                    if index % Self.parallelRemovals == 0 { await Task.yield() }
                    group.addTask { try await visit(entry) }
                }
            }
            marker = XMLText.first("NextContinuationToken", in: text[...])
        } while marker != nil
    }

    private static func entry(_ item: Substring) -> FileEntry? {
        guard let key = XMLText.first("Key", in: item), let size = XMLText.first("Size", in: item).flatMap({ Int($0) }),
            let modified = XMLText.first("LastModified", in: item).flatMap({ Timestamp(parsing: $0) })
        else { return nil }
        return FileEntry(path: key, size: size, modified: modified)
    }
}

extension S3Bucket {
    /// The object's name as a header wants it: with the bucket in front, in whatever way that is addressed.
    func copySource(_ key: String) -> String {
        "/" + PercentEncoding.encode(name) + "/" + PercentEncoding.encode(key, keeping: "/")
    }
}

/// The bytes of an object. A connection that breaks off is taken up where it was.
private struct S3Content: FileContent {
    let s3: S3Client
    let key: String
    /// Nothing but the object that was found is read on.
    let entityTag: String?

    private static let attempts = 4

    func read(_ range: Range<Int>, _ take: (ByteBuffer) async throws -> Void) async throws {
        var offset = range.lowerBound
        var failures = 0
        while offset < range.upperBound {
            let before = offset
            var headers = [(name: "range", value: "bytes=\(offset)-\(range.upperBound - 1)")]
            if let entityTag { headers.append((name: "if-match", value: entityTag)) }
            do {
                try await s3.send(S3Client.Call(key: key, headers: headers), expecting: [200, 206]) { answer in
                    guard answer.status == 206 || offset == 0 else { throw FileStoreError("S3 knows no ranges") }
                    try await answer.read { piece in
                        let count = min(piece.readableBytes, range.upperBound - offset)
                        guard count > 0, let part = piece.getSlice(at: piece.readerIndex, length: count) else { return }
                        offset += count
                        try await take(part)
                    }
                }
            } catch let failure as WebFailure {
                failures = offset > before ? 1 : failures + 1
                if failures >= Self.attempts { throw FileStoreError("\(key): \(failure)") }
            }
            if offset == before {
                failures += 1
                if failures >= Self.attempts { throw FileStoreError("S3 sent nothing of \(key)") }
            }
        }
    }
}

/// A part of a staged file, as the client of the other server takes it.
private struct FilePieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let file: StagedFile
    private let range: Range<Int>

    init(_ file: StagedFile, _ range: Range<Int>) {
        self.file = file
        self.range = range
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let file: StagedFile
        var offset: Int
        let end: Int
        var handle: OpenFile?

        mutating func next() async throws -> ByteBuffer? {
            guard offset < end else {
                try handle?.close()
                handle = nil
                return nil
            }
            let path = file.path
            let open = handle
            let (start, count) = (offset, Swift.min(128 << 10, end - offset))
            let (used, piece) = try await NIOThreadPool.singleton.runIfActive {
                let used = try open ?? OpenFile.open(FilePath(path), .readOnly, options: .closeOnExec)
                var buffer = ByteBufferAllocator().buffer(capacity: count)
                try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                    let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
                    return try used.read(fromAbsoluteOffset: Int64(start), into: room)
                }
                return (used, buffer)
            }
            handle = used
            guard piece.readableBytes > 0 else { throw FileStoreError("\(path) is shorter than it was") }
            offset += piece.readableBytes
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(file: file, offset: range.lowerBound, end: range.upperBound)
    }
}
