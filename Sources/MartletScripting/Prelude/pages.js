// Pages (docs/pages.md): what their scripts are given, and how they are written.

/** Text that goes into a page as it is. */
class RawText {
    constructor(text) { this.text = text }
    toString() { return this.text }
}
const raw = (value) => new RawText(toText(value))

/** What is wrong with a form, by field. */
class FormErrors extends BadRequestError {
    constructor(errors = {}, message = "") {
        super(message || "The form is not complete.")
        this.errors = { ...errors }
    }
}

/** Tells of a problem that the interface has answered. */
const throwProblem = (status, problem) => {
    if (status === 400) {
        const details = Object.entries(problem.data ?? {}).map(([name, detail]) => [name, detail?.message ?? String(detail)])
        const errors = Object.fromEntries(details)
        throw new FormErrors(details.length ? errors : { form: problem.message }, problem.message)
    }
    throw new ApiError(status, problem.message, problem.data)
}

// MARK: data

/** An SQL name that a page has chosen. */
class SQLName {
    constructor(name) { this.text = `"${String(name).replaceAll('"', '""')}"` }
}

/** A statement of a tagged template: its values are bound, whatever they hold. */
const boundStatement = (texts, values) => {
    const parameters = {}
    let sql = texts[0]
    const bind = (value) => {
        const name = `v${Object.keys(parameters).length}`
        parameters[name] = value instanceof Date ? value.toISOString().replace("T", " ") : value ?? null
        return `{:${name}}`
    }
    values.forEach((value, index) => {
        if (value instanceof SQLName) sql += value.text
        else if (Array.isArray(value)) sql += value.length ? value.map(bind).join(", ") : "NULL"
        else sql += bind(value)
        sql += texts[index + 1]
    })
    return [sql, JSON.stringify(parameters)]
}

const pageDatabase = (event) => {
    const sql = (texts, ...values) => {
        if (!Array.isArray(texts) || !Array.isArray(texts.raw)) throw new TypeError("db.sql is written as a tagged template: db.sql`select …`")
        const [text, parameters] = boundStatement(texts, values)
        return JSON.parse(native.query(event.app, false, text, parameters, 0))
    }
    return {
        sql,
        /** The first row, or null. */
        one: (texts, ...values) => sql(texts, ...values)[0] ?? null,
        /** The first column of the first row, or null. */
        value: (texts, ...values) => Object.values(sql(texts, ...values)[0] ?? {})[0] ?? null,
        name: (name) => new SQLName(name),
    }
}

/** A filter of a tagged template: its texts travel beside it, so that none is read as a part of it. */
class Filter {
    constructor(texts, values) {
        this.parameters = {}
        this.text = texts[0]
        values.forEach((value, index) => { this.text += this.#operand(value) + texts[index + 1] })
    }
    #operand(value) {
        if (value === null || value === undefined) return "null"
        if (typeof value === "number" && Number.isFinite(value) || typeof value === "boolean") return String(value)
        const name = `_v${filterCount++}`
        this.parameters[name] = value instanceof Date ? value.toISOString().replace("T", " ") : String(value)
        return `@request.query.${name}`
    }
}
let filterCount = 0
const filter = (texts, ...values) => new Filter(texts, values)

const queryText = (options) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(options ?? {})) {
        if (value === undefined || value === null) continue
        if (value instanceof Filter) {
            query.set(name, value.text)
            for (const key of Object.keys(value.parameters)) query.set(key, value.parameters[key])
        } else query.set(name, Array.isArray(value) ? value.join(",") : String(value))
    }
    const text = query.toString()
    return text ? `?${text}` : ""
}

/** A number that visitors may have typed. */
const pageNumber = (value) => Math.min(Math.max(Math.trunc(Number(value)) || 1, 1), 1e9)

/** Asks the interface in the visitor's name. */
const ask = (event, method, path, body) => {
    const values = {}, names = [], files = []
    for (const [name, value] of Object.entries(body ?? {})) {
        const list = Array.isArray(value) ? value : [value]
        if (list.some((item) => item instanceof File)) for (const item of list) { names.push(name); files.push(item) }
        else values[name] = value
    }
    const [status, text] = native.innerRequest(event, method, path, body === undefined ? "" : JSON.stringify(values), names, files)
    const answer = text ? JSON.parse(text) : null
    if (Number(status) >= 400) throwProblem(Number(status), answer ?? {})
    return answer
}

/** The records of a collection, as far as the visitor may see and change them. */
const pageRecords = (event) => (collection) => {
    const base = `/api/collections/${encodeURIComponent(collection)}/records`
    const one = (id) => `${base}/${encodeURIComponent(id)}`
    return {
        list: ({ page = 1, perPage = 30, ...options } = {}) => ask(event, "GET", base + queryText({ page: pageNumber(page), perPage: pageNumber(perPage), ...options })),
        first: (condition, options = {}) => ask(event, "GET", base + queryText({ perPage: 1, skipTotal: true, filter: condition, ...options })).items[0] ?? null,
        get: (id, options = {}) => ask(event, "GET", one(id) + queryText(options)),
        create: (values, options = {}) => ask(event, "POST", base + queryText(options), values),
        update: (id, values, options = {}) => ask(event, "PATCH", one(id) + queryText(options), values),
        delete: (id) => { ask(event, "DELETE", one(id)) },
    }
}

// MARK: visitors

const sessionCookie = "martlet_session"
const formCookie = "martlet_form"
const flashCookie = "martlet_flash"
const hidden = { path: "/", httpOnly: true, sameSite: "Lax" }

class PageCookies {
    #event
    #sent
    constructor(event) { this.#event = event }

    get(name) {
        this.#sent ??= Object.fromEntries((native.requestHeader(this.#event, "values", "Cookie") ?? []).flatMap((line) => line.split(";"))
            .map((pair) => pair.trim().split("=")).filter(([key, ...rest]) => key && rest.length).map(([key, ...rest]) => [key, rest.join("=")]).reverse())
        return this.#sent[name] === undefined ? null : decodePath(this.#sent[name])
    }

    set(name, value, options = {}) {
        if (!/^[\w.-]+$/.test(name)) throw new TypeError(`'${name}' is no name for a cookie`)
        if (/[;\x00-\x1f\x7f]/.test(`${options.path ?? ""}${options.sameSite ?? ""}`)) throw new TypeError("a cookie's path has no semicolon")
        const { maxAge, path = "/", httpOnly = true, sameSite = "Lax", secure = native.isEncrypted() } = options
        const parts = [`${name}=${encodeURIComponent(value)}`, `Path=${path}`, `SameSite=${sameSite}`]
        if (maxAge !== undefined) parts.push(`Max-Age=${Math.trunc(maxAge)}`)
        if (httpOnly) parts.push("HttpOnly")
        if (secure) parts.push("Secure")
        native.responseHeader(this.#event, "add", "Set-Cookie", parts.join("; "))
    }

    delete(name) { this.set(name, "", { maxAge: 0 }) }
}

const tokenClaims = (token) => {
    try { return JSON.parse(utf8Decoder.decode(fromBase64URL(token.split(".")[1]))) } catch { return {} }
}

class PageAuth {
    #visit
    constructor(visit) { this.#visit = visit }

    get user() { return this.#visit.user }

    /**
     * Signs a visitor in with a password.
     * Throws FormErrors where it is wrong; returns `{ mfaId }` where a second factor is asked for.
     */
    signIn(collection, identity, password, options = {}) {
        return this.accept(ask(this.#visit.event, "POST", `/api/collections/${encodeURIComponent(collection)}/auth-with-password`,
            { identity: toText(identity), password: toText(password), ...options }))
    }

    /** Takes the answer of any sign-in of the interface. */
    accept(answer) {
        if (!answer?.token) return { mfaId: answer?.mfaId }
        this.#visit.begin(answer.token)
        return { user: this.user }
    }

    signOut() {
        native.pageSignOut(this.#visit.event)
        this.#visit.user = null
        this.#visit.cookies.delete(sessionCookie)
    }
}

// MARK: output

const pageTypes = {
    html: "text/html; charset=utf-8", xml: "application/xml; charset=utf-8", svg: "image/svg+xml", json: "application/json",
    txt: "text/plain; charset=utf-8", csv: "text/csv; charset=utf-8", ics: "text/calendar; charset=utf-8", webmanifest: "application/manifest+json",
}
const endingOf = (file) => file.slice(file.lastIndexOf(".") + 1)

/** What a page is written with. In markup values are escaped for their place, in JSON they are JSON, elsewhere text. */
class PageOutput extends PageWriter {
    #visit
    #form

    constructor(visit, type) {
        super()
        this.#visit = visit
        this.#form = { html: "markup", xml: "markup", svg: "markup", json: "json", webmanifest: "json" }[type] ?? "text"
    }

    value(value) {
        if (value instanceof Date) value = Number.isNaN(value.getTime()) ? "" : value.toISOString()
        if (this.#form === "json") return this.raw(JSON.stringify(value) ?? "null")
        if (this.#form === "text") return this.raw(toText(value))
        if (!(value instanceof RawText)) return super.value(value)
        if (this.place.mode === "text") this.raw(value.text)
        else super.value(value.text)
    }

    list(value) {
        if (value === null || value === undefined) return []
        return typeof value[Symbol.iterator] === "function" ? value : Object.entries(value)
    }

    /** For loops with two names: items with their places, or names with their values. */
    pairs(value) {
        if (value !== null && typeof value === "object" && typeof value[Symbol.iterator] !== "function") return Object.entries(value)
        return Array.from(this.list(value), (item, index) => [item, index])
    }

    include(name, outer, data) { return pageModule(`_partials/${name}.html`).__render(this, { ...this.#visit.common, ...data }, {}) }

    layout(name, outer, data, body, fills, isAwaited) {
        const module = pageModule(`_layouts/${name}.html`)
        const render = isAwaited ? module.__renderAwaited : module.__render
        return render(this, { ...outer, ...data() }, { ...fills, content: body })
    }

    /** Writes what fills a slot. Returns whether there is anything. */
    slot(slots, name) {
        const parts = slots && Object.hasOwn(slots, name) ? [slots[name]].flat() : []
        for (let index = 0; index < parts.length; index++) {
            const written = parts[index]()
            if (written instanceof Promise) return this.#rest(written, parts.slice(index + 1))
        }
        return parts.length > 0
    }

    async #rest(written, parts) {
        await written
        for (const part of parts) await part()
        return true
    }

    formToken() { this.raw(`<input type="hidden" name="_csrf" value="${this.#visit.formToken}">`) }

    async flush() {
        const text = this.take()
        if (text) await this.#visit.send(text)
    }
}

// What compiled pages call.
Object.defineProperty(globalThis, "__page", { value: Object.freeze({ pieces: (texts) => texts.map((text) => new Piece(text)) }) })

const pageModules = new Map()

/** A page's module: what its script exports, and how it is written. */
const pageModule = (file) => {
    const known = pageModules.get(file)
    if (known) return known
    const path = `${native.pagesFolder()}/${file}`
    const [load, meta, folder] = placeOf(path)
    const module = { exports: {}, id: path, filename: path }
    native.pageModule(file).call(module.exports, module.exports, requireFrom(folder), module, path, folder, load, meta)
    pageModules.set(file, module.exports)
    return module.exports
}

// MARK: requests

const then = (value, next) => value instanceof Promise ? value.then(next) : next(value)

/** Whether an address is one of this site: browsers take some others for that, and some of these for others. */
const isLocal = (text) => /^(\/(?![/\\])|\?|#)/.test(text) && !/[\\\x00-\x20\x7f]/.test(text)

/** What handlers return that have answered. */
const answered = Symbol("answered")

/** One request for a page. */
class PageVisit {
    user = null
    status = 200
    errors = {}
    flashes = []
    #formToken = null

    constructor(event, file) {
        this.event = event
        this.file = file
        this.module = pageModule(file)
        this.cookies = new PageCookies(event)
        this.method = native.requestHead(event, "method")
        this.url = requestURL(event)
    }

    serve() {
        const failure = native.pageFailure(this.event)
        this.#recognize()
        if (failure !== null) {
            this.error = JSON.parse(failure)
            this.status = this.error.status
            return then(this.module.get?.(this.context()), (data) => this.#answer(data))
        }
        const name = this.method === "HEAD" ? "get" : this.method.toLowerCase()
        const handler = this.module[name]
        if (!handler && name !== "get") {
            native.responseHeader(this.event, "set", "Allow", ["GET", "HEAD", ...["POST", "PUT", "PATCH", "DELETE"].filter((method) => this.module[method.toLowerCase()])].join(", "))
            throw new ApiError(405, "This page does not take that.")
        }
        if (name === "get") return this.#show(handler)
        if (this.module.csrf !== false) this.#checkOrigin()
        return this.#submit(handler)
    }

    /** (A handler may also throw what `redirect` returns.) */
    #show(handler) {
        const stop = (error) => { if (error !== answered) throw error }
        let data
        try { data = handler?.(this.context()) } catch (error) { return stop(error) }
        return data instanceof Promise ? data.then((value) => this.#answer(value), stop) : this.#answer(data)
    }

    // MARK: who it is

    #recognize() {
        const token = this.cookies.get(sessionCookie)
        if (token && native.requestHeader(this.event, "get", "Authorization") === undefined) {
            const duration = native.pageSignIn(this.event, token)
            if (duration > 0) this.#renew(token, duration)
            else this.cookies.delete(sessionCookie)
        }
        this.#lookUp()
        const flash = this.cookies.get(flashCookie)
        if (flash) {
            try { this.flashes = JSON.parse(flash).map(({ text, kind }) => ({ text: String(text), kind: String(kind) })) } catch {}
        }
    }

    #lookUp() {
        const text = native.pageUser(this.event)
        this.user = text === null ? null : JSON.parse(text)
    }

    /** A session that is used goes on. */
    #renew(token, duration) {
        const { exp = 0, refreshable, collectionId } = tokenClaims(token)
        const left = exp - Date.now() / 1000
        if (refreshable === false || left > duration / 2) return
        try { this.begin(ask(this.event, "POST", `/api/collections/${collectionId}/auth-refresh`).token) } catch {}
    }

    begin(token) {
        if (native.pageSignIn(this.event, token) === 0) throw new InternalServerError("The sign-in did not hold.")
        const length = tokenClaims(token).exp - Date.now() / 1000
        this.cookies.set(sessionCookie, token, { ...hidden, maxAge: length })
        this.#lookUp()
        this.#formToken = null
    }

    // MARK: forged requests

    get formToken() {
        this.isPersonal = true
        if (this.#formToken !== null) return this.#formToken
        let nonce = this.cookies.get(formCookie)
        if (!/^[A-Za-z0-9]{32}$/.test(nonce ?? "")) {
            nonce = native.randomText(32, "")
            this.cookies.set(formCookie, nonce, hidden)
        }
        return this.#formToken = native.formToken(this.event, nonce)
    }

    #checkOrigin() {
        const site = native.requestHeader(this.event, "get", "Sec-Fetch-Site")
        const nonce = this.cookies.get(formCookie)
        const sent = native.requestHeader(this.event, "get", "X-CSRF-Token") ?? toText(this.form._csrf)
        const isKnown = /^[A-Za-z0-9]{32}$/.test(nonce ?? "") && native.equal(sent, native.formToken(this.event, nonce))
        if (site === "cross-site" || !isKnown) throw new ForbiddenError("The form is too old, or it came from another site. Please load the page again.")
    }

    // MARK: forms

    get form() {
        if (this.#form === undefined) {
            this.#form = this.method === "GET" || this.method === "HEAD" ? {} : JSON.parse(native.requestFields(this.event))
            for (const name of new Set(native.requestFileNames(this.event))) {
                // A field that was left empty is a file without name or content.
                const files = native.requestFiles(this.event, name).filter((file) => file.originalName || file.size)
                if (files.length) this.#form[name] = files.length === 1 ? files[0] : files
            }
        }
        return this.#form
    }
    #form

    /** Runs what takes a form; where the form is not complete, the page is shown again with what is wrong. */
    #submit(handler) {
        const again = (error) => {
            if (error === answered) return
            if (!(error instanceof FormErrors)) throw error
            this.status = 422
            this.errors = error.errors
            return then(this.module.get?.(this.context()), (data) => this.#answer(data))
        }
        let result
        try { result = handler(this.context()) } catch (error) { return again(error) }
        return result instanceof Promise ? result.then((data) => this.#answer(data), again) : this.#answer(result)
    }

    /** What was sent, without what nobody is to see again. */
    get values() {
        const values = {}
        for (const [name, value] of Object.entries(this.form)) {
            const hasFiles = [value].flat().some((item) => item instanceof File)
            if (name !== "_csrf" && !/password/i.test(name) && !hasFiles) values[name] = value
        }
        return values
    }

    // MARK: what scripts and templates see

    get query() {
        return this.#query ??= Object.fromEntries(queryPairs(this.url.rawQuery).reverse())
    }
    #query

    get params() {
        return this.#params ??= Object.fromEntries(native.requestParameterNames(this.event).map((name) => [name, native.requestParameter(this.event, name)]))
    }
    #params

    context() {
        const visit = this
        const { event } = this
        const form = this.method === "GET" || this.method === "HEAD" ? {} : this.form
        const { _csrf, ...fields } = form
        return {
            params: this.params, query: this.query, form: fields, method: this.method, path: this.url.path, url: this.url.string(),
            cookies: this.cookies, user: this.user, auth: new PageAuth(this), error: this.error ?? null, app: event.app, event,
            header: (name) => native.requestHeader(event, "get", String(name)) ?? null,
            get db() { return pageDatabase(event) },
            records: pageRecords(event),
            filter, raw,
            redirect: (url, status = 303) => visit.redirect(url, status),
            local: (url, otherwise = "/") => isLocal(toText(url)) ? toText(url) : otherwise,
            notFound: (message) => { throw new NotFoundError(message) },
            forbidden: (message) => { throw new ForbiddenError(message) },
            invalid: (errors, message) => { throw new FormErrors(errors, message) },
            flash: (text, kind = "info") => visit.flash(text, kind),
            status: (status) => { visit.status = status },
            setHeader: (name, value) => native.responseHeader(event, "set", String(name), String(value)),
            json: (data, status = 200) => { event.json(status, data); return answered },
            text: (text, status = 200) => { event.string(status, text); return answered },
            dropCache: (tag) => native.pageDrop(String(tag)),
        }
    }

    get common() {
        return this.#common ??= {
            raw, user: this.user, params: this.params, query: this.query, path: this.url.path, errors: this.errors, flash: this.flashes,
            form: this.method === "GET" || this.method === "HEAD" ? {} : this.values, error: this.error ?? null,
        }
    }
    #common

    redirect(url, status) {
        const target = String(url)
        if (!isLocal(target) && !/^https?:\/\/[^\s\\\x00-\x1f\x7f]+$/i.test(target)) throw new BadRequestError("There is no way to that address.")
        this.#sendCookies()
        this.event.redirect(status, target)
        return answered
    }

    flash(text, kind) { (this.#newFlashes ??= []).push({ text: String(text), kind: String(kind) }) }
    #newFlashes

    // MARK: answering

    #sendCookies(isShown = false) {
        if (this.#newFlashes) this.cookies.set(flashCookie, JSON.stringify(this.#newFlashes), { ...hidden, maxAge: 300 })
        else if (isShown && this.flashes.length) this.cookies.delete(flashCookie)
    }

    #answer(data) {
        if (data === answered || native.responseStatus(this.event) !== 0) return
        if (data instanceof Response) return this.#respond(data)
        const type = endingOf(this.file)
        const output = new PageOutput(this, type)
        // What was said for the next page, and this is the next.
        if (this.#newFlashes) { this.flashes.push(...this.#newFlashes); this.#newFlashes = undefined; this.cookies.delete(flashCookie) }
        const values = { ...this.common, ...data }
        if (!this.module.__waits) {
            this.module.__render(output, values, {})
            return this.#finish(output.take(), type)
        }
        // Once a part is out, no cookie goes with it.
        if (this.module.__hasForms) this.formToken
        return this.#stream(output, values, type)
    }

    async #stream(output, values, type) {
        this.#setHeaders(type)
        this.#sendCookies(true)
        native.respond(this.event, this.status, null, "")
        await this.module.__render(output, values, {})
        if (this.#hasSent) return output.flush()
        native.respond(this.event, this.status, null, output.take())
    }
    #hasSent = false

    send(text) {
        this.#hasSent = true
        return native.pageSend(this.event, text)
    }

    #finish(text, type) {
        this.#setHeaders(type)
        this.#sendCookies(true)
        const { cache } = this.module
        const isKept = cache && this.method !== "POST" && this.status === 200 && !this.isPersonal && !native.responseHeader(this.event, "get", "Set-Cookie")
        if (isKept) native.pageKeep(this.event, Number(cache.seconds ?? 60), JSON.stringify([cache.tags ?? []].flat()))
        native.respond(this.event, this.status, null, native.isDevelopment() && type === "html" ? withReload(text) : text)
    }

    #setHeaders(type) {
        const set = (name, value) => { if (native.responseHeader(this.event, "get", name) === undefined) native.responseHeader(this.event, "set", name, value) }
        set("Content-Type", pageTypes[type] ?? pageTypes.txt)
        set("Vary", "Cookie")
        set("Cache-Control", this.module.cache && !this.isPersonal && !this.user ? "no-cache" : "private, no-cache")
    }

    #respond(response) {
        this.#sendCookies()
        for (const [name, value] of response.headers) native.responseHeader(this.event, "set", name, value)
        native.respond(this.event, response.status, null, response.peek())
    }
}

/** A page that loads itself anew when its file changes. */
const withReload = (text) => {
    const end = text.lastIndexOf("</body>")
    const script = '<script type="module" src="/_/dev.js"></script>'
    return end < 0 ? text + script : text.slice(0, end) + script + text.slice(end)
}

const pageHandler = (file) => (event) => new PageVisit(event, file).serve()
