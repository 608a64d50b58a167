// structuredClone.

/** Copies what the structured clone algorithm of the HTML standard copies (section 2.7). */
const structuredClone = (value, seen = new Map()) => {
    if (typeof value === "function" || typeof value === "symbol") throw new TypeError(`a ${typeof value} cannot be cloned`)
    if (value === null || typeof value !== "object") return value
    if (seen.has(value)) return seen.get(value)
    const keep = (copy) => { seen.set(value, copy); return copy }
    if (value instanceof Date) return keep(new Date(value))
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags))
    if (value instanceof ArrayBuffer) return keep(value.slice(0))
    if (ArrayBuffer.isView(value)) {
        const buffer = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)
        return keep(value instanceof DataView ? new DataView(buffer) : new value.constructor(buffer))
    }
    if (value instanceof Map) {
        const copy = keep(new Map())
        for (const [key, item] of value) copy.set(structuredClone(key, seen), structuredClone(item, seen))
        return copy
    }
    if (value instanceof Set) {
        const copy = keep(new Set())
        for (const item of value) copy.add(structuredClone(item, seen))
        return copy
    }
    if (value instanceof Error) {
        const copy = keep(new (({ EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError })[value.name] ?? Error)(value.message))
        copy.stack = value.stack
        return copy
    }
    if (value instanceof Boolean || value instanceof Number || value instanceof String) return keep(Object(value.valueOf()))
    const copy = keep(Array.isArray(value) ? new Array(value.length) : {})
    for (const key of Object.keys(value)) copy[key] = structuredClone(value[key], seen)
    return copy
}
