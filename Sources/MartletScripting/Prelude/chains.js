// Hooks that scripts put around what an object does, as long as they have it (js-hooks.md, A.14).

class HandlerChain {
    #handlers = []

    bindFunc(handler) { return this.bind({ func: handler }) }

    bind({ id = "", priority = 0, func }) {
        const entry = { id: String(id) || native.randomText(15, ""), priority: Number(priority) || 0, func }
        this.unbind(entry.id)
        this.#handlers.push(entry)
        this.#handlers.sort((one, other) => one.priority - other.priority)
        return entry.id
    }

    unbind(...ids) { this.#handlers = this.#handlers.filter(({ id }) => !ids.includes(id)) }
    unbindAll() { this.#handlers = [] }
    length() { return this.#handlers.length }

    /** Has everybody take part in an event. What is to happen happens when the last one goes on. */
    trigger(event, ...last) {
        const steps = [...this.#handlers.map(({ func }) => func), ...last]
        const go = (index) => {
            if (index >= steps.length) return
            event.next = () => go(index + 1)
            return steps[index](event)
        }
        return go(0)
    }
}
