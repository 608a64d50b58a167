// The same page as pages/site/articles/[id].html, as hook files make it.

routerAdd("GET", "/articles/{id}", (e) => {
    const article = new DynamicModel({ title: "", body: "", category: "", views: 0 })
    $app.db().newQuery("select title, body, category, views from articles where id = {:id}").bind({ id: e.request.pathValue("id") }).one(article)
    const more = arrayOf(new DynamicModel({ id: "", title: "" }))
    $app.db().newQuery("select id, title from articles where category = {:category} order by id limit 10").bind({ category: article.category }).all(more)
    const html = $template.loadFiles(`${__hooks}/article.html`).render({
        title: article.title, body: article.body, category: article.category, views: article.views,
        more: more.map((other) => ({ id: other.id, title: other.title })),
    })
    return e.html(200, html)
})
