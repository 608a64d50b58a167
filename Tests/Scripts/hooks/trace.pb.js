// Notes which hooks run in which order, where a test can ask for it.

routerAdd("GET", "/trace", (e) => {
    const trace = $app.store().get("trace") ?? []
    $app.store().remove("trace")
    return e.json(200, trace)
})

function note(name) {
    return `(e) => {
        const note = (text) => $app.store().setFunc("trace", (old) => [...(old ?? []), text])
        const was = () => /^Record(Validate|Create|Update|Delete|After)/.test("${name}") && e.record ? " was:" + e.record.original().getString("title") : ""
        note(">${name}" + was() + ($app.isTransactional() ? " tx" : ""))
        e.next()
        note("<${name}" + was())
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
