// The families of events (js-hooks.md, 9).

const clientMember = {
    get client() {
        const id = received(native.eventGet(this, "client"))
        return id ? new Client(id) : undefined
    },
}

const families = {
    Job: combined({ get app() { return native.eventApp(this) } }, eventMembers("id", "name", "payload", "key", "attempt", "retries")),
    Message: combined(baseEvent, heldMember("message"), clientMember),
    App: combined(baseEvent, eventMembers("isRestart", "name", "exclude")),
    Model: combined(baseEvent, eventMembers("model", "type", "error")),
    Record: combined(baseEvent, eventMembers("record", "type", "error"), { get model() { return this.record }, set model(value) { this.record = value } }),
    Collection: combined(baseEvent, eventMembers("type", "error"), heldMember("collection"), { get model() { return this.collection } }),
    Enrich: combined(baseEvent, eventMembers("record"), { get requestInfo() { return enrichInfo(this) } }),
    Mailer: combined(baseEvent, eventMembers("record", "meta", "collection"), { get mailer() { return mailClient }, get message() { return mailMessageOf(this) } }),
    Request: combined(baseEvent, requestEvent, eventMembers(
        "record", "records", "identity", "identityField", "password", "authMethod", "token", "meta", "providerName",
        "isNewRecord", "createData", "otp", "newEmail", "deleteMissing", "fileField", "servedPath", "servedName", "thumbError",
        "name",
    ), heldMember("collection"), heldMember("result"), heldMember("batch"), heldMember("subscriptions"), heldMember("collections"), heldMember("collectionsData"),
    heldMember("settings"), heldMember("oldSettings"), heldMember("newSettings"), heldMember("oAuth2User"), heldMember("message"), clientMember, {
        get providerClient() { return providerClientOf(this) },
        get idleTimeout() { return new Duration(received(native.eventGet(this, "idleTimeout")) ?? 0) },
        set idleTimeout(value) { native.eventSet(this, "idleTimeout", Number(value)) },
        get maxTimeout() { return new Duration(received(native.eventGet(this, "maxTimeout")) ?? 0) },
        set maxTimeout(value) { native.eventSet(this, "maxTimeout", Number(value)) },
    }),
}

/** A member that scripts change from inside: kept as it is here, and told to the server before it goes on. */
function heldMember(name) {
    return Object.defineProperty({}, name, {
        get() {
            const held = heldOf(this)
            if (!(name in held)) held[name] = received(native.eventGet(this, name))
            return held[name]
        },
        set(value) { heldOf(this)[name] = value },
        enumerable: true,
        configurable: true,
    })
}

const heldMembers = new WeakMap()
const heldOf = (event) => heldMembers.get(event) ?? (heldMembers.set(event, {}), heldMembers.get(event))

/** Tells the server what became of held members. */
const settleHeld = (event) => {
    const held = heldMembers.get(event)
    if (!held) return
    for (const name of Object.keys(held)) {
        let value = held[name]
        if (value instanceof MailerMessage) {
            native.eventSet(event, name, mailText(value))
            continue
        }
        if (name === "message" && isBytes(value?.data)) value = { ...value, data: toString(value.data) }
        if (value !== undefined) native.eventSet(event, name, native.isHost(value) ? value : JSON.stringify(value))
    }
    heldMembers.delete(event)
}

for (const family of Object.values(families)) {
    const { next } = family
    if (!next) continue
    family.next = function () {
        settleHeld(this)
        return next.call(this)
    }
}

for (const [name, prototype] of Object.entries(families)) native.register(`${name}Event`, prototype)

const enrichInfo = (event) => {
    const info = new RequestInfo(JSON.parse(native.eventGet(event, "requestInfo")[1]))
    info.auth = native.eventGet(event, "auth")?.[1] ?? null
    return info
}
