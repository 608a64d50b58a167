// Durable jobs (docs/jobs.md).

const jobOptions = ({ delay = 0, key = "", retries = 10 } = {}) => {
    const isFine = (value, most) => Number(value) >= 0 && Number(value) <= most
    if (!isFine(delay, 3e9) || !isFine(retries, 1000)) throw new RangeError("delay is 0 to 3e9 seconds, retries 0 to 1000")
    return { delay: Number(delay), key: toText(key), retries: Math.trunc(Number(retries)) }
}

const $jobs = {
    /** Registers what jobs of a name do, while files are loaded. */
    on(name, handler, { parallel = 1 } = {}) {
        if (String(name).startsWith("__")) throw new TypeError("names that begin with __ are the server's own")
        native.jobOn(String(name), handlerSource(handler), Number(parallel))
    },

    /** Puts a job in the queue: within the transaction that is open, or one of its own. Returns its id. */
    enqueue(name, payload = null, options = {}) {
        return native.jobEnqueue(options.app ?? currentApp(), String(name), JSON.stringify(payload ?? null), JSON.stringify(jobOptions(options)))
    },
}
