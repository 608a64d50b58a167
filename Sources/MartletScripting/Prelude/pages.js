// One request for a page (docs/pages.md).

const then = (value, next) => value instanceof Promise ? value.then(next) : next(value)

/** Whether an address is one of this site: browsers take some others for that, and some of these for others. */
const isLocal = (text) => /^(\/(?![/\\])|\?|#)/.test(text) && !/[\\\x00-\x20\x7f]/.test(text)

/** What handlers return that have answered. */
const answered = Symbol("answered")

const pageMethods = new Set(["get", "post", "put", "patch", "delete"])

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
        const handler = pageMethods.has(name) ? this.module[name] : undefined
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
            json: (data, status = 200) => { visit.keepPrivate(); event.json(status, data); return answered },
            text: (text, status = 200) => { visit.keepPrivate(); event.string(status, text); return answered },
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
        const isKept = cache && this.method !== "POST" && this.status === 200 && !this.isPersonal && !this.user && !native.responseHeader(this.event, "get", "Set-Cookie")
        if (isKept) native.pageKeep(this.event, Number(cache.seconds ?? 60), JSON.stringify([cache.tags ?? []].flat()))
        native.respond(this.event, this.status, null, native.isDevelopment() && type === "html" ? withReload(text) : text)
    }

    #setHeaders(type) {
        const set = (name, value) => { if (native.responseHeader(this.event, "get", name) === undefined) native.responseHeader(this.event, "set", name, value) }
        set("Content-Type", pageTypes[type] ?? pageTypes.txt)
        set("Vary", "Origin, Cookie")
        set("Cache-Control", this.module.cache && !this.isPersonal && !this.user ? "no-cache" : "private, no-cache")
    }

    /** What a script answers by itself may be for this visitor only. */
    keepPrivate() {
        this.#sendCookies()
        native.responseHeader(this.event, "set", "Vary", "Origin, Cookie")
        native.responseHeader(this.event, "set", "Cache-Control", "private, no-cache")
    }

    #respond(response) {
        this.keepPrivate()
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
