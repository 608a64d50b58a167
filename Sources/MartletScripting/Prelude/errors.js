// Errors with an answer of their own (js-hooks.md, 6).

/** Trims, raises the first letter, and ends the text as a sentence. */
const sentence = (text) => {
    const trimmed = String(text ?? "").trim()
    if (!trimmed) return ""
    const raised = trimmed[0].toUpperCase() + trimmed.slice(1)
    return /[.?!]$/.test(raised) ? raised : raised + "."
}

const isPlain = (value) => {
    if (value === null || typeof value !== "object") return false
    const prototype = Object.getPrototypeOf(value)
    return prototype === Object.prototype || prototype === null
}

class ValidationError {
    constructor(code, message) {
        this.code = code === undefined ? "" : String(code)
        this.message = message === undefined ? "" : String(message)
    }

    toString() { return this.message }
}

/** What is told of a value in an error's data. */
const errorDetail = (value) => {
    if (value instanceof ValidationError) return { code: value.code, message: sentence(value.message) }
    if (value instanceof GoError && value[hostDetails]) return value[hostDetails]
    if (value instanceof Error) return {}
    if (isPlain(value)) return isDetail(value) ? value : errorDetails(value)
    return { code: "validation_invalid_value", message: "Invalid value." }
}

const isDetail = (value) => typeof value.code === "string" && typeof value.message === "string"

const errorDetails = (data) => {
    if (data instanceof GoError) data = data[hostDetails] ?? data.value
    if (data instanceof ApiError) return data.data
    const result = {}
    if (isPlain(data)) for (const key of Object.keys(data)) result[key] = errorDetail(data[key])
    return result
}

const defaultMessages = {
    400: "Something went wrong while processing your request.",
    401: "Missing or invalid authentication.",
    403: "You are not allowed to perform this request.",
    404: "The requested resource wasn't found.",
    429: "Too Many Requests.",
    500: "Something went wrong while processing your request.",
}

class ApiError {
    constructor(status = 0, message = "", data = undefined) {
        this.status = Math.trunc(Number(status)) || 0
        this.message = sentence(message)
        this.data = errorDetails(data)
    }

    toString() { return this.message }
    toJSON() { return { data: this.data, message: this.message, status: this.status } }
}

const apiError = (status) => class extends ApiError {
    constructor(message, data) { super(status, message || defaultMessages[status], data) }
}

class BadRequestError extends apiError(400) {}
class UnauthorizedError extends apiError(401) {}
class ForbiddenError extends apiError(403) {}
class NotFoundError extends apiError(404) {}
class TooManyRequestsError extends apiError(429) {}
class InternalServerError extends apiError(500) {}

/** An error of the server, thrown into a script. */
class GoError extends Error {
    constructor(message, value = null) {
        super(message)
        this.value = value
    }

    get name() { return "GoError" }
}

/** Where the server keeps the error that it threw. */
const hostError = Symbol("host error")
/** The codes and messages of a validation error, where scripts see the messages only. */
const hostDetails = Symbol("host details")

/** The messages of a validation error, as the error's own text has them. */
const plainDetails = (details) => {
    const result = {}
    for (const name of Object.keys(details)) {
        const { code, message } = details[name]
        if (typeof message !== "string") result[name] = plainDetails(details[name])
        else result[name] = (code === "validation_required" ? message[0].toLowerCase() + message.slice(1) : message).replace(/\.$/, "")
    }
    return result
}

/** Makes what a script catches of an error of the server. */
const makeError = (host, message, json) => {
    const details = json ? JSON.parse(json) : null
    const isAnswer = details && "status" in details
    const value = !details ? null : isAnswer ? Object.assign(new ApiError(details.status, details.message), details) : plainDetails(details)
    const error = new GoError(message, value)
    if (details && !isAnswer) Object.defineProperty(error, hostDetails, { value: details })
    if (value instanceof ApiError) Object.assign(error, details)
    Object.defineProperty(error, hostError, { value: host })
    return error
}

/** Why something failed, for those who are told afterwards: text, where text is wanted. */
class HostError {
    constructor(host, message, details) {
        Object.defineProperty(this, hostError, { value: host })
        Object.assign(this, details)
        Object.defineProperty(this, "message", { value: message, enumerable: false })
    }
    error() { return this.message }
    toString() { return this.message }
}

const makeHostError = (host, message, json) => {
    const details = json ? JSON.parse(json) : null
    return new HostError(host, message, details && ("status" in details ? details : plainDetails(details)))
}

/** What a script catches of an error that another script has thrown. */
const makePlainError = (host, name, message) => {
    const error = new (plainErrors[name] ?? Error)(message)
    if (name && error.name !== name) error.name = name
    Object.defineProperty(error, hostError, { value: host })
    return error
}

const plainErrors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }

/** What the server needs to know of a thrown value: its own error, or text that describes an ApiError. */
const describeError = (error) => {
    if ((error instanceof Error || error instanceof HostError) && error[hostError]) return error[hostError]
    if (error instanceof ApiError) return JSON.stringify(error)
    if (error instanceof GoError) return error.value instanceof ApiError ? JSON.stringify(error.value) : undefined
    if (error instanceof ValidationError) return JSON.stringify({ validation: error.message })
    return undefined
}

const isThrowable = (value) => value instanceof HostError || value instanceof ApiError || value instanceof GoError || value instanceof ValidationError
