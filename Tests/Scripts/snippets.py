"""Code that both servers run with the same result, by sections of the reference text. Each is the body of a function."""

SNIPPETS = {
    "errors": r"""
        return [new BadRequestError(), new UnauthorizedError(), new ForbiddenError(), new NotFoundError(), new TooManyRequestsError(), new InternalServerError()].map((e) => [e.status, e.message])
        return [new ApiError(418, "i am a teapot", { a: 1 }).message, new ApiError(418, "done!").message]
        throw new BadRequestError("no good", { title: new ValidationError("my_code", "my message"), other: 1, nested: { x: new ValidationError("c", "m?") } })
        throw new NotFoundError()
        throw new ApiError(418, "teapot")
        throw new Error("plain")
        throw new TypeError("typed")
        throw "a text"
        return new BadRequestError() instanceof Error
        return [new ValidationError("c", "m").code, new ValidationError("c", "m").message]
        $app.findRecordById("posts", "nope")
        $app.findCollectionByNameOrId("nope")
        try { $app.findRecordById("posts", "nope") } catch (e) { return [e.name, e.message, String(e), e instanceof GoError, e instanceof Error] }
        try { $app.save(new Record($app.findCollectionByNameOrId("posts"))) } catch (e) { return [e.message, JSON.stringify(e.value)] }
        try { const r = new Record($app.findCollectionByNameOrId("posts")); r.set("title", "x"); r.set("link", "no url"); $app.save(r) } catch (e) { return [e.message, JSON.stringify(e.value)] }
    """,
    "values": r"""
        return [toString(null), toString(undefined), toString("x"), toString(1.5), toString(true), toString([104, 105]), toString({ a: 1 })]
        return toString(toBytes("grüße"))
        return [toBytes([300, 65]).length, toString(toBytes([300, 65]).slice ? toBytes("AB") : ""), toBytes(null).length, toString(toBytes(12)), toString(toBytes({ a: 1 }))]
        return toString(new Uint8Array([104, 105]))
        return toString(new DateTime("2023-07-01"))
        return toString("abcdef", 3)
        const m = new DynamicModel({ id: "", n: 0, f: -0, ok: false, list: [], map: {} }); m.n = "5"; m.f = "1.5"; m.ok = "true"; return [m.id, m.n, m.f, m.ok, m.list.length]
        const m = new DynamicModel({ Roles: "x", HTMLBody: "b" }); return [JSON.stringify(m), m.roles, m.htmlBody]
        const m = new DynamicModel({ n: 0 }); m.n = 1.9; return m.n
        const m = new DynamicModel({ a: nullString(), b: nullInt(), c: nullFloat(), d: nullBool(), e: nullArray(), f: nullObject() }); return [m.a, m.b, m.c, m.d, m.e, m.f]
        const m = new DynamicModel({ map: { x: 1 } }); m.map.set("y", 2); return [m.map.get("x"), m.map.get("y"), m.map.get("z")]
        const m = new DynamicModel({ title: "", n: 0 }); unmarshal({ title: "t", n: 4 }, m); return [m.title, m.n]
        const m = new DynamicModel({ n: 0 }); unmarshal({ n: "no" }, m)
        const l = arrayOf(new DynamicModel({ id: "" })); return [Array.isArray(l), l.length]
    """,
    "dates": r"""
        return ["2023-07-01", "2023-07-01 10:11:12", "2023-07-01T10:11:12Z", "2023-07-01T10:11:12+02:00", "2023-07-01 10:11:12.345Z", "abc", "1688169600", "2023-07-01 10:11"].map((t) => new DateTime(t).string())
        return new DateTime("2023-07-01 10:11:12", "Europe/Amsterdam").string()
        return JSON.stringify(new DateTime("2023-07-01"))
        const d = new DateTime("2023-07-01 10:11:12.345Z"); return [d.unix(), d.isZero(), d.add(3600000000000).string(), d.addDate(0, 1, 1).string(), d.sub(new DateTime("2023-07-01")) ]
        const a = new DateTime("2023-07-01"), b = new DateTime("2023-07-02"); return [a.before(b), a.after(b), a.equal(a), a.compare(b), b.compare(a), a.compare(a)]
        const t = new DateTime("2023-07-01 10:11:12.345Z").time(); return [t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second(), t.weekday(), t.yearDay(), t.unix(), t.unixMilli(), t.isZero()]
        const t = new DateTime("2023-07-01 10:11:12.345Z").time(); return [t.format("2006-01-02 15:04:05"), t.format("Mon Jan _2 3:04PM 06"), t.format("2006-01-02T15:04:05.000Z07:00"), t.string()]
        const t = new DateTime("2023-07-01 10:11:12Z").time(); return [t.date(), t.clock(), t.isoWeek()]
        const t = new DateTime("2023-07-01 10:11:12Z").time().in(new Timezone("Europe/Amsterdam")); return [t.hour(), t.format("2006-01-02 15:04:05 -0700"), t.zone()[1], t.isDST()]
        return [new Timezone("Europe/Amsterdam").string(), new Timezone("nope").string(), new Timezone().string()]
        const d = new DateTime("2023-07-02").sub(new DateTime("2023-07-01 01:30:00Z")); return [d.hours(), d.minutes(), d.seconds(), d.milliseconds(), d.string()]
        return new DateTime("").isZero()
    """,
    "records": r"""
        const r = $app.findRecordById("posts", "post00000000001"); return [r.id, r.getString("title"), r.getInt("n"), r.getBool("ok"), r.getFloat("n"), r.getStringSlice("tags"), r.getDateTime("when").string(), r.getString("data"), r.getString("when")]
        const r = $app.findRecordById("posts", "post00000000002"); return [r.get("title"), r.get("n"), r.get("ok"), r.get("tags"), r.get("kind"), r.get("nope"), r.get("place").lon, String(r.get("when"))]
        const r = $app.findRecordById("posts", "post00000000001"); return [r.collection().name, r.tableName(), r.hookTags().length, r.baseFilesPath().split("/")[1], r.isNew(), r.pk(), r.lastSavedPK()]
        const r = $app.findRecordById("posts", "post00000000001"); const j = JSON.parse(JSON.stringify(r)); delete j.created; delete j.updated; delete j.collectionId; return j
        const r = $app.findRecordById("posts", "post00000000001"); r.set("title", 123); r.set("n", "7"); r.set("ok", "1"); r.set("tags", ["a", "a", "c"]); r.set("kind", ["x", "y"]); return [r.get("title"), r.get("n"), r.get("ok"), r.get("tags"), r.get("kind")]
        const r = $app.findRecordById("posts", "post00000000001"); r.set("n+", 5); r.set("tags+", "b"); r.set("+tags", "c"); return [r.get("n"), r.get("tags")]
        const r = $app.findRecordById("posts", "post00000000002"); r.set("n-", 1); r.set("tags-", "a"); return [r.get("n"), r.get("tags")]
        const r = $app.findRecordById("posts", "post00000000001"); r.set("when", "nope"); const a = r.getString("when"); r.set("when", new Date(0)); const b = r.getString("when"); r.set("when", 1688169600); return [a, b, r.getString("when")]
        const r = $app.findRecordById("posts", "post00000000001"); r.set("custom", { a: 1 }); return [r.get("custom").a, r.customData().custom.a, JSON.parse(JSON.stringify(r)).custom ?? null, JSON.parse(JSON.stringify(r.withCustomData(true))).custom.a]
        const r = $app.findRecordById("posts", "post00000000001"); r.hide("title"); r.unhide("secret"); const j = JSON.parse(JSON.stringify(r)); return [j.title ?? null, j.secret]
        const r = $app.findRecordById("posts", "post00000000001"); r.set("title", "changed"); return [r.original().get("title"), r.fresh().get("title"), r.clone().get("title")]
        const c = $app.findCollectionByNameOrId("posts"); const r = new Record(c, { title: "new", n: 3 }); return [r.isNew(), r.id, r.get("title"), r.get("n"), r.getString("when"), r.get("tags")]
        const c = $app.findCollectionByNameOrId("posts"); const r = new Record(c, { title: "saved" }); $app.save(r); const ok = [r.isNew(), r.id.length, r.getDateTime("created").isZero()]; $app.delete(r); return ok
        const c = $app.findCollectionByNameOrId("posts"); const r = new Record(c); r.load({ title: "loaded", n: 2 }); return r.get("title")
        const r = $app.findRecordById("posts", "post00000000001"); return r.replaceModifiers({ "n+": 5, title: "t" })
        const r = $app.findRecordById("posts", "post00000000001"); return [r.getBool("nope"), r.getInt("nope"), r.getString("nope"), r.getStringSlice("nope").length, r.getInt("title")]
        const u = $app.findAuthRecordByEmail("users", "ann@example.com"); return [u.id, u.email(), u.verified(), u.emailVisibility(), u.validatePassword("1234567890"), u.validatePassword("nope"), u.isSuperuser(), u.tokenKey().length > 10]
        const u = $app.findAuthRecordByEmail("users", "ann@example.com"); const j = JSON.parse(JSON.stringify(u)); const v = JSON.parse(JSON.stringify(u.ignoreEmailVisibility(true))); return [j.email ?? null, v.email, j.password ?? null, j.tokenKey ?? null]
        const u = $app.findAuthRecordByEmail("users", "ann@example.com"); const t = u.newAuthToken(); return [$app.findAuthRecordByToken(t, "auth").id, t.split(".").length]
        const u = $app.findAuthRecordByEmail("users", "ann@example.com"); return $app.findAuthRecordByToken(u.newAuthToken(), "file").id
        return $app.findAuthRecordByToken("", "auth")
        return $app.findAuthRecordByEmail("posts", "x")
        const p = $app.findRecordById("posts", "post00000000001"); p.newAuthToken()
        const u = $app.findAuthRecordByEmail("users", "bob@example.com"); const before = u.tokenKey(); const p = u.setRandomPassword(); return [p.length, u.tokenKey() === before, u.validatePassword(p)]
        const c = $app.findRecordById("comments", $app.findFirstRecordByFilter("comments", "text = 'Comment 1'").id); $app.expandRecord(c, ["post", "author"], null); return [c.expandedOne("post").get("title"), c.expandedOne("author").id, c.expandedAll("post").length, c.expandedOne("nope")]
        const p = $app.findRecordById("posts", "post00000000001"); const f = $app.expandRecord(p, ["comments_via_post", "nope"], null); return [p.expandedAll("comments_via_post").length, Object.keys(f)]
        const r = $app.findRecordById("posts", "post00000000001"); const m = new DynamicModel({ number: 0 }); r.unmarshalJSONField("data", m); return m.number
        const r = $app.findRecordById("posts", "post00000000001"); return [r.getRaw("n"), r.getGeoPoint("place").lat, r.setIfFieldExists("title", "x") !== null, r.setIfFieldExists("nope", 1)]
        $app.delete(new Record($app.findCollectionByNameOrId("posts")))
        $app.save({})
    """,
    "finding": r"""
        return $app.findRecordsByFilter("posts", "n > 2", "-n", 2, 0).map((r) => r.get("n"))
        return $app.findRecordsByFilter("posts", "n > {:min} && title ~ {:t}", "n", 0, 0, { min: 1, t: "Post" }).map((r) => r.get("n"))
        return $app.findRecordsByFilter("posts", "", "n", 2, 1).map((r) => r.get("n"))
        return $app.findRecordsByFilter("posts", "title = {:t}", "", 0, 0, { t: "it's \"quoted\"" }).length
        return $app.findRecordsByFilter("comments", "post.n = 1").length
        $app.findRecordsByFilter("posts", "nope = 1")
        return $app.findFirstRecordByFilter("posts", "n = {:n}", { n: 3 }).get("title")
        $app.findFirstRecordByFilter("posts", "n = 99")
        return $app.findFirstRecordByData("posts", "title", "Post 2").get("n")
        $app.findFirstRecordByData("posts", "nope", "Post 2")
        return $app.findRecordsByIds("posts", ["post00000000001", "post00000000003", "nope"]).map((r) => r.id).sort()
        return $app.findAllRecords("posts", $dbx.hashExp({ ok: true }), null, $dbx.exp("n > {:n}", { n: 2 })).map((r) => r.get("n"))
        return [$app.countRecords("posts"), $app.countRecords("posts", $dbx.hashExp({ ok: false }))]
        return $app.findRecordById("posts", "post00000000001", (q) => q.andWhere($dbx.hashExp({ n: 1 }))).id
        $app.findRecordById("posts", "post00000000001", (q) => q.andWhere($dbx.hashExp({ n: 2 })))
        const l = arrayOf(new Record()); $app.recordQuery("posts").andWhere($dbx.hashExp({ kind: "x" })).orderBy("n DESC").limit(2).all(l); return l.map((r) => r.get("n"))
        const r = new Record(); $app.recordQuery("posts").andWhere($dbx.hashExp({ n: 4 })).limit(1).one(r); return [r.get("title"), r.isNew()]
        return $app.canAccessRecord($app.findRecordById("posts", "post00000000001"), e.requestInfo(), "n = 1")
        return [$app.canAccessRecord($app.findRecordById("posts", "post00000000002"), new RequestInfo(), "n = 1"), $app.canAccessRecord($app.findRecordById("posts", "post00000000002"), new RequestInfo(), ""), $app.canAccessRecord($app.findRecordById("posts", "post00000000002"), new RequestInfo(), null)]
        return $app.findAllCollections("auth").map((c) => c.name).sort()
        return [$app.hasTable("posts"), $app.hasTable("POSTS"), $app.hasTable("nope"), $app.auxHasTable("_logs"), $app.tableColumns("comments").sort(), $app.tableColumns("nope")]
        return $app.tableInfo("comments").map((c) => [c.name, c.type, c.pk, c.notNull]).sort()
        $app.tableInfo("nope")
        return [$app.isCollectionNameUnique("posts"), $app.isCollectionNameUnique("fresh"), $app.isCollectionNameUnique("")]
        return [$app.isTransactional(), $app.isDev(), $app.isBootstrapped(), typeof $app.dataDir()]
    """,
    "queries": r"""
        const l = arrayOf(new DynamicModel({ id: "", title: "", n: 0, ok: false })); $app.db().select("id", "title", "n", "ok").from("posts").where($dbx.hashExp({ kind: "x" })).orderBy("n ASC").all(l); return l.map((m) => [m.id, m.title, m.n, m.ok])
        const m = new DynamicModel({ total: 0 }); $app.db().newQuery("SELECT count(*) as total FROM posts WHERE n > {:n}").bind({ n: 2 }).one(m); return m.total
        const m = new DynamicModel({ total: 0 }); $app.db().newQuery("SELECT 1 as total FROM posts WHERE n > 99").one(m)
        const m = new DynamicModel({ n: 0 }); $app.db().newQuery("SELECT NULL as n").one(m)
        const l = arrayOf(""); $app.db().select("title").from("posts").orderBy("n").limit(2).column(l); return Array.from(l)
        const m = new DynamicModel({ tags: [] }); $app.db().newQuery("SELECT [[tags]] FROM {{posts}} WHERE [[n]] = 2").one(m); return m.tags
        return $app.db().newQuery("INSERT INTO nope (a) VALUES (1)").execute()
        return $app.db().newQuery("UPDATE posts SET body = 'b' WHERE n > 3").execute().rowsAffected()
        return [$app.db().update("posts", { body: "c" }, $dbx.hashExp({ n: 1 })).execute().rowsAffected(), $app.db().delete("posts", $dbx.hashExp({ n: 99 })).execute().rowsAffected()]
        return $app.db().update("posts", { body: "c", n: 2 }, $dbx.hashExp({ n: 1 })).sql().replace(/`/g, "")
        return $app.db().select("id", "p.title").distinct(true).from("posts p").innerJoin("comments c", $dbx.exp("c.post = p.id")).where($dbx.hashExp({ "p.n": 1 })).build().sql().replace(/`/g, "")
        const l = arrayOf(new DynamicModel({ id: "", total: 0 })); $app.db().select("post as id", "count(*) as total").from("comments").groupBy("post").having($dbx.exp("count(*) > 1")).all(l); return l.map((m) => [m.id, m.total])
        const q = (x) => { const l = arrayOf(new DynamicModel({ n: 0 })); $app.db().select("n").from("posts").where(x).orderBy("n").all(l); return l.map((m) => m.n) }; return [q($dbx.hashExp({ n: [1, 2] })), q($dbx.hashExp({ n: null })), q($dbx.hashExp({ n: [] })), q($dbx.not($dbx.hashExp({ n: 1 }))), q($dbx.in("n", 3, 4)), q($dbx.notIn("n", 3, 4)), q($dbx.in("n")), q($dbx.notIn("n"))]
        const q = (x) => { const l = arrayOf(new DynamicModel({ n: 0 })); $app.db().select("n").from("posts").where(x).orderBy("n").all(l); return l.map((m) => m.n) }; return [q($dbx.like("title", "ost 1")), q($dbx.like("title", "Post", "2")), q($dbx.orLike("title", "1", "2")), q($dbx.notLike("title", "1")), q($dbx.orNotLike("title", "1", "2")), q($dbx.like("title", "Post 1").match(false, false)), q($dbx.like("title", "%"))]
        const q = (x) => { const l = arrayOf(new DynamicModel({ n: 0 })); $app.db().select("n").from("posts").where(x).orderBy("n").all(l); return l.map((m) => m.n) }; return [q($dbx.between("n", 2, 3)), q($dbx.notBetween("n", 2, 3)), q($dbx.and($dbx.hashExp({ n: 1 }), null, $dbx.hashExp({ ok: false }))), q($dbx.or($dbx.hashExp({ n: 1 }), $dbx.hashExp({ n: 5 }))), q($dbx.exists($dbx.exp("SELECT 1"))), q($dbx.notExists($dbx.exp("SELECT 1")))]
        return [$app.db().quote("a'b"), $app.db().quoteSimpleTableName("t"), $app.db().quoteSimpleColumnName("c")]
        $app.db().upsert("posts", { id: "x" }).execute()
        $app.db().alterColumn("posts", "a", "TEXT").execute()
        $app.db().createTable("tmp_js", { id: "TEXT PRIMARY KEY", n: "INTEGER" }).execute(); $app.db().insert("tmp_js", { id: "a", n: 1 }).execute(); const m = new DynamicModel({ n: 0 }); $app.db().select("n").from("tmp_js").one(m); $app.db().addColumn("tmp_js", "x", "TEXT").execute(); $app.db().createIndex("tmp_js", "tmp_idx", "n").execute(); const c = $app.tableColumns("tmp_js"); $app.db().dropTable("tmp_js").execute(); return [m.n, c, $app.hasTable("tmp_js")]
        const m = new DynamicModel({ n: 0 }); $app.db().select("n").from("posts").where($dbx.hashExp({ id: "post00000000003" })).one(m); return m.n
        const l = arrayOf(new DynamicModel({ n: 0 })); $app.db().newQuery("SELECT n FROM posts WHERE title = {:t} OR n = {:n}").bind({ t: "Post 1", n: 5 }).all(l); return l.map((m) => m.n)
        const m = new DynamicModel({ n: 0 }); $app.db().newQuery("nonsense").one(m)
    """,
    "transactions": r"""
        let seen; $app.runInTransaction((tx) => { const r = new Record(tx.findCollectionByNameOrId("posts"), { title: "tx", n: 77 }); tx.save(r); seen = [tx.isTransactional(), tx.countRecords("posts", $dbx.hashExp({ n: 77 }))]; tx.delete(r) }); return [seen, $app.isTransactional()]
        try { $app.runInTransaction((tx) => { tx.save(new Record(tx.findCollectionByNameOrId("posts"), { title: "tx", n: 78 })); throw new Error("undo") }) } catch (e) { return [e.message, $app.countRecords("posts", $dbx.hashExp({ n: 78 }))] }
        try { $app.runInTransaction((tx) => { throw "a text" }) } catch (e) { return String(e) }
        try { $app.runInTransaction((tx) => { throw new ForbiddenError("no") }) } catch (e) { return [e.status, e.message] }
        const log = []; $app.runInTransaction((tx) => { tx.txInfo().onComplete((err) => { log.push(err === null || err === undefined) }); log.push("in") }); return log
        return $app.txInfo()
        $app.runInTransaction((tx) => { tx.runInTransaction((inner) => { inner.save(new Record(inner.findCollectionByNameOrId("posts"), { title: "nested", n: 79 })) }) }); const n = $app.countRecords("posts", $dbx.hashExp({ n: 79 })); $app.delete($app.findFirstRecordByFilter("posts", "n = 79")); return n
    """,
    "collections": r"""
        const c = $app.findCollectionByNameOrId("posts"); return [c.name, c.type, c.isBase(), c.isAuth(), c.isView(), c.isNew(), c.listRule, c.fields.fieldNames(), c.fields.getByName("title").type(), c.fields.getByName("title").required, c.fields.getByName("nope")]
        const c = new Collection({ name: "made_js", type: "base", listRule: "", fields: [{ name: "a", type: "text", max: 10 }, { name: "b", type: "number", onlyInt: true }] }); $app.save(c); const f = $app.findCollectionByNameOrId("made_js"); const out = [f.id === c.id, f.id.startsWith("pbc_"), f.fields.fieldNames(), f.fields.getByName("a").max, f.fields.getByName("b").onlyInt, f.viewRule]; f.fields.add(new BoolField({ name: "c" })); f.fields.removeByName("a"); f.addIndex("idx_made_b", true, "b", ""); $app.save(f); const g = $app.findCollectionByNameOrId("made_js"); out.push(g.fields.fieldNames(), g.getIndex("idx_made_b") !== "", g.indexes.length); $app.delete(g); return out
        const f = new FieldsList([{ name: "x", type: "text" }]); f.addAt(0, new BoolField({ name: "y" })); f.add(new TextField({ name: "x", max: 3 })); return [f.fieldNames(), f.getByName("x").max, f.length]
        const f = new Field({ type: "select", name: "s", values: ["a"], maxSelect: 1 }); return [f.type(), f.name, f.values, f.getName(), f.getHidden()]
        try { $app.save(new Collection({ name: "posts", type: "base" })) } catch (e) { return e.message }
        try { $app.delete($app.findCollectionByNameOrId("posts")) } catch (e) { return e.message }
        try { $app.delete($app.findCollectionByNameOrId("_otps")) } catch (e) { return e.message }
        const c = new Collection({ name: "accounts_js", type: "auth" }); return [c.fields.fieldNames(), c.passwordAuth.enabled, c.authToken.duration > 0]
        const c = new Collection({ name: "view_js", type: "view", viewQuery: "select id, title from posts" }); $app.save(c); const v = $app.findCollectionByNameOrId("view_js"); const n = $app.countRecords("view_js"); $app.delete(v); return [v.fields.fieldNames(), n]
        return $app.createViewFields("select id, title, n from posts").fieldNames()
        const c = $app.findCollectionByNameOrId("users"); return [c.isAuth(), c.passwordAuth.identityFields, c.oauth2.enabled, c.mfa.enabled]
    """,
    "security": r"""
        return [$security.md5("a"), $security.sha256("a"), $security.sha512("a"), $security.hs256("a", "k"), $security.hs512("a", "k"), $security.equal("a", "a"), $security.equal("a", "b")]
        return [$security.randomString(10).length, /^[A-Za-z0-9]+$/.test($security.randomString(50)), $security.randomStringWithAlphabet(5, "ab").replace(/[ab]/g, ""), $security.pseudorandomString(7).length]
        return /^[a-f]{3}x?$/.test($security.randomStringByRegex("[a-f]{3}x?"))
        const t = $security.createJWT({ id: "1", n: 2 }, "key", 60); const c = $security.parseJWT(t, "key"); return [c.id, c.n, typeof c.exp, $security.parseUnverifiedJWT(t).id]
        return $security.parseJWT($security.createJWT({ a: 1 }, "key", 60), "other")
        return $security.parseJWT($security.createJWT({ a: 1 }, "key", -60), "key")
        return $security.parseUnverifiedJWT($security.createJWT({ a: 1 }, "key", -60))
        return $security.parseJWT("nonsense", "key")
        return $security.decrypt($security.encrypt("secret", "a".repeat(32)), "a".repeat(32))
        $security.encrypt("x", "short")
    """,
    "paths": r"""
        return [$filepath.base("/a/b.txt"), $filepath.base(""), $filepath.base("/"), $filepath.dir("/a/b/c"), $filepath.dir(""), $filepath.ext("a.tar.gz"), $filepath.clean("/a/../b/./c//d"), $filepath.clean(""), $filepath.join("a", "..", "b", "c"), $filepath.join(), $filepath.isAbs("/a"), $filepath.isAbs("a")]
        return [$filepath.split("/a/b"), $filepath.splitList("/a:/b"), $filepath.rel("/a/b", "/a/c/d"), $filepath.match("*.txt", "a.txt"), $filepath.match("a?", "ab"), $filepath.toSlash("a/b")]
        $filepath.match("[", "a")
        const d = $os.tempDir() + "/martlet_js_" + $security.randomString(6); $os.mkdirAll(d + "/x", 0o755); $os.writeFile(d + "/x/a.txt", "hello", 0o644); const out = [toString($os.readFile(d + "/x/a.txt")), $os.stat(d + "/x/a.txt").size(), $os.readDir(d + "/x").map((f) => f.name()), $filepath.glob(d + "/x/*.txt").length]; $os.rename(d + "/x/a.txt", d + "/x/b.txt"); $os.truncate(d + "/x/b.txt", 2); out.push(toString($os.readFile(d + "/x/b.txt"))); $os.remove(d + "/x/b.txt"); $os.removeAll(d); out.push($filepath.glob(d).length); return out
        $os.readFile("/nope/nope")
        $os.stat("/nope/nope")
        return [$os.getenv("NOPE_NOPE"), typeof $os.getenv("PATH"), Array.isArray($os.args) || $os.args.length > 0]
        return toString($os.cmd("echo", "hi").output()).trim()
        $os.cmd("false").run()
        const seen = []; const d = $os.tempDir() + "/martlet_js_" + $security.randomString(6); $os.mkdirAll(d + "/b", 0o755); $os.writeFile(d + "/b/c", "x", 0o644); $filepath.walkDir(d, (p, f, err) => { seen.push([p.replace(d, ""), f.isDir()]) }); $os.removeAll(d); return seen
    """,
    "files": r"""
        const f = $filesystem.fileFromBytes("hello", "My File.txt"); return [/^my_file_[a-z0-9]{10}\\.txt$/.test(f.name), f.originalName, f.size]
        $filesystem.fileFromBytes("", "a.txt")
        $filesystem.fileFromPath("/nope/nope.txt")
        const r = new Record($app.findCollectionByNameOrId("posts"), { title: "with file" }); r.set("file", $filesystem.fileFromBytes("content", "doc.txt")); const before = r.getUnsavedFiles("file").length; $app.save(r); const fs = $app.newFilesystem(); const key = r.baseFilesPath() + "/" + r.get("file"); const out = [before, fs.exists(key), fs.attributes(key).size, toString(fs.getReader(key)), r.getUnsavedFiles("file").length]; fs.close(); $app.delete(r); return out
        const r = new Record($app.findCollectionByNameOrId("posts"), { title: "with files" }); r.set("files", [$filesystem.fileFromBytes("a", "a.txt"), $filesystem.fileFromBytes("b", "b.txt")]); $app.save(r); r.set("files-", r.get("files")[0]); $app.save(r); const n = r.get("files").length; $app.delete(r); return n
        const fs = $app.newFilesystem(); fs.upload("text", "js_test/a.txt"); const out = [fs.exists("js_test/a.txt"), fs.list("js_test/").map((x) => [x.key, x.size]), toString(fs.getReader("js_test/a.txt"))]; fs.copy("js_test/a.txt", "js_test/b.txt"); out.push(fs.list("js_test/").length); fs.delete("js_test/a.txt"); out.push(fs.exists("js_test/a.txt")); fs.deletePrefix("js_test/"); out.push(fs.exists("js_test/b.txt")); fs.close(); return out
        const fs = $app.newFilesystem(); try { fs.getReader("nope/nope") } catch (e) { return e.message.endsWith("resource not found") }
    """,
    "http": r"""
        const r = $http.send({ url: "http://" + e.request.host + "/api/health" }); return [r.statusCode, r.json.message, r.raw.length > 5, typeof r.body, r.headers["Content-Type"][0]]
        const r = $http.send({ url: "http://" + e.request.host + "/eval", method: "post", body: JSON.stringify({ code: "return [e.request.method, e.request.header.get('X-A')]" }), headers: { "content-type": "application/json", "X-A": "b" } }); return r.json
        const r = $http.send({ url: "http://" + e.request.host + "/api/nope" }); return [r.statusCode, r.json === null]
        $http.send({})
        $http.send({ url: "http://127.0.0.1:1/" }); return 1
        const f = new FormData(); f.append("a", 1); f.append("a", "2"); f.set("b", "x"); return [f.get("a"), f.getAll("a"), f.has("b"), Array.from(f.keys()).sort(), f.values().length, Array.from(f.entries()).map((x) => JSON.stringify(x)).sort(), f.get("nope")]
        const f = new FormData(); f.append("code", "return e.requestInfo().body.x"); f.append("x", "yes"); f.append("file", $filesystem.fileFromBytes("abc", "a.txt")); return $http.send({ url: "http://" + e.request.host + "/eval", method: "POST", body: f }).json
    """,
    "store and cron": r"""
        const s = $app.store(); s.removeAll(); s.set("a", 1); s.set("b", { x: [1, 2] }); const out = [s.get("a"), s.get("b").x, s.has("a"), s.has("z"), s.get("z"), s.length(), s.getOrSet("c", () => 5), s.getOrSet("c", () => 6), s.setIfLessThanLimit("d", 1, 2), s.getOk("a")]; s.setFunc("a", (old) => old + 1); out.push(s.get("a")); s.remove("a"); out.push(s.has("a")); s.removeAll(); out.push(s.length()); return out
        $app.cron().add("js_a", "*/5 * * * *", () => {}); const j = $app.cron().jobs().find((x) => x.id() === "js_a"); const out = [j.id(), j.expression()]; $app.cron().remove("js_a"); out.push($app.cron().jobs().some((x) => x.id() === "js_a")); return out
        $app.cron().add("js_b", "nonsense", () => {})
        $app.cron().add("js_b", "99 * * * *", () => {})
        const b = $app.subscriptionsBroker(); return [b.totalClients(), Object.keys(b.clients()).length]
        $app.subscriptionsBroker().clientById("nope")
        return [typeof $app.settings().meta.appName, $app.settings().batch.enabled, typeof $app.settings().smtp.enabled]
        const s = $app.settings(); s.meta.appName = "Renamed"; $app.save(s); return $app.settings().meta.appName
        return ["%s is %d", "x"].length
    """,
    "requests": r"""
        return [e.request.method, e.request.url.path, e.request.url.query().get("a"), e.request.header.get("Content-Type"), e.request.pattern, e.request.pathValue("nope"), e.auth.isSuperuser(), e.hasSuperuserAuth(), e.written(), e.status()]
        const i = e.requestInfo(); return [i.method, i.context, i.query, typeof i.body.code, i.headers.content_type, i.auth.isSuperuser(), i.hasSuperuserAuth()]
        e.set("a", { x: 1 }); e.setAll({ b: 2 }); return [e.get("a").x, e.get("b"), e.get("z")]
        return [e.remoteIP(), e.realIP(), e.isTLS()]
        e.response.header().set("X-B", "c"); e.response.header().add("X-B", "d"); return [e.response.header().get("X-B"), e.response.header().values("X-B")]
        return new Cookie({ name: "a", value: "b", path: "/", httpOnly: true, secure: true, sameSite: 2, maxAge: 60 }).string()
        const m = new DynamicModel({ code: "" }); e.bindBody(m); return m.code.length > 5
        const m = new DynamicModel({ code: 0 }); e.bindBody(m)
        e.request.cookie("nope")
        return [e.badRequestError("x", null).status, e.notFoundError("", null).message, e.error(418, "y", null).status, e.forbiddenError("z", {}).message]
        return e.findUploadedFiles("nope")
    """,
    "templates": r"""
        return $template.loadString("Hi {{.name}}! {{if .ok}}yes{{else}}no{{end}} {{range $i, $v := .list}}[{{$i}}:{{$v}}]{{end}}").render({ name: "<b>", ok: true, list: [1, "x"] })
        return $template.loadString("{{with .a}}{{.b}}{{end}}{{with .nope}}x{{else}}none{{end}}").render({ a: { b: 5 } })
        return $template.loadString('<a href="{{.u}}" title="{{.t}}">{{.t}}</a>').render({ u: "javascript:alert(1)", t: "a \"b\" <c> & 'd'" })
        return $template.loadString('<a href="/x?q={{.q}}&r={{.q}}">x</a>').render({ q: "a b&c=d/é" })
        return $template.loadString('<a href="{{.u}}">x</a>').render({ u: "https://example.com/a b?c=d&e=<f>" })
        return $template.loadString("<script>var x = {{.o}}; var s = '{{.s}}'; var t = \"{{.s}}\"</script>").render({ o: { a: [1, "</script>"] }, s: "it's </script> \"x\"" })
        return $template.loadString('<p onclick="go({{.o}})">x</p>').render({ o: "it's" })
        return $template.loadString("{{raw .h}}|{{.h}}").render({ h: "<i>x</i>" })
        return $template.loadString("{{len .l}} {{index .l 1}} {{printf \"%d-%s\" 5 \"x\"}} {{eq 1 1}} {{ne 1 2}} {{lt 1 2}} {{and true false}} {{or false 7}} {{not true}}").render({ l: ["a", "b"] })
        return $template.loadString("{{define \"x\"}}[{{.}}]{{end}}{{template \"x\" .a}}{{block \"y\" .a}}({{.}}){{end}}").render({ a: "v" })
        return $template.loadString("a {{- \" b \" -}} c{{/* comment */}}d").render({})
        return $template.loadString("{{$x := 5}}{{$x}}{{if eq $x 5}}{{$x = 6}}{{end}}{{$x}}").render({})
        return $template.loadString("{{.missing}}|{{.a.b}}|{{.a.nope}}").render({ a: { b: null } })
        return $template.loadString("{{range .l}}{{if eq . 2}}{{break}}{{end}}{{.}}{{else}}empty{{end}}").render({ l: [1, 2, 3] })
        return $template.loadString("{{range $k, $v := .m}}{{$k}}={{$v}};{{end}}").render({ m: { b: 2, a: 1 } })
        $template.loadString("{{if").render({})
        $template.loadFiles("/nope.html").render({})
        return $template.loadString("{{.n}} {{.f}} {{.t}} {{.l}}").render({ n: 5, f: 1.5, t: true, l: [1, 2] })
        return $template.loadString("<style>a { color: {{.c}} }</style><textarea>{{.t}}</textarea><title>{{.t}}</title>").render({ c: "red", t: "<x>" })
        return $template.loadString("<input value={{.v}}><div class={{.v}}>").render({ v: "a b=c" })
    """,
    "language": r"""
        class A { #x = 1; get x() { return this.#x } static s = 2; static { A.t = 3 } }; return [new A().x, A.s, A.t]
        return [[1, 2, 3].at(-1), [3, 1].toSorted(), Object.groupBy([1, 2, 3], (x) => x % 2 ? "odd" : "even"), Object.fromEntries([["a", 1]]), "abc".at(0), [1, [2]].flat()]
        return [10n ** 20n + "", typeof 1n, null ?? 5, ({ a: 1 })?.b ?? 2]
        return ["2024-01-02".replace(/(?<y>\\d+)-(?<m>\\d+)/, "$<m>/$<y>"), /(?<=a)b/.test("ab")]
        const g = function* () { yield 1; yield 2 }; return [...g()]
        return [new Set([1, 2]).size, new Map([[1, 2]]).get(1), [..."añ"].length, typeof Symbol(), JSON.stringify(new Date(0))]
        return [typeof require, typeof module, typeof __hooks, typeof $app, typeof globalThis, typeof onRecordCreate, typeof routerAdd]
        return require("util").format("%s is %d and %j", "x", 5, { a: 1 })
        return [typeof process.env.PATH, typeof console.log, Buffer.from("hi").toString("hex"), Buffer.from("aGk=", "base64").toString(), Buffer.concat([Buffer.from("a"), Buffer.from("b")]).toString()]
        require("./nope")
        return new Set([1, 2]).union(new Set([3])).size
    """,
    "originals": r"""
        const r = new Record($app.findCollectionByNameOrId("posts"), { title: "o1" }); $app.save(r); const out = [r.original().get("title"), r.original().id, r.original().isNew(), r.isNew()]; r.set("title", "o2"); $app.save(r); out.push(r.original().get("title")); r.set("title", "o1"); $app.save(r); out.push($app.findRecordById("posts", r.id).get("title")); $app.delete(r); return out
        const r = new Record($app.findCollectionByNameOrId("posts"), { title: "p1" }); $app.save(r); const q = $app.findRecordById("posts", r.id); const out = [q.original().get("title")]; q.set("title", "p2"); $app.save(q); out.push(q.original().get("title"), q.fresh().original().get("title"), q.clone().original().get("title")); q.set("title", "p1"); $app.save(q); out.push($app.findRecordById("posts", r.id).get("title"), q.original().get("title")); $app.delete(q); return out
        const r = new Record($app.findCollectionByNameOrId("posts"), { title: "q1" }); $app.save(r); const q = $app.findRecordById("posts", r.id); q.set("title", "q2"); try { $app.runInTransaction((tx) => { tx.save(q); throw new Error("back") }) } catch {}; const out = [q.original().get("title"), q.get("title"), $app.findRecordById("posts", r.id).get("title")]; $app.save(q); out.push($app.findRecordById("posts", r.id).get("title")); $app.delete(q); return out
    """,
    "hooks of file systems": r"""
        const f = $app.newFilesystem(), seen = []; f.onNewWriter().bindFunc((ev) => { seen.push(["w", ev.fileKey]); return ev.next() }); f.onDelete().bindFunc((ev) => { seen.push(["d", ev.fileKey]); return ev.next() }); f.upload("x", "probe/a.txt"); f.upload("y", "probe/b.txt"); f.copy("probe/a.txt", "probe/c.txt"); f.delete("probe/a.txt"); const left = f.list("probe/").map((x) => x.key).sort(); f.deletePrefix("probe/"); return [seen.filter(([, k]) => k.endsWith(".txt")), left, f.list("probe/").length]
        const f = $app.newFilesystem(); f.upload("x", "kept/a.txt"); f.onDelete().bindFunc((ev) => {}); f.delete("kept/a.txt"); const there = f.exists("kept/a.txt"); f.onDelete().unbindAll(); f.delete("kept/a.txt"); return [there, f.exists("kept/a.txt")]
        const f = $app.newFilesystem(); f.upload("x", "thrown/a.txt"); f.onDelete().bindFunc((ev) => { throw new Error("not this one") }); try { f.delete("thrown/a.txt"); return "gone" } catch (x) { return [x.message, f.exists("thrown/a.txt")] }
        const h = $app.newFilesystem().onDelete(); const id = h.bind({ id: "mine", priority: 1, func: (ev) => ev.next() }); const n = h.length(); h.unbind("mine"); return [id, n, h.length()]
        const f = $app.newFilesystem(), order = []; f.onDelete().bind({ id: "b", priority: 2, func: (ev) => { order.push("b"); return ev.next() } }); f.onDelete().bind({ id: "a", priority: 1, func: (ev) => { order.push("a"); return ev.next() } }); f.upload("x", "order/a.txt"); f.delete("order/a.txt"); return order
        const f = $app.newFilesystem(); f.upload(Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGM4IScHRwzIHABvCgghBqXSdgAAAABJRU5ErkJggg==", "base64"), "pictures/p.png"); f.createThumb("pictures/p.png", "pictures/small.png", "2x1"); const a = f.attributes("pictures/small.png"); const head = toBytes(f.getReader("pictures/small.png")).slice(16, 24); return [a.contentType, Array.from(head)]
        const f = $app.newFilesystem(); f.upload("no picture", "pictures/t.txt"); try { f.createThumb("pictures/t.txt", "pictures/t2.txt", "2x1"); return "made" } catch (x) { return f.exists("pictures/t2.txt") }
    """,
    "forms and account answers": r"""
        const f = new AppleClientSecretCreateForm($app); return f.submit()
        const f = new TestEmailSendForm($app); f.email = "x"; f.submit()
        const f = new TestEmailSendForm($app); f.email = "x@y.co"; f.template = "otp"; f.collection = "posts"; f.submit()
        const f = new TestS3FilesystemForm($app); f.filesystem = "x"; f.submit()
        const f = new TestS3FilesystemForm($app); f.filesystem = "storage"; f.submit()
        $apis.recordAuthResponse(e, $app.findRecordById("posts", "post00000000001"), "", null)
        $mails.sendRecordChangeEmail($app, $app.findRecordById("posts", "post00000000001"), "y@z.co")
    """,
}

ALL = [(section, line.strip()) for section, text in SNIPPETS.items() for line in text.strip().splitlines()]
