// Expressions and queries (js-hooks.md, 20; A.6 to A.8). Every value is bound; names are quoted.

const quoteName = (name) => {
    const text = String(name)
    return text === "*" || text.startsWith("`") ? text : "`" + text.replaceAll("`", "``") + "`"
}

const quoteColumn = (name) => {
    const text = String(name)
    if (/[()`"'\s{[]/.test(text)) return text
    return text.split(".").map((part) => part === "*" ? part : quoteName(part)).join(".")
}

/** `t`, `s.t`, `t a` and `t AS a`; anything with parentheses stays as it is. */
const quoteTable = (text) => {
    const match = /^\s*([^\s()`]+)(?:\s+(?:as\s+)?([^\s()`]+))?\s*$/i.exec(String(text))
    if (!match) return String(text)
    const table = match[1].split(".").map(quoteName).join(".")
    return match[2] ? `${table} ${quoteName(match[2])}` : table
}

const quoteSelected = (text) => {
    const column = String(text)
    if (column.includes("(") || column.includes("`") || column.includes("'")) return column
    const match = /^(.+?)\s+(?:as\s+)?(\w+)$/i.exec(column)
    return match ? `${quoteColumn(match[1])} AS ${quoteName(match[2])}` : quoteColumn(column)
}

const quoteText = (text) => `'${String(text).replaceAll("'", "''")}'`

/** A value as the database takes it. */
const bindable = (value) => {
    if (value === null || value === undefined) return null
    switch (typeof value) {
    case "string": case "number": case "boolean": return value
    case "bigint": return Number(value)
    case "function": throw new TypeError("a function is no value for the database")
    }
    if (value instanceof DateTime || value instanceof Time || value instanceof Duration) return value.toJSON()
    if (value instanceof Date) return value.toISOString().replace("T", " ")
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf()
    if (isBytes(value)) return toString(value)
    return JSON.stringify(value)
}

/** Collects values under names of its own. */
const addParameter = (params, value) => {
    let index = Object.keys(params).length
    while (`p${index}` in params) index++
    params[`p${index}`] = bindable(value)
    return `{:p${index}}`
}

class Expression {
    #render
    constructor(render) { this.#render = render }
    build(params) { return this.#render(params) }
}

const rendered = (expression, params) => expression ? expression.build(params) : ""

const joined = (operator, expressions) => new Expression((params) => {
    const parts = expressions.map((expression) => rendered(expression, params)).filter(Boolean)
    return parts.length < 2 ? parts.join("") : parts.map((part) => `(${part})`).join(` ${operator} `)
})

const membership = (operator, column, values) => new Expression((params) => {
    const name = quoteColumn(column)
    if (values.length === 0) return operator === "IN" ? "0=1" : ""
    if (values.length === 1) {
        if (values[0] === null) return operator === "IN" ? `${name} IS NULL` : `${name} IS NOT NULL`
        return `${name}${operator === "IN" ? "=" : "<>"}${addParameter(params, values[0])}`
    }
    return `${name} ${operator} (${values.map((value) => addParameter(params, value)).join(", ")})`
})

class LikeExpression extends Expression {
    #escapes = [["\\", "\\\\"], ["%", "\\%"], ["_", "\\_"]]
    #left = true
    #right = true

    constructor(operator, joiner, column, values) {
        super((params) => values.map((value) => {
            const text = this.#escapes.reduce((result, [from, to]) => result.replaceAll(from, to), String(value))
            const pattern = (this.#left ? "%" : "") + text + (this.#right ? "%" : "")
            return `${quoteColumn(column)} ${operator} ${addParameter(params, pattern)} ESCAPE '\\'`
        }).join(` ${joiner} `))
    }

    escape(...pairs) {
        this.#escapes = []
        for (let index = 0; index + 1 < pairs.length; index += 2) this.#escapes.push([pairs[index], pairs[index + 1]])
        return this
    }

    match(left, right) {
        this.#left = Boolean(left)
        this.#right = Boolean(right)
        return this
    }
}

const $dbx = {
    exp: (text, ...params) => new Expression((all) => {
        for (const some of params) if (some) for (const name of Object.keys(some)) all[name] = bindable(some[name])
        return String(text)
    }),
    hashExp: (pairs) => new Expression((params) => Object.keys(pairs ?? {}).sort().map((column) => {
        const value = pairs[column]
        if (value instanceof Expression) return `(${value.build(params)})`
        if (value === null || value === undefined) return `${quoteColumn(column)} IS NULL`
        if (Array.isArray(value)) return membership("IN", column, value).build(params)
        return `${quoteColumn(column)}=${addParameter(params, value)}`
    }).filter(Boolean).join(" AND ")),
    not: (expression) => new Expression((params) => {
        const inner = rendered(expression, params)
        return inner ? `NOT (${inner})` : ""
    }),
    and: (...expressions) => joined("AND", expressions),
    or: (...expressions) => joined("OR", expressions),
    in: (column, ...values) => membership("IN", column, values),
    notIn: (column, ...values) => membership("NOT IN", column, values),
    like: (column, ...values) => new LikeExpression("LIKE", "AND", column, values),
    orLike: (column, ...values) => new LikeExpression("LIKE", "OR", column, values),
    notLike: (column, ...values) => new LikeExpression("NOT LIKE", "AND", column, values),
    orNotLike: (column, ...values) => new LikeExpression("NOT LIKE", "OR", column, values),
    exists: (expression) => new Expression((params) => {
        const inner = rendered(expression, params)
        return inner ? `EXISTS (${inner})` : "0=1"
    }),
    notExists: (expression) => new Expression((params) => {
        const inner = rendered(expression, params)
        return inner ? `NOT EXISTS (${inner})` : ""
    }),
    between: (column, from, to) => new Expression((params) => `${quoteColumn(column)} BETWEEN ${addParameter(params, from)} AND ${addParameter(params, to)}`),
    notBetween: (column, from, to) => new Expression((params) => `${quoteColumn(column)} NOT BETWEEN ${addParameter(params, from)} AND ${addParameter(params, to)}`),
}

const noRows = () => new GoError("sql: no rows in result set")

/** Puts a row, whose columns have names, into what a script gave for it. */
const fill = (target, row, ref = null) => {
    if (target instanceof DynamicModel) target[absorbRow](row)
    else if (target instanceof Record) recordFromRow(target, row, ref)
    else if (target && typeof target[absorb] === "function") target[absorb](row)
    else if (target && typeof target === "object") Object.assign(target, row)
    else throw new TypeError("a query is read into a model or an array of models")
    return target
}

class Rows {
    #rows
    #index = -1
    constructor(rows) { this.#rows = rows }
    next() { return ++this.#index < this.#rows.length }
    close() {}
    columns() { return Object.keys(this.#rows[0] ?? {}) }

    scanMap(target) {
        for (const [name, value] of Object.entries(this.#rows[this.#index] ?? {})) {
            target[name] = { string: value === null ? "" : String(value), valid: value !== null, toString() { return this.string } }
        }
    }

    scanStruct(target) { fill(target, this.#rows[this.#index]) }
}

class Query {
    #database
    #text
    #params = {}
    #context = null
    /** Makes a record of a row, where the query is one for records. */
    #record

    constructor(database, text, params = {}, record = null) {
        this.#database = database
        this.#text = String(text)
        this.#record = record
        this.bind(params)
    }

    sql() { return this.#text.replace(/\{\{(.*?)\}\}/g, (_, name) => quoteTable(name)).replace(/\[\[(.*?)\]\]/g, (_, name) => quoteColumn(name)) }
    params() { return { ...this.#params } }
    context() { return this.#context }
    withContext(context) { this.#context = context; return this }
    prepare() { return this }
    close() {}

    bind(params) {
        for (const name of Object.keys(params ?? {})) this.#params[name] = bindable(params[name])
        return this
    }

    execute() {
        const [changed, last] = this.#database.execute(this.sql(), this.#params)
        return { rowsAffected: () => changed, lastInsertId: () => last }
    }

    #all(limit = 0) { return this.#database.rows(this.sql(), this.#params, limit) }

    one(target) {
        const [row] = this.#all(1)
        if (!row) throw noRows()
        fill(target, row, this.#record)
    }

    all(target) {
        if (!Array.isArray(target)) throw new GoError("must be a pointer to a slice")
        const model = target[listModel]
        target.length = 0
        for (const row of this.#all()) {
            if (model === undefined || isPlain(model)) target.push(row)
            else if (model instanceof Record) target.push(fill(new Record(this.#record), row))
            else if (model instanceof DynamicModel) target.push(fill(model[fresh](), row))
            else if (typeof model === "object") target.push(fill(new model.constructor(), row))
            else target.push(coerced(Object.values(row)[0], typeOf(model), "column"))
        }
    }

    row(...targets) {
        const [row] = this.#all(1)
        if (!row) throw noRows()
        const values = Object.values(row)
        targets.forEach((target, index) => {
            if (target instanceof Nullable) target.value = values[index]
            else fill(target, { [Object.keys(row)[index]]: values[index] })
        })
    }

    column(target) {
        target.length = 0
        const model = target[listModel]
        for (const row of this.#all()) {
            const [value] = Object.values(row)
            target.push(model === undefined ? value : coerced(value, typeOf(model), Object.keys(row)[0], 0))
        }
    }

    rows() { return new Rows(this.#all()) }
}

class SelectQuery {
    #database
    #record
    #parts = { select: [], from: [], where: null, joins: [], order: [], group: [], having: null, unions: [], params: {}, before: "", after: "", option: "" }
    #distinct = false
    #limit = -1
    #offset = -1
    #context = null

    constructor(database, record = null) {
        this.#database = database
        this.#record = record
    }

    context() { return this.#context }
    withContext(context) { this.#context = context; return this }
    preFragment(text) { this.#parts.before = text; return this }
    postFragment(text) { this.#parts.after = text; return this }
    select(...columns) { this.#parts.select = columns; return this }
    andSelect(...columns) { this.#parts.select.push(...columns); return this }
    distinct(value) { this.#distinct = Boolean(value); return this }
    selectOption(text) { this.#parts.option = text; return this }
    from(...tables) { this.#parts.from = tables; return this }
    where(expression) { this.#parts.where = expression; return this }
    andWhere(expression) { this.#parts.where = this.#parts.where ? $dbx.and(this.#parts.where, expression) : expression; return this }
    orWhere(expression) { this.#parts.where = this.#parts.where ? $dbx.or(this.#parts.where, expression) : expression; return this }
    join(type, table, on) { this.#parts.joins.push({ type, table, on }); return this }
    innerJoin(table, on) { return this.join("INNER JOIN", table, on) }
    leftJoin(table, on) { return this.join("LEFT JOIN", table, on) }
    rightJoin(table, on) { return this.join("RIGHT JOIN", table, on) }
    orderBy(...columns) { this.#parts.order = columns; return this }
    andOrderBy(...columns) { this.#parts.order.push(...columns); return this }
    groupBy(...columns) { this.#parts.group = columns; return this }
    andGroupBy(...columns) { this.#parts.group.push(...columns); return this }
    having(expression) { this.#parts.having = expression; return this }
    andHaving(expression) { this.#parts.having = this.#parts.having ? $dbx.and(this.#parts.having, expression) : expression; return this }
    orHaving(expression) { this.#parts.having = this.#parts.having ? $dbx.or(this.#parts.having, expression) : expression; return this }
    union(query) { this.#parts.unions.push({ all: false, query }); return this }
    unionAll(query) { this.#parts.unions.push({ all: true, query }); return this }
    limit(count) { this.#limit = Number(count); return this }
    offset(count) { this.#offset = Number(count); return this }
    bind(params) { this.#parts.params = { ...params }; return this }
    andBind(params) { Object.assign(this.#parts.params, params); return this }

    info() {
        const { select, from, where, joins, order, group, having, unions, params } = this.#parts
        return {
            selects: select, distinct: this.#distinct, from, where, join: joins, orderBy: order, groupBy: group, having,
            union: unions, limit: this.#limit, offset: this.#offset, params,
        }
    }

    build() {
        const parts = this.#parts
        const params = {}
        for (const name of Object.keys(parts.params)) params[name] = bindable(parts.params[name])
        const sql = []
        if (parts.before) sql.push(parts.before)
        const option = (this.#distinct ? "DISTINCT " : "") + (parts.option ? parts.option + " " : "")
        sql.push(`SELECT ${option}${parts.select.length ? parts.select.map(quoteSelected).join(", ") : "*"}`)
        if (parts.from.length) sql.push(`FROM ${parts.from.map(quoteTable).join(", ")}`)
        for (const { type, table, on } of parts.joins) {
            const condition = rendered(on, params)
            sql.push(`${type} ${quoteTable(table)}${condition ? ` ON ${condition}` : ""}`)
        }
        const where = rendered(parts.where, params)
        if (where) sql.push(`WHERE ${where}`)
        if (parts.group.length) sql.push(`GROUP BY ${parts.group.map(quoteColumn).join(", ")}`)
        const having = rendered(parts.having, params)
        if (having) sql.push(`HAVING ${having}`)
        let text = sql.join(" ")
        for (const { all, query } of parts.unions) {
            text = `(${text}) UNION ${all ? "ALL " : ""}(${query.sql()})`
            Object.assign(params, query.params())
        }
        if (parts.order.length) text += ` ORDER BY ${parts.order.map(quoteOrder).join(", ")}`
        if (this.#limit >= 0) text += ` LIMIT ${Math.trunc(this.#limit)}`
        else if (this.#offset > 0) text += ` LIMIT ${Number.MAX_SAFE_INTEGER}`
        if (this.#offset > 0) text += ` OFFSET ${Math.trunc(this.#offset)}`
        if (parts.after) text += ` ${parts.after}`
        return new Query(this.#database, text, params, this.#record)
    }

    one(target) { return this.limit(1).build().one(target) }
    all(target) { return this.build().all(target) }
    row(...targets) { return this.build().row(...targets) }
    column(target) { return this.build().column(target) }
    rows() { return this.build().rows() }

    model(id, target) {
        const [table] = this.#parts.from
        return this.andWhere($dbx.hashExp({ [table ? `${table}.id` : "id"]: id })).one(target)
    }
}

const quoteOrder = (text) => {
    const match = /^(.+?)\s+(asc|desc)$/i.exec(String(text))
    return match ? `${quoteColumn(match[1])} ${match[2].toUpperCase()}` : quoteColumn(text)
}

const assignments = (columns, params) => Object.keys(columns).sort().map((name) => {
    const value = columns[name]
    return [quoteColumn(name), value instanceof Expression ? value.build(params) : addParameter(params, value)]
})

const refusal = (database, message) => new class extends Query {
    execute() { throw new GoError(message) }
}(database, "")

/** What `db()` of an application returns. */
class Builder {
    #app
    #isAuxiliary

    constructor(app, isAuxiliary) {
        this.#app = app
        this.#isAuxiliary = isAuxiliary
    }

    rows(sql, params, limit) { return JSON.parse(native.query(this.#app, this.#isAuxiliary, sql, JSON.stringify(params), limit)) }
    execute(sql, params) { return native.execute(this.#app, this.#isAuxiliary, sql, JSON.stringify(params)) }

    newQuery(sql) { return new Query(this, sql) }
    select(...columns) { return new SelectQuery(this).select(...columns) }
    generatePlaceholder(index) { return `{:p${index}}` }
    quote(text) { return quoteText(text) }
    quoteSimpleTableName(name) { return quoteName(name) }
    quoteSimpleColumnName(name) { return quoteName(name) }
    queryBuilder() { return this }

    insert(table, columns) {
        const params = {}
        const pairs = assignments(columns, params)
        const sql = pairs.length
            ? `INSERT INTO ${quoteTable(table)} (${pairs.map(([name]) => name).join(", ")}) VALUES (${pairs.map(([, value]) => value).join(", ")})`
            : `INSERT INTO ${quoteTable(table)} DEFAULT VALUES`
        return new Query(this, sql, params)
    }

    upsert() { return refusal(this, "Upsert is not supported") }

    update(table, columns, where) {
        const params = {}
        const list = assignments(columns, params).map(([name, value]) => `${name}=${value}`).join(", ")
        const condition = rendered(where, params)
        return new Query(this, `UPDATE ${quoteTable(table)} SET ${list}${condition ? ` WHERE ${condition}` : ""}`, params)
    }

    delete(table, where) {
        const params = {}
        const condition = rendered(where, params)
        return new Query(this, `DELETE FROM ${quoteTable(table)}${condition ? ` WHERE ${condition}` : ""}`, params)
    }

    createTable(table, columns, ...options) {
        const list = Object.keys(columns).sort().map((name) => /^\d+$/.test(name) ? columns[name] : `${quoteName(name)} ${columns[name]}`)
        return new Query(this, `CREATE TABLE ${quoteTable(table)} (${[...list, ...options].join(", ")})`)
    }

    renameTable(from, to) { return new Query(this, `ALTER TABLE ${quoteTable(from)} RENAME TO ${quoteTable(to)}`) }
    dropTable(table) { return new Query(this, `DROP TABLE ${quoteTable(table)}`) }
    truncateTable(table) { return new Query(this, `DELETE FROM ${quoteTable(table)}`) }
    addColumn(table, column, type) { return new Query(this, `ALTER TABLE ${quoteTable(table)} ADD ${quoteName(column)} ${type}`) }
    dropColumn(table, column) { return new Query(this, `ALTER TABLE ${quoteTable(table)} DROP COLUMN ${quoteName(column)}`) }
    renameColumn(table, from, to) { return new Query(this, `ALTER TABLE ${quoteTable(table)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`) }
    alterColumn() { return refusal(this, "SQLite does not support altering column") }
    addPrimaryKey() { return refusal(this, "SQLite does not support adding primary key") }
    dropPrimaryKey() { return refusal(this, "SQLite does not support dropping primary key") }
    addForeignKey() { return refusal(this, "SQLite does not support adding foreign keys") }
    dropForeignKey() { return refusal(this, "SQLite does not support dropping foreign keys") }
    createIndex(table, name, ...columns) { return new Query(this, `CREATE INDEX ${quoteName(name)} ON ${quoteTable(table)} (${columns.map(quoteColumn).join(", ")})`) }
    createUniqueIndex(table, name, ...columns) { return new Query(this, `CREATE UNIQUE INDEX ${quoteName(name)} ON ${quoteTable(table)} (${columns.map(quoteColumn).join(", ")})`) }
    dropIndex(table, name) { return new Query(this, `DROP INDEX ${quoteName(name)}`) }
}
