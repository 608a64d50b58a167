import MartletCore
import MartletFiles
import MartletQuery
import MartletRecords
import MartletSchema
import MartletServer
import MartletSettings
import MartletStorage
import NIOHTTP1
import OrderedCollections

/// `/api/collections` (`collections.md`, CRUD routes).
struct CollectionRoutes: Sendable {
    let storage: any Storage
    let catalog: CurrentCatalog
    let layouts: CurrentLayouts
    let settings: SettingsStore
    let observers: RecordObservers
    let files: RecordFiles
    /// Told of collections that were changed.
    let didChange: @Sendable () -> Void
    let hooks: RequestHooks?
    let journal: (any CollectionJournal)?

    func register(in router: inout Router<Endpoint>) {
        let one = "/api/collections/{collection}"
        router.add(.GET, "/api/collections", Endpoint(.superuser, list).projected(isEnvelope: true))
        router.add(.POST, "/api/collections", Endpoint.asynchronous(.superuser, create).projected)
        router.add(.GET, one, Endpoint(.superuser, view).projected)
        router.add(.PATCH, one, Endpoint.asynchronous(.superuser, update).projected)
        router.add(.DELETE, one, Endpoint.asynchronous(.superuser, delete))
        router.add(.DELETE, one + "/truncate", Endpoint.asynchronous(.superuser, truncate))
        router.add(.PUT, "/api/collections/import", Endpoint.asynchronous(.superuser, importAll))
        router.add(.GET, "/api/collections/meta/scaffolds", Endpoint(.superuser) { _ in .now(scaffolds()) }.projected)
        router.add(.POST, "/api/collections/meta/dry-run-view", Endpoint.asynchronous(.superuser, dryRun).projected)
    }

    // MARK: - Reading

    /// The table of collections as the query language sees it.
    private static let table: Collection = {
        var collection = Collection(kind: .base)
        collection.id = "_collections"
        collection.name = "_collections"
        collection.fields = [
            .text("id"), .date("created"), .date("updated"), .text("name"), .bool("system"), .text("type"),
        ]
        return collection
    }()

    private func list(_ call: Call) throws -> Answer {
        let page = try call.query.page()
        let compiler = QueryCompiler(catalog: Catalog([Self.table], version: 0), dialect: storage.dialect)
        let values = RequestValues()
        let query = try compiler.compile(
            Self.table,
            filter: call.query.text("filter"),
            sort: call.query.text("sort").isEmpty ? "@rowid" : call.query.text("sort"),
            author: .plain,
            request: values
        )
        let select = query.select(SQLFragment(query.column("id")), tail: "LIMIT ? OFFSET ?")
        let catalog = catalog.value
        if hooks.concern(.collectionsList) { return hookedList(call, query, page) }
        return try .reading(storage, for: call.request.client) { session in
            let limits: [SQLValue] = [.integer(Int64(page.size)), .integer(Int64((page.number - 1) &* page.size))]
            let ids = try session.all(select.text, values.bind(select.values) + limits) { $0.text(0) }
            let total = try session.first(query.count.text, values.bind(query.count.values)) { Int($0.integer(0)) } ?? 0
            let items = ids.compactMap { catalog.collection(id: $0)?.json }
            return .json(ListEnvelope.json(.array(items), page, total: page.skipsTotal ? -1 : total))
        }
    }

    private func hookedList(_ call: Call, _ query: CompiledQuery, _ page: RecordReader.Page) -> Answer {
        let select = query.select(SQLFragment(query.column("id")), tail: "LIMIT ? OFFSET ?")
        let (catalog, values) = (catalog.value, RequestValues())
        return .task {
            let (ids, total) = try await storage.read { session in
                let limits: [SQLValue] = [.integer(Int64(page.size)), .integer(Int64((page.number - 1) &* page.size))]
                let ids = try session.all(select.text, values.bind(select.values) + limits) { $0.text(0) }
                let count = try session.first(query.count.text, values.bind(query.count.values)) { Int($0.integer(0)) }
                return (ids, count ?? 0)
            }
            let items = JSONValue.array(ids.compactMap { catalog.collection(id: $0)?.json })
            return try await hooks.around(.collectionsList, call, RequestSubject(values: ["collections": items])) {
                subject in
                let items = subject.values["collections"] ?? items
                return .json(ListEnvelope.json(items, page, total: page.skipsTotal ? -1 : total))
            }
        }
    }

    private func view(_ call: Call) throws -> Answer {
        let collection = try find(call)
        guard hooks.concern(.collectionView) else { return .now(.json(collection.json)) }
        return .task {
            try await hooks.around(.collectionView, call, RequestSubject(collection: collection)) { subject in
                .json((subject.collection ?? collection).json)
            }
        }
    }

    private func find(_ call: Call) throws -> Collection {
        guard let collection = catalog.value.collection(call.parameters[0]) else { throw Problem.notFound }
        return collection
    }

    private func scaffolds() -> Response {
        func scaffold(_ type: JSONValue) -> JSONValue {
            guard var collection = try? Collection(creating: ["type": type]) else { return .null }
            let suffix = RandomText.make(10, of: RandomText.lowercaseAlphanumerics)
            collection.indexes = collection.indexes.map { $0.replacing("_\(collection.id)`", with: "_\(suffix)`") }
            collection.id = ""
            return collection.json
        }
        return .json(["auth": scaffold("auth"), "base": scaffold("base"), "view": scaffold("view")])
    }

    // MARK: - Writing

    private static let unreadable = "Failed to load the submitted data due to invalid formatting."

    /// Runs a schema change in a transaction of its own; the catalog follows after the commit.
    private func change<T: Sendable>(
        _ message: String,
        _ body: @escaping @Sendable (SchemaEditor, any WriteSession) throws -> T
    ) async throws -> T {
        do {
            let (result, removed) = try await inTransaction(isHooked: observers.collections?.areActive == true) {
                session in
                let check = RuleChecker.check(session.dialect)
                let before = catalog.value
                let editor = SchemaEditor(
                    session: session,
                    catalog: before,
                    ruleCheck: check,
                    hooks: observers.collections
                )
                let result = try body(editor, session)
                editor.publish(to: catalog)
                let removed = before.collections.map(\.id).filter { editor.catalog.collection(id: $0) == nil }
                return (result, removed)
            }
            didChange()
            await removeFiles(of: removed)
            return result
        } catch let error as SchemaError {
            throw Self.problem(error, message)
        } catch is InvalidFormat {
            throw Problem.badRequest(Self.unreadable)
        } catch let error as Problem {
            throw error
        } catch let error as StorageError {
            throw Problem.badRequest("\(message) Raw error: \n\(error.description).", cause: "\(error)")
        }
    }

    /// Where others take part, on a thread that may wait.
    private func inTransaction<T: Sendable>(
        isHooked: Bool,
        _ body: @escaping @Sendable (any WriteSession) throws -> T
    ) async throws -> T {
        guard let hooks, isHooked else {
            return try await storage.write(.exclusive, body)
        }
        return try await hooks.run { session in try session.transaction { try body(session) } }
    }

    /// The collections are gone already: what is left of their files is for the sweep.
    private func removeFiles(of collectionIDs: [String]) async {
        try? await files.removeCollections(collectionIDs)
    }

    private static func problem(_ error: SchemaError, _ message: String) -> Problem {
        switch error {
        case .invalid(let errors): .badRequest(message, data: errors)
        case .failed(let reason): .badRequest("\(message) Raw error: \n\(reason).")
        case .referenced(let names):
            .badRequest(
                "Failed to delete collection probably due to existing reference in \(names.joined(separator: ", "))."
            )
        case .isSystem, .isViewed: .badRequest(message)
        case .importFailed(let text):
            .badRequest(
                message,
                data: FieldErrors("collections", FieldError("validation_collections_import_failure", text))
            )
        }
    }

    private func create(_ call: Call) async throws -> Response {
        let unreadableType = "Failed to load the collection type data due to invalid formatting."
        let body = try RequestBody.object(call, forAnyFailureSay: unreadableType)
        let type = body["type"] ?? .null
        guard type.isNull || type.string != nil else { throw Problem.badRequest(unreadableType) }
        if let name = type.string, !["", "base", "auth", "view"].contains(name) {
            var errors = FieldErrors("type", .invalidValue)
            errors.add(
                FieldError("validation_missing_primary_key", "Missing or invalid \"id\" PK field."),
                at: "fields"
            )
            throw Problem.badRequest("Failed to create collection.", data: errors)
        }
        guard let collection = try? Collection(creating: body) else { throw Problem.badRequest(Self.unreadable) }
        return try await hooks.around(.collectionCreate, call, RequestSubject(collection: collection)) { subject in
            let wanted = subject.collection ?? collection
            let created = try await change("Failed to create collection.") { editor, session in
                let created = try editor.create(wanted)
                try journal?.note(from: nil, to: created, in: session)
                return created
            }
            return .json(created.json)
        }
    }

    private func update(_ call: Call) async throws -> Response {
        let id = try find(call).id
        let body = try RequestBody.object(call, forAnyFailureSay: Self.unreadable)
        let message = "Failed to update collection."
        if hooks.concern(.collectionUpdate) { return try await hookedUpdate(id, body, message, call) }
        let updated = try await change(message) { editor, session in
            guard let original = editor.catalog.collection(id: id) else { throw Problem.notFound }
            if let wanted = body["id"]?.string, !wanted.isEmpty, wanted != id { throw Problem.notFound }
            var changed = original
            try changed.merge(body)
            if let type = body["type"]?.string, type != original.typeName {
                let error =
                    ["base", "auth", "view"].contains(type)
                    ? FieldError("validation_collection_type_change", "Collection type cannot be changed.")
                    : FieldError.invalidValue
                throw SchemaError.invalid(FieldErrors("type", error))
            }
            if let system = body["system"]?.bool { changed.isSystem = system }
            return try update(original, to: changed, editor, session)
        }
        return .json(updated.json)
    }

    private func update(
        _ original: Collection,
        to changed: Collection,
        _ editor: SchemaEditor,
        _ session: any WriteSession
    ) throws -> Collection {
        let updated = try editor.update(original, to: changed)
        try renameRateLimits(from: original.name, to: updated.name, session)
        try journal?.note(from: original, to: updated, in: session)
        return updated
    }

    private func hookedUpdate(_ id: String, _ body: JSONObject, _ message: String, _ call: Call) async throws
        -> Response
    {
        guard var changed = catalog.value.collection(id: id) else { throw Problem.notFound }
        guard (try? changed.merge(body)) != nil else { throw Problem.badRequest(Self.unreadable) }
        let prepared = changed
        return try await hooks.around(.collectionUpdate, call, RequestSubject(collection: prepared)) { subject in
            let wanted = subject.collection ?? prepared
            let updated = try await change(message) { editor, session in
                guard let original = editor.catalog.collection(id: id) else { throw Problem.notFound }
                return try update(original, to: wanted, editor, session)
            }
            return .json(updated.json)
        }
    }

    /// Rate-limit rules name collections.
    private func renameRateLimits(from old: String, to new: String, _ session: any WriteSession) throws {
        guard old != new else { return }
        _ = try settings.change(session) { $0.rateLimits.renameCollection(from: old, to: new) }
    }

    private func delete(_ call: Call) async throws -> Response {
        let found = try find(call)
        return try await hooks.around(.collectionDelete, call, RequestSubject(collection: found)) { _ in
            try await change("Failed to delete collection.") { editor, session in
                guard let collection = editor.catalog.collection(id: found.id) else { throw Problem.notFound }
                try editor.delete(collection)
                try journal?.note(from: collection, to: nil, in: session)
            }
            return .noContent
        }
    }

    private func truncate(_ call: Call) async throws -> Response {
        let collection = try find(call)
        if collection.isView {
            throw Problem.badRequest("View collections cannot be truncated since they don't store their own records.")
        }
        let values = call.values()
        do {
            try await inTransaction(isHooked: observers.hooks?.areActive == true) { session in
                let layouts = layouts.value
                guard let layout = layouts.layout(id: collection.id) else { throw Problem.notFound }
                try RecordWriter(session, layouts: layouts, request: values, observers: observers).truncate(layout)
            }
        } catch is RecordError {
            throw Problem.badRequest(
                "Failed to truncate collection (most likely due to required cascade delete record references)."
            )
        }
        return .noContent
    }

    private func importAll(_ call: Call) async throws -> Response {
        let body = try RequestBody.object(call, orSay: "An error occurred while loading the submitted data.")
        let reader = JSONReader(members: body)
        guard let submitted = try? reader.objects("collections"), let deletesMissing = try? reader.bool("deleteMissing")
        else {
            if body["collections"]?.isNull ?? true {
                let errors = FieldErrors("collections", .required)
                throw Problem.badRequest("An error occurred while validating the submitted data.", data: errors)
            }
            throw Problem.badRequest("An error occurred while loading the submitted data.")
        }
        if submitted.isEmpty {
            let errors = FieldErrors("collections", .required)
            throw Problem.badRequest("An error occurred while validating the submitted data.", data: errors)
        }
        let values: JSONObject = [
            "collectionsData": .array(submitted.map { .object($0) }), "deleteMissing": .bool(deletesMissing),
        ]
        return try await hooks.around(.collectionsImport, call, RequestSubject(values: values)) { subject in
            let wanted = subject.values["collectionsData"]?.array?.compactMap(\.object) ?? submitted
            let deletesMissing = subject.values["deleteMissing"]?.bool ?? deletesMissing
            try await importCollections(wanted, deletesMissing: deletesMissing)
            return .noContent
        }
    }

    private func importCollections(_ submitted: [JSONObject], deletesMissing: Bool) async throws {
        try await change("Failed to import collections.") { editor, _ in
            do {
                try editor.importCollections(submitted, deletesMissing: deletesMissing)
            } catch is InvalidFormat {
                let reason = "a field or option has an invalid format"
                throw SchemaError.importFailed("Failed to import the collections configuration. Raw error:\n\(reason).")
            }
        }
    }

    // MARK: - Views

    private func dryRun(_ call: Call) async throws -> Response {
        let body = try RequestBody.object(call, orSay: "An error occurred while loading the submitted data.")
        guard let query = try? JSONReader(members: body.withLoweredKeys).string("query") else {
            throw Problem.badRequest("An error occurred while loading the submitted data.")
        }
        if query.isEmpty || query.utf8.count > 5000 {
            let error: FieldError = query.isEmpty ? .required : .lengthOutOfRange(1, 5000)
            throw Problem.badRequest(
                "An error occurred while validating the submitted data.",
                data: FieldErrors("query", error)
            )
        }
        let values = RequestValues()
        do {
            return try await storage.write { session in
                let inference = ViewInference(catalog: catalog.value, session: session)
                let result = try inference.infer(query)
                let sample = try ViewSample(catalog: catalog.value, session: session, request: values).json(result)
                var writer = JSONWriter()
                writer.raw(#"{"fields":"#)
                writer.value(.array(result.fields.map(\.json)))
                writer.raw(#","sample":"#)
                writer.raw(sample)
                writer.raw("}")
                return .json(writer.bytes)
            }
        } catch let error as ViewQueryError {
            throw Problem.badRequest("Invalid view query. Raw error: \n\(error.reason).")
        }
    }
}
