// What browsers and other servers have, and the engine does not: text, addresses, timers, requests, random numbers.

class TextEncoder {
    get encoding() { return "utf-8" }
    encode(text = "") { return native.encodeText(String(text)) }
    encodeInto(text, target) {
        const bytes = this.encode(text).subarray(0, target.length)
        target.set(bytes)
        return { read: text.length, written: bytes.length }
    }
}

class TextDecoder {
    #fatal
    #ignoreBOM
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
        if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new RangeError(`the encoding ${label} is not supported`)
        this.#fatal = fatal
        this.#ignoreBOM = ignoreBOM
    }

    get encoding() { return "utf-8" }
    get fatal() { return this.#fatal }
    decode(input) {
        if (input === undefined) return ""
        const bytes = input instanceof Uint8Array ? input : ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input)
        const text = native.decodeText(bytes, this.#fatal)
        if (text === null) throw new TypeError("the bytes are no UTF-8")
        return !this.#ignoreBOM && text.startsWith("\ufeff") ? text.slice(1) : text
    }
}

const btoa = (text) => {
    const units = Uint8Array.from(String(text), (character) => {
        if (character.codePointAt(0) > 255) throw new TypeError("btoa takes characters up to U+00FF")
        return character.codePointAt(0)
    })
    return native.base64(units)
}

const atob = (text) => String.fromCharCode(...native.fromBase64(String(text).replace(/[\t\n\f\r ]/g, "")))

// MARK: timers

const timers = new Map()
let lastTimer = 0

const setTimer = (callback, delay, args, isRepeated) => {
    if (typeof callback !== "function") throw new TypeError("a timer calls a function")
    if (timers.size >= 10_000) throw new RangeError("more than 10000 timers wait at a time")
    const id = ++lastTimer
    const wait = Math.max(Number(delay) || 0, isRepeated ? 1 : 0)
    timers.set(id, { callback, args, wait, isRepeated })
    native.startTimer(id, wait)
    return id
}

const setTimeout = (callback, delay = 0, ...args) => setTimer(callback, delay, args, false)
const setInterval = (callback, delay = 0, ...args) => setTimer(callback, delay, args, true)
const clearTimeout = (id) => { timers.delete(id) }
const clearInterval = clearTimeout
const queueMicrotask = (callback) => { Promise.resolve().then(callback) }
const setImmediate = (callback, ...args) => setTimeout(callback, 0, ...args)

const fireTimer = (id) => {
    const timer = timers.get(id)
    if (!timer) return
    if (timer.isRepeated) native.startTimer(id, timer.wait); else timers.delete(id)
    timer.callback(...timer.args)
}

// MARK: copies

/** Copies what the structured clone algorithm of the HTML standard copies (section 2.7). */
const structuredClone = (value, seen = new Map()) => {
    if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`a ${typeof value} cannot be cloned`)
    if (value === null || typeof value !== "object") return value
    if (seen.has(value)) return seen.get(value)
    const keep = (copy) => { seen.set(value, copy); return copy }
    if (value instanceof Date) return keep(new Date(value))
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags))
    if (value instanceof ArrayBuffer) return keep(value.slice(0))
    if (ArrayBuffer.isView(value)) {
        const buffer = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)
        return keep(value instanceof DataView ? new DataView(buffer) : new value.constructor(buffer))
    }
    if (value instanceof Map) {
        const copy = keep(new Map())
        for (const [key, item] of value) copy.set(structuredClone(key, seen), structuredClone(item, seen))
        return copy
    }
    if (value instanceof Set) {
        const copy = keep(new Set())
        for (const item of value) copy.add(structuredClone(item, seen))
        return copy
    }
    if (value instanceof Error) {
        const copy = keep(new (({ EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError })[value.name] ?? Error)(value.message))
        copy.stack = value.stack
        return copy
    }
    if (value instanceof Boolean || value instanceof Number || value instanceof String) return keep(Object(value.valueOf()))
    const copy = keep(Array.isArray(value) ? new Array(value.length) : {})
    for (const key of Object.keys(value)) copy[key] = structuredClone(value[key], seen)
    return copy
}

// MARK: random numbers and digests

const cryptoKeys = new WeakMap()

class CryptoKey {
    constructor(type, algorithm, extractable, usages, bytes) {
        Object.assign(this, { type, algorithm, extractable, usages })
        cryptoKeys.set(this, bytes)
    }
}

const algorithmName = (algorithm) => String(typeof algorithm === "string" ? algorithm : algorithm?.name ?? "").toUpperCase()
const hashName = (algorithm) => algorithmName(algorithm?.hash ?? algorithm).replace("-", "").toLowerCase()
const unsupported = (name) => { throw new TypeError(`the algorithm ${name} is not supported`) }
const keyBytes = (key, usage) => {
    if (!key.usages.includes(usage)) throw new TypeError(`the key is not for ${usage}`)
    return cryptoKeys.get(key)
}

const subtle = {
    async digest(algorithm, data) { return native.digestBytes(hashName(algorithm), asBytes(data)).buffer },

    async importKey(format, data, algorithm, extractable, usages) {
        const name = algorithmName(algorithm)
        if (!["HMAC", "AES-GCM", "PBKDF2", "HKDF"].includes(name)) unsupported(name)
        const bytes = format === "jwk" ? fromBase64URL(data.k) : format === "raw" ? asBytes(data).slice() : unsupported(format)
        return new CryptoKey("secret", name === "HMAC" ? { name, hash: { name: algorithmName(algorithm.hash) } } : { name, length: bytes.length * 8 }, extractable, [...usages], bytes)
    },

    async generateKey(algorithm, extractable, usages) {
        const name = algorithmName(algorithm)
        if (name !== "HMAC" && name !== "AES-GCM") unsupported(name)
        const size = algorithm.length ? algorithm.length / 8 : name === "HMAC" ? 64 : 32
        return this.importKey("raw", crypto.getRandomValues(new Uint8Array(size)), algorithm, extractable, usages)
    },

    async exportKey(format, key) {
        if (!key.extractable) throw new TypeError("the key stays where it is")
        const bytes = cryptoKeys.get(key)
        return format === "jwk" ? { kty: "oct", k: toBase64URL(bytes), ext: true, key_ops: key.usages } : bytes.slice().buffer
    },

    async sign(algorithm, key, data) {
        if (algorithmName(algorithm) !== "HMAC") unsupported(algorithmName(algorithm))
        return native.hmacBytes(hashName(key.algorithm), asBytes(data), keyBytes(key, "sign")).buffer
    },

    async verify(algorithm, key, signature, data) {
        if (algorithmName(algorithm) !== "HMAC") unsupported(algorithmName(algorithm))
        return native.equal(native.hmacBytes(hashName(key.algorithm), asBytes(data), keyBytes(key, "verify")), asBytes(signature))
    },

    async encrypt(algorithm, key, data) {
        if (algorithmName(algorithm) !== "AES-GCM") unsupported(algorithmName(algorithm))
        return native.sealBytes(asBytes(data), keyBytes(key, "encrypt"), asBytes(algorithm.iv), asBytes(algorithm.additionalData)).buffer
    },

    async decrypt(algorithm, key, data) {
        if (algorithmName(algorithm) !== "AES-GCM") unsupported(algorithmName(algorithm))
        return native.openBytes(asBytes(data), keyBytes(key, "decrypt"), asBytes(algorithm.iv), asBytes(algorithm.additionalData)).buffer
    },

    async deriveBits(algorithm, key, length) {
        if (algorithmName(algorithm) !== "PBKDF2") unsupported(algorithmName(algorithm))
        return native.deriveBytes(hashName(algorithm), cryptoKeys.get(key), asBytes(algorithm.salt), algorithm.iterations, length / 8).buffer
    },
}

const toBase64URL = (bytes) => native.base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
const fromBase64URL = (text) => native.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"))

const crypto = {
    subtle,
    getRandomValues(target) {
        if (!ArrayBuffer.isView(target) || target.byteLength > 65536) throw new TypeError("random values go into a typed array of at most 65536 bytes")
        new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(native.randomBytes(target.byteLength))
        return target
    },
    randomUUID() {
        const bytes = native.randomBytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
        return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-")
    },
}

const performance = { now: () => native.now(), timeOrigin: Date.now() }

// MARK: addresses

const specialPorts = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" }
const encodeWith = (pattern) => (text) => text.replace(pattern, (part) => Array.from(utf8(part), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""))
const utf8 = (text) => native.encodeText(text)
const encodeFragment = encodeWith(/[\x00-\x20"<>`\x7f]|[^\x00-\x7f]+/gu)
const encodeQuery = encodeWith(/[\x00-\x20"#<>'\x7f]|[^\x00-\x7f]+/gu)
const encodePath = encodeWith(/[\x00-\x20"#<>?`{}\x7f]|[^\x00-\x7f]+/gu)
const encodeUser = encodeWith(/[\x00-\x20"#<>?`{}/:;=@[\\\]^|\x7f]|[^\x00-\x7f]+/gu)
const formEncode = (text) => encodeWith(/[^A-Za-z0-9*\-._ ]+/gu)(String(text)).replaceAll(" ", "+")
const formDecode = (text) => native.decodeText(percentDecode(text.replaceAll("+", " ")), false)

const percentDecode = (text) => {
    const bytes = utf8(text)
    const result = []
    for (let index = 0; index < bytes.length; index++) {
        const digits = bytes[index] === 0x25 ? String.fromCharCode(bytes[index + 1], bytes[index + 2]) : ""
        if (/^[0-9a-fA-F]{2}$/.test(digits)) {
            result.push(parseInt(digits, 16))
            index += 2
        } else result.push(bytes[index])
    }
    return Uint8Array.from(result)
}

class URLSearchParams {
    #pairs = []
    #changed

    constructor(init = "", changed = null) {
        this.#changed = changed
        if (typeof init === "string") this.#parse(init.replace(/^\?/, ""))
        else if (init && typeof init[Symbol.iterator] === "function") for (const [name, value] of init) this.#pairs.push([String(name), String(value)])
        else for (const name of Object.keys(init ?? {})) this.#pairs.push([name, String(init[name])])
    }

    #parse(text) {
        this.#pairs = text.split("&").filter(Boolean).map((pair) => {
            const equals = pair.indexOf("=")
            return (equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)]).map(formDecode)
        })
    }

    #tell() { this.#changed?.(this.toString()) }
    get size() { return this.#pairs.length }
    append(name, value) { this.#pairs.push([String(name), String(value)]); this.#tell() }
    delete(name, value) { this.#pairs = this.#pairs.filter((pair) => pair[0] !== String(name) || value !== undefined && pair[1] !== String(value)); this.#tell() }
    get(name) { return this.#pairs.find((pair) => pair[0] === String(name))?.[1] ?? null }
    getAll(name) { return this.#pairs.filter((pair) => pair[0] === String(name)).map((pair) => pair[1]) }
    has(name, value) { return this.#pairs.some((pair) => pair[0] === String(name) && (value === undefined || pair[1] === String(value))) }
    set(name, value) {
        const index = this.#pairs.findIndex((pair) => pair[0] === String(name))
        if (index < 0) this.#pairs.push([String(name), String(value)])
        else {
            this.#pairs[index][1] = String(value)
            this.#pairs = this.#pairs.filter((pair, position) => position <= index || pair[0] !== String(name))
        }
        this.#tell()
    }
    sort() { this.#pairs.sort(([one], [other]) => one < other ? -1 : one > other ? 1 : 0); this.#tell() }
    forEach(visit, self) { for (const [name, value] of this.#pairs) visit.call(self, value, name, this) }
    *entries() { yield* this.#pairs.map((pair) => [...pair]) }
    *keys() { for (const [name] of this.#pairs) yield name }
    *values() { for (const [, value] of this.#pairs) yield value }
    [Symbol.iterator]() { return this.entries() }
    toString() { return this.#pairs.map((pair) => pair.map(formEncode).join("=")).join("&") }
}

const parseHost = (text, isSpecial) => {
    if (text.startsWith("[")) {
        if (!/^\[[0-9a-fA-F:.]+\]$/.test(text)) return null
        return text.toLowerCase()
    }
    if (!isSpecial) return /[\x00\t\n\r #/<>?@[\\\]^|]/.test(text) ? null : encodeWith(/[\x00-\x1f\x7f]|[^\x00-\x7f]+/gu)(text)
    const host = native.decodeText(percentDecode(text), false).toLowerCase()
    if (!host || /[\x00-\x20#/:<>?@[\\\]^|%\x7f]/.test(host)) return null
    const parts = host.replace(/\.$/, "").split(".")
    if (!/^(0x[0-9a-f]*|\d+)$/.test(parts.at(-1))) return /[^\x00-\x7f]/.test(host) ? null : host
    if (parts.length > 4) return null
    const numbers = parts.map((part) => /^0x/.test(part) ? parseInt(part, 16) || 0 : /^0\d/.test(part) ? parseInt(part, 8) : Number(part))
    if (numbers.some((number) => !Number.isFinite(number)) || numbers.slice(0, -1).some((number) => number > 255)) return null
    const last = numbers.pop()
    if (last >= 256 ** (4 - numbers.length)) return null
    const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last)
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".")
}

const normalPath = (path, isSpecial) => {
    const parts = []
    const segments = (isSpecial ? path.replaceAll("\\", "/") : path).split("/").slice(1)
    segments.forEach((segment, index) => {
        const isLast = index === segments.length - 1
        if (/^(\.|%2e)$/i.test(segment)) { if (isLast) parts.push("") }
        else if (/^(\.|%2e)(\.|%2e)$/i.test(segment)) { parts.pop(); if (isLast) parts.push("") }
        else parts.push(encodePath(segment))
    })
    return `/${parts.join("/")}`
}

/** An address by the URL standard, but for international names: they have to come in ASCII (`xn--…`). */
class URL {
    #parts
    #params

    constructor(text, base) {
        const parts = URL.#parse(String(text), base === undefined ? null : new URL(base).#parts)
        if (!parts) throw new TypeError(`Invalid URL: ${text}`)
        this.#parts = parts
    }

    static canParse(text, base) {
        try { new URL(text, base); return true } catch { return false }
    }

    static parse(text, base) {
        try { return new URL(text, base) } catch { return null }
    }

    static #parse(input, base) {
        let text = input.replace(/^[\x00-\x20]+|[\x00-\x20]+$/g, "").replace(/[\t\n\r]/g, "")
        let hash = ""
        const mark = text.indexOf("#")
        if (mark >= 0) {
            hash = `#${encodeFragment(text.slice(mark + 1))}`
            text = text.slice(0, mark)
        }
        const scheme = /^([a-zA-Z][a-zA-Z0-9+\-.]*):/.exec(text)
        const protocol = scheme ? `${scheme[1].toLowerCase()}:` : base?.protocol
        if (!protocol) return null
        const isSpecial = protocol in specialPorts
        let rest = scheme ? text.slice(scheme[0].length) : text
        const parts = { protocol, username: "", password: "", hostname: "", port: "", pathname: "", search: "", hash, isOpaque: false }
        const question = rest.indexOf("?")
        if (question >= 0) {
            parts.search = `?${encodeQuery(rest.slice(question + 1))}`
            rest = rest.slice(0, question)
        }
        const slashes = isSpecial ? /^[/\\]*/.exec(rest)[0].length : rest.startsWith("//") ? 2 : 0
        const isRelative = !scheme || isSpecial && base?.protocol === protocol && slashes === 0
        if (isRelative && slashes < 2) {
            if (!base || base.isOpaque && !(mark === 0)) return null
            const { username, password, hostname, port } = base
            Object.assign(parts, { username, password, hostname, port })
            const path = isSpecial ? rest.replaceAll("\\", "/") : rest
            if (path === "") {
                parts.pathname = base.pathname
                if (question < 0) parts.search = base.search
            } else parts.pathname = normalPath(path.startsWith("/") ? path : base.pathname.replace(/[^/]*$/, "") + path, isSpecial)
            return parts
        }
        if (!isSpecial && slashes < 2) {
            parts.isOpaque = !rest.startsWith("/")
            parts.pathname = parts.isOpaque ? encodeWith(/[\x00-\x1f\x7f]|[^\x00-\x7f]+/gu)(rest) : normalPath(rest, false)
            return parts
        }
        const authority = rest.slice(slashes)
        const end = authority.search(isSpecial ? /[/\\]/ : /\//)
        const place = end < 0 ? authority : authority.slice(0, end)
        const at = place.lastIndexOf("@")
        if (at >= 0) {
            const [user, ...password] = place.slice(0, at).split(":")
            parts.username = encodeUser(user)
            parts.password = encodeUser(password.join(":"))
        }
        const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(place.slice(at + 1))
        if (!match) return null
        if (match[1] === "" && isSpecial && protocol !== "file:") return null
        const host = match[1] === "" ? "" : parseHost(match[1], isSpecial)
        if (host === null || Number(match[2] ?? 0) > 65535) return null
        parts.hostname = host
        parts.port = match[2] && match[2] !== "" && String(Number(match[2])) !== specialPorts[protocol] ? String(Number(match[2])) : ""
        const path = end < 0 ? "" : authority.slice(end)
        parts.pathname = path || isSpecial ? normalPath(path || "/", isSpecial) : ""
        return parts
    }

    #change(change) {
        const copy = { ...this.#parts }
        change(copy)
        const parts = URL.#parse(URL.#text(copy), null)
        if (parts) this.#parts = parts
    }

    static #text({ protocol, username, password, hostname, port, pathname, search, hash, isOpaque }) {
        const user = username || password ? `${username}${password ? `:${password}` : ""}@` : ""
        const authority = isOpaque || !hostname && protocol !== "file:" ? "" : `//${user}${hostname}${port ? `:${port}` : ""}`
        return `${protocol}${authority}${pathname}${search}${hash}`
    }

    get href() { return URL.#text(this.#parts) }
    set href(value) { this.#parts = new URL(value).#parts; this.#params = undefined }
    get origin() { return this.#parts.protocol in specialPorts && this.#parts.protocol !== "file:" ? `${this.#parts.protocol}//${this.host}` : "null" }
    get protocol() { return this.#parts.protocol }
    set protocol(value) { this.#change((parts) => { parts.protocol = `${String(value).replace(/:.*$/, "").toLowerCase()}:` }) }
    get username() { return this.#parts.username }
    set username(value) { this.#parts.username = encodeUser(String(value)) }
    get password() { return this.#parts.password }
    set password(value) { this.#parts.password = encodeUser(String(value)) }
    get host() { return this.#parts.hostname + (this.#parts.port ? `:${this.#parts.port}` : "") }
    set host(value) { this.#change((parts) => { [parts.hostname, parts.port] = [String(value).replace(/:\d*$/, ""), /:(\d+)$/.exec(value)?.[1] ?? parts.port] }) }
    get hostname() { return this.#parts.hostname }
    set hostname(value) { this.#change((parts) => { parts.hostname = String(value) }) }
    get port() { return this.#parts.port }
    set port(value) { this.#change((parts) => { parts.port = String(value) }) }
    get pathname() { return this.#parts.pathname }
    set pathname(value) { if (!this.#parts.isOpaque) this.#parts.pathname = normalPath(String(value).startsWith("/") ? String(value) : `/${value}`, this.#parts.protocol in specialPorts) }
    get search() { return this.#parts.search === "?" ? "" : this.#parts.search }
    set search(value) {
        const text = String(value).replace(/^\?/, "")
        this.#parts.search = text ? `?${encodeQuery(text)}` : ""
        this.#params = undefined
    }
    get hash() { return this.#parts.hash === "#" ? "" : this.#parts.hash }
    set hash(value) {
        const text = String(value).replace(/^#/, "")
        this.#parts.hash = text ? `#${encodeFragment(text)}` : ""
    }
    get searchParams() {
        return this.#params ??= new URLSearchParams(this.search, (text) => { this.#parts.search = text ? `?${text}` : "" })
    }
    toString() { return this.href }
    toJSON() { return this.href }
}

// MARK: requests

class Headers {
    #pairs = []
    constructor(init) {
        if (!init) return
        const pairs = init instanceof Headers || typeof init[Symbol.iterator] === "function" ? init : Object.entries(init)
        for (const [name, value] of pairs) this.append(name, value)
    }
    append(name, value) {
        if (!/^[\w!#$%&'*+\-.^`|~]+$/.test(name) || /[\0\r\n]/.test(value)) throw new TypeError(`invalid header ${name}`)
        this.#pairs.push([String(name).toLowerCase(), String(value).trim()])
    }
    delete(name) { this.#pairs = this.#pairs.filter(([key]) => key !== String(name).toLowerCase()) }
    get(name) {
        const values = this.#pairs.filter(([key]) => key === String(name).toLowerCase()).map(([, value]) => value)
        return values.length ? values.join(", ") : null
    }
    getSetCookie() { return this.#pairs.filter(([key]) => key === "set-cookie").map(([, value]) => value) }
    has(name) { return this.get(name) !== null }
    set(name, value) { this.delete(name); this.append(name, value) }
    forEach(visit, self) { for (const [name, value] of this) visit.call(self, value, name, this) }
    *entries() { for (const name of [...new Set(this.#pairs.map(([key]) => key))].sort()) yield [name, this.get(name)] }
    *keys() { for (const [name] of this) yield name }
    *values() { for (const [, value] of this) yield value }
    [Symbol.iterator]() { return this.entries() }
    toJSON() { return Object.fromEntries(this) }
}

const bodyOf = (body) => {
    if (body === undefined || body === null) return [new Uint8Array(0), null]
    if (body instanceof FormData) return body.encode()
    if (body instanceof URLSearchParams) return [utf8(body.toString()), "application/x-www-form-urlencoded;charset=UTF-8"]
    if (isBytes(body) || ArrayBuffer.isView(body)) return [asBytes(body), null]
    return [utf8(String(body)), "text/plain;charset=UTF-8"]
}

const abortError = () => Object.assign(new Error("the request was given up"), { name: "AbortError" })

class AbortSignal {
    #handlers = []
    aborted = false
    reason = undefined
    static timeout(milliseconds) {
        const controller = new AbortController()
        setTimeout(() => controller.abort(Object.assign(new Error("the time is over"), { name: "TimeoutError" })), milliseconds)
        return controller.signal
    }
    static abort(reason) {
        const controller = new AbortController()
        controller.abort(reason)
        return controller.signal
    }
    addEventListener(type, handler) { if (type === "abort") this.#handlers.push(handler) }
    removeEventListener(type, handler) { this.#handlers = this.#handlers.filter((other) => other !== handler) }
    throwIfAborted() { if (this.aborted) throw this.reason }
    static tell(signal, reason) {
        if (signal.aborted) return
        signal.aborted = true
        signal.reason = reason ?? abortError()
        for (const handler of signal.#handlers) handler({ type: "abort", target: signal })
    }
}

class AbortController {
    signal = new AbortSignal()
    abort(reason) { AbortSignal.tell(this.signal, reason) }
}

class Body {
    #bytes
    #isUsed = false
    constructor(bytes) { this.#bytes = bytes }
    get bodyUsed() { return this.#isUsed }
    #take() {
        if (this.#isUsed) throw new TypeError("the body has been read")
        this.#isUsed = true
        return this.#bytes
    }
    async bytes() { return this.#take() }
    async arrayBuffer() { const bytes = this.#take(); return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }
    async text() { return new TextDecoder().decode(this.#take()) }
    async json() { return JSON.parse(await this.text()) }
    peek() { return this.#bytes }
}

class Request extends Body {
    constructor(input, init = {}) {
        const former = input instanceof Request ? input : null
        const method = String(init.method ?? former?.method ?? "GET").toUpperCase()
        const [bytes, type] = init.body === undefined && former ? [former.peek(), null] : bodyOf(init.body)
        if (bytes.length && (method === "GET" || method === "HEAD")) throw new TypeError(`a ${method} request has no body`)
        super(bytes)
        this.url = new URL(former?.url ?? String(input)).href
        this.method = method
        this.headers = new Headers(init.headers ?? former?.headers)
        if (type && !this.headers.has("content-type")) this.headers.set("content-type", type)
        this.signal = init.signal ?? former?.signal ?? null
        this.redirect = init.redirect ?? former?.redirect ?? "follow"
    }
    clone() { return new Request(this) }
}

class Response extends Body {
    constructor(body = null, { status = 200, statusText = "", headers } = {}) {
        const [bytes, type] = bodyOf(body)
        super(bytes)
        this.status = status
        this.statusText = statusText
        this.headers = new Headers(headers)
        if (type && !this.headers.has("content-type")) this.headers.set("content-type", type)
        this.url = ""
        this.redirected = false
        this.type = "default"
    }
    get ok() { return this.status >= 200 && this.status < 300 }
    clone() { return Object.assign(new Response(this.peek(), this), { url: this.url }) }
    static json(data, init = {}) {
        const response = new Response(JSON.stringify(data), init)
        if (!new Headers(init.headers).has("content-type")) response.headers.set("content-type", "application/json")
        return response
    }
    static error() { return new Response(null, { status: 500 }) }
    static redirect(url, status = 302) { return new Response(null, { status, headers: { location: new URL(url).href } }) }
}

/** Asks another server. The thread does not wait for it. */
const fetch = async (input, init) => {
    const request = new Request(input, init)
    request.signal?.throwIfAborted()
    const headers = [...request.headers]
    if (!request.headers.has("user-agent")) headers.push(["user-agent", native.userAgent()])
    const answer = native.fetch(request.method, request.url, JSON.stringify(headers), request.peek(), request.redirect)
    const stopped = request.signal ? new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason))) : null
    const [status, fields, bytes, url] = await (stopped ? Promise.race([answer, stopped]) : answer)
    const response = new Response(bytes, { status, headers: JSON.parse(fields) })
    response.url = url
    response.redirected = url !== request.url
    return response
}
