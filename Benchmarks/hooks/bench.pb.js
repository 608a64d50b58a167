// The routes that the benchmark asks both servers for.

routerAdd("GET", "/js/json", (e) => {
    return e.json(200, { message: "hello", numbers: [1, 2, 3], nested: { ok: true } })
})

routerAdd("GET", "/js/fib", (e) => {
    const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2)
    return e.json(200, { value: fib(22) })
})

routerAdd("GET", "/js/query/{category}", (e) => {
    const records = $app.findRecordsByFilter("articles", "category = {:category}", "id", 30, 0, {
        category: e.request.pathValue("category"),
    })
    return e.json(200, records)
})

routerAdd("GET", "/js/template/{id}", (e) => {
    const article = $app.findRecordById("articles", e.request.pathValue("id"))
    const html = $template.loadFiles(`${__hooks}/article.html`).render({
        title: article.getString("title"),
        body: article.getString("body"),
        category: article.getString("category"),
        views: article.getInt("views"),
    })
    return e.html(200, html)
})
