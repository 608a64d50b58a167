const format = (options) => {
    const formatter = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options })
    return (date) => formatter.format(dateOf(date))
}

/** The API's dates have a blank where others have a T. */
const dateOf = (text) => new Date(text.replace(" ", "T"))

/** 12 January 2026 */
export const day = format({ day: "numeric", month: "long", year: "numeric" })

/** 12 Jan 2026, 07:15 */
export const moment = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" })

/** January 2026, of a month like 2026-01 */
export const month = (text) => format({ month: "long", year: "numeric" })(`${text}-01T00:00:00Z`)

/** For `<time datetime>`. */
export const machine = (text) => dateOf(text).toISOString()

/** For feeds: Mon, 12 Jan 2026 07:00:00 GMT */
export const mail = (text) => dateOf(text).toUTCString()
