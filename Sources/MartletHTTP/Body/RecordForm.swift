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

    /// Whether each of the files may be where it is to be, as far as that can be said of it alone.
    func isAcceptable(in layout: RecordLayout) -> Bool {
        layout.fields.allSatisfy { field in
            guard let options = field.kind.file else { return true }
            let names = [field.name, field.name + "+", "+" + field.name].flatMap { key in
                body[key].map { FieldKind.items($0) } ?? []
            }
            let own = files.filter { names.contains($0.name) }
            return own.count <= max(options.maximumCount, 1)
                && own.allSatisfy { layout.accepts($0.submitted, in: field.name) }
        }
    }

    /// The files by their names, for validation.
    var submitted: [String: SubmittedFile] {
        Dictionary(files.map { ($0.name, $0.submitted) }, uniquingKeysWith: { first, _ in first })
    }
}

extension Call {
    /// A record's body, with its files where it is a form that comes as a stream.
    func recordForm(for layout: RecordLayout, into staging: StagingArea) async throws -> RecordForm {
        guard let stream = request.stream else { return RecordForm(try RequestBody.object(self, orSay: nil)) }
        let (form, values) = try await RequestBody.reporting(nil) {
            let form = try await SubmittedForm.read(self, stream, into: staging)
            return (form, try FormValues(parts: form.values, query: query).object())
        }
        var record = RecordForm(values)
        record.add(form.files, in: layout, acceptsHidden: isSuperuser)
        return record
    }
}
