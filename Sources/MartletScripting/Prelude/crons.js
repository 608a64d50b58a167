// Jobs by the clock (js-hooks.md, 29).

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
