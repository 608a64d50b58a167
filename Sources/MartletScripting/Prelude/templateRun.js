// Running a template of the reference server's language (js-hooks.md, 27).

class Raw {
    constructor(text) { this.text = text }
}

const isTrue = (value) => {
    if (value === null || value === undefined || value === false || value === 0 || value === "") return false
    if (Array.isArray(value) || isBytes(value)) return value.length > 0
    if (isPlain(value)) return Object.keys(value).length > 0
    if (value instanceof Map || value instanceof Set) return value.size > 0
    return true
}

const compared = (one, other) => {
    if (typeof one === "number" && typeof other === "number" || typeof one === "string" && typeof other === "string") return one < other ? -1 : one > other ? 1 : 0
    throw new TemplateError("incompatible types for comparison")
}

const printed = (value) => {
    if (value === null || value === undefined) return "<nil>"
    if (value instanceof Raw) return value.text
    if (Array.isArray(value)) return `[${value.map(printed).join(" ")}]`
    if (isPlain(value)) return `map[${Object.keys(value).sort().map((key) => `${key}:${printed(value[key])}`).join(" ")}]`
    return toString(value)
}

const sprintf = (format, ...args) => {
    let index = 0
    return String(format).replace(/%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g, (whole, flags, width, precision, verb) => {
        if (verb === "%") return "%"
        if (index >= args.length) return `%!${verb}(MISSING)`
        const value = args[index++]
        let text
        switch (verb) {
        case "d": text = String(Math.trunc(Number(value))); break
        case "f": text = Number(value).toFixed(precision === undefined ? 6 : Number(precision)); break
        case "g": text = String(Number(value)); break
        case "e": text = Number(value).toExponential(precision === undefined ? 6 : Number(precision)).replace(/e([+-])(\d)$/, "e$10$2"); break
        case "x": text = typeof value === "string" ? Array.from(utf8Encoder.encode(value), (byte) => byte.toString(16).padStart(2, "0")).join("") : Number(value).toString(16); break
        case "X": text = Number(value).toString(16).toUpperCase(); break
        case "b": text = Number(value).toString(2); break
        case "o": text = Number(value).toString(8); break
        case "c": text = String.fromCodePoint(Number(value)); break
        case "q": text = JSON.stringify(printed(value)); break
        case "t": text = String(Boolean(value)); break
        case "T": text = value === null ? "<nil>" : typeof value; break
        case "s": text = printed(value); if (precision !== undefined) text = text.slice(0, Number(precision)); break
        default: text = printed(value)
        }
        if (flags.includes("+") && Number(value) >= 0 && "dfge".includes(verb)) text = `+${text}`
        if (!width) return text
        return flags.includes("-") ? text.padEnd(Number(width)) : flags.includes("0") && "dfgex".includes(verb) ? text.padStart(Number(width), "0") : text.padStart(Number(width))
    })
}

const itemOf = (value, ...keys) => keys.reduce((inner, key) => {
    if (inner === null || inner === undefined) throw new TemplateError("index of untyped nil")
    if ((Array.isArray(inner) || typeof inner === "string") && (key < 0 || key >= inner.length)) throw new TemplateError(`reflect: slice index out of range`)
    return inner[key] ?? null
}, value)

const templateFunctions = {
    len: (value) => {
        if (value === null || value === undefined) throw new TemplateError("len of nil pointer")
        return typeof value === "string" ? utf8Encoder.encode(value).length : value.length ?? value.size ?? Object.keys(value).length
    },
    index: itemOf,
    slice: (value, start = 0, end = undefined) => value.slice(start, end),
    not: (value) => !isTrue(value),
    eq: (one, ...others) => others.some((other) => one === other || one?.valueOf?.() === other?.valueOf?.() && typeof one === typeof other),
    ne: (one, other) => one !== other,
    lt: (one, other) => compared(one, other) < 0,
    le: (one, other) => compared(one, other) <= 0,
    gt: (one, other) => compared(one, other) > 0,
    ge: (one, other) => compared(one, other) >= 0,
    print: (...values) => values.map(printed).reduce((text, item, index) => text + (index > 0 && typeof values[index] !== "string" && typeof values[index - 1] !== "string" ? " " : "") + item, ""),
    println: (...values) => values.map(printed).join(" ") + "\n",
    printf: sprintf,
    html: (...values) => escapeHTML(values.map(printed).join("")),
    js: (...values) => escapeScriptText(values.map(printed).join("")),
    urlquery: (...values) => escapeQuery(values.map(printed).join("")).replaceAll("%20", "+"),
    call: (callee, ...values) => callee(...values),
    raw: (text) => new Raw(toString(text)),
}

class TemplateRun {
    #templates
    #functions
    #name
    writer = new PageWriter()
    #depth = 0

    constructor(name, templates, functions) {
        this.#name = name
        this.#templates = templates
        this.#functions = functions
    }

    run(nodes, dot, scope) {
        for (const node of nodes) {
            try {
                const signal = this.#node(node, dot, scope)
                if (signal) return signal
            } catch (error) {
                if (error instanceof TemplateError) throw new GoError(`template: ${this.#name}:${node.line ?? 1}: executing ${JSON.stringify(this.#name)}: ${error.message}`)
                throw error
            }
        }
    }

    #node(node, dot, scope) {
        switch (node.kind) {
        case "text": this.writer.text(node.piece); return
        case "value": {
            const value = this.#pipe(node.pipe, dot, scope)
            if (value instanceof Raw) this.writer.raw(value.text)
            else this.writer.value(value, shown)
            return
        }
        case "assign": {
            const value = this.#pipe(node.pipe, dot, scope)
            if (node.isNew) scope.values.set(node.name, value); else scopeOf(scope, node.name).values.set(node.name, value)
            return
        }
        case "if": case "with": {
            const inner = { values: new Map(), outer: scope }
            const value = this.#pipe(node.pipe, dot, scope)
            if (node.name) inner.values.set(node.name, value)
            const isMet = isTrue(value)
            return this.run(isMet ? node.nodes : node.otherwise, isMet && node.kind === "with" ? value : dot, inner)
        }
        case "range": return this.#range(node, dot, scope)
        case "template": {
            const nodes = this.#templates.get(node.name)
            if (!nodes) throw new TemplateError(`template ${JSON.stringify(node.name)} not defined`)
            if (++this.#depth > 100) throw new TemplateError("exceeded maximum template depth (100)")
            const value = node.pipe ? this.#pipe(node.pipe, dot, scope) : null
            this.run(nodes, value, { values: new Map([["$", value]]), outer: null })
            this.#depth--
            return
        }
        default: return node.kind
        }
    }

    #range(node, dot, scope) {
        const list = this.#pipe(node.pipe, dot, scope)
        const entries = typeof list === "number" ? Array.from({ length: list }, (_, index) => [index, index])
            : list instanceof Map ? [...list] : Array.isArray(list) || isBytes(list) ? Array.from(list, (item, index) => [index, item])
            : list && typeof list === "object" ? Object.keys(list).sort().map((key) => [key, list[key]]) : []
        if (!entries.length) return this.run(node.otherwise, dot, { values: new Map(), outer: scope })
        for (const [key, item] of entries) {
            const inner = { values: new Map(), outer: scope }
            if (node.key) inner.values.set(node.key, key)
            if (node.value) inner.values.set(node.value, item)
            if (this.run(node.nodes, item, inner) === "break") break
        }
    }

    // MARK: values

    #pipe(commands, dot, scope) {
        let value
        commands.forEach((command, index) => { value = this.#command(command, dot, scope, index > 0 ? [value] : []) })
        return value
    }

    #command([first, ...rest], dot, scope, last) {
        if (first.kind === "function") {
            const name = first.name
            if (name === "and" || name === "or") {
                const lazy = [...rest.map((operand) => () => this.#operand(operand, dot, scope)), ...last.map((value) => () => value)]
                let value
                for (const next of lazy) {
                    value = next()
                    if (isTrue(value) === (name === "or")) return value
                }
                return value
            }
            const callee = this.#functions[name] ?? templateFunctions[name]
            return callee(...rest.map((operand) => this.#operand(operand, dot, scope)), ...last)
        }
        const args = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...last]
        return this.#operand(first, dot, scope, args)
    }

    #operand(operand, dot, scope, args = []) {
        switch (operand.kind) {
        case "constant": return operand.value
        case "dot": return this.#path(dot, operand.path, args)
        case "variable": {
            const holder = scopeOf(scope, operand.name)
            return this.#path(holder.values.get(operand.name), operand.path, args)
        }
        case "pipe": return this.#path(this.#pipe(operand.pipe, dot, scope), operand.path, args)
        default: return (this.#functions[operand.name] ?? templateFunctions[operand.name])()
        }
    }

    #path(start, path, args) {
        if (!path.length) {
            if (args.length) throw new TemplateError("can't give argument to non-function")
            return start
        }
        return path.reduce((value, name, index) => {
            if (value === null || value === undefined) {
                if (index === 0 && start === undefined || value === undefined) return null
                throw new TemplateError(`nil data; no entry for key ${JSON.stringify(name)}`)
            }
            let member = value instanceof Map ? value.get(name) : value[name]
            if (member === undefined && !isPlain(value) && typeof value === "object") member = value[lowered(name)]
            if (typeof member === "function") return member.apply(value, index === path.length - 1 ? args : [])
            return member ?? null
        }, start)
    }
}

const scopeOf = (scope, name) => {
    for (let inner = scope; inner; inner = inner.outer) if (inner.values.has(name)) return inner
    throw new TemplateError(`undefined variable ${JSON.stringify(name)}`)
}

/** A missing value is nothing, and not a word. */
const shown = (value) => value === null || value === undefined ? "" : typeof value === "object" && !Array.isArray(value) && !isPlain(value) ? toString(value) : printed(value)

class Renderer {
    #make
    #made = null
    #functions

    constructor(make, functions) {
        this.#make = make
        this.#functions = functions
    }

    render(data) {
        this.#made ??= this.#make(this.#functions)
        const { name, nodes, templates } = this.#made
        const run = new TemplateRun(name, templates, this.#functions)
        run.run(nodes, data, { values: new Map([["$", data]]), outer: null })
        return run.writer.toString()
    }
}

const checkFunctions = (nodes, functions, name) => {
    const known = (operand, line) => {
        if (operand.kind === "pipe") operand.pipe.flat().forEach((inner) => known(inner, line))
        if (operand.kind === "function" && !["and", "or"].includes(operand.name) && !functions[operand.name] && !templateFunctions[operand.name]) {
            throw templateFailure(name, line, `function ${JSON.stringify(operand.name)} not defined`)
        }
    }
    for (const node of nodes) {
        node.pipe?.flat().forEach((operand) => known(operand, node.line))
        checkFunctions([...(node.nodes ?? []), ...(node.otherwise ?? [])], functions, name)
    }
}

const parseTemplates = (sources, functions) => {
    const templates = new Map()
    let first = null
    for (const [name, text] of sources) {
        const nodes = new TemplateParser(name, text, templates).parse()
        checkFunctions(nodes, functions, name)
        templates.set(name, nodes)
        first ??= { name, nodes }
    }
    for (const [name, nodes] of templates) checkFunctions(nodes, functions, name)
    return { ...first, templates }
}

const renderers = new Map()

const cachedRenderer = (key, make, functions) => {
    if (renderers.size > 500) renderers.clear()
    if (!renderers.has(key)) renderers.set(key, new Renderer(make, functions))
    return renderers.get(key)
}

const templateRegistry = (functions) => ({
    addFuncs: (more) => templateRegistry({ ...functions, ...more }),
    loadFiles: (...paths) => cachedRenderer(`files ${JSON.stringify(paths)} ${Object.keys(functions)}`, (functions) =>
        parseTemplates(paths.map((path) => [$filepath.base(path), toString($os.readFile(path))]), functions), functions),
    loadString: (text) => cachedRenderer(`text ${text} ${Object.keys(functions)}`, (functions) => parseTemplates([["", String(text)]], functions), functions),
    loadFS: (root, ...globs) => cachedRenderer(`fs ${fileSystemRoot(root)} ${JSON.stringify(globs)}`, (functions) => {
        const paths = globs.flatMap((glob) => $filepath.glob($filepath.join(fileSystemRoot(root), glob)))
        return parseTemplates(paths.map((path) => [$filepath.base(path), toString($os.readFile(path))]), functions)
    }, functions),
})

const $template = templateRegistry({})
