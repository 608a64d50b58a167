// Values at the border to the server (js-hooks.md, 5, 14 and 16).

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder()

/** Bytes as the server hands them out: an array-like of numbers that knows its text. */
const isBytes = (value) => value instanceof Uint8Array || value instanceof ArrayBuffer

const asBytes = (value) => {
    if (value === null || value === undefined) return new Uint8Array(0)
    if (value instanceof Uint8Array) return value
    if (value instanceof ArrayBuffer) return new Uint8Array(value)
    if (value instanceof Reader) return value.readAll()
    if (Array.isArray(value) && value.every((item) => typeof item === "number")) return Uint8Array.from(value)
    if (typeof value === "object" && !(value instanceof String)) {
        if (value instanceof DateTime) return utf8Encoder.encode(value.string())
        return utf8Encoder.encode(JSON.stringify(value))
    }
    return utf8Encoder.encode(String(value))
}

const defaultMaxBytes = 16777216

const toBytes = (value, maxBytes = 0) => {
    if (value instanceof Reader) return value.readAll(maxBytes || defaultMaxBytes)
    return asBytes(value)
}

const toString = (value, maxBytes = 0) => {
    if (value === null || value === undefined) return ""
    switch (typeof value) {
    case "string": return value
    case "number": case "boolean": case "bigint": return String(value)
    case "function": return String(value)
    }
    if (isBytes(value)) return utf8Decoder.decode(value)
    if (value instanceof Reader) return utf8Decoder.decode(value.readAll(maxBytes || defaultMaxBytes))
    if (value instanceof DateTime || value instanceof Time || value instanceof Duration) return value.string()
    if (value instanceof GoError) return value.message
    if (value instanceof Error) return "{}"
    return JSON.stringify(value) ?? ""
}

const readerToString = (reader, maxBytes = 0) => toString(reader, maxBytes)

const sleep = (milliseconds) => { native.sleep(Number(milliseconds) || 0) }

/** Copies a value into an object of the server, as its JSON would be read. */
const unmarshal = (data, target) => {
    const plain = JSON.parse(JSON.stringify(data ?? null))
    if (target && typeof target[absorb] === "function") return target[absorb](plain)
    if (target && typeof target === "object") Object.assign(target, plain)
    else throw new TypeError("the target of unmarshal has to be an object")
}

/** How an object takes over the members of a plain one. */
const absorb = Symbol("absorb")

// MARK: models made by scripts

class Nullable {
    constructor(type) { this.type = type }
}

const nullString = () => new Nullable("string")
const nullInt = () => new Nullable("int")
const nullFloat = () => new Nullable("float")
const nullBool = () => new Nullable("bool")
const nullArray = () => new Nullable("array")
const nullObject = () => new Nullable("object")

/** A JSON object column: a plain object with `get` and `set`. */
const jsonMap = (members) => Object.defineProperties({ ...members }, {
    get: { value(key) { return this[key] }, enumerable: false },
    set: { value(key, value) { this[key] = value }, enumerable: false },
})

const typeOf = (value) => {
    if (value instanceof Nullable) return { type: value.type, isNullable: true }
    switch (typeof value) {
    case "string": return { type: "string" }
    case "boolean": return { type: "bool" }
    case "number": return { type: Number.isInteger(value) && !Object.is(value, -0) ? "int" : "float" }
    }
    if (Array.isArray(value)) return { type: "array" }
    if (value instanceof DateTime) return { type: "date" }
    if (isPlain(value)) return { type: "object" }
    throw new TypeError("a model has texts, numbers, booleans, arrays and objects")
}

const lowered = (name) => {
    const acronym = /^[A-Z]+(?=[A-Z][a-z]|[^a-zA-Z]|$)/.exec(name)
    return acronym ? acronym[0].toLowerCase() + name.slice(acronym[0].length) : name[0].toLowerCase() + name.slice(1)
}

const zero = (type) => {
    switch (type) {
    case "string": return ""
    case "int": case "float": return 0
    case "bool": return false
    case "array": return []
    case "object": return jsonMap({})
    case "date": return new DateTime("")
    }
}

const goTypes = { int: "int64", float: "float64", bool: "bool", string: "string", date: "types.DateTime", array: "types.JSONArray[interface {}]", object: "types.JSONMap[interface {}]" }

const scanFailure = (name, index, value, type) => {
    const place = `sql: Scan error on column index ${index}, name "${name}": converting`
    if (value === null) return new GoError(`${place} NULL to ${goTypes[type]} is unsupported`)
    const kind = typeof value === "number" ? Number.isInteger(value) ? "int64" : "float64" : typeof value
    return new GoError(`${place} driver.Value type ${kind} (${JSON.stringify(String(value))}) to a ${goTypes[type]}: invalid syntax`)
}

/** A value of the kind that a model declared. */
const coerced = (value, { type, isNullable }, name, column = -1) => {
    const isStrict = column >= 0
    if (value === null || value === undefined) {
        if (isNullable) return null
        if (isStrict) throw scanFailure(name, column, null, type)
        return zero(type)
    }
    switch (type) {
    case "string": return toString(value)
    case "int": {
        const number = Number(value)
        if (isStrict && !Number.isInteger(number)) throw scanFailure(name, column, value, "int")
        return Math.trunc(number) || 0
    }
    case "float": {
        const number = Number(value)
        if (isStrict && Number.isNaN(number)) throw scanFailure(name, column, value, "float")
        return number || 0
    }
    case "bool": return value === true || value === 1 || value === "1" || value === "true"
    case "array": return parsedJSON(value, [])
    case "object": return jsonMap(parsedJSON(value, {}))
    case "date": return value instanceof DateTime ? value : new DateTime(value || zeroTime)
    }
}

const parsedJSON = (value, fallback) => {
    if (typeof value !== "string") return value
    try { return JSON.parse(value) ?? fallback } catch { return fallback }
}

const modelShape = Symbol("shape"), absorbRow = Symbol("row"), fresh = Symbol("fresh"), originalNames = Symbol("names")

/** What a query or a body is read into. */
class DynamicModel {
    constructor(shape) {
        if (!isPlain(shape) || Object.keys(shape).length === 0) throw new InternalServerError()
        const types = {}
        const values = {}
        for (const name of Object.keys(shape)) {
            types[name] = typeOf(shape[name])
            const initial = shape[name]
            values[name] = initial instanceof Nullable ? null : coerced(initial, types[name], name)
            const accessor = {
                get: () => values[name],
                set: (value) => { values[name] = coerced(value, types[name], name) },
                enumerable: true,
                configurable: true,
            }
            Object.defineProperty(this, lowered(name), accessor)
        }
        Object.defineProperties(this, {
            [modelShape]: { value: { shape, types, values } },
        })
    }

    /** Takes over the values of a row, by the columns' names. */
    [absorbRow](row) {
        const { types, values } = this[modelShape]
        const columns = Object.keys(row)
        for (const name of Object.keys(types)) if (name in row) values[name] = coerced(row[name], types[name], name, columns.indexOf(name))
    }

    [absorb](plain) {
        const { types, values } = this[modelShape]
        for (const name of Object.keys(types)) {
            if (!(name in plain)) continue
            checkType(plain[name], types[name], name)
            values[name] = coerced(plain[name], types[name], name)
        }
    }

    [fresh]() { return new DynamicModel(this[modelShape].shape) }

    /** With the names as they were declared. */
    [originalNames]() {
        const { values } = this[modelShape]
        return Object.fromEntries(Object.keys(values).sort().map((name) => [name, values[name]]))
    }
}


const jsonTypes = { string: ["string"], int: ["number"], float: ["number"], bool: ["boolean"], date: ["string"] }

/** Refuses what JSON would not be read into a type. */
const checkType = (value, { type }, name) => {
    if (value === null || value === undefined) return
    const isFine = type === "array" ? Array.isArray(value)
        : type === "object" ? typeof value === "object" && !Array.isArray(value)
        : jsonTypes[type].includes(typeof value) && (type !== "int" || Number.isInteger(value))
    const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "boolean" : typeof value
    if (!isFine) throw new GoError(`json: cannot unmarshal JSON ${kind} into Go ${goTypes[type]} within "/${name}"`)
}

const listModel = Symbol("list model")

/** An array that queries fill with models of one kind. */
const arrayOf = (model) => Object.defineProperty([], listModel, { value: model, enumerable: false })
