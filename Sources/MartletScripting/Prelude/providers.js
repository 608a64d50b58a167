// The place that somebody signs in with (js-hooks.md, A.25). What a script sets is its own copy's; the secret stays in the
// server.

class ProviderClient {
    #values
    constructor(values) { this.#values = values }

    /** What the provider says of somebody, as it says it. */
    fetchRawUserInfo(token) {
        const headers = { Authorization: `${token?.tokenType || "Bearer"} ${token?.accessToken ?? token ?? ""}`, Accept: "application/json" }
        const answer = $http.send({ url: this.userInfoURL(), headers })
        if (answer.statusCode >= 400) throw new GoError(`failed to fetch OAuth2 user profile via ${this.userInfoURL()} (${answer.statusCode}):\n${answer.raw}`)
        return answer.body
    }

    toJSON() { return { ...this.#values } }

    static {
        const setter = (name) => name === "pkce" ? "setPKCE" : `set${name[0].toUpperCase()}${name.slice(1)}`
        for (const name of ["displayName", "clientId", "redirectURL", "authURL", "tokenURL", "userInfoURL", "pkce", "scopes", "extra"]) {
            this.prototype[name] = function () { return this.#values[name] ?? "" }
            this.prototype[setter(name)] = function (value) { this.#values[name] = value }
        }
        this.prototype.name = function () { return this.#values.name }
        this.prototype.logo = function () { return this.#values.logo }
    }
}

const providerClientOf = (event) => {
    const values = received(native.eventGet(event, "providerClient"))
    return values ? new ProviderClient(values) : null
}
