// The clients of the event stream (js-hooks.md, 30).

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
