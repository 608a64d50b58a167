// What handlers change, refuse and leave out: tests create records with titles that ask for it.

onRecordCreateRequest((e) => {
    const title = e.record.getString("title")
    if (title === "request: no next") return
    if (title === "request: own answer") return e.json(202, { own: true })
    if (title === "request: api error") throw new ForbiddenError("not today", { title: new ValidationError("my_code", "my text") })
    if (title === "request: error") throw new Error("plain")
    if (title === "request: changes") e.record.set("n", 5)
    if (title === "request: transaction") {
        return $app.runInTransaction((tx) => {
            e.app = tx
            e.next()
            tx.save(new Record(tx.findCollectionByNameOrId("posts"), { title: "beside", n: 41 }))
        })
    }
    if (title === "request: transaction undone") {
        return $app.runInTransaction((tx) => {
            e.app = tx
            e.next()
            throw new BadRequestError("undone")
        })
    }
    e.next()
}, "posts")

onRecordCreate((e) => {
    const title = e.record.getString("title")
    if (title === "create: no next") return
    if (title === "create: throws") throw new Error("plain")
    if (title === "create: api error") throw new ApiError(418, "teapot")
    if (title === "create: validation") throw new ValidationError("c", "m")
    if (title === "create: changes") e.record.set("n", 6)
    if (title === "create: swallows") { e.record.set("link", "nonsense"); try { e.next() } catch (error) {} return }
    if (title === "create: twice") e.next()
    if (title === "create: saves another") $app.save(new Record($app.findCollectionByNameOrId("posts"), { title: "another", n: 42 }))
    e.next()
    if (title === "create: throws late") throw new Error("late")
}, "posts")

onRecordValidate((e) => {
    if (e.record.getString("title") === "validate: refuses") throw new BadRequestError("refused", { title: new ValidationError("v", "not valid") })
    e.next()
}, "posts")

onRecordAfterCreateSuccess((e) => {
    e.next()
    if (e.record.getString("title") === "after: throws") throw new Error("plain")
    if (e.record.getString("title") === "after: changes") { e.record.set("n", 7); $app.save(e.record) }
}, "posts")

onRecordAfterCreateError((e) => {
    $app.store().set("lastError", String(e.error))
    e.next()
}, "posts")

routerAdd("GET", "/last-error", (e) => {
    const text = $app.store().get("lastError") ?? ""
    $app.store().remove("lastError")
    return e.json(200, text)
})

onRecordEnrich((e) => {
    if (e.record.getString("title") === "enrich: changes") {
        e.record.hide("n")
        e.record.withCustomData(true)
        e.record.set("computed", e.requestInfo.auth ? "somebody" : "nobody")
        e.record.unhide("secret")
    }
    e.next()
}, "posts")

onRecordDelete((e) => {
    if (e.record.getString("title") === "delete: refused") throw new ForbiddenError("stays")
    e.next()
}, "posts")

onRecordUpdateRequest((e) => {
    if (e.record.getString("title") === "update: changes") e.record.set("n", e.record.original().getInt("n") + 100)
    e.next()
}, "posts")

onRecordViewRequest((e) => {
    e.record.set("link", "https://example.com/" + e.record.id)
    e.next()
}, "posts")

onRecordsListRequest((e) => {
    e.records.forEach((record) => record.set("link", "https://example.com/list"))
    e.next()
}, "posts")

onRealtimeMessageSend((e) => {
    const text = toString(e.message.data)
    if (text.includes("swallowed")) return
    if (text.includes("refused")) throw new BadRequestError("not this one")
    if (text.includes("to be changed")) e.message.data = toBytes(text.replace("to be changed", "changed on the way"))
    e.next()
})

routerAdd("POST", "/mail-with-hook", (e) => {
    $app.newMailClient().send(new MailerMessage({
        from: { address: "from@example.com" }, to: [{ address: "a@example.com" }], subject: "with hook", html: "<p>x</p>",
        attachments: { "first.txt": $filesystem.fileFromBytes("first", "x").reader.open() },
    }))
    return e.json(200, 1)
})
onMailerSend((e) => {
    if (e.message.subject === "with hook") {
        e.message.headers = { "X-Hook": "yes" }
        e.message.cc = [{ address: "copy@example.com" }]
        e.message.attachments["second.txt"] = $filesystem.fileFromBytes("second", "x").reader.open()
    }
    return e.next()
})
