// Moments, durations and time zones (js-hooks.md, 15; A.16 to A.18).

const pad = (number, width = 2) => String(Math.abs(number)).padStart(width, "0")
const nanosecondsPer = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }

/** A number of nanoseconds. */
class Duration {
    #count
    constructor(count) { this.#count = Math.trunc(Number(count)) || 0 }

    valueOf() { return this.#count }
    toString() { return this.string() }
    toJSON() { return this.#count }
    nanoseconds() { return this.#count }
    microseconds() { return Math.trunc(this.#count / 1e3) }
    milliseconds() { return Math.trunc(this.#count / 1e6) }
    seconds() { return this.#count / 1e9 }
    minutes() { return this.#count / 60e9 }
    hours() { return this.#count / 3600e9 }
    abs() { return new Duration(Math.abs(this.#count)) }
    truncate(unit) { return new Duration(unit > 0 ? this.#count - this.#count % unit : this.#count) }
    round(unit) { return new Duration(unit > 0 ? Math.round(this.#count / unit) * unit : this.#count) }

    string() {
        const count = Math.abs(this.#count)
        const sign = this.#count < 0 ? "-" : ""
        if (count === 0) return "0s"
        if (count < 1e3) return `${sign}${count}ns`
        if (count < 1e6) return `${sign}${count / 1e3}µs`
        if (count < 1e9) return `${sign}${count / 1e6}ms`
        const hours = Math.floor(count / 3600e9)
        const minutes = Math.floor(count % 3600e9 / 60e9)
        const seconds = count % 60e9 / 1e9
        return sign + (hours ? `${hours}h` : "") + (hours || minutes ? `${minutes}m` : "") + `${seconds}s`
    }
}

class Timezone {
    #name
    constructor(name = "") {
        this.#name = "UTC"
        if (!name || name === "UTC") return
        if (name === "Local") { this.#name = localZone(); return }
        try {
            new Intl.DateTimeFormat("en", { timeZone: name })
            this.#name = name
        } catch {}
    }

    string() { return this.#name }
    toString() { return this.#name }
}

const localZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"
const utc = new Timezone()
const formatters = new Map()

/** How many minutes a zone is ahead of UTC at a moment, and what that is called. */
const zoneAt = (zone, milliseconds) => {
    const name = zone.string()
    if (name === "UTC") return { name: "UTC", offset: 0 }
    let formatter = formatters.get(name)
    if (!formatter) {
        formatter = {
            parts: new Intl.DateTimeFormat("en-US", {
                timeZone: name, hourCycle: "h23", era: "short", year: "numeric", month: "numeric", day: "numeric",
                hour: "numeric", minute: "numeric", second: "numeric",
            }),
            name: new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "short" }),
        }
        formatters.set(name, formatter)
    }
    const parts = Object.fromEntries(formatter.parts.formatToParts(milliseconds).map((part) => [part.type, part.value]))
    const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second)
    const short = formatter.name.formatToParts(milliseconds).find((part) => part.type === "timeZoneName")?.value ?? name
    return { name: short, offset: Math.round((local - Math.floor(milliseconds / 1000) * 1000) / 60000) }
}

const monthNames = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
const layoutPattern = /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|-07:00|-0700|-07|01|02|03|04|05|06|002|_2|15|PM|pm|[.,]0+|[.,]9+|1|2|3|4|5/g
const zeroTime = "0001-01-01 00:00:00.000Z"
const zeroMilliseconds = Date.UTC(2001, 0, 1) - 63_113_904_000_000

/** A moment in a time zone. */
class Time {
    #milliseconds
    #zone
    #nanoseconds

    constructor(milliseconds, zone = utc, nanoseconds = 0) {
        this.#milliseconds = Math.floor(milliseconds)
        this.#zone = zone
        this.#nanoseconds = nanoseconds
    }

    #local() {
        const { name, offset } = zoneAt(this.#zone, this.#milliseconds)
        return { date: new Date(this.#milliseconds + offset * 60000), name, offset }
    }

    unix() { return Math.floor(this.#milliseconds / 1000) }
    unixMilli() { return this.#milliseconds }
    unixMicro() { return this.#milliseconds * 1000 }
    unixNano() { return this.#milliseconds * 1e6 + this.#nanoseconds }
    year() { return this.#local().date.getUTCFullYear() }
    month() { return this.#local().date.getUTCMonth() + 1 }
    day() { return this.#local().date.getUTCDate() }
    weekday() { return this.#local().date.getUTCDay() }
    hour() { return this.#local().date.getUTCHours() }
    minute() { return this.#local().date.getUTCMinutes() }
    second() { return this.#local().date.getUTCSeconds() }
    nanosecond() { return this.#local().date.getUTCMilliseconds() * 1e6 + this.#nanoseconds }
    date() { return [this.year(), this.month(), this.day()] }
    clock() { return [this.hour(), this.minute(), this.second()] }

    yearDay() {
        const { date } = this.#local()
        return Math.floor((date - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86400000) + 1
    }

    isoWeek() {
        const { date } = this.#local()
        const thursday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 4 - (date.getUTCDay() || 7)))
        const year = thursday.getUTCFullYear()
        return [year, Math.ceil(((thursday - Date.UTC(year, 0, 1)) / 86400000 + 1) / 7)]
    }

    isZero() { return this.#milliseconds === zeroMilliseconds }
    after(other) { return this.unixMilli() > asTime(other).unixMilli() }
    before(other) { return this.unixMilli() < asTime(other).unixMilli() }
    equal(other) { return this.unixMilli() === asTime(other).unixMilli() }
    compare(other) { return Math.sign(this.unixMilli() - asTime(other).unixMilli()) }
    add(duration) { return new Time(this.#milliseconds + Number(duration) / 1e6, this.#zone) }
    sub(other) { return new Duration((this.#milliseconds - asTime(other).unixMilli()) * 1e6) }

    addDate(years = 0, months = 0, days = 0) {
        const { date, offset } = this.#local()
        const moved = new Date(date)
        moved.setUTCFullYear(date.getUTCFullYear() + years, date.getUTCMonth() + months, date.getUTCDate() + days)
        return new Time(moved.getTime() - offset * 60000, this.#zone)
    }

    truncate(unit) { return new Time(Number(unit) > 0 ? this.#milliseconds - this.#milliseconds % (Number(unit) / 1e6) : this.#milliseconds, this.#zone) }
    round(unit) { return new Time(Number(unit) > 0 ? Math.round(this.#milliseconds / (Number(unit) / 1e6)) * (Number(unit) / 1e6) : this.#milliseconds, this.#zone) }
    utc() { return new Time(this.#milliseconds, utc) }
    local() { return new Time(this.#milliseconds, new Timezone("Local")) }
    in(zone) { return new Time(this.#milliseconds, zone instanceof Timezone ? zone : new Timezone(zone)) }
    location() { return this.#zone }
    zone() { const { name, offset } = this.#local(); return [name, offset * 60] }

    zoneBounds() {
        const { offset } = this.#local()
        const edge = (step) => {
            let [near, far] = [this.#milliseconds, this.#milliseconds + step * 366 * 86400000]
            if (zoneAt(this.#zone, far).offset === offset) return new Time(zeroMilliseconds, this.#zone)
            while (Math.abs(far - near) > 1000) {
                const middle = (near + far) / 2
                if (zoneAt(this.#zone, middle).offset === offset) near = middle; else far = middle
            }
            return new Time(Math.round(Math.max(near, far) / 1000) * 1000, this.#zone)
        }
        return [edge(-1), edge(1)]
    }

    isDST() {
        const year = this.year()
        const offsets = [Date.UTC(year, 0, 1), Date.UTC(year, 6, 1)].map((moment) => zoneAt(this.#zone, moment).offset)
        return this.#local().offset === Math.max(...offsets) && offsets[0] !== offsets[1]
    }

    /** With a layout that shows 2 January 2006, 15:04:05. */
    format(layout) {
        const { date, name, offset } = this.#local()
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
        const sign = offset < 0 ? "-" : "+"
        const fraction = pad(date.getUTCMilliseconds(), 3) + pad(this.#nanoseconds, 6)
        return String(layout).replace(layoutPattern, (token) => {
            switch (token) {
            case "2006": return String(date.getUTCFullYear()).padStart(4, "0")
            case "06": return pad(date.getUTCFullYear() % 100)
            case "January": return monthNames[date.getUTCMonth()]
            case "Jan": return monthNames[date.getUTCMonth()].slice(0, 3)
            case "01": return pad(date.getUTCMonth() + 1)
            case "1": return String(date.getUTCMonth() + 1)
            case "Monday": return dayNames[date.getUTCDay()]
            case "Mon": return dayNames[date.getUTCDay()].slice(0, 3)
            case "02": return pad(date.getUTCDate())
            case "_2": return String(date.getUTCDate()).padStart(2, " ")
            case "2": return String(date.getUTCDate())
            case "002": return pad(this.yearDay(), 3)
            case "15": return pad(date.getUTCHours())
            case "03": return pad(date.getUTCHours() % 12 || 12)
            case "3": return String(date.getUTCHours() % 12 || 12)
            case "04": return pad(date.getUTCMinutes())
            case "4": return String(date.getUTCMinutes())
            case "05": return pad(date.getUTCSeconds())
            case "5": return String(date.getUTCSeconds())
            case "PM": return date.getUTCHours() < 12 ? "AM" : "PM"
            case "pm": return date.getUTCHours() < 12 ? "am" : "pm"
            case "MST": return name
            case "Z07:00": return offset === 0 ? "Z" : `${sign}${pad(hours)}:${pad(minutes)}`
            case "Z0700": return offset === 0 ? "Z" : `${sign}${pad(hours)}${pad(minutes)}`
            case "-07:00": return `${sign}${pad(hours)}:${pad(minutes)}`
            case "-0700": return `${sign}${pad(hours)}${pad(minutes)}`
            case "-07": return `${sign}${pad(hours)}`
            }
            const digits = fraction.slice(0, token.length - 1)
            if (token[1] === "0") return token[0] + digits
            const trimmed = digits.replace(/0+$/, "")
            return trimmed ? token[0] + trimmed : ""
        })
    }

    string() { return this.format("2006-01-02 15:04:05.999 -0700 MST") }
    toString() { return this.string() }
    toJSON() { return this.format("2006-01-02T15:04:05.999Z07:00") }
}

const asTime = (value) => value instanceof DateTime ? value.time() : value instanceof Time ? value : new Time(Number(value) || 0)

const dateForms = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?(?:\s+\w+)?)?$/

/** Milliseconds of a text, null where it is no date. */
const parseDate = (text, zone) => {
    const match = dateForms.exec(text)
    if (!match) return null
    const [, year, month, day, hour = 0, minute = 0, second = 0, fraction = "0", offset] = match
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null
    const date = new Date(0)
    date.setUTCFullYear(year, month - 1, day)
    if (date.getUTCDate() !== Number(day)) return null
    date.setUTCHours(hour, minute, second, Math.floor(Number(`0.${fraction}`) * 1000))
    let milliseconds = date.getTime()
    if (offset && /^[+-]/.test(offset)) {
        const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2))
        milliseconds -= (offset[0] === "-" ? -minutes : minutes) * 60000
    } else if (!offset && zone) {
        milliseconds -= zoneAt(zone, milliseconds - zoneAt(zone, milliseconds).offset * 60000).offset * 60000
    }
    return milliseconds
}

/** A moment as records hold it: in UTC, to the millisecond. */
class DateTime {
    #time

    constructor(text, zone) {
        if (text instanceof Time) { this.#time = text.utc(); return }
        if (typeof text !== "string" || text === "") { this.#time = new Time(Date.now()); return }
        const milliseconds = parseDate(text, zone ? new Timezone(zone) : undefined)
        this.#time = new Time(milliseconds ?? zeroMilliseconds)
    }

    /** What a record holds: empty text is no moment. */
    static stored(text) { return new DateTime(text || zeroTime) }

    time() { return this.#time }
    add(duration) { return new DateTime(this.#time.add(duration)) }
    addDate(years, months, days) { return new DateTime(this.#time.addDate(years, months, days)) }
    sub(other) { return this.#time.sub(other) }
    after(other) { return this.#time.after(other) }
    before(other) { return this.#time.before(other) }
    equal(other) { return this.#time.equal(other) }
    compare(other) { return this.#time.compare(other) }
    unix() { return this.#time.unix() }
    isZero() { return this.#time.isZero() }
    string() { return this.isZero() ? "" : this.#time.format("2006-01-02 15:04:05.000Z") }
    toString() { return this.string() }
    toJSON() { return this.string() }
    marshalJSON() { return utf8Encoder.encode(JSON.stringify(this.string())) }
    valueOf() { return this.#time.unixMilli() }
}
