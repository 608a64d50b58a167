// Runs the code that a test sends, and answers with its result or with what it threw.
routerAdd("POST", "/eval", (e) => {
    const code = e.requestInfo().body.code
    let answer
    try {
        answer = { value: new Function("e", code)(e) }
        if (e.written()) return
    } catch (error) {
        const isApi = typeof error.status === "number"
        answer = {
            thrown: String(error.message ?? error), name: isApi ? "api" : error.name ?? typeof error,
            status: error.status ?? null, data: isApi ? error.data : null, isGo: error instanceof GoError,
        }
    }
    return e.json(200, answer)
})
