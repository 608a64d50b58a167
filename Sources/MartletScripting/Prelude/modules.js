// Modules, the console, the process (js-hooks.md, 3 and 32).

const formatted = (args) => {
    if (typeof args[0] !== "string" || !/%[sdijoO%]/.test(args[0])) return args.map(inspected).join(" ")
    let index = 1
    const text = args[0].replace(/%([sdijoO%])/g, (whole, verb) => {
        if (verb === "%") return "%"
        if (index >= args.length) return whole
        const value = args[index++]
        switch (verb) {
        case "s": return inspected(value)
        case "d": case "i": return String(Number(value))
        default: try { return JSON.stringify(value) } catch { return "[Circular]" }
        }
    })
    return [text, ...args.slice(index).map(inspected)].join(" ")
}

const inspected = (value) => value instanceof Error && value.stack ? `${value}\n${value.stack}` : String(value)

const counts = new Map()
const starts = new Map()
const console = {
    log: (...args) => native.print("log", formatted(args)),
    info: (...args) => native.print("info", formatted(args)),
    debug: (...args) => native.print("debug", formatted(args)),
    warn: (...args) => native.print("warn", formatted(args)),
    error: (...args) => native.print("error", formatted(args)),
    trace: (...args) => native.print("debug", `${formatted(args)}\n${new Error().stack}`),
    assert: (isFine, ...args) => { if (!isFine) native.print("error", `Assertion failed: ${formatted(args)}`) },
    dir: (value) => native.print("log", JSON.stringify(value, null, 2)),
    table: (value) => native.print("log", JSON.stringify(value, null, 2)),
    count: (label = "default") => { counts.set(label, (counts.get(label) ?? 0) + 1); native.print("log", `${label}: ${counts.get(label)}`) },
    countReset: (label = "default") => { counts.delete(label) },
    time: (label = "default") => { starts.set(label, native.now()) },
    timeLog: (label = "default") => native.print("log", `${label}: ${(native.now() - (starts.get(label) ?? native.now())).toFixed(3)}ms`),
    timeEnd: (label = "default") => { console.timeLog(label); starts.delete(label) },
    group: (...args) => native.print("log", formatted(args)),
    groupEnd() {},
}

const process = {
    get env() { return JSON.parse(native.environmentAll()) },
    get argv() { return native.processArguments() },
    cwd: () => native.workingFolder(),
    platform: native.platform(),
    exit: (code = 0) => native.exit(Number(code)),
    nextTick: (callback, ...args) => queueMicrotask(() => callback(...args)),
    hrtime: Object.assign(() => { const now = native.now(); return [Math.floor(now / 1000), Math.floor(now % 1000 * 1e6)] }, { bigint: () => BigInt(Math.floor(native.now() * 1e6)) }),
}

class Buffer extends Uint8Array {
    static from(value, encoding = "utf8") {
        if (typeof value !== "string") return new Buffer(isBytes(value) ? value : Array.from(value))
        switch (String(encoding).toLowerCase()) {
        case "hex": return new Buffer((value.match(/[0-9a-f]{2}/gi) ?? []).map((digits) => parseInt(digits, 16)))
        case "base64": return new Buffer(native.fromBase64(value))
        case "base64url": return new Buffer(fromBase64URL(value))
        case "latin1": case "binary": case "ascii": return new Buffer(Array.from(value, (character) => character.charCodeAt(0) & 255))
        default: return new Buffer(utf8(value))
        }
    }
    static alloc(size, filling = 0) { return new Buffer(size).fill(typeof filling === "string" ? filling.charCodeAt(0) : filling) }
    static concat(list) { return new Buffer(joinBytes(list)) }
    static isBuffer(value) { return value instanceof Buffer }
    static byteLength(text) { return utf8(String(text)).length }

    toString(encoding = "utf8") {
        switch (String(encoding).toLowerCase()) {
        case "hex": return Array.from(this, (byte) => byte.toString(16).padStart(2, "0")).join("")
        case "base64": return native.base64(this)
        case "base64url": return toBase64URL(this)
        case "latin1": case "binary": case "ascii": return Array.from(this, (byte) => String.fromCharCode(byte)).join("")
        default: return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this)
        }
    }
    equals(other) { return this.length === other.length && this.every((byte, index) => byte === other[index]) }
    toJSON() { return { type: "Buffer", data: Array.from(this) } }
}

const builtIn = {
    console: () => console,
    process: () => process,
    buffer: () => ({ Buffer }),
    util: () => ({ format: (...args) => formatted(args) }),
    url: () => ({ URL, URLSearchParams }),
    crypto: () => crypto,
}

const loadedModules = new Map()

/** Loads a file as a module, once for each instance. */
const loadModule = (path) => {
    const known = loadedModules.get(path)
    if (known) return known.exports
    const module = { exports: {}, id: path, filename: path, loaded: false }
    loadedModules.set(path, module)
    try {
        if (path.endsWith(".json")) module.exports = JSON.parse(native.moduleText(path))
        else {
            const folder = path.slice(0, path.lastIndexOf("/")) || "/"
            const body = native.compileModule(path)
            const require = requireFrom(folder)
            body.call(module.exports, module.exports, require, module, path, folder, importFrom(folder), { url: `file://${path}`, filename: path, dirname: folder })
        }
        module.loaded = true
    } catch (error) {
        loadedModules.delete(path)
        throw error
    }
    return module.exports
}

const requireFrom = (folder) => {
    const require = (name) => {
        const text = String(name)
        const plain = text.replace(/^node:/, "")
        if (Object.hasOwn(builtIn, plain)) return builtIn[plain]()
        const path = native.findModule(folder, text)
        if (path === null) throw new GoError("Invalid module")
        return loadModule(path)
    }
    require.resolve = (name) => native.findModule(folder, String(name))
    return require
}

/** `import()`: what a module exports, with the whole of a CommonJS module as its default. */
const importFrom = (folder) => {
    const require = requireFrom(folder)
    return Object.assign(async (name) => namespaceOf(require(name)), {
        /** What `import` at the start of a file means. */
        now: (name) => namespaceOf(require(name)),
        member(module, name, from) {
            if (!(name in module)) throw new SyntaxError(`The module ${from} has no export named '${name}'`)
            return module[name]
        },
        all(exports, module) {
            for (const name of Object.keys(module)) {
                if (name === "default" || Object.hasOwn(exports, name)) continue
                Object.defineProperty(exports, name, { get: () => module[name], enumerable: true, configurable: true })
            }
        },
    })
}

/** What a file sees of its place: ways to other modules, and its own address. */
const placeOf = (path) => {
    const folder = path.slice(0, path.lastIndexOf("/")) || "/"
    return [importFrom(folder), { url: `file://${path}`, filename: path, dirname: folder }, folder]
}

/** Makes a handler of its text, with what its file has imported. */
const makeHandler = (make, path) => {
    const [load, meta] = placeOf(path)
    return make(load, meta)
}

/** Runs a file of handlers that is a module. */
const runModule = (body, path) => {
    const [load, meta, folder] = placeOf(path)
    const module = { exports: {}, id: path, filename: path }
    body.call(module.exports, module.exports, requireFrom(folder), module, path, folder, load, meta)
}

const namespaceOf = (exports) => {
    if (exports && exports.__esModule) return exports
    return Object.assign(Object.create(null), typeof exports === "object" ? exports : {}, { default: exports })
}

const require = requireFrom(native.workingFolder())
