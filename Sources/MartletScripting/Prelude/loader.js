// What files see while they are loaded, beside what handlers see: they register (js-hooks.md, 1 and 7).

for (const name of native.hookNames()) {
    Object.defineProperty(globalThis, name, {
        value: (handler, ...tags) => { native.addHook(name, handlerSource(handler), JSON.stringify(tags.flat().map(String))) },
        writable: true, configurable: true,
    })
}

/** A handler or a middleware as the server takes it: source text, or one of its own. */
const routed = (value) => {
    if (value instanceof NativeHandler) return { native: value.kind, options: value.options, priority: 0, id: "" }
    if (value instanceof Middleware) return { ...routed(value.func), priority: value.priority, id: value.id }
    return { source: handlerSource(value), priority: 0, id: "" }
}

globalThis.routerAdd = (method, path, handler, ...middlewares) => {
    native.addRoute(String(method).toUpperCase(), String(path), JSON.stringify(routed(handler)), JSON.stringify(middlewares.map(routed)))
}
/** Runs a command that the files have added, and tells whether there is one. */
const runCommand = (name, words) => {
    const command = rootCommand.added.find((command) => commandName(command) === name || [...command.aliases ?? []].includes(name))
    if (!command) return false
    const run = command.run ?? command.runE
    if (typeof run !== "function") throw new TypeError(`the command ${name} does nothing`)
    return Promise.resolve(run.call(command, command, JSON.parse(words))).then(() => true)
}
native.install({ runCommand })

globalThis.routerUse = (...middlewares) => { native.addMiddlewares(JSON.stringify(middlewares.map(routed))) }
