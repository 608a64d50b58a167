// The application (js-hooks.md, 17; A.1). What stands for it is an object of the server: `$app` outside of events, and the
// one of a transaction inside of it.

/** Replaces `{:name}` in a filter by the values, each as a literal. */
const withParameters = (filter, params) => {
    const values = Object.assign({}, ...params.filter(Boolean))
    return String(filter ?? "").replace(/\{:(\w+)\}/g, (whole, name) => {
        if (!(name in values)) return whole
        const value = values[name]
        if (value === null || value === undefined) return "null"
        if (typeof value === "number" || typeof value === "boolean") return String(value)
        const text = value instanceof Date ? value.toISOString().replace("T", " ") : toString(value)
        return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
    })
}

const isAccount = (ref) => native.collectionType(collectionRef(ref)) === "auth"

const modelKind = (model) => {
    if (model instanceof Record) return "record"
    if (model instanceof Collection) return "collection"
    if (model instanceof Settings) return "settings"
    throw new TypeError(`could not convert function call parameter 0: could not convert ${model} to core.Model`)
}

/** The expressions of a query over records, as one. */
const recordQuery = (app, ref) => {
    const name = native.collectionName(app, collectionRef(ref))
    return new SelectQuery(app.db(), collectionRef(ref)).select(`${name}.*`).from(name)
}

const queried = (query, ref, functions) => {
    for (const change of functions) if (typeof change === "function") change(query)
    const list = arrayOf(new Record(collectionRef(ref)))
    query.all(list)
    return Array.from(list)
}

const about = (record) => ({ collectionRef: record.collection().id, recordRef: record.id })

const fetchBy = (fetch) => typeof fetch === "function" ? (collection, ids) => fetch(collectionOf(collection), ids) : null

function App() { throw new TypeError("an application is not made by scripts") }

App.prototype = {
    constructor: App,

    // State and services
    dataDir() { return native.appInfo("dataDir") },
    isDev() { return native.appInfo("isDev") },
    isBootstrapped() { return native.appInfo("isBootstrapped") },
    isTransactional() { return native.isTransactional(this) },
    encryptionEnv() { return native.appInfo("encryptionEnv") },
    unsafeWithoutHooks() { return native.withoutHooks(this) },
    settings() { return liveSettings() },
    store() { return sharedStore },
    cron() { return cronTable },
    subscriptionsBroker() { return broker },
    newMailClient() { return mailClient },
    newFilesystem() { return native.filesystem("storage") },
    newBackupsFilesystem() { return native.filesystem("backups") },
    logger() { return rootLogger },
    db() { return new Builder(this, false) },
    concurrentDB() { return new Builder(this, false) },
    nonconcurrentDB() { return new Builder(this, false) },
    auxDB() { return new Builder(this, true) },
    auxConcurrentDB() { return new Builder(this, true) },
    auxNonconcurrentDB() { return new Builder(this, true) },
    txInfo() { return this.isTransactional() ? { onComplete: (handler) => native.onComplete(this, handler) } : null },
    reloadSettings() { native.reload(this) },
    reloadCachedCollections() { native.reload(this) },
    createBackup(context, name = "") { native.createBackup(String(name)) },
    restoreBackup(context, name) { native.restoreBackup(String(name)) },
    restart() { native.restart() },
    bootstrap() {},
    clearBootstrap() {},
    resetBootstrapState() {},
    runSystemMigrations() {},
    runAppMigrations() { native.runMigrations(this) },
    runAllMigrations() { native.runMigrations(this) },

    // Tables and views
    hasTable(name) { return hasTable(this.db(), name) },
    auxHasTable(name) { return hasTable(this.auxDB(), name) },
    tableColumns(name) { return this.tableInfo0(name).map((column) => column.name) },
    tableInfo0(name) {
        return this.db().rows("SELECT * FROM pragma_table_info({:name})", { name: String(name) }, 0)
    },
    tableInfo(name) {
        const rows = this.tableInfo0(name)
        if (!rows.length) throw new GoError(`empty table info probably due to invalid or missing table ${name}`)
        return rows.map((row) => ({
            pk: row.pk, index: row.cid, name: row.name, type: row.type, notNull: Boolean(row.notnull), defaultValue: row.dflt_value,
        }))
    },
    tableIndexes(name) {
        const rows = this.db().rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND lower(tbl_name) = lower({:name}) AND sql IS NOT NULL", { name: String(name) }, 0)
        return Object.fromEntries(rows.map((row) => [row.name, row.sql]))
    },
    deleteTable(name) { this.db().newQuery(`DROP TABLE IF EXISTS ${quoteName(name)}`).execute() },
    deleteView(name) { this.db().newQuery(`DROP VIEW IF EXISTS ${quoteName(name)}`).execute() },
    saveView(name, select) {
        this.runInTransaction((app) => {
            app.deleteView(name)
            app.db().newQuery(`CREATE VIEW ${quoteName(name)} AS SELECT * FROM (${String(select).trim().replace(/;+$/, "")})`).execute()
        })
    },
    createViewFields(select) { return new FieldsList(JSON.parse(native.viewFields(this, String(select)))) },
    dryRunView(select, count = 10) {
        const sample = this.db().rows(`SELECT * FROM (${String(select).trim().replace(/;+$/, "")}) LIMIT ${Math.trunc(Number(count)) || 0}`, {}, 0)
        return { fields: this.createViewFields(select), sample }
    },
    findRecordByViewFile(ref, field, file) { return native.findViewFile(this, collectionRef(ref), String(field), String(file)) },
    vacuum() { this.db().newQuery("VACUUM").execute() },
    auxVacuum() { this.auxDB().newQuery("VACUUM").execute() },

    // Models
    save(model) { saveModel(this, model, true) },
    saveWithContext(context, model) { saveModel(this, model, true) },
    saveNoValidate(model) { saveModel(this, model, false) },
    saveNoValidateWithContext(context, model) { saveModel(this, model, false) },
    validate(model) { validateModel(this, model) },
    validateWithContext(context, model) { validateModel(this, model) },
    delete(model) { deleteModel(this, model) },
    deleteWithContext(context, model) { deleteModel(this, model) },
    auxSave(model) { saveModel(this, model, true) },
    auxSaveWithContext(context, model) { saveModel(this, model, true) },
    auxSaveNoValidate(model) { saveModel(this, model, false) },
    auxSaveNoValidateWithContext(context, model) { saveModel(this, model, false) },
    auxDelete(model) { deleteModel(this, model) },
    auxDeleteWithContext(context, model) { deleteModel(this, model) },
    modelQuery(model) {
        if (model instanceof Record) return recordQuery(this, model.collection())
        if (model instanceof Collection) return this.collectionQuery()
        return new SelectQuery(this.db()).from(model.tableName())
    },
    auxModelQuery(model) { return new SelectQuery(this.auxDB()).from(model.tableName()) },
    runInTransaction(body) { return native.transaction(this, body) },
    auxRunInTransaction(body) { return native.auxTransaction(this, body) },

    // Collections
    findAllCollections(...types) {
        const wanted = types.flat()
        return JSON.parse(native.collections(this)).map((key) => collectionOf(key)).filter((one) => !wanted.length || wanted.includes(one.type))
    },
    findCollectionByNameOrId(ref) { return collectionOf(native.collectionKey(this, toString(ref))) },
    findCachedCollectionByNameOrId(ref) { return collectionOf(native.collectionKey(this, toString(ref))) },
    findCollectionReferences(collection, ...excluded) {
        const references = new Map()
        for (const other of this.findAllCollections()) {
            if (excluded.flat().includes(other.id)) continue
            const fields = other.fields.filter((field) => field.type() === "relation" && field.collectionId === collection.id)
            if (fields.length) references.set(other, fields)
        }
        return references
    },
    findCachedCollectionReferences(collection, ...excluded) { return this.findCollectionReferences(collection, ...excluded) },
    isCollectionNameUnique(name, ...excluded) {
        if (!name) return false
        const wanted = String(name).toLowerCase()
        return !this.findAllCollections().some((one) => one.name.toLowerCase() === wanted && !excluded.flat().includes(one.id))
    },
    truncateCollection(collection) { native.truncate(this, collectionRef(collection)) },
    importCollections(list, deletesMissing = false) { native.importCollections(this, JSON.stringify(list), Boolean(deletesMissing)) },
    importCollectionsByMarshaledJSON(json, deletesMissing = false) { native.importCollections(this, toString(json), Boolean(deletesMissing)) },
    syncRecordTableSchema(next) { saveModel(this, next, false) },
    collectionQuery() { return new SelectQuery(this.db()).select("_collections.*").from("_collections") },

    // Records
    recordQuery(ref) { return recordQuery(this, ref) },
    findRecordById(ref, id, ...changes) {
        if (!changes.some((change) => typeof change === "function")) return native.findRecord(this, collectionRef(ref), toString(id))
        const [record] = queried(recordQuery(this, ref).andWhere($dbx.hashExp({ id: toString(id) })).limit(1), ref, changes)
        if (!record) throw noRows()
        return record
    },
    findRecordsByIds(ref, ids, ...changes) {
        return queried(recordQuery(this, ref).andWhere($dbx.in("id", ...Array.from(ids, String))), ref, changes)
    },
    findAllRecords(ref, ...expressions) {
        const query = recordQuery(this, ref)
        for (const expression of expressions) if (expression) query.andWhere(expression)
        return queried(query, ref, [])
    },
    findFirstRecordByData(ref, field, value) {
        const collection = this.findCollectionByNameOrId(collectionRef(ref))
        if (!collection.fields.getByName(field)) throw new GoError(`invalid or missing field ${field}`)
        const [record] = queried(recordQuery(this, ref).andWhere($dbx.hashExp({ [field]: value })).limit(1), ref, [])
        if (!record) throw noRows()
        return record
    },
    findRecordsByFilter(ref, filter, sort = "", limit = 0, offset = 0, ...params) {
        return native.findByFilter(this, collectionRef(ref), withParameters(filter, params), String(sort ?? ""), Number(limit) || 0, Number(offset) || 0)
    },
    findFirstRecordByFilter(ref, filter, ...params) {
        const [record] = native.findByFilter(this, collectionRef(ref), withParameters(filter, params), "", 1, 0)
        if (!record) throw noRows()
        return record
    },
    countRecords(ref, ...expressions) {
        const query = recordQuery(this, ref).select("COUNT(*) AS total")
        for (const expression of expressions) if (expression) query.andWhere(expression)
        const { sql, params } = built(query)
        return this.db().rows(sql, params, 1)[0].total
    },
    findAuthRecordByToken(token, ...types) { return native.findByToken(this, toString(token), types.flat().map(String)) },
    findAuthRecordByEmail(ref, email) {
        const name = collectionRef(ref)
        native.collectionKey(this, name)
        if (!isAccount(name)) throw new GoError(`"${native.collectionName(this, name)}" is not an auth collection`)
        const [record] = queried(recordQuery(this, ref).andWhere($dbx.exp("LOWER([[email]]) = LOWER({:email})", { email: toString(email) })).limit(1), ref, [])
        if (!record) throw noRows()
        return record
    },
    canAccessRecord(record, info, rule) {
        if (rule === null || rule === undefined) return Boolean(info?.auth?.isSuperuser())
        return native.canAccess(this, record, requestInfoText(info), info?.auth ?? null, String(rule))
    },
    expandRecord(record, paths, fetch = null) { return this.expandRecords([record], paths, fetch) },
    expandRecords(records, paths, fetch = null) {
        return JSON.parse(native.expandRecords(this, Array.from(records), Array.from(paths ?? [], String), fetchBy(fetch)))
    },

    // What accounts have beside them
    findAllExternalAuthsByRecord(record) { return ownedRows(this, "_externalAuths", record) },
    findAllExternalAuthsByCollection(collection) { return this.findAllRecords("_externalAuths", $dbx.hashExp({ collectionRef: collection.id })) },
    findFirstExternalAuthByExpr(expression) {
        const [row] = queried(recordQuery(this, "_externalAuths").andWhere(expression).limit(1), "_externalAuths", [])
        if (!row) throw noRows()
        return row
    },
    deleteAllExternalAuthsByRecord(record) { deleteOwned(this, "_externalAuths", record) },
    findAllMFAsByRecord(record) { return ownedRows(this, "_mfas", record) },
    findAllMFAsByCollection(collection) { return this.findAllRecords("_mfas", $dbx.hashExp({ collectionRef: collection.id })) },
    findMFAById(id) { return this.findRecordById("_mfas", id) },
    deleteAllMFAsByRecord(record) { deleteOwned(this, "_mfas", record) },
    deleteExpiredMFAs() { deleteExpired(this, "_mfas", "mfa") },
    findAllOTPsByRecord(record) { return ownedRows(this, "_otps", record) },
    findAllOTPsByCollection(collection) { return this.findAllRecords("_otps", $dbx.hashExp({ collectionRef: collection.id })) },
    findOTPById(id) { return this.findRecordById("_otps", id) },
    deleteAllOTPsByRecord(record) { deleteOwned(this, "_otps", record) },
    deleteExpiredOTPs() { deleteExpired(this, "_otps", "otp") },
    findAllAuthOriginsByRecord(record) { return ownedRows(this, "_authOrigins", record) },
    findAllAuthOriginsByCollection(collection) { return this.findAllRecords("_authOrigins", $dbx.hashExp({ collectionRef: collection.id })) },
    findAuthOriginById(id) { return this.findRecordById("_authOrigins", id) },
    findAuthOriginByRecordAndFingerprint(record, fingerprint) {
        const [row] = this.findAllRecords("_authOrigins", $dbx.hashExp({ ...about(record), fingerprint }))
        if (!row) throw noRows()
        return row
    },
    deleteAllAuthOriginsByRecord(record) { deleteOwned(this, "_authOrigins", record) },

    // Logs
    logQuery() { return new SelectQuery(this.auxDB()).select("_logs.*").from("_logs") },
    findLogById(id) {
        const [row] = this.auxDB().rows("SELECT * FROM _logs WHERE id = {:id}", { id: String(id) }, 1)
        if (!row) throw noRows()
        return { ...row, data: parsedJSON(row.data, {}) }
    },
    logsStats(expression) {
        const query = new SelectQuery(this.auxDB()).select("count(id) as total", "strftime('%Y-%m-%d %H:00:00', created) as date").from("_logs").groupBy("date")
        if (expression) query.andWhere(expression)
        const { sql, params } = built(query)
        return this.auxDB().rows(sql, params, 0).map((row) => ({ date: `${row.date}.000Z`, total: row.total }))
    },
    deleteOldLogs(before) {
        const text = before instanceof Time ? new DateTime(before).string() : before instanceof Date ? before.toISOString().replace("T", " ") : String(before)
        this.auxDB().delete("_logs", $dbx.exp("[[created]] <= {:date}", { date: text })).execute()
    },

    get rootCmd() { return rootCommand },
    start() { throw new GoError("the application runs already") },
    execute() { throw new GoError("the application runs already") },
}

native.register("App", App.prototype)

const built = (query) => {
    const made = query.build()
    return { sql: made.sql(), params: made.params() }
}

const hasTable = (database, name) =>
    database.rows("SELECT 1 AS found FROM sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower({:name})", { name: String(name) }, 1).length > 0

const ownedRows = (app, table, record) =>
    queried(recordQuery(app, table).andWhere($dbx.hashExp(about(record))).orderBy("created DESC"), table, [])

const deleteOwned = (app, table, record) => {
    app.runInTransaction((tx) => { for (const row of ownedRows(tx, table, record)) tx.delete(row) })
}

const deleteExpired = (app, table, option) => {
    app.runInTransaction((tx) => {
        for (const collection of tx.findAllCollections("auth")) {
            const before = new Date(Date.now() - (collection[option]?.duration ?? 0) * 1000).toISOString().replace("T", " ")
            const expired = tx.findAllRecords(table, $dbx.exp("[[collectionRef]] = {:id} AND [[created]] < {:before}", { id: collection.id, before }))
            for (const row of expired) tx.delete(row)
        }
    })
}

const saveModel = (app, model, isValidated) => {
    switch (modelKind(model)) {
    case "record": return native.saveRecord(app, model, isValidated)
    case "collection": {
        const state = model[collectionState]
        const key = native.saveCollection(app, JSON.stringify(model), state.isNew, isValidated && state.checks)
        Object.assign(model, { ...Collection.of(native.collection(key)), fields: model.fields })
        model.fields[absorb](JSON.parse(native.collection(key)).fields)
        state.isNew = false
        return
    }
    case "settings": return native.saveSettings(app, JSON.stringify(model))
    }
}

const validateModel = (app, model) => {
    switch (modelKind(model)) {
    case "record": return native.validateRecord(app, model)
    case "collection": return native.validateCollection(app, JSON.stringify(model), model[collectionState].isNew)
    case "settings": return native.validateSettings(app, JSON.stringify(model))
    }
}

const deleteModel = (app, model) => {
    const kind = modelKind(model)
    if (kind === "settings" || model.isNew()) throw new GoError("the model can be deleted only if it is existing and has a non-empty primary key")
    if (kind === "record") native.deleteRecord(app, model)
    else native.deleteCollection(app, model.id)
}

/** The settings as they are, to be changed and saved. */
class Settings {
    constructor(members) { Object.assign(this, members) }
    tableName() { return "_params" }
    pk() { return "settings" }
    lastSavedPK() { return "settings" }
    isNew() { return false }
    markAsNew() {}
    markAsNotNew() {}
    string() { return JSON.stringify(this) }
    toString() { return this.string() }
    dbExport() { return { id: "settings", value: JSON.parse(this.string()) } }
    merge(other) { mergeInto(this, JSON.parse(JSON.stringify(other))) }
    clone() { return new Settings(JSON.parse(JSON.stringify(this))) }
    marshalJSON() { return utf8Encoder.encode(this.string()) }
    [absorb](members) { mergeInto(this, members) }
}

const mergeInto = (target, members) => {
    for (const key of Object.keys(members)) {
        if (isPlain(members[key]) && isPlain(target[key])) mergeInto(target[key], members[key])
        else target[key] = members[key]
    }
}

const liveSettings = () => new Settings(JSON.parse(native.settings()))

class Store {
    #name
    constructor(name) { this.#name = name }
    reset(members) { this.removeAll(); for (const key of Object.keys(members ?? {})) this.set(key, members[key]) }
    length() { return native.storeKeys(this.#name).length }
    removeAll() { native.storeClear(this.#name) }
    remove(key) { native.storeRemove(this.#name, String(key)) }
    has(key) { return native.storeHas(this.#name, String(key)) }
    get(key) { return stored(native.storeGet(this.#name, String(key))) }
    getOk(key) { return [this.get(key), this.has(key)] }
    getAll() { return Object.fromEntries(this.keys().map((key) => [key, this.get(key)])) }
    keys() { return native.storeKeys(this.#name) }
    values() { return this.keys().map((key) => this.get(key)) }
    set(key, value) { native.storeSet(this.#name, String(key), ...storable(value)) }

    setFunc(key, change) {
        native.storeLocked(this.#name, () => this.set(key, change(this.get(key))))
    }

    getOrSet(key, make) {
        return native.storeLocked(this.#name, () => {
            if (!this.has(key)) this.set(key, make())
            return this.get(key)
        })
    }

    setIfLessThanLimit(key, value, limit) {
        return native.storeLocked(this.#name, () => {
            if (!this.has(key) && this.length() >= limit) return false
            this.set(key, value)
            return true
        })
    }
}

/** What is kept of a value where other instances find it: an object of the server, or JSON, or the source of a function. */
const storable = (value) => {
    if (typeof value === "function") return ["function", String(value)]
    if (native.isHost(value)) return ["host", value]
    return ["json", JSON.stringify(value) ?? "null"]
}

const stored = (entry) => {
    if (entry === null) return null
    const [kind, value] = entry
    if (kind === "json") return JSON.parse(value)
    return kind === "function" ? native.compile(value) : value
}

const sharedStore = new Store("")
