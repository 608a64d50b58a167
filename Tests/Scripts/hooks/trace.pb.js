// Notes which hooks run in which order, where a test can ask for it.

routerAdd("GET", "/trace", (e) => {
    const trace = $app.store().get("trace") ?? []
    $app.store().remove("trace")
    return e.json(200, trace)
})

function note(name) {
    return `(e) => {
        const note = (text) => $app.store().setFunc("trace", (old) => [...(old ?? []), text])
        note(">${name}" + ($app.isTransactional() ? " tx" : ""))
        e.next()
        note("<${name}")
    }`
}

const records = ["Validate", "Create", "CreateExecute", "AfterCreateSuccess", "AfterCreateError", "Update", "UpdateExecute",
    "AfterUpdateSuccess", "AfterUpdateError", "Delete", "DeleteExecute", "AfterDeleteSuccess", "AfterDeleteError"]
for (const stage of records) {
    globalThis[`onRecord${stage}`](note(`Record${stage}`), "posts", "comments", "users")
    globalThis[`onModel${stage}`](note(`Model${stage}`), "posts")
}
onRecordEnrich(note("RecordEnrich"), "posts")
onRecordsListRequest(note("RecordsListRequest"), "posts")
onRecordViewRequest(note("RecordViewRequest"), "posts")
onRecordCreateRequest(note("RecordCreateRequest"), "posts")
onRecordUpdateRequest(note("RecordUpdateRequest"), "posts")
onRecordDeleteRequest(note("RecordDeleteRequest"), "posts")
