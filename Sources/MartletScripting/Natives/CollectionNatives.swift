import MartletCore
import MartletFiles
import MartletHTTP
import MartletIdentity
import MartletJavaScript
import MartletQuery
import MartletRecords
import MartletSchema
import MartletSettings
import MartletStorage
import OrderedCollections

/// Models: records that are saved, collections, settings (`js-hooks.md`, 17.2 to 17.4).
extension NativeFunctions {
    func addCollections() {
        addLookUps()
        addModels()
        addSettings()
        addChecks()
        add("expandRecords") { world, call in
            let models = try call[1].map { $0.host(ScriptRecord.self)?.model }.compactMap { $0 }
            var expander = RecordExpander(
                layouts: world.layouts,
                session: world.session(try call.host(0))
            )
            if call[3].isFunction {
                let fetch = call[3]
                expander.fetch = { layout, ids in
                    let key = world.instance.value(world.key(layout.collectionID))
                    let found = try fetch.call(key, world.value(ids))
                    return try found.map { $0.host(ScriptRecord.self)?.model }.compactMap { $0 }
                }
            }
            let failures = try expander.expand(models, try call.texts(2))
            return call.instance.value(JSONValue.object(failures).text)
        }
    }

    private func addLookUps() {
        addText("collection") { world, call in
            let id = String(try call.text(0).prefix { $0 != " " })
            guard let collection = world.layouts.catalog.collection(id: id) else { throw RecordError.notFound }
            return collection.json(withSecrets: true).text
        }
        addText("collectionKey") { world, call in
            let layout = try world.layout(try call.text(1))
            return world.key(layout.collectionID)
        }
        addText("collections") { world, _ in
            let catalog = world.layouts.catalog
            return JSONValue.array(catalog.collections.map { .string(world.key($0.id)) }).text
        }
        addText("collectionName") { world, call in try world.layout(try call.text(1)).collectionName }
        addText("collectionType") { world, call in
            world.layouts.catalog.collection(try call.text(0))?.typeName ?? ""
        }
        addText("collectionDefaults") { _, call in
            let type = try call.text(0)
            let known = ["base", "auth", "view"].contains(type) ? type : "base"
            var collection = try Collection(creating: ["type": .string(known)])
            collection.id = ""
            collection.indexes = []
            guard case .object(var members) = collection.json(withSecrets: true) else { return "{}" }
            members["type"] = .string(type)
            return JSONValue.object(members).text
        }
        addText("collectionId") { _, call in Collection.derivedID(type: try call.text(0), name: try call.text(1)) }
        addText("viewFields") { world, call in
            let (session, select) = (world.session(try call.host(0)), try call.text(1))
            let catalog = world.layouts.catalog
            let result = try ViewInference(catalog: catalog, session: session).infer(select)
            return JSONValue.array(result.fields.map(\.json)).text
        }
    }

    private func addModels() {
        addAction("saveRecord") { world, call in
            let (app, record): (ScriptApp, ScriptRecord) = (try call.host(0), try call.host(1))
            try world.writer(app).save(record.model, validating: call[2].bool)
        }
        addAction("validateRecord") { world, call in
            let (app, record): (ScriptApp, ScriptRecord) = (try call.host(0), try call.host(1))
            try world.writer(app).validate(record.model)
        }
        addAction("deleteRecord") { world, call in
            let (app, record): (ScriptApp, ScriptRecord) = (try call.host(0), try call.host(1))
            try world.writer(app).delete(record.model)
        }
        addText("saveCollection") { world, call in
            let id = try world.saveCollection(
                try call.json(1).object ?? [:],
                isNew: call[2].bool,
                isValidated: call[3].bool,
                try call.host(0)
            )
            return world.key(id)
        }
        addAction("validateCollection") { world, call in
            try world.validateCollection(try call.json(1).object ?? [:], isNew: call[2].bool, try call.host(0))
        }
        addAction("deleteCollection") { world, call in
            let id = try call.text(1)
            try world.change(try call.host(0)) { editor, _ in
                guard let collection = editor.catalog.collection(id: id) else { throw RecordError.notFound }
                if collection.isSystem {
                    throw HostFailure("[\(collection.name)] system collections cannot be deleted")
                }
                do {
                    try editor.delete(collection)
                } catch SchemaError.referenced(let names) {
                    let list = names.joined(separator: ", ")
                    throw HostFailure(
                        "[\(collection.name)] failed to delete due to existing relation references: \(list)"
                    )
                }
            }
        }
        addAction("truncate") { world, call in
            let layout = try world.layout(try call.text(1))
            let app: ScriptApp = try call.host(0)
            try world.session(app).transaction { try world.writer(app).truncate(layout) }
        }
        addAction("importCollections") { world, call in
            let members = try call.json(1).array?.compactMap(\.object) ?? []
            let deletesMissing = call[2].bool
            try world.change(try call.host(0)) { editor, _ in
                try editor.importCollections(members, deletesMissing: deletesMissing)
            }
        }
    }

    private func addSettings() {
        addText("settings") { world, _ in world.services.parts.settings.value.json(withSecrets: true).text }
        addAction("saveSettings") { world, call in
            try world.saveSettings(try call.json(1).object ?? [:], try call.host(0))
        }
        addAction("validateSettings") { world, call in
            var settings = world.services.parts.settings.value
            try settings.merge(try call.json(1).object ?? [:])
            let errors = SettingsValidator(settings).validate()
            if !errors.isEmpty { throw RecordError.invalid(errors) }
        }
        addAction("runMigrations") { world, call in
            let app: ScriptApp = try call.host(0)
            _ = try MigrationRunner(services: world.services).applyPending(on: world.session(app))
        }
        addAction("reload") { world, call in
            let parts = world.services.parts
            let session = world.session(try call.host(0))
            try session.transaction {
                try parts.settings.load(session)
                let collections = try CollectionTable.load(session)
                session.afterCommit {
                    if collections != parts.catalog.value.collections { parts.catalog.set(collections) }
                }
            }
        }
    }

    private func addChecks() {
        add("canAccess") { world, call in
            let (app, record): (ScriptApp, ScriptRecord) = (try call.host(0), try call.host(1))
            var request = RequestValues()
            request.take(try call.json(2), auth: call[3].host(ScriptRecord.self)?.model.record)
            if request.isSuperuser { return call.instance.value(true) }
            let rule = try call.text(4)
            if rule.isEmpty { return call.instance.value(true) }
            let probe = RuleProbe(world.session(app), layouts: world.layouts, request: request)
            let model = record.model
            return call.instance.value(try probe.passes(rule, id: model.record.id, model.layout))
        }
    }
}

extension RequestValues {
    /// What a script says of a request.
    mutating func take(_ info: JSONValue, auth record: Record?) {
        method = info["method"]?.string ?? "GET"
        context = info["context"]?.string.flatMap { Context(rawValue: $0) } ?? .normal
        query = (info["query"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string ?? $1.value.text }
        let headers = (info["headers"]?.object ?? [:]).mapValues { $0.string ?? $0.text }
        header = { headers[$0] }
        body = info["body"]?.object ?? [:]
        auth = record.map(Caller.init)
    }
}

extension ScriptWorld {
    /// Writes on the server's own account, with those who take part.
    func writer(_ app: ScriptApp) -> RecordWriter {
        let observers = services.parts.observers
        return RecordWriter(
            session(app),
            layouts: layouts,
            request: .superuser,
            observers: app.isHookless ? observers.withoutHooks : observers
        )
    }

    // MARK: - Collections

    /// Changes collections; the catalog follows, at once for this transaction.
    func change(_ app: ScriptApp, _ body: (SchemaEditor, BlockingSession) throws -> Void) throws {
        let session = session(app)
        let catalog = services.parts.catalog
        let didChange = services.parts.collectionsDidChange
        try session.transaction {
            let before = layouts.catalog
            let editor = SchemaEditor(
                session: session,
                catalog: before,
                ruleCheck: RuleChecker.check(session.dialect),
                hooks: app.isHookless ? nil : services.parts.observers.collections
            )
            try body(editor, session)
            editor.publish(to: catalog)
            try use(editor.catalog, in: session)
            let removed = before.collections.map(\.id).filter { editor.catalog.collection(id: $0) == nil }
            let files = services.parts.files
            session.afterCommit {
                didChange()
                if !removed.isEmpty { Task { try? await files.removeCollections(removed) } }
            }
        }
    }

    fileprivate func saveCollection(
        _ members: JSONObject,
        isNew: Bool,
        isValidated: Bool,
        _ app: ScriptApp
    ) throws -> String {
        var id = ""
        try change(app) { editor, _ in
            let saved: Collection
            if isNew {
                saved = try editor.create(try Collection(creating: members))
            } else {
                guard let original = editor.catalog.collection(id: members["id"]?.string ?? "") else {
                    throw RecordError.notFound
                }
                var changed = original
                try changed.merge(members)
                if let isSystem = members["system"]?.bool { changed.isSystem = isSystem }
                saved = try editor.update(original, to: changed)
            }
            id = saved.id
        }
        return id
    }

    /// Saves and undoes it.
    fileprivate func validateCollection(_ members: JSONObject, isNew: Bool, _ app: ScriptApp) throws {
        struct Undone: Error {}
        let session = session(app)
        do {
            try session.transaction {
                try session.savepoint {
                    let catalog = layouts.catalog
                    let check = RuleChecker.check(session.dialect)
                    let editor = SchemaEditor(session: session, catalog: catalog, ruleCheck: check)
                    if isNew {
                        _ = try editor.create(try Collection(creating: members))
                    } else if let original = catalog.collection(id: members["id"]?.string ?? "") {
                        var changed = original
                        try changed.merge(members)
                        _ = try editor.update(original, to: changed)
                    }
                    throw Undone()
                }
            }
        } catch is Undone {}
    }

    // MARK: - Settings

    fileprivate func saveSettings(_ members: JSONObject, _ app: ScriptApp) throws {
        let parts = services.parts
        let session = session(app)
        try session.transaction {
            let (old, new) = try parts.settings.change(session) { settings in
                try settings.merge(members)
                let errors = SettingsValidator(settings).validate()
                if !errors.isEmpty { throw RecordError.invalid(errors) }
            }
            session.afterCommit { parts.settingsDidChange(old, new) }
        }
    }
}
