// Collections and their fields (js-hooks.md, 19; A.3 and A.4): plain data with the methods that scripts expect.

class Field {
    constructor(members = {}) {
        const type = fieldTypes[members?.type]
        if (new.target === Field) {
            if (!type) return
            return new type(members)
        }
        const { defaults } = new.target
        Object.assign(this, structuredClone(commonDefaults), structuredClone(defaults ?? {}))
        this[absorb](members ?? {})
    }

    [absorb](members) {
        for (const key of Object.keys(members)) if (key !== "type") this[key] = members[key]
    }

    type() { return this.constructor.type }
    getId() { return this.id }
    setId(value) { this.id = String(value) }
    getName() { return this.name }
    setName(value) { this.name = String(value) }
    getSystem() { return this.system }
    setSystem(value) { this.system = Boolean(value) }
    getHidden() { return this.hidden }
    setHidden(value) { this.hidden = Boolean(value) }
    toJSON() { return { ...this, type: this.type() } }
}

const commonDefaults = { id: "", name: "", system: false, hidden: false, presentable: false, help: "" }

const fieldClass = (type, defaults) => class extends Field {
    static type = type
    static defaults = defaults
}

class TextField extends fieldClass("text", { required: false, min: 0, max: 0, pattern: "", autogeneratePattern: "", primaryKey: false }) {}
class NumberField extends fieldClass("number", { required: false, min: null, max: null, onlyInt: false }) {}
class BoolField extends fieldClass("bool", { required: false }) {}
class EmailField extends fieldClass("email", { required: false, onlyDomains: [], exceptDomains: [] }) {}
class URLField extends fieldClass("url", { required: false, onlyDomains: [], exceptDomains: [] }) {}
class EditorField extends fieldClass("editor", { required: false, maxSize: 0, convertURLs: false }) {}
class DateField extends fieldClass("date", { required: false, min: "", max: "" }) {}
class AutodateField extends fieldClass("autodate", { onCreate: false, onUpdate: false }) {}
class SelectField extends fieldClass("select", { required: false, values: [], maxSelect: 0 }) {}
class FileField extends fieldClass("file", { required: false, maxSize: 0, maxSelect: 0, mimeTypes: [], thumbs: [], protected: false }) {}
class RelationField extends fieldClass("relation", { required: false, collectionId: "", cascadeDelete: false, minSelect: 0, maxSelect: 0 }) {}
class JSONField extends fieldClass("json", { required: false, maxSize: 0 }) {}
class PasswordField extends fieldClass("password", { required: false, min: 0, max: 0, pattern: "", cost: 0 }) {}
class GeoPointField extends fieldClass("geoPoint", { required: false }) {}

const fieldTypes = Object.fromEntries([
    TextField, NumberField, BoolField, EmailField, URLField, EditorField, DateField, AutodateField, SelectField, FileField,
    RelationField, JSONField, PasswordField, GeoPointField,
].map((type) => [type.type, type]))

const asField = (value) => value instanceof Field ? value : new Field(value)

const requireField = (value) => {
    if (value instanceof Field) return value
    throw new TypeError("could not convert function call parameter 0: a Field is needed")
}

/** An id for a field that has none: the same for the same name and type. */
const fieldId = (field) => field.type() + native.checksum(field.name)

class FieldsList extends Array {
    static get [Symbol.species]() { return Array }

    constructor(fields) {
        super()
        if (Array.isArray(fields)) for (const field of fields) this.add(asField(field))
    }

    add(...fields) { for (const field of fields) this.#put(requireField(field), -1) }
    addAt(position, ...fields) { fields.forEach((field, index) => this.#put(requireField(field), Number(position) + index)) }
    addMarshaledJSON(json) { for (const members of [JSON.parse(toString(json))].flat()) this.add(new Field(members)) }
    addMarshaledJSONAt(position, json) { this.addAt(position, ...[JSON.parse(toString(json))].flat().map((members) => new Field(members))) }

    #put(field, position) {
        const same = this.findIndex((other) => field.id && other.id === field.id || other.name === field.name)
        if (same >= 0) {
            if (!field.id) field.id = this[same].id
            if (position < 0) { this[same] = field; return }
            this.splice(same, 1)
        }
        if (!field.id) {
            const base = fieldId(field)
            let id = base
            for (let count = 2; this.some((other) => other.id === id); count++) id = base + count
            field.id = id
        }
        if (position < 0 || position >= this.length) this.push(field)
        else this.splice(position, 0, field)
    }

    getById(id) { return this.find((field) => field.id === id) ?? null }
    getByName(name) { return this.find((field) => field.name === name) ?? null }
    removeById(id) { this.#remove((field) => field.id === id) }
    removeByName(name) { this.#remove((field) => field.name === name) }

    #remove(isMeant) {
        const index = this.findIndex(isMeant)
        if (index >= 0) this.splice(index, 1)
    }

    fieldNames() { return Array.from(this, (field) => field.name) }
    asMap() { return Object.fromEntries(Array.from(this, (field) => [field.name, field])) }
    clone() { return new FieldsList(JSON.parse(JSON.stringify(Array.from(this)))) }
    string() { return JSON.stringify(Array.from(this)) }
    toString() { return this.string() }
    marshalJSON() { return utf8Encoder.encode(this.string()) }
    unmarshalJSON(data) { this[absorb](JSON.parse(toString(data))) }

    [absorb](list) {
        this.length = 0
        for (const members of list ?? []) this.add(asField(members))
    }
}

class Collection {
    constructor(members = {}) {
        Object.assign(this, JSON.parse(native.collectionDefaults(members?.type ?? "base")))
        this.fields = new FieldsList(this.fields)
        Object.defineProperty(this, collectionState, { value: { isNew: true, checks: true, original: null }, writable: true })
        if (members) this[absorb](members)
        if (!this.id && this.name) this.id = native.collectionId(this.type, this.name)
    }

    /** A collection of the server. */
    static of(json) {
        const members = JSON.parse(json)
        const collection = Object.create(Collection.prototype)
        Object.assign(collection, members)
        collection.fields = new FieldsList(members.fields)
        Object.defineProperty(collection, collectionState, { value: { isNew: false, checks: true, original: json }, writable: true })
        return collection
    }

    [absorb](members) {
        for (const key of Object.keys(members)) {
            const value = members[key]
            if (key === "fields") {
                const given = Array.from(value ?? [], asField)
                const names = new Set(given.map((field) => field.name))
                const system = this.fields.filter((field) => field.system && !names.has(field.name))
                this.fields = new FieldsList(system)
                for (const field of given) this.fields.add(field)
            } else if (isPlain(value) && isPlain(this[key])) {
                Object.assign(this[key], value)
            } else {
                this[key] = value
            }
        }
    }

    isNew() { return this[collectionState].isNew }
    markAsNew() { this[collectionState].isNew = true }
    markAsNotNew() { this[collectionState].isNew = false }
    pk() { return this.id }
    lastSavedPK() { return this.isNew() ? "" : this.id }
    hookTags() { return [this.id, this.name] }
    tableName() { return "_collections" }
    baseFilesPath() { return this.id }
    isBase() { return this.type === "base" }
    isAuth() { return this.type === "auth" }
    isView() { return this.type === "view" }
    integrityChecks(isOn) { this[collectionState].checks = Boolean(isOn) }
    string() { return JSON.stringify(this) }
    toString() { return this.string() }
    marshalJSON() { return utf8Encoder.encode(this.string()) }
    unmarshalJSON(data) { this[absorb](JSON.parse(toString(data))) }
    dbExport() { return JSON.parse(JSON.stringify(this)) }

    getIndex(name) { return this.indexes.find((index) => indexName(index) === name.toLowerCase()) ?? "" }
    removeIndex(name) { this.indexes = this.indexes.filter((index) => indexName(index) !== name.toLowerCase()) }

    addIndex(name, isUnique, columns, where = "") {
        this.removeIndex(name)
        const condition = where ? ` WHERE ${where}` : ""
        this.indexes.push(`CREATE ${isUnique ? "UNIQUE " : ""}INDEX ${quoteName(name)} ON ${quoteName(this.name)} (${columns})${condition}`)
    }
}

const collectionState = Symbol("state")
const indexName = (sql) => /INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?[`"[]?(\w+)/i.exec(sql)?.[1].toLowerCase() ?? ""

/** The name or id of a collection, however it was given. */
const collectionRef = (value) => value instanceof Collection ? value.id || value.name : toString(value)
