// How a page is written (docs/pages.md).

const pageTypes = {
    html: "text/html; charset=utf-8", xml: "application/xml; charset=utf-8", svg: "image/svg+xml", json: "application/json",
    txt: "text/plain; charset=utf-8", csv: "text/csv; charset=utf-8", ics: "text/calendar; charset=utf-8", webmanifest: "application/manifest+json",
}
const endingOf = (file) => file.slice(file.lastIndexOf(".") + 1)

/** What a page is written with. In markup values are escaped for their place, in JSON they are JSON, elsewhere text. */
class PageOutput extends PageWriter {
    #visit
    #form

    constructor(visit, type) {
        super()
        this.#visit = visit
        this.#form = { html: "markup", xml: "markup", svg: "markup", json: "json", webmanifest: "json" }[type] ?? "text"
    }

    value(value) {
        if (value instanceof Date) value = Number.isNaN(value.getTime()) ? "" : value.toISOString()
        if (this.#form === "json") return this.raw(JSON.stringify(value) ?? "null")
        if (this.#form === "text") return this.raw(toText(value))
        if (!(value instanceof RawText)) return super.value(value)
        if (this.place.mode === "text") this.raw(value.text)
        else super.value(value.text)
    }

    list(value) {
        if (value === null || value === undefined) return []
        return typeof value[Symbol.iterator] === "function" ? value : Object.entries(value)
    }

    /** For loops with two names: items with their places, or names with their values. */
    pairs(value) {
        if (value !== null && typeof value === "object" && typeof value[Symbol.iterator] !== "function") return Object.entries(value)
        return Array.from(this.list(value), (item, index) => [item, index])
    }

    include(name, outer, data) { return pageModule(`_partials/${name}.html`).__render(this, { ...this.#visit.common, ...data }, {}) }

    layout(name, outer, data, body, fills, isAwaited) {
        const module = pageModule(`_layouts/${name}.html`)
        const render = isAwaited ? module.__renderAwaited : module.__render
        return render(this, { ...outer, ...data() }, { ...fills, content: body })
    }

    /** Writes what fills a slot. Returns whether there is anything. */
    slot(slots, name) {
        const parts = slots && Object.hasOwn(slots, name) ? [slots[name]].flat() : []
        for (let index = 0; index < parts.length; index++) {
            const written = parts[index]()
            if (written instanceof Promise) return this.#rest(written, parts.slice(index + 1))
        }
        return parts.length > 0
    }

    async #rest(written, parts) {
        await written
        for (const part of parts) await part()
        return true
    }

    formToken() { this.raw(`<input type="hidden" name="_csrf" value="${this.#visit.formToken}">`) }

    async flush() {
        const text = this.take()
        if (text) await this.#visit.send(text)
    }
}

// What compiled pages call.
Object.defineProperty(globalThis, "__page", { value: Object.freeze({ pieces: (texts) => texts.map((text) => new Piece(text)) }) })

const pageModules = new Map()

/** A page's module: what its script exports, and how it is written. */
const pageModule = (file) => {
    const known = pageModules.get(file)
    if (known) return known
    const path = `${native.pagesFolder()}/${file}`
    const [load, meta, folder] = placeOf(path)
    const module = { exports: {}, id: path, filename: path }
    native.pageModule(file).call(module.exports, module.exports, requireFrom(folder), module, path, folder, load, meta)
    pageModules.set(file, module.exports)
    return module.exports
}
