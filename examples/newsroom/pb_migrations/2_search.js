// The full-text index of the articles. Triggers keep it in step, whoever writes: pages, the API or SQL.

const columns = "id, title, summary, body"

migrate((app) => {
    const run = (sql) => app.db().newQuery(sql).execute()
    run(`CREATE VIRTUAL TABLE article_index USING fts5(id UNINDEXED, title, summary, body, tokenize = 'porter unicode61 remove_diacritics 2')`)
    run(`INSERT INTO article_index (${columns}) SELECT ${columns} FROM articles`)
    run(`CREATE TRIGGER articles_indexed AFTER INSERT ON articles BEGIN
        INSERT INTO article_index (${columns}) VALUES (new.id, new.title, new.summary, new.body);
    END`)
    run(`CREATE TRIGGER articles_reindexed AFTER UPDATE OF ${columns} ON articles BEGIN
        DELETE FROM article_index WHERE id = old.id;
        INSERT INTO article_index (${columns}) VALUES (new.id, new.title, new.summary, new.body);
    END`)
    run(`CREATE TRIGGER articles_unindexed AFTER DELETE ON articles BEGIN
        DELETE FROM article_index WHERE id = old.id;
    END`)
}, (app) => {
    for (const name of ["articles_indexed", "articles_reindexed", "articles_unindexed"]) {
        app.db().newQuery(`DROP TRIGGER ${name}`).execute()
    }
    app.db().newQuery("DROP TABLE article_index").execute()
})
