// What the newsroom starts with: the people, articles and comments of the folder `content`.

migrate((app) => {
    const content = $filepath.join(__dirname, "..", "content")
    const read = (...path) => toString($os.readFile($filepath.join(content, ...path)))
    // The same ids in each installation: 15 letters and digits.
    const idOf = (kind, number) => kind + String(number).padStart(15 - kind.length, "0")

    const users = app.findCollectionByNameOrId("users")
    const people = {}
    JSON.parse(read("people.json")).forEach(({ key, password, ...values }, index) => {
        const person = new Record(users, { id: idOf("user", index + 1), verified: true, ...values })
        if (password) person.setPassword(password)
        else person.setRandomPassword()
        app.save(person)
        people[key] = person.id
    })

    // A file is `name: value` lines, an empty line, and the body.
    const parse = (text) => {
        const end = text.indexOf("\n\n")
        const values = { body: text.slice(end).trim() }
        for (const line of text.slice(0, end).split("\n")) {
            const colon = line.indexOf(":")
            values[line.slice(0, colon)] = line.slice(colon + 1).trim()
        }
        return values
    }

    const articles = app.findCollectionByNameOrId("articles")
    const stories = {}
    const texts = $os.readDir($filepath.join(content, "articles")).map((entry) => {
        const file = entry.name()
        return { slug: file.replace(/\.txt$/, ""), ...parse(read("articles", file)) }
    })
    texts.sort((a, b) => (a.published ?? "9") < (b.published ?? "9") ? -1 : 1)
    texts.forEach(({ author, tags, ...values }, index) => {
        const article = new Record(articles, { id: idOf("article", index + 1), author: people[author], tags: tags.split(" "), ...values })
        if (values.alt) article.set("image", $filesystem.fileFromPath($filepath.join(content, "pictures", `${values.slug}.png`)))
        app.save(article)
        stories[values.slug] = article.id
    })

    const comments = app.findCollectionByNameOrId("comments")
    JSON.parse(read("comments.json")).forEach(({ article, author, text, created }, index) => {
        const comment = new Record(comments, { id: idOf("comment", index + 1), article: stories[article], author: people[author], text })
        app.save(comment)
        // The field fills itself; these comments have a past.
        app.db().newQuery("UPDATE comments SET created = {:created} WHERE id = {:id}").bind({ id: comment.id, created }).execute()
    })
}, (app) => {
    app.truncateCollection(app.findCollectionByNameOrId("articles"))
    for (const person of app.findRecordsByFilter("users", `id ~ "user00000000%"`, "", 0, 0)) app.delete(person)
})
