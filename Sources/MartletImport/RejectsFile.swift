#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Rows that were not imported, one JSON object a line. There is no file as long as there are none.
package struct RejectsFile: ~Copyable {
    package let path: String
    private var file: Int32 = -1

    package init(path: String) {
        self.path = path
    }

    deinit {
        if file >= 0 { close(file) }
    }

    package mutating func add(_ rejections: [Importer.Rejection]) throws {
        guard !rejections.isEmpty else { return }
        if file < 0 { file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600) }
        guard file >= 0 else { throw unwritable }
        try write(rejections.map { $0.json + "\n" }.joined())
    }

    private func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw unwritable }
            rest = rest.dropFirst(count)
        }
    }

    /// `write(2)`, whose name the method takes.
    private static func write(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, bytes, count)
        #else
            Darwin.write(file, bytes, count)
        #endif
    }

    private var unwritable: ByteInput.Unreadable {
        ByteInput.Unreadable(description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
