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

// MARK: what came

const requestInfoOf = (event) => {
    const info = new RequestInfo(JSON.parse(native.requestInfo(event)))
    info.auth = event.auth
    return info
}

class RequestInfo {
    constructor(members = {}) {
        this.context = "default"
        this.method = ""
        this.query = {}
        this.headers = {}
        this.body = {}
        this.auth = null
        Object.assign(this, members)
    }

    hasSuperuserAuth() { return Boolean(this.auth?.isSuperuser()) }
    clone() { return new RequestInfo({ ...this, query: { ...this.query }, headers: { ...this.headers }, body: structuredClone(this.body) }) }
}

const requestInfoText = (info) => JSON.stringify({
    context: info?.context ?? "default", method: info?.method ?? "", query: info?.query ?? {}, headers: info?.headers ?? {}, body: info?.body ?? {},
})

/** A form's values as the fields of a model want them. */
const formBody = (target, body) => {
    const { types } = target[modelShape] ?? { types: {} }
    const result = {}
    for (const name of Object.keys(body)) {
        const type = types[name]?.type
        if (type === "string" && typeof body[name] !== "string") result[name] = toString(body[name])
        else if (type === "array" && !Array.isArray(body[name])) result[name] = [body[name]]
        else result[name] = body[name]
    }
    return result
}

/** The values of a query, or of a form. */
class Values {
    #pairs
    constructor(pairs) { this.#pairs = pairs.map(([name, value]) => [name, value]) }
    get(name) { return this.#pairs.find(([key]) => key === name)?.[1] ?? "" }
    has(name) { return this.#pairs.some(([key]) => key === name) }
    add(name, value) { this.#pairs.push([String(name), String(value)]) }
    del(name) { this.#pairs = this.#pairs.filter(([key]) => key !== name) }
    set(name, value) { this.del(name); this.add(name, value) }
    clone() { return new Values(this.#pairs) }
    encode() {
        return this.#pairs.slice().sort(([one], [other]) => one < other ? -1 : one > other ? 1 : 0)
            .map((pair) => pair.map((text) => encodeURIComponent(text).replaceAll("%20", "+")).join("=")).join("&")
    }
}

/** An address as the server's own language has it. */
class GoURL {
    constructor(members) { Object.assign(this, members) }

    static parse(text) {
        const match = /^(?:([a-zA-Z][\w+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(String(text))
        const [, scheme = "", user = null, host = "", path = "", rawQuery = "", fragment = ""] = match ?? []
        return new GoURL({ scheme, opaque: "", user, host, path: decodePath(path), rawPath: "", omitHost: false, forceQuery: false, rawQuery, fragment: decodePath(fragment), rawFragment: "" })
    }

    escapedPath() { return encodeURI(this.path).replace(/[?#]/g, encodeURIComponent) }
    escapedFragment() { return encodeURI(this.fragment) }
    hostname() { return this.host.replace(/:\d*$/, "").replace(/^\[|\]$/g, "") }
    port() { return /:(\d*)$/.exec(this.host)?.[1] ?? "" }
    isAbs() { return this.scheme !== "" }
    query() { return new Values(queryPairs(this.rawQuery)) }
    requestURI() { return (this.escapedPath() || "/") + (this.rawQuery ? `?${this.rawQuery}` : "") }
    clone() { return new GoURL(this) }
    parse(ref) { return this.resolveReference(GoURL.parse(ref)) }
    resolveReference(other) { return GoURL.parse(new URL(other.string(), this.string()).href) }
    joinPath(...parts) {
        const copy = this.clone()
        copy.path = $filepath.join(this.path || "/", ...parts)
        return copy
    }

    string() {
        const authority = this.host || this.user ? `//${this.user ? `${this.user}@` : ""}${this.host}` : ""
        return (this.scheme ? `${this.scheme}:` : "") + authority + this.escapedPath()
            + (this.rawQuery ? `?${this.rawQuery}` : "") + (this.fragment ? `#${this.escapedFragment()}` : "")
    }

    redacted() { return this.string().replace(/\/\/([^:@/]*):[^@/]*@/, "//$1:xxxxx@") }
    toString() { return this.string() }
}

const decodePath = (text) => { try { return decodeURIComponent(text) } catch { return text } }

const queryPairs = (text) => text.split("&").filter(Boolean).map((pair) => {
    const [name, ...rest] = pair.split("=")
    return [name, rest.join("=")].map((part) => decodePath(part.replaceAll("+", " ")))
})

/** The headers of a request, or of an answer. */
class Header {
    #call
    constructor(call) { this.#call = call }
    get(name) { return this.#call("get", String(name)) ?? "" }
    values(name) { return this.#call("values", String(name)) ?? [] }
    set(name, value) { this.#call("set", String(name), toString(value)) }
    add(name, value) { this.#call("add", String(name), toString(value)) }
    del(name) { this.#call("del", String(name)) }
    clone() { return this }
}

class BodyReader extends Object {}

class HTTPRequest {
    #event
    #url
    #pathValues = {}

    constructor(event) {
        this.#event = event
        this.header = new Header((...call) => native.requestHeader(event, ...call))
    }

    get method() { return native.requestHead(this.#event, "method") }
    get url() { return this.#url ??= requestURL(this.#event) }
    get host() { return this.header.get("Host") }
    get remoteAddr() { return native.requestHead(this.#event, "remoteAddress") }
    get proto() { return "HTTP/1.1" }
    get protoMajor() { return 1 }
    get protoMinor() { return 1 }
    get contentLength() { return native.requestHead(this.#event, "contentLength") }
    get pattern() { return native.requestHead(this.#event, "pattern") }
    get requestURI() { return native.requestHead(this.#event, "target") }
    get body() { return native.requestReader(this.#event) }
    get form() { return this.url.query() }

    pathValue(name) { return this.#pathValues[name] ?? native.requestParameter(this.#event, String(name)) }
    setPathValue(name, value) { this.#pathValues[name] = String(value) }
    userAgent() { return this.header.get("User-Agent") }
    referer() { return this.header.get("Referer") }
    context() { return new Context() }
    withContext() { return this }
    clone() { return new HTTPRequest(this.#event) }
    protoAtLeast(major, minor) { return major < 1 || major === 1 && minor <= 1 }

    cookies() {
        return this.header.values("Cookie").flatMap((line) => line.split(";")).map((pair) => pair.trim()).filter((pair) => pair.includes("="))
            .map((pair) => new Cookie({ name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1).replace(/^"(.*)"$/, "$1") }))
    }
    cookiesNamed(name) { return this.cookies().filter((cookie) => cookie.name === name) }
    cookie(name) {
        const [cookie] = this.cookiesNamed(name)
        if (!cookie) throw new GoError("http: named cookie not present")
        return cookie
    }
    addCookie(cookie) { this.header.add("Cookie", `${cookie.name}=${cookie.value}`) }

    basicAuth() {
        const match = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(this.header.get("Authorization"))
        const text = match ? utf8Decoder.decode(native.fromBase64(match[1])) : ""
        const colon = text.indexOf(":")
        return colon < 0 ? ["", "", false] : [text.slice(0, colon), text.slice(colon + 1), true]
    }
    setBasicAuth(user, password) { this.header.set("Authorization", `Basic ${native.base64(utf8Encoder.encode(`${user}:${password}`))}`) }

    parseForm() {}
    parseMultipartForm() {}
    formValue(name) { return this.postFormValue(name) || this.url.query().get(name) }
    postFormValue(name) { return native.requestFormValue(this.#event, String(name)) }
    formFile(name) {
        const files = native.requestFiles(this.#event, String(name))
        return [files[0].reader.open(), files[0]]
    }
    multipartReader() { throw new GoError("http: multipart handled by ParseMultipartForm") }
}

const requestURL = (event) => {
    const target = native.requestHead(event, "target")
    const [path, rawQuery = ""] = [target.split("?")[0], target.split("?").slice(1).join("?")]
    return new GoURL({ scheme: "", opaque: "", user: null, host: "", path: decodePath(path), rawPath: "", omitHost: false, forceQuery: false, rawQuery, fragment: "", rawFragment: "" })
}

class HTTPResponse {
    #event
    constructor(event) { this.#event = event }
    header() { return new Header((...call) => native.responseHeader(this.#event, ...call)) }
    writeHeader(status) { native.respond(this.#event, status, null, "") }
    write(content) {
        const bytes = typeof content === "string" ? utf8Encoder.encode(content) : asBytes(content)
        native.respond(this.#event, native.responseStatus(this.#event) || 200, null, bytes)
        return bytes.length
    }
}

const requests = new WeakMap()
const responses = new WeakMap()
const requestOf = (event) => requests.get(event) ?? (requests.set(event, new HTTPRequest(event)), requests.get(event))
const responseOf = (event) => responses.get(event) ?? (responses.set(event, new HTTPResponse(event)), responses.get(event))

class Cookie {
    constructor(members = {}) {
        Object.assign(this, {
            name: "", value: "", path: "", domain: "", expires: null, maxAge: 0, secure: false, httpOnly: false, sameSite: 0,
            partitioned: false, quoted: false,
        }, members)
    }

    /** As `Set-Cookie` has it (RFC 6265, section 4.1). */
    string() {
        if (!/^[\w!#$%&'*+\-.^`|~]+$/.test(this.name)) return ""
        const value = String(this.value).replace(/[^\x20-\x7e]|[";\\]/g, "")
        const parts = [`${this.name}=${/[ ,]/.test(value) ? `"${value}"` : value}`]
        const plain = (text) => String(text).replace(/[\x00-\x1f\x7f;]/g, "")
        if (this.path) parts.push(`Path=${plain(this.path)}`)
        if (this.domain) parts.push(`Domain=${plain(this.domain).replace(/^\./, "")}`)
        const expires = this.expires instanceof DateTime ? new Date(this.expires.time().unixMilli())
            : this.expires instanceof Time ? new Date(this.expires.unixMilli()) : this.expires ? new Date(this.expires) : null
        if (expires && !Number.isNaN(expires.getTime())) parts.push(`Expires=${expires.toUTCString()}`)
        if (this.maxAge > 0) parts.push(`Max-Age=${Math.trunc(this.maxAge)}`)
        else if (this.maxAge < 0) parts.push("Max-Age=0")
        if (this.httpOnly) parts.push("HttpOnly")
        if (this.secure) parts.push("Secure")
        const site = { 2: "SameSite=Lax", 3: "SameSite=Strict", 4: "SameSite=None" }[this.sameSite]
        if (site) parts.push(site)
        if (this.partitioned) parts.push("Partitioned")
        return parts.join("; ")
    }

    valid() { if (!this.string()) throw new GoError("http: invalid Cookie.Name") }
}

class Context {
    #parent
    #key
    #value
    constructor(parent = null, key = null, value = null) { [this.#parent, this.#key, this.#value] = [parent, key, value] }
    value(key) { return this.#key !== null && key === this.#key ? this.#value : this.#parent?.value(key) ?? null }
    err() { return null }
    done() { return null }
    deadline() { return [new Time(zeroMilliseconds), false] }
}

class SubscriptionMessage {
    constructor(members = {}) {
        this.name = members.name ?? ""
        this.data = members.data ?? ""
    }
}

class Middleware {
    constructor(handler, priority = 0, id = "") {
        this.func = handler
        this.priority = Number(priority) || 0
        this.id = String(id)
    }
}

/** Middlewares and handlers of the server's own. */
class NativeHandler {
    constructor(kind, ...options) {
        this.kind = kind
        this.options = options
    }
}

const $apis = {
    requireGuestOnly: () => new NativeHandler("requireGuestOnly"),
    requireAuth: (...collections) => new NativeHandler("requireAuth", ...collections.flat().map(String)),
    requireSuperuserAuth: () => new NativeHandler("requireSuperuserAuth"),
    requireSuperuserOrOwnerAuth: (parameter = "id") => new NativeHandler("requireSuperuserOrOwnerAuth", String(parameter || "id")),
    bodyLimit: (bytes) => new NativeHandler("bodyLimit", Number(bytes) || 0),
    gzip: () => new NativeHandler("gzip"),
    skipSuccessActivityLog: () => new NativeHandler("skipSuccessActivityLog"),
    static: (root, hasFallback = false) => new NativeHandler("static", fileSystemRoot(root), Boolean(hasFallback)),
    recordAuthResponse: (event, record, method = "", meta = null) => native.authResponse(event, record, String(method), JSON.stringify(meta ?? null)),
    enrichRecord: (event, record, ...expands) => native.enrichRecords(event, [record], expands.flat().map(String)),
    enrichRecords: (event, records, ...expands) => native.enrichRecords(event, Array.from(records), expands.flat().map(String)),
}

// MARK: the families of events

const families = {
    Job: combined({ get app() { return native.eventApp(this) } }, eventMembers("id", "name", "payload", "key", "attempt", "retries")),
    App: combined(baseEvent, eventMembers("isRestart", "name", "exclude")),
    Model: combined(baseEvent, eventMembers("model", "type", "error")),
    Record: combined(baseEvent, eventMembers("record", "type", "error"), { get model() { return this.record }, set model(value) { this.record = value } }),
    Collection: combined(baseEvent, eventMembers("type", "error"), heldMember("collection"), { get model() { return this.collection } }),
    Enrich: combined(baseEvent, eventMembers("record"), { get requestInfo() { return enrichInfo(this) } }),
    Mailer: combined(baseEvent, eventMembers("record", "meta", "collection"), { get mailer() { return mailClient }, get message() { return mailMessageOf(this) } }),
    Request: combined(baseEvent, requestEvent, eventMembers(
        "record", "records", "identity", "identityField", "password", "authMethod", "token", "meta", "providerName",
        "isNewRecord", "createData", "otp", "newEmail", "deleteMissing", "fileField", "servedPath", "servedName", "thumbError",
        "name",
    ), heldMember("collection"), heldMember("result"), heldMember("batch"), heldMember("subscriptions"), heldMember("collections"), heldMember("collectionsData"),
    heldMember("settings"), heldMember("oldSettings"), heldMember("newSettings"), heldMember("oAuth2User"), heldMember("message"), {
        get providerClient() { return providerClientOf(this) },
        get client() {
            const id = received(native.eventGet(this, "client"))
            return id ? new Client(id) : undefined
        },
        get idleTimeout() { return new Duration(received(native.eventGet(this, "idleTimeout")) ?? 0) },
        set idleTimeout(value) { native.eventSet(this, "idleTimeout", Number(value)) },
        get maxTimeout() { return new Duration(received(native.eventGet(this, "maxTimeout")) ?? 0) },
        set maxTimeout(value) { native.eventSet(this, "maxTimeout", Number(value)) },
    }),
}

/** A member that scripts change from inside: kept as it is here, and told to the server before it goes on. */
function heldMember(name) {
    return Object.defineProperty({}, name, {
        get() {
            const held = heldOf(this)
            if (!(name in held)) held[name] = received(native.eventGet(this, name))
            return held[name]
        },
        set(value) { heldOf(this)[name] = value },
        enumerable: true,
        configurable: true,
    })
}

const heldMembers = new WeakMap()
const heldOf = (event) => heldMembers.get(event) ?? (heldMembers.set(event, {}), heldMembers.get(event))

/** Tells the server what became of held members. */
const settleHeld = (event) => {
    const held = heldMembers.get(event)
    if (!held) return
    for (const name of Object.keys(held)) {
        const value = held[name]
        if (value !== undefined) native.eventSet(event, name, native.isHost(value) ? value : JSON.stringify(value))
    }
    heldMembers.delete(event)
}

for (const family of Object.values(families)) {
    const { next } = family
    if (!next) continue
    family.next = function () {
        settleHeld(this)
        return next.call(this)
    }
}

for (const [name, prototype] of Object.entries(families)) native.register(`${name}Event`, prototype)

const enrichInfo = (event) => {
    const info = new RequestInfo(JSON.parse(native.eventGet(event, "requestInfo")[1]))
    info.auth = native.eventGet(event, "auth")?.[1] ?? null
    return info
}

// MARK: running handlers

let currentEvent = null
let root = null

/** Runs a handler with `$app` as the event's. */
const invoke = (handler, event) => {
    const outer = currentEvent
    const lastBefore = lastTimer
    currentEvent = event
    try {
        const result = handler(event)
        settleHeld(event)
        if (isThrowable(result)) throw result
        if (!(result instanceof Promise)) return result
        return result.then((value) => {
            settleHeld(event)
            if (isThrowable(value)) throw value
        })
    } catch (error) {
        // What a handler that failed has left behind is nobody's.
        for (let id = lastBefore + 1; id <= lastTimer; id++) timers.delete(id)
        throw error
    } finally {
        currentEvent = outer
    }
}

/** Runs a job. */
const invokePlain = (handler, argument) => {
    const result = handler(argument)
    if (isThrowable(result)) throw result
    return result
}

const currentApp = () => currentEvent?.app ?? (root ??= native.rootApp())
