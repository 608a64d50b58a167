// Requests to other servers (Fetch standard).

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
