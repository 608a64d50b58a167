package import MartletRecords

/// A file that came with a request and has a name, but no place yet.
package struct UploadedFile: Sendable {
    package let staged: StagedFile
    package let originalName: String
    /// What it is, by its content.
    package let type: DetectedType
    /// The name under which it will be stored.
    package let name: String

    /// - Parameter originalName: As the client wrote it, perhaps with a path.
    package init(_ staged: StagedFile, originalName: String) {
        self.staged = staged
        self.originalName = StoredName.baseName(originalName)
        type = ContentSniffer.shared.detect(staged.head)
        name = StoredName.make(from: originalName, fallback: type.fileExtension)
    }

    /// The file as if it had been uploaded under the name that it was given.
    package var renamed: UploadedFile {
        UploadedFile(staged, originalName: name)
    }

    /// What the checks of a field look at.
    package var submitted: SubmittedFile {
        SubmittedFile(name: name, originalName: originalName, size: staged.size, typeNames: type.names)
    }
}
