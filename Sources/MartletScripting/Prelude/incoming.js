// What a request has brought along (js-hooks.md, 11).

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
