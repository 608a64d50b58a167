// URL and URLSearchParams (URL standard).

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
