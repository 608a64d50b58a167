// $security, $http, $os, $filepath, $filesystem, mails, jobs, logs (js-hooks.md, 22 to 31).

const $security = {
    md5: (text) => native.digest("md5", asBytes(text)),
    sha256: (text) => native.digest("sha256", asBytes(text)),
    sha512: (text) => native.digest("sha512", asBytes(text)),
    hs256: (text, secret) => native.hmac("sha256", asBytes(text), asBytes(secret)),
    hs512: (text, secret) => native.hmac("sha512", asBytes(text), asBytes(secret)),
    equal: (one, other) => native.equal(asBytes(one), asBytes(other)),
    randomString: (count) => native.randomText(Number(count) || 0, ""),
    randomStringWithAlphabet: (count, alphabet) => native.randomText(Number(count) || 0, requireAlphabet(alphabet)),
    pseudorandomString: (count) => native.randomText(Number(count) || 0, ""),
    pseudorandomStringWithAlphabet: (count, alphabet) => native.randomText(Number(count) || 0, requireAlphabet(alphabet)),
    randomStringByRegex: (pattern) => native.randomByPattern(String(pattern)),
    createJWT: (payload, key, seconds) => native.createJWT(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + Math.trunc(Number(seconds) || 0), ...payload }), String(key)),
    parseUnverifiedJWT: (token) => JSON.parse(native.parseJWT(String(token), "", false)),
    parseJWT: (token, key) => JSON.parse(native.parseJWT(String(token), String(key), true)),
    encrypt: (data, key) => native.encrypt(asBytes(data), String(key)),
    decrypt: (text, key) => native.decrypt(String(text), String(key)),
}

const requireAlphabet = (alphabet) => {
    if (!alphabet) throw new InternalServerError()
    return String(alphabet)
}

// MARK: readers and files

/** Something that is read once, from its start to its end. */
class Reader {
    #bytes
    #position = 0
    #open

    constructor(open) { this.#open = open }

    #content() { return this.#bytes ??= asBytes(this.#open()) }

    readAll(limit = Infinity) {
        const rest = this.#content().subarray(this.#position)
        this.#position = this.#content().length
        return rest.length > limit ? rest.subarray(0, limit) : rest
    }

    read(target) {
        const rest = this.#content().subarray(this.#position, this.#position + target.length)
        if (rest.length === 0) throw new GoError("EOF")
        target.set ? target.set(rest) : rest.forEach((byte, index) => { target[index] = byte })
        this.#position += rest.length
        return rest.length
    }

    close() {}
}

native.setReader((open) => new Reader(open))

function File() { throw new TypeError("a file is made by $filesystem") }

File.prototype = {
    constructor: File,
    get name() { return native.fileInfo(this, "name") },
    set name(value) { native.fileRename(this, String(value)) },
    get originalName() { return native.fileInfo(this, "originalName") },
    get size() { return native.fileInfo(this, "size") },
    get reader() { return { open: () => new Reader(() => native.fileContent(this)) } },
    get filename() { return this.originalName },
    open() { return this.reader.open() },
    asMap() { return { name: this.name, originalName: this.originalName, size: this.size } },
    toJSON() { return this.asMap() },
}

native.register("File", File.prototype)

const $filesystem = {
    fileFromPath: (path) => native.fileFromPath(String(path)),
    fileFromBytes: (bytes, name) => native.fileFromBytes(asBytes(bytes), String(name ?? "")),
    fileFromURL: (url, seconds = 120) => {
        const answer = $http.send({ url: String(url), timeout: Number(seconds) || 120 })
        if (answer.statusCode >= 400) throw new GoError(`failed to download url ${url} (${answer.statusCode})`)
        const name = decodePath(String(url).split(/[?#]/)[0].split("/").pop()) || "file"
        return native.fileFromBytes(answer.body, name)
    },
    fileFromMultipart: (header) => header,
    local: (folder) => native.localFilesystem(String(folder)),
    s3: (bucket, region, endpoint, accessKey, secret, isPathStyle) =>
        native.bucketFilesystem(JSON.stringify({ bucket, region, endpoint, accessKey, secret, forcePathStyle: Boolean(isPathStyle) })),
}

function Filesystem() { throw new TypeError("a file system is made by $filesystem") }

Filesystem.prototype = {
    constructor: Filesystem,
    setContext() {},
    close() {},
    exists(key) { return native.storedExists(this, String(key)) },
    attributes(key) {
        const attributes = JSON.parse(native.storedAttributes(this, String(key)))
        return { ...attributes, modTime: new Time(attributes.modTime), createTime: new Time(attributes.createTime) }
    },
    getReader(key) {
        native.storedAttributes(this, String(key))
        return new Reader(() => native.storedContent(this, String(key)))
    },
    getFile(key) { return this.getReader(key) },
    getReuploadableFile(key, keepsName = false) { return native.storedFile(this, String(key), Boolean(keepsName)) },
    list(prefix = "") { return JSON.parse(native.storedList(this, String(prefix))).map((entry) => ({ ...entry, modTime: new Time(entry.modTime) })) },
    upload(content, key) { native.storedWrite(this, String(key), asBytes(content)) },
    uploadFile(file, key) { native.storedWrite(this, String(key), native.fileContent(file)) },
    uploadMultipart(file, key) { this.uploadFile(file, key) },
    newWriter(key) {
        const pieces = []
        return {
            write: (content) => { pieces.push(asBytes(content)); return asBytes(content).length },
            close: () => this.upload(joinBytes(pieces), key),
        }
    },
    copy(from, to) { native.storedWrite(this, String(to), native.storedContent(this, String(from))) },
    delete(key) { native.storedDelete(this, String(key)) },
    deletePrefix(prefix) { return native.storedDeletePrefix(this, String(prefix)).map((message) => new GoError(message)) },
    isEmptyDir(folder) { return native.storedList(this, String(folder).replace(/\/*$/, "/")) === "[]" },
    serve(response, request, key, name) {
        const { contentType } = this.attributes(key)
        response.header().set("Content-Type", contentType)
        response.header().set("Content-Disposition", `inline; filename="${String(name).replaceAll('"', "")}"`)
        response.write(native.storedContent(this, String(key)))
    },
    createThumb(from, to, size) { native.storedThumb(this, String(from), String(to), String(size)) },
}

native.register("Filesystem", Filesystem.prototype)

const joinBytes = (pieces) => {
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
    let position = 0
    for (const piece of pieces) {
        whole.set(piece, position)
        position += piece.length
    }
    return whole
}

// MARK: the operating system

const fileInfo = (json) => {
    const { name, size, isDir, modTime, mode } = JSON.parse(json)
    return {
        name: () => name, size: () => size, isDir: () => isDir, modTime: () => new Time(modTime), mode: () => mode,
        info() { return this }, type: () => mode,
    }
}

class FileSystemRoot {
    constructor(path) { this.path = path }
}

const fileSystemRoot = (root) => root instanceof FileSystemRoot ? root.path : String(root)

class Cmd {
    #process = null
    constructor(name, args) {
        this.path = String(name)
        this.args = [String(name), ...args.map(String)]
        this.env = null
        this.dir = ""
        this.input = []
    }

    #run() {
        return native.runCommand(JSON.stringify({ args: this.args, env: this.env, dir: this.dir }), joinBytes(this.input))
    }

    #finish([status, output, errors]) {
        this.result = [output, errors]
        if (status !== 0) throw new GoError(status < 0 ? `signal: ${-status}` : `exit status ${status}`)
        return [output, errors]
    }

    run() { this.#finish(this.#run()) }
    start() { this.#process = this.#run() }
    wait() { this.#finish(this.#process ?? this.#run()) }
    output() { return this.#finish(this.#run())[0] }
    combinedOutput() { return joinBytes(this.#finish(this.#run())) }
    stdinPipe() { return { write: (content) => { this.input.push(asBytes(content)) }, close() {} } }
    stdoutPipe() { return new Reader(() => this.result?.[0] ?? this.#process?.[1] ?? "") }
    string() { return this.args.join(" ") }
    toString() { return this.string() }
}

const $os = {
    get args() { return native.processArguments() },
    cmd: (name, ...args) => new Cmd(name, args),
    exec: (name, ...args) => new Cmd(name, args),
    exit: (code = 0) => native.exit(Number(code)),
    getenv: (name) => native.environment(String(name)) ?? "",
    dirFS: (path) => new FileSystemRoot(String(path)),
    readFile: (path) => native.readFile(String(path)),
    writeFile: (path, content, mode) => native.writeFile(String(path), asBytes(content), Number(mode) || 0o644),
    stat: (path) => fileInfo(native.statFile(String(path))),
    readDir: (path) => JSON.parse(native.readFolder(String(path))).map((entry) => fileInfo(JSON.stringify(entry))),
    tempDir: () => (native.environment("TMPDIR") ?? "/tmp").replace(/(.)\/$/, "$1"),
    truncate: (path, size) => native.truncateFile(String(path), Number(size)),
    getwd: () => native.workingFolder(),
    mkdir: (path, mode) => native.makeFolder(String(path), Number(mode) || 0o755, false),
    mkdirAll: (path, mode) => native.makeFolder(String(path), Number(mode) || 0o755, true),
    rename: (from, to) => native.renameFile(String(from), String(to)),
    remove: (path) => native.removeFile(String(path), false),
    removeAll: (path) => native.removeFile(String(path), true),
    openRoot: (folder) => {
        native.statFile(String(folder))
        return {
            name: () => String(folder), close() {}, fs: () => new FileSystemRoot(String(folder)),
            open: (name) => $os.openInRoot(folder, name),
        }
    },
    openInRoot: (folder, name) => {
        if (!isLocalPath(String(name))) throw new GoError(`openat ${name}: path escapes from parent`)
        const path = $filepath.join(String(folder), String(name))
        native.statFile(path)
        const reader = new Reader(() => native.readFile(path))
        reader.name = () => path
        return reader
    },
}

const isLocalPath = (path) => !$filepath.isAbs(path) && !/^\.\.(\/|$)/.test($filepath.clean(path))

const $filepath = {
    base: (path) => {
        const text = String(path)
        if (!text) return "."
        const trimmed = text.replace(/\/+$/, "")
        return trimmed ? trimmed.slice(trimmed.lastIndexOf("/") + 1) : "/"
    },
    clean: (path) => {
        const text = String(path)
        const isAbsolute = text.startsWith("/")
        const parts = []
        for (const part of text.split("/")) {
            if (part === "" || part === ".") continue
            if (part !== "..") parts.push(part)
            else if (parts.length && parts.at(-1) !== "..") parts.pop()
            else if (!isAbsolute) parts.push("..")
        }
        return (isAbsolute ? "/" : "") + parts.join("/") || "."
    },
    dir: (path) => {
        const text = String(path)
        return $filepath.clean(text.slice(0, text.lastIndexOf("/") + 1))
    },
    ext: (path) => /(\.[^./]*)$/.exec(String(path))?.[1] ?? "",
    fromSlash: (path) => String(path),
    toSlash: (path) => String(path),
    isAbs: (path) => String(path).startsWith("/"),
    join: (...parts) => {
        const text = parts.map(String).filter(Boolean).join("/")
        return text ? $filepath.clean(text) : ""
    },
    split: (path) => {
        const text = String(path)
        const slash = text.lastIndexOf("/") + 1
        return [text.slice(0, slash), text.slice(slash)]
    },
    splitList: (path) => String(path) ? String(path).split(":") : [],
    match: (pattern, name) => globPattern(String(pattern)).test(String(name)),
    glob: (pattern) => {
        const text = String(pattern)
        if (!/[*?[]/.test(text)) return native.fileExists(text) ? [text] : []
        globPattern(text)
        const parts = text.split("/")
        let found = [text.startsWith("/") ? "/" : ""]
        for (const [index, part] of parts.entries()) {
            if (part === "") continue
            const isLast = index === parts.length - 1
            found = found.flatMap((folder) => {
                if (!/[*?[]/.test(part)) {
                    const path = folder + part
                    return native.fileExists(path) ? [isLast ? path : `${path}/`] : []
                }
                const form = globPattern(part)
                let entries
                try { entries = JSON.parse(native.readFolder(folder || ".")) } catch { return [] }
                return entries.filter((entry) => form.test(entry.name) && (isLast || entry.isDir))
                    .map((entry) => folder + entry.name + (isLast ? "" : "/"))
            })
        }
        return found.sort()
    },
    rel: (base, target) => {
        const [from, to] = [$filepath.clean(base), $filepath.clean(target)]
        if (from === to) return "."
        if ($filepath.isAbs(from) !== $filepath.isAbs(to)) throw new GoError(`Rel: can't make ${target} relative to ${base}`)
        const [one, other] = [from, to].map((path) => path === "." ? [] : path.split("/").filter(Boolean))
        let same = 0
        while (same < one.length && same < other.length && one[same] === other[same]) same++
        if (one.slice(same).includes("..")) throw new GoError(`Rel: can't make ${target} relative to ${base}`)
        return [...one.slice(same).map(() => ".."), ...other.slice(same)].join("/")
    },
    walk: (folder, visit) => walkFolder(String(folder), visit),
    walkDir: (folder, visit) => walkFolder(String(folder), visit),
}

const globPattern = (pattern) => {
    let source = ""
    for (let index = 0; index < pattern.length; index++) {
        const character = pattern[index]
        if (character === "*") source += "[^/]*"
        else if (character === "?") source += "[^/]"
        else if (character === "\\") {
            if (++index >= pattern.length) throw new GoError("syntax error in pattern")
            source += `\\${pattern[index]}`
        } else if (character === "[") {
            const end = pattern.indexOf("]", index + 2)
            if (end < 0) throw new GoError("syntax error in pattern")
            source += `[${pattern.slice(index + 1, end).replace(/\\/g, "\\\\")}]`
            index = end
        } else source += character.replace(/[.+^${}()|\]]/g, "\\$&")
    }
    return new RegExp(`^${source}$`, "s")
}

const walkFolder = (path, visit) => {
    let info
    try { info = $os.stat(path) } catch (error) { return visit(path, null, error) }
    visit(path, info, null)
    if (!info.isDir()) return
    for (const entry of $os.readDir(path).sort((one, other) => one.name() < other.name() ? -1 : 1)) {
        walkFolder($filepath.join(path, entry.name()), visit)
    }
}

// MARK: requests to other servers

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

// MARK: mails

class MailerMessage {
    constructor(members = {}) {
        Object.assign(this, {
            from: { name: "", address: "" }, to: [], bcc: [], cc: [], subject: "", html: "", text: "", headers: {},
            attachments: {}, inlineAttachments: {},
        }, members)
    }
}

const mailText = (message) => JSON.stringify({
    ...message,
    attachments: mailFiles(message.attachments), inlineAttachments: mailFiles(message.inlineAttachments),
})

const mailFiles = (files) => Object.entries(files ?? {}).map(([name, content]) => ({ name, content: native.base64(asBytes(content)) }))

const mailClient = { send: (message) => native.sendMail(mailText(message)) }

/** The message of an event, written back when it goes on. */
const mailMessageOf = (event) => {
    const held = heldOf(event)
    return held.message ??= new MailerMessage(JSON.parse(native.eventGet(event, "message")[1]))
}

const $mails = {
    sendRecordPasswordReset: (app, record) => native.sendAccountMail(record, "passwordReset", "", ""),
    sendRecordVerification: (app, record) => native.sendAccountMail(record, "verification", "", ""),
    sendRecordChangeEmail: (app, record, email) => native.sendAccountMail(record, "emailChange", String(email), ""),
    sendRecordOTP: (app, record, id, password) => native.sendAccountMail(record, "otp", String(id), String(password)),
    sendRecordAuthAlert: (app, record, info) => native.sendAccountMail(record, "authAlert", String(info ?? ""), ""),
}

const providerClientOf = (event) => JSON.parse(native.eventGet(event, "providerClient")?.[1] ?? "null")

// MARK: jobs

const cronAdd = (id, expression, handler) => { native.cronAdd(String(id), String(expression), handlerSource(handler), true) }
const cronRemove = (id) => { native.cronRemove(String(id)) }

const cronJob = ({ id, expression }) => ({
    id: () => id, expression: () => expression, run: () => native.cronRun(id), toJSON: () => ({ id, expression }),
})

const cronTable = {
    add: (id, expression, handler) => { native.cronAdd(String(id), String(expression), handlerSource(handler), false) },
    mustAdd: (id, expression, handler) => cronAdd(id, expression, handler),
    remove: (id) => cronRemove(id),
    removeAll: () => { for (const { id } of JSON.parse(native.cronJobs())) cronRemove(id) },
    total: () => JSON.parse(native.cronJobs()).length,
    jobs: () => JSON.parse(native.cronJobs()).map(cronJob),
    start() {},
    stop() {},
    hasStarted: () => true,
    setInterval() {},
    setTimezone() {},
}

/** The text of a handler, by which it travels to other instances. */
const handlerSource = (handler) => {
    if (typeof handler === "function" || typeof handler === "string") return String(handler)
    throw new TypeError("a handler is a function")
}

// MARK: logs

const logPairs = (prefix, pairs) => {
    const result = {}
    for (let index = 0; index < pairs.length; index += 2) {
        const value = pairs[index + 1]
        const plain = value instanceof Error || value instanceof ApiError ? value.message : value === undefined ? null : value
        result[prefix + toString(pairs[index])] = plain
    }
    return result
}

class Logger {
    #prefix
    #pairs
    constructor(prefix = "", pairs = {}) { [this.#prefix, this.#pairs] = [prefix, pairs] }
    with(...pairs) { return new Logger(this.#prefix, { ...this.#pairs, ...logPairs(this.#prefix, pairs) }) }
    withGroup(name) { return new Logger(`${this.#prefix}${name}.`, this.#pairs) }
    enabled() { return true }
    log(context, level, message, ...pairs) { native.log(Number(level) || 0, toString(message), JSON.stringify({ ...this.#pairs, ...logPairs(this.#prefix, pairs) })) }
    debug(message, ...pairs) { this.log(null, -4, message, ...pairs) }
    info(message, ...pairs) { this.log(null, 0, message, ...pairs) }
    warn(message, ...pairs) { this.log(null, 4, message, ...pairs) }
    error(message, ...pairs) { this.log(null, 8, message, ...pairs) }
    debugContext(context, message, ...pairs) { this.debug(message, ...pairs) }
    infoContext(context, message, ...pairs) { this.info(message, ...pairs) }
    warnContext(context, message, ...pairs) { this.warn(message, ...pairs) }
    errorContext(context, message, ...pairs) { this.error(message, ...pairs) }
}

const rootLogger = new Logger()

// MARK: realtime

class Client {
    #id
    constructor(id) { this.#id = id }
    id() { return this.#id }
    channel() { return null }
    subscriptions(...prefixes) {
        const all = JSON.parse(native.clientTopics(this.#id))
        const wanted = prefixes.flat()
        return Object.fromEntries(all.filter((topic) => !wanted.length || wanted.some((prefix) => topic.startsWith(prefix))).map((topic) => [topic, {}]))
    }
    subscribe(...topics) { native.clientSubscribe(this.#id, JSON.stringify([...Object.keys(this.subscriptions()), ...topics.flat()])) }
    unsubscribe(...topics) {
        const dropped = topics.flat()
        native.clientSubscribe(this.#id, JSON.stringify(Object.keys(this.subscriptions()).filter((topic) => dropped.length && !dropped.includes(topic))))
    }
    hasSubscription(topic) { return JSON.parse(native.clientTopics(this.#id)).includes(topic) }
    get(key) { return key === "auth" ? native.clientAuth(this.#id) : new Store(`client:${this.#id}`).get(key) }
    set(key, value) { new Store(`client:${this.#id}`).set(key, value) }
    unset(key) { new Store(`client:${this.#id}`).remove(key) }
    discard() { native.clientEnd(this.#id) }
    isDiscarded() { return !native.clientIds().includes(this.#id) }
    send(message) { native.clientSend(this.#id, String(message.name ?? ""), toString(message.data)) }
}

const broker = {
    clients: () => Object.fromEntries(native.clientIds().map((id) => [id, new Client(id)])),
    chunkedClients: (size) => {
        const all = native.clientIds().map((id) => new Client(id))
        const chunks = []
        for (let index = 0; index < all.length; index += Math.max(Number(size) || all.length, 1)) chunks.push(all.slice(index, index + Math.max(Number(size) || all.length, 1)))
        return chunks
    },
    totalClients: () => native.clientIds().length,
    clientById: (id) => {
        if (!native.clientIds().includes(id)) throw new GoError(`no client associated with connection ID "${id}"`)
        return new Client(id)
    },
    register() {},
    unregister: (id) => native.clientEnd(id),
}

// MARK: forms

class RecordUpsertForm {
    #app
    #record
    #access = "default"
    #loaded = {}
    constructor(app, record) { [this.#app, this.#record] = [app, record] }
    setApp(app) { this.#app = app }
    setRecord(record) { this.#record = record }
    setContext() {}
    grantManagerAccess() { this.#access = "manager" }
    grantSuperuserAccess() { this.#access = "superuser" }
    resetAccess() { this.#access = "default" }
    hasManageAccess() { return this.#access !== "default" }
    load(members) {
        Object.assign(this.#loaded, members)
        const hidden = new Set(this.#access === "superuser" ? [] : this.#record.collection().fields.filter((field) => field.hidden && field.name !== "password").map((field) => field.name))
        for (const key of Object.keys(members)) if (!hidden.has(key.replace(/^\+|[+-]$/g, "")) && !["passwordConfirm", "oldPassword"].includes(key)) this.#record.set(key, members[key])
    }
    submit() { native.submitForm(this.#app, this.#record, JSON.stringify(this.#loaded), this.#access !== "default") }
    drySubmit(check) {
        const undo = new Error("dry run")
        try {
            this.#app.runInTransaction((app) => {
                native.submitForm(app, this.#record, JSON.stringify(this.#loaded), this.#access !== "default")
                check?.(app, this.#record)
                throw undo
            })
        } catch (error) {
            if (error !== undo) throw error
        }
    }
}

class AppleClientSecretCreateForm {
    constructor() { Object.assign(this, { clientId: "", teamId: "", keyId: "", privateKey: "", duration: 0 }) }
    [absorb](members) { Object.assign(this, members) }
    submit() { return native.appleSecret(JSON.stringify(this)) }
}

class TestEmailSendForm {
    constructor() { Object.assign(this, { email: "", template: "", collection: "" }) }
    [absorb](members) { Object.assign(this, members) }
    submit() { native.testMail(JSON.stringify(this)) }
}

class TestS3FilesystemForm {
    constructor() { Object.assign(this, { filesystem: "" }) }
    [absorb](members) { Object.assign(this, members) }
    submit() { native.testFilesystem(String(this.filesystem)) }
}

class Command {
    constructor(members = {}) { Object.assign(this, members) }
}

const rootCommand = {
    addCommand: (...commands) => native.addCommands?.(commands.map((command) => ({ use: String(command.use ?? ""), short: String(command.short ?? ""), run: command.run }))),
}
