// Timers, as browsers have them.

const timers = new Map()
let lastTimer = 0

const setTimer = (callback, delay, args, isRepeated) => {
    if (typeof callback !== "function") throw new TypeError("a timer calls a function")
    if (timers.size >= 10_000) throw new RangeError("more than 10000 timers wait at a time")
    const id = ++lastTimer
    const wait = Math.max(Number(delay) || 0, isRepeated ? 1 : 0)
    timers.set(id, { callback, args, wait, isRepeated })
    native.startTimer(id, wait)
    return id
}

const setTimeout = (callback, delay = 0, ...args) => setTimer(callback, delay, args, false)
const setInterval = (callback, delay = 0, ...args) => setTimer(callback, delay, args, true)
const clearTimeout = (id) => { timers.delete(id) }
const clearInterval = clearTimeout
const queueMicrotask = (callback) => { Promise.resolve().then(callback) }
const setImmediate = (callback, ...args) => setTimeout(callback, 0, ...args)

const fireTimer = (id) => {
    const timer = timers.get(id)
    if (!timer) return
    if (timer.isRepeated) native.startTimer(id, timer.wait); else timers.delete(id)
    timer.callback(...timer.args)
}
