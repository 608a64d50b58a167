// What handlers are given (js-hooks.md, 7 to 11). The server holds an event's members; several handlers see the same.

/** Accessors for members of the server's event. */
const eventMembers = (...names) => Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, {
    get() { return received(native.eventGet(this, name)) },
    set(value) { native.eventSet(this, name, value instanceof Collection ? JSON.stringify(value) : value) },
    enumerable: true,
    configurable: true,
}])))

/** A member as scripts see it. */
const received = (entry) => {
    if (entry === undefined) return undefined
    const [kind, value] = entry
    switch (kind) {
    case "json": return JSON.parse(value)
    case "collection": return collectionOf(value)
    case "described": return Collection.of(value)
    case "duration": return new Duration(value)
    case "date": return DateTime.stored(value)
    case "settings": return new Settings(JSON.parse(value))
    default: return value
    }
}

const combined = (...parts) => {
    const result = {}
    for (const part of parts) Object.defineProperties(result, Object.getOwnPropertyDescriptors(part))
    return result
}

const baseEvent = {
    next() { return native.eventNext(this) },
    tags() { return native.eventTags(this) },
    get app() { return native.eventApp(this) },
    set app(app) { native.eventSetApp(this, app) },
    get context() { return new Context() },
}

const answerError = (type, status) => (message = "", data) => new type(...(status ? [status] : []), message, data)

const requestEvent = {
    get request() { return requestOf(this) },
    get response() { return responseOf(this) },
    get requestEvent() { return this },
    get auth() { return native.requestAuth(this) },
    set auth(record) { native.requestSetAuth(this, record ?? null) },

    hasSuperuserAuth() { return Boolean(this.auth?.isSuperuser()) },
    requestInfo() { return requestInfoOf(this) },
    get(key) { return stored(native.requestGet(this, String(key))) },
    set(key, value) { native.requestSet(this, String(key), ...storable(value)) },
    getAll() { return Object.fromEntries(native.requestKeys(this).map((key) => [key, this.get(key)])) },
    setAll(members) { for (const key of Object.keys(members ?? {})) this.set(key, members[key]) },
    remoteIP() { return native.requestHead(this, "remoteIP") },
    realIP() { return native.requestHead(this, "realIP") },
    isTLS() { return false },
    written() { return native.responseStatus(this) !== 0 },
    status() { return native.responseStatus(this) },
    flush() {},

    bindBody(target) {
        if (!target || typeof target[absorb] !== "function") throw new BadRequestError("Something went wrong while processing your request.")
        const body = JSON.parse(native.requestBody(this))
        target[absorb](native.requestHead(this, "contentType").startsWith("application/json") ? body : formBody(target, body))
    },
    findUploadedFiles(key) {
        if (!native.requestHead(this, "contentType").startsWith("multipart/form-data")) throw new GoError("request Content-Type isn't multipart/form-data")
        return native.requestFiles(this, String(key))
    },

    json(status, data) {
        if (data instanceof Record) return native.respondRecord(this, status, data)
        if (Array.isArray(data) && data.length > 0 && data[0] instanceof Record && data.every((item) => item instanceof Record)) {
            return native.respondRecords(this, status, data)
        }
        native.respondJSON(this, status, responseJSON(data))
    },
    string(status, text) { native.respond(this, status, "text/plain; charset=utf-8", toString(text)) },
    html(status, text) { native.respond(this, status, "text/html; charset=utf-8", toString(text)) },
    xml(status, data) { native.respond(this, status, "application/xml; charset=utf-8", `<?xml version="1.0" encoding="UTF-8"?>\n${xmlOf(data)}`) },
    blob(status, type, content) { native.respond(this, status, String(type), typeof content === "string" ? content : asBytes(content)) },
    stream(status, type, reader) { native.respond(this, status, String(type), typeof reader === "string" ? reader : asBytes(reader)) },
    fileFS(system, name) { native.respondFile(this, fileSystemRoot(system), String(name)) },
    noContent(status) { native.respond(this, status, "", "") },
    redirect(status, url) {
        if (!(status >= 300 && status <= 399)) throw new InternalServerError("Invalid redirect status code.")
        native.responseHeader(this, "set", "Location", String(url))
        native.respond(this, status, "", "")
    },
    setCookie(cookie) { native.responseHeader(this, "add", "Set-Cookie", (cookie instanceof Cookie ? cookie : new Cookie(cookie)).string()) },

    error: answerError(ApiError, false),
    badRequestError: answerError(BadRequestError),
    unauthorizedError: answerError(UnauthorizedError),
    forbiddenError: answerError(ForbiddenError),
    notFoundError: answerError(NotFoundError),
    tooManyRequestsError: answerError(TooManyRequestsError),
    internalServerError: answerError(InternalServerError),
}

requestEvent.error = (status, message, data) => new ApiError(status, message, data)

/** The text of a value as an answer: some kinds look otherwise than for `JSON.stringify`. */
const responseJSON = (data) => {
    isAnswering = true
    try {
        const text = JSON.stringify(data instanceof DynamicModel ? data[originalNames]() : data)
        return text === undefined ? (typeof data === "function" ? "" : "null") : text
    } finally {
        isAnswering = false
    }
}

let isAnswering = false

const answerForm = (type, form) => {
    Object.defineProperty(type.prototype, "toJSON", {
        value() { return isAnswering ? form(this) : plainForm(this) },
        enumerable: false, configurable: true, writable: true,
    })
}

const plainForm = (value) => {
    if (typeof value === "bigint") throw new TypeError("JSON.stringify cannot serialize BigInt.")
    return Object.assign({}, value)
}

const isoDate = Date.prototype.toJSON
Object.defineProperty(Date.prototype, "toJSON", {
    value() {
        const text = isoDate.call(this)
        return isAnswering && text ? text.replace(/\.?0+Z$/, "Z") : text
    },
    enumerable: false, configurable: true, writable: true,
})
answerForm(Map, (map) => Array.from(map))
answerForm(Set, (set) => Array.from(set))
answerForm(BigInt, (number) => Number(number))
answerForm(Uint8Array, (bytes) => native.base64(bytes))
Object.defineProperty(DynamicModel.prototype, "toJSON", {
    value() {
        const members = this[originalNames]()
        return isAnswering ? members : Object.fromEntries(Object.entries(members).map(([name, value]) => [lowered(name), value]))
    },
    enumerable: false,
})

const xmlEscapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" }
const xmlText = (text) => String(text).replace(/[&<>"']/g, (character) => xmlEscapes[character])

const xmlOf = (data, name) => {
    if (data === null || data === undefined) return ""
    if (Array.isArray(data)) return data.map((item) => xmlOf(item, name)).join("")
    const tag = name ?? { string: "string", boolean: "bool", number: Number.isInteger(data) ? "int64" : "float64" }[typeof data]
    if (tag) return `<${tag}>${typeof data === "object" ? Object.keys(data).map((key) => xmlOf(data[key], key)).join("") : xmlText(data)}</${tag}>`
    throw new GoError("xml: unsupported type: map[string]interface {}")
}
