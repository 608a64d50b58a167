// Who looks at a page (docs/pages.md).

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
            { identity: toText(identity), password: toText(password), ...options }, (answer) => Boolean(answer?.mfaId)))
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
