package import MartletCore
package import MartletStorage

/// Why a schema change did not happen. Nothing of it has.
package enum SchemaError: Error, Equatable {
    case invalid(FieldErrors)
    /// The database's words.
    case failed(String)
    /// Relation fields of these collections point to the one to delete.
    case referenced(by: [String])
    case isSystem
    /// A view still reads the collection.
    case isViewed
    /// One collection of an import, in the message's own form.
    case importFailed(String)
}

/// Changes collections within one write. A change applies whole or not at all: the caller's transaction sees to it, and
/// the catalog follows only after the commit.
package final class SchemaEditor {
    private let session: any WriteSession
    private let ruleCheck: RuleCheck
    private let hooks: CollectionHooks?
    package private(set) var catalog: Catalog

    /// - Parameter hooks: Those who take part, on a session of a thread that may wait.
    package init(
        session: any WriteSession,
        catalog: Catalog,
        ruleCheck: @escaping RuleCheck,
        hooks: CollectionHooks? = nil
    ) {
        self.hooks = hooks
        self.session = session
        self.catalog = catalog
        self.ruleCheck = ruleCheck
    }

    /// Puts the changed catalog in force once the transaction is on disk.
    package func publish(to current: CurrentCatalog) {
        let collections = catalog.collections
        session.afterCommit { current.set(collections) }
    }

    // MARK: - Saving

    /// - Throws: ``SchemaError``.
    package func create(_ submitted: Collection) throws -> Collection {
        try hooked(submitted, original: nil)
    }

    /// - Throws: ``SchemaError``.
    package func update(_ original: Collection, to changed: Collection) throws -> Collection {
        try hooked(changed, original: original)
    }

    /// Saves a collection with handlers around it.
    private func hooked(_ submitted: Collection, original: Collection?) throws -> Collection {
        guard let hooks, hooks.areActive, let session = session as? BlockingSession else {
            return try save(submitted, original: original, isValidated: true)
        }
        let isNew = original == nil
        let event = CollectionEvent(isNew ? .create : .update, submitted, session)
        var saved = submitted
        try telling(hooks, event, isNew ? .afterCreateSuccess : .afterUpdateSuccess) {
            try hooks.run(isNew ? .create : .update, event) {
                let validation = CollectionEvent(.validate, event.collection, session)
                try hooks.run(.validate, validation) {}
                let executing = CollectionEvent(event.kind, validation.collection, session)
                try hooks.run(isNew ? .createExecute : .updateExecute, executing) {
                    saved = try save(executing.collection, original: original, isValidated: true)
                }
                event.collection = saved
            }
        }
        return saved
    }

    /// Tells how it ended, when the transaction has ended.
    private func telling(
        _ hooks: CollectionHooks,
        _ event: CollectionEvent,
        _ success: ModelStage,
        _ action: () throws -> Void
    ) throws {
        let failure: ModelStage =
            switch success {
            case .afterCreateSuccess: .afterCreateError
            case .afterUpdateSuccess: .afterUpdateError
            default: .afterDeleteError
            }
        func tell(_ error: (any Error)?) throws {
            let after = CollectionEvent(event.kind, event.collection, event.session)
            after.error = error
            try hooks.run(error == nil ? success : failure, after) {}
        }
        do {
            try action()
        } catch {
            try event.session.whenEnded { _ in try tell(error) }
            throw error
        }
        try event.session.whenEnded { try tell($0) }
    }

    func save(_ submitted: Collection, original: Collection?, isValidated: Bool) throws -> Collection {
        var collection = submitted
        let now = Timestamp.now.description
        if original == nil { collection.created = now }
        collection.updated = now
        prepare(&collection, original)
        if original == nil, isValidated { takeFreeID(&collection, submitted) }
        let viewDefinition = try inferView(&collection, isValidated: isValidated)
        var collections = catalog.collections
        if let index = collections.firstIndex(where: { $0.id == original?.id }) {
            collections[index] = collection
        } else {
            collections.append(collection)
        }
        let next = catalog.replacing(collections)
        if isValidated { try validate(collection, original, next) }
        try translated {
            try apply(collection, original, viewDefinition)
        }
        catalog = next
        if !collection.isView { try refreshViews() }
        try addHelpers(for: collection)
        return collection
    }

    /// Makes the helper collections that an option calls for when it is first switched on.
    private func addHelpers(for collection: Collection) throws {
        guard let options = collection.auth else { return }
        for helper in SystemCollections.additional(for: options) { try ensure(helper) }
    }

    /// Makes a system collection unless it is there.
    package func ensure(_ collection: Collection) throws {
        guard let existing = catalog.collection(collection.name) else {
            _ = try save(collection, original: nil, isValidated: false)
            return
        }
        if !existing.isSystem { throw SchemaError.failed("the name \(collection.name) is taken") }
    }

    private func prepare(_ collection: inout Collection, _ original: Collection?) {
        collection.addSystemDefaults()
        collection.indexes = collection.indexes.map { text in
            guard var index = IndexDefinition(text), index.table != collection.name else { return text }
            index.table = collection.name
            return index.canonical
        }
        guard var auth = collection.auth else { return }
        let names = Set(collection.fields.map(\.name))
        func known(_ name: String) -> String { names.contains(name) ? name : "" }
        let mapped = auth.oauth2.mappedFields
        auth.oauth2.mappedFields = OAuth2Options.MappedFields(
            id: known(mapped.id),
            name: known(mapped.name),
            username: known(mapped.username),
            avatarURL: known(mapped.avatarURL)
        )
        // A rule that let nobody in has left no tokens to end.
        if let before = original?.auth, before.authRule != nil, before.authRule != auth.authRule {
            auth.tokens[.auth]?.secret = RandomText.make(50)
        }
        if collection.isSuperusers {
            auth.oauth2.isEnabled = false
            auth.oauth2.providers = []
            auth.passwordAuth.isEnabled = true
            if auth.otp.isEnabled { auth.mfa.isEnabled = true }
        }
        collection.auth = auth
    }

    /// A derived id that is taken gets a number.
    private func takeFreeID(_ collection: inout Collection, _ submitted: Collection) {
        let derived = Collection.derivedID(type: collection.typeName, name: collection.name)
        guard collection.id == derived, catalog.collection(id: derived) != nil else { return }
        let free = (2...).lazy.map { "\(derived)\($0)" }.first { self.catalog.collection(id: $0) == nil } ?? derived
        collection.indexes = collection.indexes.map { $0.replacing("_\(derived)`", with: "_\(free)`") }
        collection.id = free
    }

    private func inferView(_ collection: inout Collection, isValidated: Bool) throws -> String? {
        guard let query = collection.viewQuery else { return nil }
        if query.trimmingBlanks().isEmpty {
            collection.fields = []
            return nil
        }
        do {
            let result = try ViewInference(catalog: catalog, session: session).infer(query)
            collection.fields = result.fields
            return result.definition
        } catch let error as ViewQueryError {
            let message = "Invalid query - \(error.reason)."
            var errors = FieldErrors("viewQuery", FieldError("validation_invalid_view_query", message))
            switch error.columns {
            case .right: break
            case .unknown: errors.add(.required, at: "fields")
            case .withoutID:
                let message = "Missing or invalid \"id\" PK field."
                errors.add(FieldError("validation_missing_primary_key", message), at: "fields")
            }
            throw SchemaError.invalid(errors)
        }
    }

    private func validate(
        _ collection: Collection,
        _ original: Collection?,
        _ next: Catalog,
        isSaved: Bool = false
    ) throws {
        let validator = CollectionValidator(
            collection: collection,
            original: original,
            catalog: next,
            session: session,
            isSaved: isSaved,
            ruleCheck: ruleCheck
        )
        let errors = try validator.validate()
        if !errors.isEmpty { throw SchemaError.invalid(errors) }
    }

    private func apply(_ collection: Collection, _ original: Collection?, _ viewDefinition: String?) throws {
        let change = TableChange(session)
        if let viewDefinition {
            if let original { try session.execute(session.dialect.dropView(original.name)) }
            try session.execute(session.dialect.createView(collection.name, as: viewDefinition))
        } else if let original {
            let isReshaped = original.name != collection.name || original.fields != collection.fields
            if isReshaped || original.indexes != collection.indexes {
                try change.dropIndexes(of: original)
                if isReshaped { try change.update(from: original, to: collection) }
                try change.createIndexes(of: collection)
            }
        } else {
            try change.create(collection)
            try change.createIndexes(of: collection)
        }
        if original == nil {
            try CollectionTable.insert(collection, session)
        } else {
            try CollectionTable.update(collection, session)
        }
    }

    /// Views whose inferred fields changed are saved again; one that no longer works is left as it is.
    private func refreshViews() throws {
        for view in catalog.collections {
            guard let query = view.viewQuery else { continue }
            guard let result = try? ViewInference(catalog: catalog, session: session).infer(query) else { continue }
            guard !Self.areAlike(result.fields, view.fields) else { continue }
            _ = try? session.savepoint { try save(view, original: view, isValidated: false) }
        }
    }

    /// Whether two inferred lists differ only in the ids that are made anew each time.
    private static func areAlike(_ first: [Field], _ second: [Field]) -> Bool {
        func stripped(_ fields: [Field]) -> [Field] {
            fields.map { field in
                var field = field
                field.id = ""
                return field
            }
        }
        return stripped(first) == stripped(second)
    }

    // MARK: - Deleting

    /// - Throws: ``SchemaError``.
    package func delete(_ collection: Collection, checksReferences: Bool = true) throws {
        guard let hooks, hooks.areActive, let session = session as? BlockingSession else {
            return try drop(collection, checksReferences: checksReferences)
        }
        let event = CollectionEvent(.delete, collection, session)
        try telling(hooks, event, .afterDeleteSuccess) {
            try hooks.run(.delete, event) {
                let executing = CollectionEvent(.delete, collection, session)
                try hooks.run(.deleteExecute, executing) { try drop(collection, checksReferences: checksReferences) }
            }
        }
    }

    private func drop(_ collection: Collection, checksReferences: Bool) throws {
        if collection.isSystem { throw SchemaError.isSystem }
        if checksReferences {
            let names = catalog.collections.filter { other in
                other.id != collection.id
                    && other.fields.contains { $0.kind.relation?.collectionID == collection.id }
            }.map(\.name)
            if !names.isEmpty { throw SchemaError.referenced(by: names) }
        }
        try translated {
            if collection.isView {
                try session.execute(session.dialect.dropView(collection.name))
            } else {
                try session.execute(session.dialect.dropTable(collection.name))
            }
            try CollectionTable.delete(id: collection.id, session)
            if collection.isAuth { try deleteHelperRows(of: collection) }
        }
        catalog = catalog.replacing(catalog.collections.filter { $0.id != collection.id })
        try checkViews()
    }

    private func deleteHelperRows(of collection: Collection) throws {
        for helper in SystemCollections.helperNames where catalog.collection(helper) != nil {
            let table = session.dialect.quoted(helper)
            try session.execute("DELETE FROM \(table) WHERE `collectionRef` = ?", [.text(collection.id)])
        }
    }

    private func checkViews() throws {
        for view in catalog.collections where view.isView {
            do {
                _ = try session.columns(of: "SELECT * FROM \(session.dialect.quoted(view.name))")
            } catch {
                throw SchemaError.isViewed
            }
        }
    }

    private func translated(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch StorageError.failed(let message) {
            throw SchemaError.failed(message)
        }
    }

    /// Checks every collection after an import.
    func validateAll(_ imported: [(collection: Collection, original: Collection?)]) throws {
        for (collection, original) in imported {
            do {
                try validate(collection, original, catalog, isSaved: true)
            } catch SchemaError.invalid(let errors) {
                let text = ImportReport.text(errors)
                throw SchemaError.importFailed(
                    "Data validations failed for collection \"\(collection.name)\" (\(collection.id)):\n\(text)"
                )
            }
        }
    }
}
