import MartletCore
import MartletFiles
import MartletRecords
import MartletSchema
import MartletServer
import OrderedCollections

/// What a client sends to be a record: its values, among them the names of the files that come along.
struct RecordForm: Sendable {
    var body: JSONObject
    private(set) var files: [UploadedFile] = []
    /// The uploads among the files.
    var claimed: ClaimedUploads?

    init(_ body: JSONObject) {
        self.body = body
    }

    /// Lets fields take files: `f` in place of all, `f+` behind and `+f` before what is there
    /// (`files-and-storage.md`, Uploading and changing). Files that belong to no field are dropped.
    /// - Parameter files: By field, with its modifier.
    mutating func add(_ files: [(name: String, file: UploadedFile)], in layout: RecordLayout, acceptsHidden: Bool) {
        for field in layout.fields where field.kind.file != nil && (acceptsHidden || !field.isHidden) {
            for key in [field.name, field.name + "+", "+" + field.name] {
                let new = files.filter { $0.name == key }.map(\.file)
                guard !new.isEmpty else { continue }
                let sent = body[key].map { FieldKind.items($0) } ?? []
                body[key] = .array((sent + new.map(\.name)).map { .string($0) })
                self.files += new
            }
        }
    }

    /// The files that may be where they are to be, as far as that can be said of each alone. If another one is to stay in
    /// the record, validation refuses it.
    func acceptableFiles(in layout: RecordLayout) -> [UploadedFile] {
        let byName = Dictionary(files.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var accepted: Set<String> = []
        for position in layout.filePositions {
            let field = layout.fields[position]
            for key in [field.name, field.name + "+", "+" + field.name] {
                let items = body[key].map { FieldKind.items($0) } ?? []
                // Of several for a field that takes one, the last stays.
                for item in field.kind.isMultiple ? items[...] : items.suffix(1) {
                    guard let file = byName[item], layout.accepts(file.submitted, in: field.name) else { continue }
                    accepted.insert(item)
                }
            }
        }
        return files.filter { accepted.contains($0.name) }
    }

    /// The uploads that fields are to take, by their ids.
    func uploadIDs(in layout: RecordLayout) -> [String] {
        layout.filePositions.flatMap { position in
            let name = layout.fields[position].name
            return [name, name + "+", "+" + name].flatMap { key in
                body[key].map { FieldKind.items($0) } ?? []
            }
        }.filter { $0.hasPrefix(ResumableUpload.prefix) }
    }

    /// Puts files in the place of the uploads that they come from.
    mutating func replace(_ uploads: [String: UploadedFile], in layout: RecordLayout) {
        for position in layout.filePositions {
            let name = layout.fields[position].name
            for key in [name, name + "+", "+" + name] {
                guard let value = body[key] else { continue }
                let items = FieldKind.items(value)
                guard items.contains(where: { uploads[$0] != nil }) else { continue }
                body[key] = .array(items.map { .string(uploads[$0]?.name ?? $0) })
            }
        }
        files += uploads.values
    }

    /// The files by their names, for validation.
    var submitted: [String: SubmittedFile] {
        Dictionary(files.map { ($0.name, $0.submitted) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Call {
    /// A record's body, with its files where it is a form that comes as a stream.
    func recordForm(for layout: RecordLayout, into staging: StagingArea) async throws -> RecordForm {
        var record: RecordForm
        let files: [(name: String, file: UploadedFile)]
        if let form {
            record = RecordForm(try RequestBody.object(self, orSay: nil))
            files = form.files
        } else if let stream = request.stream {
            let form = try await RequestBody.reporting(nil) {
                try await SubmittedForm.read(self, stream, into: staging)
            }
            record = RecordForm(
                try RequestBody.reporting(nil) { try FormValues(parts: form.values, query: query).object() }
            )
            files = form.files
        } else {
            return RecordForm(try RequestBody.object(self, orSay: nil))
        }
        record.add(files, in: layout, acceptsHidden: isSuperuser)
        return record
    }
}
