import MartletCore
package import MartletQuery
import MartletSchema
package import MartletStorage
import OrderedCollections

/// Creates, updates and deletes records within one write: rules, validation, statement, consequences.
package struct RecordWriter {
    package let session: any WriteSession
    package let layouts: RecordLayouts
    package let request: RequestValues
    let observers: RecordObservers

    package init(
        _ session: any WriteSession,
        layouts: RecordLayouts,
        request: RequestValues,
        observers: RecordObservers = RecordObservers()
    ) {
        self.session = session
        self.layouts = layouts
        self.request = request
        self.observers = observers
    }

    var isSuperuser: Bool { request.isSuperuser }

    /// What a caller wants to write, with what had to be computed before the transaction.
    package struct Submission: Sendable {
        package let body: RecordBody
        /// The hash of a submitted password, made beforehand: it takes long on purpose.
        package var passwordHashes: [String: String] = [:]
        /// The stored hash that a submitted old password was found to match.
        package var matchedOldHash: String?
        /// The files that come along, by the names under which the body refers to them.
        package var files: [String: SubmittedFile] = [:]
        /// The id of a new record whose files have their place already.
        package var generatedID: String?
        /// Whether it is what somebody filled in: passwords are confirmed, and not everybody sets every field.
        package var isForm = true

        package init(_ body: RecordBody) {
            self.body = body
        }
    }

    // MARK: - Create

    /// - Throws: ``RecordError``.
    package func create(_ submission: Submission, in layout: RecordLayout) throws -> Record {
        let (record, inner) = try allowed(creating: submission, in: layout)
        return try inner.insert(record, submission)
    }

    /// A record as it would be made, if the collection's rule lets the caller, and the writer that sees the body.
    func allowed(creating submission: Submission, in layout: RecordLayout) throws -> (Record, RecordWriter) {
        let rule = layout.collection.createRule
        if rule == nil, !isSuperuser { throw RecordError.superusersOnly }
        var record = Record(layout)
        submission.body.apply(to: &record, acceptsHidden: isSuperuser)
        if let id = submission.generatedID, record.id.isEmpty { record.id = id }
        let inner = seeing(submission, over: record, rule)
        if let rule, !rule.isEmpty, !isSuperuser {
            guard try inner.passesCreateRule(rule, record) else { throw RecordError.denied }
        }
        return (record, inner)
    }

    /// Writes a new record without asking its collection's rule.
    package func insert(_ record: Record, _ submission: Submission) throws -> Record {
        if hooks(for: record.layout) != nil {
            let model = RecordModel(new: record, submission)
            try create(model)
            return model.record
        }
        var record = record
        fillGenerated(&record)
        try validate(&record, original: nil, submission)
        try persist(new: record)
        return record
    }

    /// The statement that makes a record, with its consequences.
    func persist(new record: Record) throws {
        try translatingUniqueErrors(layout: record.layout) {
            try session.execute(record.layout.insertSQL, record.values.map(\.sqlValue))
        }
        if record.collection.isSuperusers { try removeInstaller(unlessIs: record) }
        try finish(RecordChange(action: .create, record: record, original: nil))
    }

    func fillGenerated(_ record: inout Record) {
        let now = FieldValue.text(Timestamp.now.description)
        // A script may have chosen another moment.
        for position in record.layout.createDates where record.values[position].isBlank {
            record.values[position] = now
        }
        for (position, pattern) in record.layout.generated where record.values[position].text.isEmpty {
            record.values[position] = .text(Generated.text(pattern))
        }
    }

    // MARK: - Update

    /// - Throws: ``RecordError``.
    package func update(id: String, _ submission: Submission, in layout: RecordLayout) throws -> Record {
        let (record, stored, inner) = try allowed(updating: id, submission, in: layout)
        return try inner.save(record, original: stored, submission)
    }

    /// A record as it would be changed, if the collection's rule lets the caller, with the record as it is, and the writer
    /// that sees the body.
    func allowed(
        updating id: String,
        _ submission: Submission,
        in layout: RecordLayout
    ) throws -> (Record, original: Record, RecordWriter) {
        let rule = layout.collection.updateRule
        if rule == nil, !isSuperuser { throw RecordError.superusersOnly }
        guard let stored = try find(id: id, layout) else { throw RecordError.notFound }
        var record = stored
        submission.body.apply(to: &record, acceptsHidden: isSuperuser)
        let inner = seeing(submission, over: record, rule)
        if let rule, !rule.isEmpty, !isSuperuser {
            guard try inner.passes(rule, id: id, layout) else { throw RecordError.notFound }
        }
        return (record, stored, inner)
    }

    func save(_ record: Record, original: Record, _ submission: Submission) throws -> Record {
        if hooks(for: record.layout) != nil {
            let model = RecordModel(record, original: original, submission)
            try update(model)
            return model.record
        }
        var record = record.touched(since: original)
        try validate(&record, original: original, submission)
        try persist(record, over: original)
        return record
    }

    /// The statement that changes a record, with its consequences.
    func persist(_ record: Record, over original: Record) throws {
        try translatingUniqueErrors(layout: record.layout) { try write(record, over: original) }
        let change = RecordChange(action: .update, record: record, original: original)
        try applyAuthConsequences(of: change)
        try finish(change)
    }

    /// Writes the columns that changed.
    func write(_ record: Record, over original: Record) throws {
        let layout = record.layout
        let changed = layout.fields.indices.filter { !record.values[$0].isSame(as: original.values[$0]) }
        guard !changed.isEmpty else { return }
        let assignments = changed.map { session.dialect.quoted(layout.fields[$0].name) + " = ?" }
        try session.execute(
            "UPDATE \(layout.table) SET \(assignments.joined(separator: ", ")) WHERE `id` = ?",
            changed.map { record.values[$0].sqlValue } + [.text(original.id)]
        )
    }

    func finish(_ change: RecordChange) throws {
        for observer in observers.told {
            try observer.didWrite(change, in: session)
            session.afterCommit { observer.didCommit(change) }
        }
    }

    // MARK: - Looking up

    package func find(id: String, _ layout: RecordLayout) throws -> Record? {
        try layout.record(id: id, in: session)
    }

    /// The writer whose rules see the body as it changes the record, where there are rules to see it.
    private func seeing(_ submission: Submission, over record: Record, _ rule: String?) -> RecordWriter {
        if rule?.isEmpty ?? true, !record.layout.isAuth { return self }
        var request = request
        request.body = submission.body.resolved(record, acceptsHidden: isSuperuser, files: submission.files)
        return RecordWriter(session, layouts: layouts, request: request, observers: observers)
    }

    private func translatingUniqueErrors(layout: RecordLayout, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch StorageError.notUnique(let columns) {
            var errors = FieldErrors.none
            for column in columns where layout.position(column) != nil { errors.add(.notUnique, at: column) }
            throw RecordError.invalid(errors)
        }
    }
}

extension RecordLayout {
    /// An id for a new record, nil where the caller has to choose it.
    package func newID() -> String? {
        generated.first { $0.position == idPosition }.map { Generated.text($0.pattern) }
    }
}

/// Values that the server makes up.
enum Generated {
    static func text(_ pattern: String) -> String {
        switch pattern {
        case "[a-z0-9]{15}": RandomText.recordID()
        case "[a-zA-Z0-9]{50}": RandomText.make(50)
        default: sample(pattern)
        }
    }
}
