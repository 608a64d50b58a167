// $http and forms for it (js-hooks.md, 23).

class FormData {
    #entries = []
    append(name, value) { this.#entries.push([String(name), value]) }
    set(name, value) { this.delete(name); this.append(name, value) }
    get(name) { return this.#entries.find(([key]) => key === name)?.[1] ?? null }
    getAll(name) { return this.#entries.filter(([key]) => key === name).map(([, value]) => value) }
    has(name) { return this.#entries.some(([key]) => key === name) }
    delete(name) { this.#entries = this.#entries.filter(([key]) => key !== name) }
    keys() { return [...new Set(this.#entries.map(([key]) => key))] }
    values() { return this.#entries.map(([, value]) => value) }
    entries() { return this.#entries.map((entry) => [...entry]) }
    [Symbol.iterator]() { return this.entries()[Symbol.iterator]() }

    /** As `multipart/form-data` (RFC 7578). */
    encode() {
        const boundary = native.randomText(40, "")
        const quoted = (text) => String(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/[\r\n]/g, " ")
        const pieces = this.#entries.flatMap(([name, value]) => {
            const head = value instanceof File
                ? `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"; filename="${quoted(value.originalName)}"\r\nContent-Type: application/octet-stream\r\n\r\n`
                : `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n`
            return [utf8Encoder.encode(head), value instanceof File ? native.fileContent(value) : asBytes(value), utf8Encoder.encode("\r\n")]
        })
        pieces.push(utf8Encoder.encode(`--${boundary}--\r\n`))
        return [joinBytes(pieces), `multipart/form-data; boundary=${boundary}`]
    }
}

const canonicalHeader = (name) => name.split("-").map((part) => part ? part[0].toUpperCase() + part.slice(1).toLowerCase() : part).join("-")

const $http = {
    send(config = {}) {
        const url = String(config.url ?? "")
        const method = String(config.method || "GET").toUpperCase()
        if (!/^https?:\/\//i.test(url)) {
            const scheme = /^([a-z][\w+.-]*):/i.exec(url)?.[1] ?? ""
            throw new GoError(`${canonicalHeader(method)} "${url}": unsupported protocol scheme "${scheme}"`)
        }
        const headers = []
        for (const [name, value] of Object.entries(config.headers ?? {})) {
            if (name.toLowerCase() !== "host") headers.push([name, Array.isArray(value) ? "" : toString(value)])
        }
        let body = new Uint8Array(0)
        if (config.data && Object.keys(config.data).length) body = utf8Encoder.encode(JSON.stringify(config.data))
        else if (config.body instanceof FormData) {
            const [bytes, type] = config.body.encode()
            body = bytes
            for (let index = headers.length - 1; index >= 0; index--) if (headers[index][0].toLowerCase() === "content-type") headers.splice(index, 1)
            headers.push(["Content-Type", type])
        } else if (typeof config.body === "string" || typeof config.body === "number" || isBytes(config.body) || config.body instanceof Reader) {
            body = asBytes(config.body)
        }
        if (!headers.some(([name]) => name.toLowerCase() === "user-agent")) headers.push(["User-Agent", "Go-http-client/1.1"])
        const timeout = config.timeout === undefined || config.timeout === null ? 120 : Number(config.timeout)
        let answer
        try {
            answer = native.sendRequest(method, url, JSON.stringify(headers), body, timeout > 0 ? timeout : 120)
        } catch (error) {
            throw new GoError(`${canonicalHeader(method)} "${url}": ${transportFailure(error.message, url)}`)
        }
        const [status, fields, bytes] = answer
        return answerOf(status, JSON.parse(fields), bytes)
    },
}

/** Why there is no answer, in the words that scripts look for. */
const transportFailure = (message, url) => {
    if (/refused/.test(message)) return `dial tcp ${new URL(url).host.replace(/^([^:]*)$/, "$1:80")}: connect: connection refused`
    return /in time|timeout/i.test(message) ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)" : message
}

const answerOf = (statusCode, fields, body) => {
    const headers = {}
    for (const [name, value] of fields) (headers[canonicalHeader(name)] ??= []).push(value)
    const cookies = {}
    for (const line of headers["Set-Cookie"] ?? []) {
        const cookie = parseCookie(line)
        if (cookie) cookies[cookie.name] = cookie
    }
    const raw = utf8Decoder.decode(body)
    let json = null
    if (/^\s*[[{]/.test(raw)) try { json = JSON.parse(raw) } catch {}
    return { statusCode, headers, cookies, body, raw, json }
}

const parseCookie = (line) => {
    const [pair, ...attributes] = line.split(";").map((part) => part.trim())
    const equals = pair.indexOf("=")
    if (equals < 1) return null
    const cookie = new Cookie({ name: pair.slice(0, equals), value: pair.slice(equals + 1).replace(/^"(.*)"$/, "$1"), raw: line })
    for (const attribute of attributes) {
        const [name, value = ""] = attribute.split("=")
        switch (name.toLowerCase()) {
        case "path": cookie.path = value; break
        case "domain": cookie.domain = value; break
        case "max-age": cookie.maxAge = Number(value) > 0 ? Number(value) : -1; break
        case "expires": cookie.expires = new Time(Date.parse(value)); break
        case "secure": cookie.secure = true; break
        case "httponly": cookie.httpOnly = true; break
        case "samesite": cookie.sameSite = { lax: 2, strict: 3, none: 4 }[value.toLowerCase()] ?? 1; break
        }
    }
    return cookie
}
