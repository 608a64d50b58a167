import MartletCore
import MartletFiles
import MartletHTTP
import MartletRecords

/// What a script puts into a file field: a new file, or the name of one that is there.
enum AttachedFile {
    case file(UploadedFile)
    case name(String)

    var isFile: Bool { if case .file = self { true } else { false } }

    var name: String {
        switch self {
        case .file(let file): file.name
        case .name(let name): name
        }
    }
}

extension RecordModel {
    /// Puts files into a field, with the modifiers of bodies.
    func attach(_ items: [AttachedFile], to name: String, stores services: ScriptServices) {
        let uploads =
            attachments as? RecordUploads ?? RecordUploads(services.parts.files) { try services.wait($0) }
        attachments = uploads
        for case .file(let file) in items { uploads.add(file) }
        set(name, .array(items.map { .string($0.name) }))
    }
}
