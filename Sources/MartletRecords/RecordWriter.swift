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
    let observers: [any RecordObserver]

    package init(
        _ session: any WriteSession,
        layouts: RecordLayouts,
        request: RequestValues,
        observers: [any RecordObserver] = []
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

        package init(_ body: RecordBody) {
            self.body = body
        }
    }

    // MARK: - Create

    /// - Throws: ``RecordError``.
    package func create(_ submission: Submission, in layout: RecordLayout) throws -> Record {
        let rule = layout.collection.createRule
        if rule == nil, !isSuperuser { throw RecordError.superusersOnly }
        var record = Record(layout)
        submission.body.apply(to: &record, acceptsHidden: isSuperuser)
        if let id = submission.generatedID, record.id.isEmpty { record.id = id }
        let inner = seeing(submission, over: record, rule)
        if let rule, !rule.isEmpty, !isSuperuser {
            guard try inner.passesCreateRule(rule, record) else { throw RecordError.denied }
        }
        return try inner.insert(record, submission)
    }

    /// Writes a new record without asking its collection's rule.
    package func insert(_ record: Record, _ submission: Submission) throws -> Record {
        var record = record
        fillGenerated(&record)
        var change = RecordChange(action: .create, record: record, original: nil)
        for observer in observers { try observer.willValidate(&change, in: session) }
        try validate(&change.record, original: nil, submission)
        for observer in observers { try observer.willWrite(&change, in: session) }
        try translatingUniqueErrors(layout: record.layout) {
            try session.execute(record.layout.insertSQL, change.record.values.map(\.sqlValue))
        }
        if record.collection.isSuperusers { try removeInstaller(unlessIs: change.record) }
        try finish(change)
        return change.record
    }

    private func fillGenerated(_ record: inout Record) {
        let now = FieldValue.text(Timestamp.now.description)
        for position in record.layout.createDates { record.values[position] = now }
        for (position, pattern) in record.layout.generated where record.values[position].text.isEmpty {
            record.values[position] = .text(Generated.text(pattern))
        }
    }

    // MARK: - Update

    /// - Throws: ``RecordError``.
    package func update(id: String, _ submission: Submission, in layout: RecordLayout) throws -> Record {
        let rule = layout.collection.updateRule
        if rule == nil, !isSuperuser { throw RecordError.superusersOnly }
        guard let stored = try find(id: id, layout) else { throw RecordError.notFound }
        var record = stored
        submission.body.apply(to: &record, acceptsHidden: isSuperuser)
        let inner = seeing(submission, over: record, rule)
        if let rule, !rule.isEmpty, !isSuperuser {
            guard try inner.passes(rule, id: id, layout) else { throw RecordError.notFound }
        }
        return try inner.save(record, original: stored, submission)
    }

    func save(_ record: Record, original: Record, _ submission: Submission) throws -> Record {
        var change = RecordChange(action: .update, record: record.touched, original: original)
        for observer in observers { try observer.willValidate(&change, in: session) }
        try validate(&change.record, original: original, submission)
        for observer in observers { try observer.willWrite(&change, in: session) }
        try translatingUniqueErrors(layout: record.layout) { try write(change.record, over: original) }
        try applyAuthConsequences(of: change)
        try finish(change)
        return change.record
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
        for observer in observers {
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
