import CZip

/// What libzip says is wrong.
struct ZipFailure: Error, CustomStringConvertible {
    let description: String
}

/// Writes a zip archive from files on the disk. It blocks.
struct ZipWriter {
    private let archive: OpaquePointer

    /// The fastest: most of what takes space is compressed already, or goes to another disk anyway.
    private static let level: UInt32 = 1

    init(path: String) throws {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
            throw ZipFailure(description: "\(path) cannot be made (\(code))")
        }
        self.archive = archive
    }

    /// - Parameter name: The path in the archive.
    func add(_ name: String, fileAt path: String) throws {
        guard let source = zip_source_file(archive, path, 0, -1) else { throw failure() }
        let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            throw failure()
        }
        guard zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_DEFLATE, Self.level) == 0 else {
            throw failure()
        }
    }

    /// Reads the files and writes the archive.
    func finish() throws {
        guard zip_close(archive) == 0 else {
            let failure = failure()
            zip_discard(archive)
            throw failure
        }
    }

    func discard() {
        zip_discard(archive)
    }

    private func failure() -> ZipFailure {
        ZipFailure(description: String(cString: zip_strerror(archive)))
    }
}

/// Reads a zip archive. It blocks.
struct ZipReader {
    private let archive: OpaquePointer

    struct Entry {
        fileprivate let index: zip_uint64_t
        let name: String
        /// In bytes, unpacked.
        let size: Int
    }

    init(path: String) throws {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
            throw ZipFailure(description: "\(path) is no zip archive (\(code))")
        }
        self.archive = archive
    }

    func close() {
        zip_discard(archive)
    }

    func entries() throws -> [Entry] {
        let count = zip_get_num_entries(archive, 0)
        return try (0..<max(count, 0)).map { index in
            var info = zip_stat_t()
            zip_stat_init(&info)
            guard zip_stat_index(archive, zip_uint64_t(index), 0, &info) == 0, let name = info.name else {
                throw failure()
            }
            return Entry(index: zip_uint64_t(index), name: String(cString: name), size: Int(clamping: info.size))
        }
    }

    /// Calls `take` with the unpacked bytes; a wrong checksum is an error at their end.
    func read(_ entry: Entry, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let file = zip_fopen_index(archive, entry.index, 0) else { throw failure() }
        defer { zip_fclose(file) }
        try withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 16) { buffer in
            while true {
                let count = zip_fread(file, buffer.baseAddress, zip_uint64_t(buffer.count))
                guard count >= 0 else { throw ZipFailure(description: "\(entry.name) is damaged") }
                if count == 0 { return }
                try take(UnsafeRawBufferPointer(rebasing: buffer[..<Int(count)]))
            }
        }
    }

    private func failure() -> ZipFailure {
        ZipFailure(description: String(cString: zip_strerror(archive)))
    }
}
