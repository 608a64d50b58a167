import MartletCore
import MartletSchema
package import MartletStorage
import MartletVault

/// Writes in which others take part. They run on a thread that may wait, outside of the database's transaction until
/// something is written, unless the caller has opened one.
extension RecordWriter {
    /// Those who take part in writes to a collection, where they can.
    func hooks(for layout: RecordLayout) -> RecordHooks? {
        guard let hooks = observers.hooks, session is BlockingSession, hooks.concern(layout) else { return nil }
        return hooks
    }

    // MARK: - In steps, for requests with handlers around them

    /// A record as a caller wants to make it, if the collection's rule lets them.
    /// - Throws: ``RecordError``.
    package func prepare(
        creating submission: Submission,
        in layout: RecordLayout
    ) throws -> (model: RecordModel, writer: RecordWriter) {
        let (record, inner) = try allowed(creating: submission, in: layout)
        return (RecordModel(new: record, submission), inner)
    }

    /// A record as a caller wants to change it, if the collection's rule lets them.
    /// - Throws: ``RecordError``.
    package func prepare(
        updating id: String,
        _ submission: Submission,
        in layout: RecordLayout
    ) throws -> (model: RecordModel, writer: RecordWriter) {
        let (record, stored, inner) = try allowed(updating: id, submission, in: layout)
        return (RecordModel(record, original: stored, submission), inner)
    }

    /// A record that a caller wants to delete, if the collection's rule lets them.
    /// - Throws: ``RecordError``.
    package func prepare(deleting id: String, in layout: RecordLayout) throws -> RecordModel {
        RecordModel(try allowed(deleting: id, in: layout))
    }

    /// Writes what somebody filled in, on another session.
    /// - Throws: ``RecordError``, and what handlers throw.
    package func submit(_ model: RecordModel, on session: BlockingSession) throws {
        let writer = within(session)
        if model.layout.isAuth, model.submission.isForm {
            let original = model.isNew ? nil : model.original
            let errors = try writer.authFormErrors(model.record, original, model.submission)
            if !errors.isEmpty { throw RecordError.invalid(errors) }
            model.submission.isForm = false
        }
        try writer.save(model)
    }

    /// The same writer on another session.
    package func within(_ session: any WriteSession) -> RecordWriter {
        RecordWriter(session, layouts: layouts, request: request, observers: observers)
    }

    /// Makes a record, or saves its changes, without asking the collection's rules.
    /// - Throws: ``RecordError``, and what handlers throw.
    package func save(_ model: RecordModel, validating: Bool = true) throws {
        if model.isNew { try create(model, validating: validating) } else { try update(model, validating: validating) }
    }

    func create(_ model: RecordModel, validating: Bool = true) throws {
        fillGenerated(&model.record)
        try write(model, .create, (.create, .createExecute, .afterCreateSuccess, .afterCreateError), validating) {
            writer in
            try writer.persist(new: model.record)
        }
    }

    func update(_ model: RecordModel, validating: Bool = true) throws {
        guard let original = try model.original ?? find(id: model.record.id, model.layout) else {
            throw RecordError.notFound
        }
        model.record = model.record.touched(since: original)
        try write(model, .update, (.update, .updateExecute, .afterUpdateSuccess, .afterUpdateError), validating) {
            writer in
            try writer.persist(model.record, over: original)
        }
    }

    private func write(
        _ model: RecordModel,
        _ kind: ModelEvent.Kind,
        _ stages: (outer: ModelStage, inner: ModelStage, success: ModelStage, failure: ModelStage),
        _ validating: Bool,
        _ persist: (RecordWriter) throws -> Void
    ) throws {
        guard let hooks = observers.hooks, let session = session as? BlockingSession else {
            if validating { try validateValues(of: model) }
            return try placing(model) { try self.session.savepoint { try persist(self) } }
        }
        try telling(hooks, RecordEvent(kind, model, session), stages.success, stages.failure) { event in
            try hooks.run(stages.outer, event) {
                let writer = within(event.session)
                if validating { try writer.validate(model, hooks, event.session) }
                let executing = RecordEvent(kind, model, event.session)
                try hooks.atomically(stages.inner, executing) {
                    try hooks.run(stages.inner, executing) {
                        try placing(model) {
                            try executing.session.savepoint { try persist(within(executing.session)) }
                        }
                    }
                }
            }
        }
    }

    /// Gives the files of a record their place while it is written.
    private func placing(_ model: RecordModel, _ write: () throws -> Void) throws {
        try model.attachments?.place(model.record)
        do {
            try write()
        } catch {
            model.attachments?.takeBack()
            throw error
        }
        guard let session = session as? BlockingSession, session.isInTransaction else { return model.markSaved() }
        model.markSavedForNow()
        try session.whenEnded { failure in model.settle(isKept: failure == nil) }
    }

    /// Tells how it ended: of a failure at once, of a success when the open transaction has ended.
    private func telling(
        _ hooks: RecordHooks,
        _ event: RecordEvent,
        _ success: ModelStage,
        _ failure: ModelStage,
        _ action: (RecordEvent) throws -> Void
    ) throws {
        let session = event.session
        func tell(_ error: (any Error)?) throws {
            let after = RecordEvent(event.kind, event.model, session)
            after.error = error
            try hooks.run(error == nil ? success : failure, after) {}
        }
        do {
            try action(event)
        } catch {
            try tell(error)
            throw error
        }
        try session.whenEnded { try tell($0) }
    }

    // MARK: - Validation

    /// Checks a record as saving it would.
    /// - Throws: ``RecordError/invalid(_:)``, and what handlers throw.
    package func validate(_ model: RecordModel) throws {
        guard let hooks = observers.hooks, let session = session as? BlockingSession else {
            return try validateValues(of: model)
        }
        try validate(model, hooks, session)
    }

    private func validate(_ model: RecordModel, _ hooks: RecordHooks, _ session: BlockingSession) throws {
        let event = RecordEvent(.validate, model, session)
        try hooks[.validate].run(event, tags: event.tags) {
            try within(event.session).validateValues(of: model)
            try hooks.models[.validate].run(event, tags: event.tags) {}
        }
    }

    private func validateValues(of model: RecordModel) throws {
        let collection = model.layout.collection
        let submission = model.preparedSubmission { plain, field in
            guard case .password(let options) = field.kind, Self.passwordError(plain, options) == nil else {
                return nil
            }
            return PasswordHash.make(plain, collection.passwordScheme(field.name, options))
        }
        try validate(&model.record, original: model.isNew ? nil : model.original, submission)
    }

    // MARK: - Deleting

    /// Deletes a record, with handlers around it and around all that goes with it.
    /// - Throws: ``RecordError``, and what handlers throw.
    package func delete(_ model: RecordModel) throws {
        guard let hooks = observers.hooks, let session = session as? BlockingSession else {
            return try remove(model.record)
        }
        var removed = RemovedRecords()
        try deleting(model, hooks, session, &removed) { writer, removed in
            try writer.settleReferences(to: &removed)
        }
    }

    /// Deletes a record with handlers around it.
    /// - Parameter references: Settles what refers to it, in the same transaction.
    func deleting(
        _ model: RecordModel,
        _ hooks: RecordHooks,
        _ session: BlockingSession,
        _ removed: inout RemovedRecords,
        references: (RecordWriter, inout RemovedRecords) throws -> Void = { _, _ in }
    ) throws {
        try telling(hooks, RecordEvent(.delete, model, session), .afterDeleteSuccess, .afterDeleteError) { event in
            try hooks.run(.delete, event) {
                let executing = RecordEvent(.delete, model, event.session)
                try hooks.atomically(.deleteExecute, executing) {
                    try hooks[.deleteExecute].run(executing, tags: executing.tags) {
                        try executing.session.transaction {
                            let writer = within(executing.session)
                            try hooks.models[.deleteExecute].run(executing, tags: executing.tags) {
                                try writer.dropAlone(model.record, &removed)
                            }
                            try references(writer, &removed)
                        }
                    }
                }
            }
        }
    }
}
