// What is wrong with a form of a page (docs/pages.md), and text that goes in as it is.

/** Text that goes into a page as it is. */
class RawText {
    constructor(text) { this.text = text }
    toString() { return this.text }
}
const raw = (value) => new RawText(toText(value))

/** What is wrong with a form, by field. */
class FormErrors extends BadRequestError {
    constructor(errors = {}, message = "") {
        super(message || "The form is not complete.")
        this.errors = { ...errors }
    }
}

/** Tells of a problem that the interface has answered. */
const throwProblem = (status, problem) => {
    if (status === 400) {
        const details = Object.entries(problem.data ?? {}).map(([name, detail]) => [name, detail?.message ?? String(detail)])
        const errors = Object.fromEntries(details)
        throw new FormErrors(details.length ? errors : { form: problem.message }, problem.message)
    }
    throw new ApiError(status, problem.message, problem.data)
}
