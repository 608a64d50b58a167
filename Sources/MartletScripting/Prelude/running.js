// Running handlers.

let currentEvent = null
let root = null

/** Runs a handler with `$app` as the event's. */
const invoke = (handler, event) => {
    const outer = currentEvent
    const lastBefore = lastTimer
    currentEvent = event
    try {
        const result = handler(event)
        settleHeld(event)
        if (isThrowable(result)) throw result
        if (!(result instanceof Promise)) return result
        return result.then((value) => {
            settleHeld(event)
            if (isThrowable(value)) throw value
        })
    } catch (error) {
        // What a handler that failed has left behind is nobody's.
        for (let id = lastBefore + 1; id <= lastTimer; id++) timers.delete(id)
        throw error
    } finally {
        currentEvent = outer
    }
}

/** Runs a job. */
const invokePlain = (handler, argument) => {
    const result = handler(argument)
    if (isThrowable(result)) throw result
    return result
}

const currentApp = () => currentEvent?.app ?? (root ??= native.rootApp())
