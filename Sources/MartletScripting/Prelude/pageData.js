// What pages ask the database and the interface (docs/pages.md).

/** An SQL name that a page has chosen. */
class SQLName {
    constructor(name) { this.text = `"${String(name).replaceAll('"', '""')}"` }
}

/** A statement of a tagged template: its values are bound, whatever they hold. */
const boundStatement = (texts, values) => {
    const parameters = {}
    let sql = texts[0]
    const bind = (value) => {
        const name = `v${Object.keys(parameters).length}`
        parameters[name] = value instanceof Date ? value.toISOString().replace("T", " ") : value ?? null
        return `{:${name}}`
    }
    values.forEach((value, index) => {
        if (value instanceof SQLName) sql += value.text
        else if (Array.isArray(value)) sql += value.length ? value.map(bind).join(", ") : "NULL"
        else sql += bind(value)
        sql += texts[index + 1]
    })
    return [sql, JSON.stringify(parameters)]
}

const pageDatabase = (event) => {
    const sql = (texts, ...values) => {
        if (!Array.isArray(texts) || !Array.isArray(texts.raw)) throw new TypeError("db.sql is written as a tagged template: db.sql`select …`")
        const [text, parameters] = boundStatement(texts, values)
        return JSON.parse(native.query(event.app, false, text, parameters, 0))
    }
    return {
        sql,
        /** The first row, or null. */
        one: (texts, ...values) => sql(texts, ...values)[0] ?? null,
        /** The first column of the first row, or null. */
        value: (texts, ...values) => Object.values(sql(texts, ...values)[0] ?? {})[0] ?? null,
        name: (name) => new SQLName(name),
    }
}

/** A filter of a tagged template: its texts travel beside it, so that none is read as a part of it. */
class Filter {
    constructor(texts, values) {
        this.parameters = {}
        this.text = texts[0]
        values.forEach((value, index) => { this.text += this.#operand(value) + texts[index + 1] })
    }
    #operand(value) {
        if (value === null || value === undefined) return "null"
        if (typeof value === "number" && Number.isFinite(value) || typeof value === "boolean") return String(value)
        const name = `_v${filterCount++}`
        this.parameters[name] = value instanceof Date ? value.toISOString().replace("T", " ") : String(value)
        return `@request.query.${name}`
    }
}
let filterCount = 0
const filter = (texts, ...values) => new Filter(texts, values)

const queryText = (options) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(options ?? {})) {
        if (value === undefined || value === null) continue
        if (value instanceof Filter) {
            query.set(name, value.text)
            for (const key of Object.keys(value.parameters)) query.set(key, value.parameters[key])
        } else query.set(name, Array.isArray(value) ? value.join(",") : String(value))
    }
    const text = query.toString()
    return text ? `?${text}` : ""
}

/** A number that visitors may have typed. */
const pageNumber = (value) => Math.min(Math.max(Math.trunc(Number(value)) || 1, 1), 1e9)

/** Asks the interface in the visitor's name. */
const ask = (event, method, path, body, isAnswer = () => false) => {
    const values = {}, names = [], files = []
    for (const [name, value] of Object.entries(body ?? {})) {
        const list = Array.isArray(value) ? value : [value]
        if (list.some((item) => item instanceof File)) for (const item of list) { names.push(name); files.push(item) }
        else values[name] = value
    }
    const [status, text] = native.innerRequest(event, method, path, body === undefined ? "" : JSON.stringify(values), names, files)
    const answer = text ? JSON.parse(text) : null
    if (Number(status) >= 400 && !isAnswer(answer)) throwProblem(Number(status), answer ?? {})
    return answer
}

/** The records of a collection, as far as the visitor may see and change them. */
const pageRecords = (event) => (collection) => {
    const base = `/api/collections/${encodeURIComponent(collection)}/records`
    const one = (id) => `${base}/${encodeURIComponent(id)}`
    return {
        list: ({ page = 1, perPage = 30, ...options } = {}) => ask(event, "GET", base + queryText({ page: pageNumber(page), perPage: pageNumber(perPage), ...options })),
        first: (condition, options = {}) => ask(event, "GET", base + queryText({ perPage: 1, skipTotal: true, filter: condition, ...options })).items[0] ?? null,
        get: (id, options = {}) => ask(event, "GET", one(id) + queryText(options)),
        create: (values, options = {}) => ask(event, "POST", base + queryText(options), values),
        update: (id, values, options = {}) => ask(event, "PATCH", one(id) + queryText(options), values),
        delete: (id) => { ask(event, "DELETE", one(id)) },
    }
}
