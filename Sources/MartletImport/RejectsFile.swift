import SystemPackage

/// Rows that were not imported, one JSON object a line. There is no file as long as there are none.
package struct RejectsFile: ~Copyable {
    private let path: String
    private var file: FileDescriptor?

    package init(path: String) {
        self.path = path
    }

    deinit {
        try? file?.close()
    }

    package mutating func add(_ rejections: [Importer.Rejection]) throws {
        guard !rejections.isEmpty else { return }
        do {
            let file = try file ?? open()
            self.file = file
            try file.writeAll(rejections.map { $0.json + "\n" }.joined().utf8)
        } catch let error as Errno {
            throw ByteInput.Unreadable(description: "\(path) cannot be written: \(error)")
        }
    }

    private func open() throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
    }
}
