package import MartletCore
import MartletQuery
import MartletSchema
import MartletStorage
package import OrderedCollections

/// A record that several handlers look at and change, one after the other on one thread: what it holds, what of it is new,
/// and how it shows itself.
package final class RecordModel {
    /// The row that it was found as, until somebody asks for more than a value of it.
    private var row: KeptRow?
    private var current: Record
    private var stored: Record?
    /// What handlers call the original, where it is not what the database has now: a record stays what it was found as, or
    /// a new one, however often it is saved (as in the reference server).
    private var earlier: Earlier?

    /// As the database had it before the transaction that is open.
    private var beforeTransaction: Record?

    private enum Earlier {
        case nothing
        case record(Record)
    }
    package var showsCustom = false
    package var showsEmail = false
    /// Whether the database is to hear of the fields that changed only.
    package var ignoresUnchanged = true
    /// Overrules ``original`` where a script says so.
    private var newness: Bool?

    /// What most records have nothing of: made when something of it is set.
    private final class Details {
        var custom: JSONObject = [:]
        var expanded: OrderedDictionary<String, Expanded> = [:]
        var hiddenNames: Set<String> = []
        var shownNames: Set<String> = []
        var submission: RecordWriter.Submission = RecordModel.unsubmitted
        var attachments: (any RecordAttachments)? = nil
        var plainPasswords: [String: String] = [:]
    }

    private var details: Details?

    private var ownDetails: Details {
        if let details { return details }
        let made = Details()
        details = made
        return made
    }

    /// Values under names that are no fields.
    package var custom: JSONObject {
        get { details?.custom ?? [:] }
        _modify { yield &ownDetails.custom }
    }

    /// Records, or lists of them, by the relation that they come from.
    package var expanded: OrderedDictionary<String, Expanded> {
        get { details?.expanded ?? [:] }
        _modify { yield &ownDetails.expanded }
    }

    /// Fields that are not shown though they would be.
    package var hiddenNames: Set<String> {
        get { details?.hiddenNames ?? [] }
        _modify { yield &ownDetails.hiddenNames }
    }

    /// Fields that are shown though they would not be.
    package var shownNames: Set<String> {
        get { details?.shownNames ?? [] }
        _modify { yield &ownDetails.shownNames }
    }

    /// What was submitted with it, and how.
    package var submission: RecordWriter.Submission {
        get { details?.submission ?? Self.unsubmitted }
        _modify { yield &ownDetails.submission }
    }

    /// New files that belong to it.
    package var attachments: (any RecordAttachments)? {
        get { details?.attachments }
        _modify { yield &ownDetails.attachments }
    }

    /// Passwords that were set and are not hashed yet, by field.
    package private(set) var plainPasswords: [String: String] {
        get { details?.plainPasswords ?? [:] }
        _modify { yield &ownDetails.plainPasswords }
    }

    package enum Expanded {
        case one(RecordModel)
        case many([RecordModel])

        package var all: [RecordModel] {
            switch self {
            case .one(let model): [model]
            case .many(let models): models
            }
        }
    }

    /// Passwords stand in it as they were set, until it is validated.
    package var record: Record {
        get {
            takeValues()
            return current
        }
        _modify {
            takeValues()
            yield &current
        }
    }

    /// As the database has it, nil when it is new.
    package private(set) var original: Record? {
        get {
            takeValues()
            return stored
        }
        set {
            takeValues()
            stored = newValue
        }
    }

    /// Makes a record of the row.
    private func takeValues() {
        guard let row else { return }
        self.row = nil
        current = layout.record(row)
        stored = current
    }

    /// A record of the database, as a query has found it.
    init(found row: any Row, _ layout: RecordLayout) {
        self.row = KeptRow(row, layout.forms)
        current = Record(unread: layout)
    }

    /// The row, where the record is as it was found.
    var foundRow: KeptRow? { row }

    /// The value of a field, by its position.
    package func value(_ position: Int) -> FieldValue {
        row.map { layout.fields[position].kind.value($0, position) } ?? current.values[position]
    }

    /// A record that is still to be made.
    package init(new record: Record, _ submission: RecordWriter.Submission? = nil) {
        current = record
        if let submission { self.submission = submission }
        notePasswords()
    }

    /// A record of the database, perhaps with changes.
    package init(_ record: Record, original: Record? = nil, _ submission: RecordWriter.Submission? = nil) {
        current = record
        stored = original ?? record
        if let submission { self.submission = submission }
        notePasswords()
    }

    private static let unsubmitted: RecordWriter.Submission = {
        var submission = RecordWriter.Submission(RecordBody([:]))
        submission.isForm = false
        return submission
    }()

    private func notePasswords() {
        guard layout.hasPasswords else { return }
        for field in layout.fields {
            guard case .password = field.kind, let plain = submission.plainPassword(field.name) else { continue }
            plainPasswords[field.name] = plain
        }
    }

    package var layout: RecordLayout { current.layout }
    package var isNew: Bool { newness ?? (row == nil && stored == nil) }

    package func markNew(_ isNew: Bool) { newness = isNew }

    // MARK: - Values

    /// Sets a field in its own form, with the modifiers of bodies (`n+`, `files-`, `text:autogenerate`). Names that are no
    /// fields are custom values.
    package func set(_ name: String, _ value: JSONValue) {
        let body = RecordBody([name: value])
        guard body.targets(layout) else {
            custom[name] = value
            return
        }
        body.apply(to: &record, acceptsHidden: true)
        if let position = layout.position(name), case .password = layout.fields[position].kind {
            plainPasswords[name] = record.values[position].text
        }
        if let position = layout.position(name), case .autodate = layout.fields[position].kind, isNew,
            let date = value.string.flatMap({ Timestamp(parsing: $0) })
        {
            record.values[position] = .text(date.description)
        }
    }

    /// Sets a field as it is.
    package func setRaw(_ name: String, _ value: FieldValue) {
        record[name] = value
    }

    /// Hashes the passwords that were set, as the collection wants them.
    /// - Parameter hash: Makes the hash, or nil when the password is too long for it.
    func preparedSubmission(_ hash: (String, Field) -> String?) -> RecordWriter.Submission {
        var members = submission.body.members
        var prepared = submission
        for (name, plain) in plainPasswords {
            members[name] = .string(plain)
            guard prepared.passwordHashes[name] == nil || submission.plainPassword(name) != plain,
                let position = layout.position(name), !plain.isEmpty
            else { continue }
            prepared.passwordHashes[name] = hash(plain, layout.fields[position])
        }
        prepared.files.merge(attachments?.submitted ?? [:]) { $1 }
        return RecordWriter.Submission(prepared, body: RecordBody(members))
    }

    /// The record as it was before all changes, by itself.
    package var originalModel: RecordModel {
        switch earlier ?? original.map({ .record($0) }) ?? .nothing {
        case .record(let record): RecordModel(record)
        case .nothing: RecordModel(new: Record(layout))
        }
    }

    /// Takes over a row of the database, by the names of its columns.
    package func load(row: JSONObject) {
        for (name, value) in row {
            guard let position = layout.position(name) else {
                custom[name] = value
                continue
            }
            switch layout.fields[position].kind {
            case .autodate, .date, .password: record.values[position] = .text(value.string ?? "")
            case let kind: record.values[position] = kind.value(value)
            }
        }
        original = record
        earlier = nil
        newness = nil
    }

    /// Notes that the database has it now, unless the transaction is taken back.
    func markSavedForNow() {
        beforeTransaction = beforeTransaction ?? original
        markSaved()
    }

    /// Notes what became of the transaction.
    func settle(isKept: Bool) {
        if !isKept, let beforeTransaction { original = beforeTransaction }
        beforeTransaction = nil
    }

    /// Notes that the database has it now.
    func markSaved() {
        earlier = earlier ?? original.map { .record($0) } ?? .nothing
        original = record
        newness = nil
        attachments?.settle()
        guard details != nil else { return }
        plainPasswords = [:]
        submission = Self.unsubmitted
        attachments = nil
    }

    /// A copy with nothing but the record's own values.
    package func fresh() -> RecordModel {
        let copy = isNew ? RecordModel(new: record) : RecordModel(record, original: original)
        copy.earlier = earlier
        return copy
    }

    package func copy() -> RecordModel {
        let copy = fresh()
        copy.showsCustom = showsCustom
        copy.showsEmail = showsEmail
        copy.newness = newness
        guard details != nil else { return copy }
        copy.custom = custom
        copy.expanded = expanded
        copy.hiddenNames = hiddenNames
        copy.shownNames = shownNames
        copy.submission = submission
        copy.plainPasswords = plainPasswords
        return copy
    }

    /// A copy that shares nothing that can change, for another thread.
    package func snapshot() -> RecordModel {
        let copy = copy()
        guard !expanded.isEmpty else { return copy }
        copy.expanded = expanded.mapValues { expanded in
            switch expanded {
            case .one(let model): .one(model.snapshot())
            case .many(let models): .many(models.map { $0.snapshot() })
            }
        }
        return copy
    }
}

/// New files of a record in handlers' hands. They have their place before the record is written.
package protocol RecordAttachments: AnyObject {
    /// By the names under which the record refers to them.
    var submitted: [String: SubmittedFile] { get }
    /// Puts those that the record names where its files are.
    func place(_ record: Record) throws
    /// The record was not written after all.
    func takeBack()
    /// The record was written.
    func settle()
}

extension RecordBody {
    /// Whether any of its keys means a field.
    func targets(_ layout: RecordLayout) -> Bool { members.keys.contains { refers($0, layout) } }
}

extension RecordWriter.Submission {
    /// The same with other members.
    package init(_ other: RecordWriter.Submission, members: JSONObject) {
        self.init(other, body: RecordBody(members))
    }

    init(_ other: RecordWriter.Submission, body: RecordBody) {
        self.init(body)
        passwordHashes = other.passwordHashes
        matchedOldHash = other.matchedOldHash
        files = other.files
        generatedID = other.generatedID
        isForm = other.isForm
    }
}
