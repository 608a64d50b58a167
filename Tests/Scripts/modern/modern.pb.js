import Adder, { double, triple as threefold, start, counter, increment, first, second, others, more, text, pattern } from "./lib/numbers.js"
import * as numbers from "./lib/numbers.js"
import common, { kind } from "./lib/common.js"

routerAdd("GET", "/modules", async (e) => {
    const before = numbers.counter
    increment()
    const lazy = await import("./lib/base.js")
    return e.json(200, {
        sum: new Adder(1).plus(2), double: double(4), triple: threefold(4), start, counted: numbers.counter - before, first, second, others, more,
        text, pattern: pattern.source, everything: Object.keys(numbers.everything), later: await lazy.later(1), kind, here: common.here,
        address: import.meta.url.endsWith("modern.pb.js"), keys: Object.keys(numbers).length,
    })
})

routerAdd("POST", "/run", async (e) => {
    const AsyncFunction = (async () => {}).constructor
    try {
        const value = await new AsyncFunction("e", e.requestInfo().body.code)(e)
        if (!e.written()) return e.json(200, { value })
    } catch (error) {
        return e.json(200, { thrown: String(error) })
    }
})

routerAdd("GET", "/slow/{ms}", async (e) => {
    await new Promise((done) => setTimeout(done, Number(e.request.pathValue("ms"))))
    return e.json(200, "done")
})

routerAdd("GET", "/never", (e) => new Promise(() => {}))
routerAdd("GET", "/busy", (e) => { while (true) {} })
routerAdd("GET", "/busy-later", async (e) => { await new Promise((done) => setTimeout(done, 1)); for (;;) {} })
routerAdd("GET", "/busy-chain", (e) => { const f = () => Promise.resolve().then(f); return f() })
routerAdd("GET", "/busy-await", async (e) => { for (;;) await null })
routerAdd("GET", "/busy-left-behind", (e) => { const f = () => Promise.resolve().then(f); f(); return e.json(200, "never") })
routerAdd("GET", "/busy-pattern", (e) => e.json(200, /a*a*a*a*a*a*a*a*a*b/.test("a".repeat(300))))
routerAdd("GET", "/deep", (e) => { const f = () => 1 + f(); return f() })
routerAdd("GET", "/deep-native", (e) => { const f = () => 1 + ($app.findRecordById("posts", "post00000000001") ? f() : 0); return f() })
routerAdd("GET", "/busy-native", (e) => { while (true) $app.findRecordById("posts", "post00000000001") })
routerAdd("GET", "/grows", (e) => { const all = []; while (true) all.push(new Array(10000).fill(0.5)) })
routerAdd("GET", "/huge/{kind}", (e) => {
    switch (e.request.pathValue("kind")) {
    case "repeat": return e.string(200, "x".repeat(1 << 30))
    case "array": return e.json(200, new Array(1 << 27).fill(1.5).length)
    case "buffer": return e.json(200, new Uint8Array(1 << 30).length)
    case "pad": return e.string(200, "x".padStart(1 << 30))
    case "join": return e.json(200, new Array(1 << 28).join("abcd").length)
    }
})
routerAdd("GET", "/promises", (e) => {
    for (let i = 0; i < 10_001; i++) setTimeout(() => {}, 60_000)
    return e.json(200, "never")
})
routerAdd("GET", "/pending", async (e) => {
    await Promise.race([...Array.from({ length: 10_000 }, () => new Promise(() => {})), new Promise((done) => setTimeout(done, 10))])
    return e.json(200, "done")
})
routerAdd("GET", "/rejected", async (e) => { throw new ForbiddenError("later") })
routerAdd("GET", "/fine", (e) => e.json(200, "fine"))
routerAdd("GET", "/transaction-wait", (e) => $app.runInTransaction(async (tx) => { await Promise.resolve() }))
routerAdd("GET", "/outer-app", (e) => {
    const outer = $app
    outer.runInTransaction((tx) => { outer.save(new Record(outer.findCollectionByNameOrId("posts"), { title: "outer" })) })
    return e.json(200, $app.countRecords("posts", $dbx.hashExp({ title: "outer" })))
})
onRecordUpdate((e) => {
    if (e.record.getString("title") === "endless") $app.save(e.record)
    e.next()
}, "posts")
onRecordCreate(async (e) => {
    if (e.record.getString("title") === "async") {
        await new Promise((done) => setTimeout(done, 20))
        e.record.set("n", 33)
    }
    e.next()
}, "posts")
routerAdd("GET", "/behind-async", (e) => e.json(200, { passed: e.get("passed") }), async (e) => {
    await new Promise((done) => setTimeout(done, 20))
    e.set("passed", true)
    return e.next()
})
routerAdd("GET", "/kept", (e) => {
    const record = new Record($app.findCollectionByNameOrId("posts"), { title: "before" })
    $app.store().set("kept", record)
    record.set("title", "after")
    const first = $app.store().get("kept")
    const title = first.getString("title")
    first.set("title", "changed")
    return e.json(200, { title, again: $app.store().get("kept").getString("title") })
})
