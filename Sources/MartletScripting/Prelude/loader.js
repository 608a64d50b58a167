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
globalThis.routerUse = (...middlewares) => { native.addMiddlewares(JSON.stringify(middlewares.map(routed))) }
native.install({ runCommand })
