// The collections of the newsroom and who may do what in them.

const published = (article) => `(${article}published != "" && ${article}published <= @now)`
const staff = `(@request.auth.role = "editor" || @request.auth.role = "admin")`

migrate((app) => {
    const users = app.findCollectionByNameOrId("users")
    users.fields.getByName("name").required = true
    users.fields.getByName("name").max = 60
    users.fields.add(new SelectField({ name: "role", required: true, maxSelect: 1, values: ["reader", "editor", "admin"] }))
    users.fields.add(new TextField({ name: "slug", max: 60, pattern: "^[a-z]+(-[a-z]+)*$" }))
    users.fields.add(new TextField({ name: "about", max: 500 }))
    users.addIndex("idx_users_slug", true, "slug", "slug != ''")
    // Who writes for the paper is no secret; their addresses are (emailVisibility).
    users.listRule = users.viewRule = `id = @request.auth.id || role = "editor"`
    // People sign up as readers. Only a superuser makes editors.
    users.createRule = `@request.body.role = "reader" && @request.body.slug:isset = false`
    users.updateRule = `id = @request.auth.id && @request.body.role:changed = false && @request.body.slug:changed = false`
    // This example sends no mail.
    users.authAlert.enabled = false
    app.save(users)

    const articles = new Collection({
        type: "base",
        name: "articles",
        // An article without a date is a draft, one with a date to come waits for it.
        listRule: `${published("")} || ${staff}`,
        viewRule: `${published("")} || ${staff}`,
        createRule: staff,
        updateRule: staff,
        deleteRule: staff,
        fields: [
            { name: "title", type: "text", required: true, max: 120, presentable: true },
            { name: "slug", type: "text", required: true, max: 80, pattern: "^[a-z0-9]+(-[a-z0-9]+)*$" },
            { name: "summary", type: "text", required: true, max: 300 },
            { name: "body", type: "text", required: true, max: 20000 },
            {
                name: "image", type: "file", maxSelect: 1, maxSize: 5 << 20,
                mimeTypes: ["image/png", "image/jpeg", "image/webp"], thumbs: ["480x270", "120x68"],
            },
            { name: "alt", type: "text", max: 200 },
            { name: "author", type: "relation", collectionId: users.id, required: true, maxSelect: 1 },
            {
                name: "tags", type: "select", maxSelect: 3,
                values: ["business", "council", "culture", "food", "nature", "schools", "sport", "town", "transport", "weather"],
            },
            { name: "published", type: "date" },
            { name: "created", type: "autodate", onCreate: true },
            { name: "updated", type: "autodate", onCreate: true, onUpdate: true },
        ],
        indexes: [
            "CREATE UNIQUE INDEX idx_articles_slug ON articles (slug)",
            "CREATE INDEX idx_articles_published ON articles (published)",
            "CREATE INDEX idx_articles_author ON articles (author)",
        ],
    })
    app.save(articles)

    const comments = new Collection({
        type: "base",
        name: "comments",
        listRule: `${published("article.")} || ${staff}`,
        viewRule: `${published("article.")} || ${staff}`,
        createRule: `@request.auth.id != "" && author = @request.auth.id && ${published("article.")}`,
        updateRule: null,
        deleteRule: `author = @request.auth.id || @request.auth.role = "admin"`,
        fields: [
            { name: "article", type: "relation", collectionId: articles.id, required: true, maxSelect: 1, cascadeDelete: true },
            { name: "author", type: "relation", collectionId: users.id, required: true, maxSelect: 1, cascadeDelete: true },
            { name: "text", type: "text", required: true, min: 2, max: 2000 },
            { name: "created", type: "autodate", onCreate: true },
        ],
        indexes: ["CREATE INDEX idx_comments_article ON comments (article, created)"],
    })
    app.save(comments)
}, (app) => {
    app.delete(app.findCollectionByNameOrId("comments"))
    app.delete(app.findCollectionByNameOrId("articles"))
    const users = app.findCollectionByNameOrId("users")
    users.removeIndex("idx_users_slug")
    for (const name of ["role", "slug", "about"]) users.fields.removeByName(name)
    users.fields.getByName("name").required = false
    users.fields.getByName("name").max = 255
    users.listRule = users.viewRule = users.updateRule = "id = @request.auth.id"
    users.createRule = ""
    users.authAlert.enabled = true
    app.save(users)
})
