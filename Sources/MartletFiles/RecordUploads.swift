package import MartletRecords

/// The new files of a record in handlers' hands. They get their place when it is saved.
package final class RecordUploads: RecordAttachments {
    /// Waits for asynchronous work on a thread that may.
    package typealias Wait = (@escaping @Sendable () async throws -> RecordFiles.Placed) throws -> RecordFiles.Placed

    private var files: [String: UploadedFile] = [:]
    private let place: RecordFiles
    private let wait: Wait
    private var placed = RecordFiles.Placed.none

    package init(_ place: RecordFiles, wait: @escaping Wait) {
        self.place = place
        self.wait = wait
    }

    package func add(_ file: UploadedFile) { files[file.name] = file }

    package func file(_ name: String) -> UploadedFile? { files[name] }

    package var submitted: [String: SubmittedFile] { files.mapValues(\.submitted) }

    package func place(_ record: Record) throws {
        let wanted = record.fileNames.compactMap { files[$0] }
        guard !wanted.isEmpty else { return }
        let (place, layout, id) = (place, record.layout, record.id)
        placed = try wait { try await place.place(wanted, for: id, in: layout) }
    }

    package func takeBack() {
        place.takeBack(placed)
        placed = .none
    }

    package func settle() {
        placed = .none
        files = [:]
    }
}
