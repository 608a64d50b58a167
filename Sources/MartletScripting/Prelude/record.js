// Records (js-hooks.md, 18; A.2). The server holds their values: what a script sets, all others see.

/** What a field's value looks like in a script. */
const fieldValue = (record, name) => {
    const [kind, value] = native.recordGet(record, name)
    switch (kind) {
    case "date": return DateTime.stored(value)
    case "json": return jsonRaw(value)
    case "host": return value
    default: return value
    }
}

/** A JSON field's text: bytes, as scripts know them, that read as text where text is wanted. */
class JSONRaw extends Uint8Array {
    static get [Symbol.species]() { return Uint8Array }
    string() { return utf8Decoder.decode(this) }
    toString() { return this.string() }
    toJSON() { return JSON.parse(this.string() || "null") }
}

const jsonRaw = (text) => new JSONRaw(utf8Encoder.encode(text ?? ""))

/** A value on its way into a record. */
const submitted = (value) => {
    if (value === undefined || value === null) return null
    if (value instanceof File || Array.isArray(value) && value.some((item) => item instanceof File)) return value
    if (typeof value !== "object") return typeof value === "bigint" ? Number(value) : value
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString()
    if (value instanceof DateTime || value instanceof Time) return value.toJSON()
    if (value instanceof JSONRaw) return value.string()
    if (isBytes(value)) return toString(value)
    return JSON.stringify(value)
}

const setField = (record, name, value) => {
    const prepared = submitted(value)
    const isText = value !== null && typeof value === "object" && typeof prepared === "string"
        && !(value instanceof Date || value instanceof DateTime || value instanceof Time || value instanceof JSONRaw || isBytes(value))
    if (typeof prepared === "number" && native.recordKind(record, name) === "date") {
        return native.recordSet(record, name, new Date(prepared * 1000).toISOString(), false)
    }
    native.recordSet(record, name, prepared, isText)
}

function Record(collection, data) {
    const ref = collection instanceof Collection ? collection : collection === undefined || collection === null ? null : collectionRef(collection)
    const record = native.recordNew(ref instanceof Collection && ref.isNew() ? JSON.stringify(ref) : ref === null ? null : collectionRef(ref))
    if (data) record.load(data)
    return record
}

const number = (value) => {
    if (value instanceof DateTime) return value.unix()
    const result = typeof value === "boolean" ? Number(value) : typeof value === "string" && value.trim() === "" ? 0 : Number(value)
    return Number.isFinite(result) ? result : 0
}

Record.prototype = {
    constructor: Record,

    get id() { return native.recordGet(this, "id")[1] },
    set id(value) { native.recordSet(this, "id", String(value), false) },

    pk() { return this.id },
    lastSavedPK() { return native.recordState(this, "savedId") },
    isNew() { return native.recordState(this, "isNew") },
    markAsNew() { native.recordFlag(this, "isNew", true) },
    markAsNotNew() { native.recordFlag(this, "isNew", false) },
    collection() { return collectionOf(native.recordState(this, "collection")) },
    tableName() { return native.recordState(this, "collectionName") },
    hookTags() { return [native.recordState(this, "collectionId"), native.recordState(this, "collectionName")] },
    baseFilesPath() { return `${native.recordState(this, "collectionId")}/${this.id}` },
    isSuperuser() { return this.tableName() === "_superusers" },

    original() { return native.recordCopy(this, "original") },
    fresh() { return native.recordCopy(this, "fresh") },
    clone() { return native.recordCopy(this, "clone") },

    get(name) {
        if (name === "expand") return this.expand()
        if (name.endsWith(":unsaved") || name.endsWith(":uploaded")) return this.getUnsavedFiles(name.slice(0, name.lastIndexOf(":")))
        if (name.endsWith(":hash")) return native.recordState(this, name)
        if (name.endsWith(":excerpt")) return native.recordState(this, name)
        return fieldValue(this, String(name))
    },
    getRaw(name) { return fieldValue(this, String(name)) },
    set(name, value) { setField(this, String(name), value) },
    setRaw(name, value) { setField(this, String(name), value) },
    setIfFieldExists(name, value) {
        const plain = String(name).replace(/^\+|[+-]$|:autogenerate$/g, "")
        const field = this.collection().fields.getByName(plain)
        if (field) this.set(name, value)
        return field
    },
    load(data) { for (const name of Object.keys(data ?? {})) this.set(name, data[name]) },

    getBool(name) { const value = this.get(name); return value === true || value === 1 || value === "1" || value === "true" },
    getString(name) {
        const value = this.get(name)
        if (value === null || Array.isArray(value)) return ""
        if (value instanceof JSONRaw || value instanceof DateTime) return value.string()
        return typeof value === "object" ? JSON.stringify(value) : String(value)
    },
    getInt(name) { return Math.trunc(number(this.get(name))) },
    getInt64(name) { return this.getInt(name) },
    getFloat(name) { return number(this.get(name)) },
    getDateTime(name) {
        const value = this.get(name)
        return value instanceof DateTime ? value : new DateTime(typeof value === "string" && value ? value : zeroTime)
    },
    getGeoPoint(name) {
        const value = this.get(name)
        return isPlain(value) ? { lon: value.lon ?? 0, lat: value.lat ?? 0 } : { lon: 0, lat: 0 }
    },
    getStringSlice(name) {
        const value = this.get(name)
        if (value === null || value === "" || value === undefined) return []
        if (value instanceof JSONRaw) return [parsedJSON(value.string(), [])].flat().map(String)
        return Array.isArray(value) ? value.map(String) : [String(value instanceof DateTime ? value.string() : value)]
    },
    getUnsavedFiles(name) { return native.recordFiles(this, String(name)) },
    getUploadedFiles(name) { return this.getUnsavedFiles(name) },
    unmarshalJSONField(name, target) { unmarshal(JSON.parse(this.getString(name) || "null"), target) },
    findFileFieldByFile(file) {
        return this.collection().fields.find((field) => field.type() === "file" && this.getStringSlice(field.name).includes(file)) ?? null
    },

    expand() { return native.recordExpand(this) },
    setExpand(members) { native.recordSetExpand(this, members ?? {}, false) },
    mergeExpand(members) { native.recordSetExpand(this, members ?? {}, true) },
    expandedOne(name) { const value = this.expand()[name]; return (Array.isArray(value) ? value[0] : value) ?? null },
    expandedAll(name) { return [this.expand()[name] ?? []].flat() },

    fieldsData() { return Object.fromEntries(this.collection().fields.fieldNames().map((name) => [name, this.get(name)])) },
    customData() { return JSON.parse(native.recordState(this, "custom")) },
    withCustomData(isOn) { native.recordFlag(this, "showsCustom", isOn !== false); return this },
    ignoreEmailVisibility(isOn) { native.recordFlag(this, "showsEmail", isOn !== false); return this },
    ignoreUnchangedFields(isOn) { native.recordFlag(this, "ignoresUnchanged", isOn !== false); return this },
    hide(...names) { native.recordHide(this, names.map(String), true); return this },
    unhide(...names) { native.recordHide(this, names.map(String), false); return this },
    publicExport() {
        const result = JSON.parse(native.recordJSON(this))
        for (const field of this.collection().fields) {
            if (field.type() === "json" && field.name in result) result[field.name] = this.get(field.name)
        }
        return result
    },
    dbExport() { return JSON.parse(native.recordState(this, "columns")) },
    marshalJSON() { return utf8Encoder.encode(native.recordJSON(this)) },
    unmarshalJSON(data) { this.load(JSON.parse(toString(data))) },
    toJSON() { return JSON.parse(native.recordJSON(this)) },
    replaceModifiers(data) {
        const copy = this.clone()
        copy.load(data)
        const result = {}
        for (const key of Object.keys(data)) {
            const plain = key.replace(/^\+|[+-]$|:autogenerate$/g, "")
            result[plain] = copy.get(plain)
        }
        return result
    },
    [absorb](members) { this.load(members) },

    email() { return this.getString("email") },
    setEmail(value) { this.set("email", value) },
    emailVisibility() { return this.getBool("emailVisibility") },
    setEmailVisibility(value) { this.set("emailVisibility", Boolean(value)) },
    verified() { return this.getBool("verified") },
    setVerified(value) { this.set("verified", Boolean(value)) },
    tokenKey() { return this.getString("tokenKey") },
    setTokenKey(value) { this.set("tokenKey", value) },
    refreshTokenKey() { this.set("tokenKey", $security.randomString(50)) },
    setPassword(value) { this.set("password", value); this.refreshTokenKey() },
    setRandomPassword() {
        const password = $security.randomString(30)
        this.setPassword(password)
        return password
    },
    validatePassword(password) { return native.recordMatches(this, String(password)) },
    newAuthToken() { return native.recordToken(this, "auth", 0, true, "") },
    newStaticAuthToken(duration = 0) { return native.recordToken(this, "auth", Math.trunc(Number(duration) / 1e9), false, "") },
    newVerificationToken() { return native.recordToken(this, "verification", 0, true, "") },
    newPasswordResetToken() { return native.recordToken(this, "passwordReset", 0, true, "") },
    newEmailChangeToken(email) { return native.recordToken(this, "emailChange", 0, true, String(email)) },
    newFileToken() { return native.recordToken(this, "file", 0, true, "") },

    // What the rows of the tables beside accounts have.
    collectionRef() { return this.getString("collectionRef") },
    setCollectionRef(value) { this.set("collectionRef", value) },
    recordRef() { return this.getString("recordRef") },
    setRecordRef(value) { this.set("recordRef", value) },
    provider() { return this.getString("provider") },
    setProvider(value) { this.set("provider", value) },
    providerId() { return this.getString("providerId") },
    setProviderId(value) { this.set("providerId", value) },
    method() { return this.getString("method") },
    setMethod(value) { this.set("method", value) },
    sentTo() { return this.getString("sentTo") },
    setSentTo(value) { this.set("sentTo", value) },
    fingerprint() { return this.getString("fingerprint") },
    setFingerprint(value) { this.set("fingerprint", value) },
    created() { return this.getDateTime("created") },
    updated() { return this.getDateTime("updated") },
    hasExpired(duration) { return Date.now() - this.created().time().unixMilli() > Number(duration) / 1e6 },
    proxyRecord() { return this },
}

native.register("Record", Record.prototype)

/** Fills a record with a row of a query over a collection. */
const recordFromRow = (record, row, ref) => native.recordLoadRow(record, JSON.stringify(row), ref)

const collectionCache = new Map()

/** The collection that a key of the server's means: its id with the version of the catalog. */
const collectionOf = (key) => {
    let json = collectionCache.get(key)
    if (json === undefined) {
        if (collectionCache.size > 200) collectionCache.clear()
        json = native.collection(key)
        collectionCache.set(key, json)
    }
    return Collection.of(json)
}
