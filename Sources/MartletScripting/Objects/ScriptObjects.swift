import MartletFiles
import MartletJavaScript
import MartletRecords
import MartletStorage

extension HostKind {
    static let app = HostKind(rawValue: "App")
    static let record = HostKind(rawValue: "Record")
    static let file = HostKind(rawValue: "File")
    static let filesystem = HostKind(rawValue: "Filesystem")
}

/// The application in a script's hands: in a transaction, or wherever the script runs.
final class ScriptApp: HostObject {
    /// nil for the session of the call that asks.
    let session: BlockingSession?
    let isHookless: Bool

    init(_ session: BlockingSession? = nil, isHookless: Bool = false) {
        self.session = session
        self.isHookless = isHookless
    }
}

/// A record in a script's hands, with files that come with it.
final class ScriptRecord: HostObject {
    var model: RecordModel

    init(_ model: RecordModel) {
        self.model = model
    }
}

/// A file that a script has, and that has no place yet.
final class ScriptFile: HostObject {
    var file: UploadedFile
    /// Under which it will be stored, where a script wants another name.
    var name: String

    init(_ file: UploadedFile) {
        self.file = file
        name = file.name
    }

    func copy() -> ScriptFile {
        let copy = ScriptFile(file)
        copy.name = name
        return copy
    }
}

/// A place where files are kept, in a script's hands.
final class ScriptFilesystem: HostObject {
    let archive: FileArchive

    init(_ archive: FileArchive) {
        self.archive = archive
    }
}
