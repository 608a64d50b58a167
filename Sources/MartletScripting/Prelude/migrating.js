// What migrations see: less than handlers, since they have no application but the one that they are given (js-hooks.md, 13
// and 33).

for (const name of ["$app", "$apis", "cronAdd", "cronRemove", "$jobs"]) delete globalThis[name]

let migration = null

/** Of several calls in a file the first counts. */
globalThis.migrate = (up, down) => { migration ??= [up, down] }

const runMigration = (app, isUp) => {
    const step = migration?.[isUp ? 0 : 1]
    return typeof step === "function" ? invokePlain(step, app) : undefined
}

native.install({ runMigration })
