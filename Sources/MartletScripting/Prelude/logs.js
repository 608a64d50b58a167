// The log (js-hooks.md, 30).

const logPairs = (prefix, pairs) => {
    const result = {}
    for (let index = 0; index < pairs.length; index += 2) {
        const value = pairs[index + 1]
        const plain = value instanceof Error || value instanceof ApiError ? value.message : value === undefined ? null : value
        result[prefix + toString(pairs[index])] = plain
    }
    return result
}

class Logger {
    #prefix
    #pairs
    constructor(prefix = "", pairs = {}) { [this.#prefix, this.#pairs] = [prefix, pairs] }
    with(...pairs) { return new Logger(this.#prefix, { ...this.#pairs, ...logPairs(this.#prefix, pairs) }) }
    withGroup(name) { return new Logger(`${this.#prefix}${name}.`, this.#pairs) }
    enabled() { return true }
    log(context, level, message, ...pairs) { native.log(Number(level) || 0, toString(message), JSON.stringify({ ...this.#pairs, ...logPairs(this.#prefix, pairs) })) }
    debug(message, ...pairs) { this.log(null, -4, message, ...pairs) }
    info(message, ...pairs) { this.log(null, 0, message, ...pairs) }
    warn(message, ...pairs) { this.log(null, 4, message, ...pairs) }
    error(message, ...pairs) { this.log(null, 8, message, ...pairs) }
    debugContext(context, message, ...pairs) { this.debug(message, ...pairs) }
    infoContext(context, message, ...pairs) { this.info(message, ...pairs) }
    warnContext(context, message, ...pairs) { this.warn(message, ...pairs) }
    errorContext(context, message, ...pairs) { this.error(message, ...pairs) }
}

const rootLogger = new Logger()
