// Durable jobs (docs/jobs.md).

const jobOptions = ({ delay = 0, key = "", retries = 10 } = {}) => {
    if (!(Number(delay) >= 0) || !(Number(retries) >= 0)) throw new RangeError("delay and retries are no negative numbers")
    return { delay: Number(delay), key: toText(key), retries: Math.trunc(Number(retries)) }
}

const $jobs = {
    /** Registers what jobs of a name do, while files are loaded. */
    on(name, handler, { parallel = 1 } = {}) {
        native.jobOn(String(name), handlerSource(handler), Number(parallel))
    },

    /** Puts a job in the queue: within the transaction that is open, or one of its own. Returns its id. */
    enqueue(name, payload = null, options = {}) {
        return native.jobEnqueue(options.app ?? currentApp(), String(name), JSON.stringify(payload ?? null), JSON.stringify(jobOptions(options)))
    },
}
