"""The collections every test may read. Tests that write must use their own (see cases.Fresh), or
the `scratch*` collections. build() creates everything through the API on both servers."""
from fixture_records import AUTH, PASSWORD, RECORDS, VIEWERS
from servers import SU_EMAIL, SU_PASS

COLLECTIONS = "/api/collections"
# fast hashes: the password field of auth collections gets the lowest cost
CHEAP_PASSWORD = {"name": "password", "type": "password", "cost": 4, "min": 8, "hidden": True, "required": True,
                  "system": True}


def rel(name, target, **rest):
    return {"type": "relation", "name": name, "collectionId": f"pbc_{target}", "maxSelect": 1, **rest}


def text(name, **rest):
    return {"type": "text", "name": name, **rest}


def num(name, **rest):
    return {"type": "number", "name": name, **rest}


def sel(name, *values, **rest):
    return {"type": "select", "name": name, "values": list(values), "maxSelect": 1, **rest}


def of(type, name, **rest):
    return {"type": type, "name": name, **rest}


def col(name, fields, type="base", **rest):
    return {"id": f"pbc_{name}", "name": name, "type": type, "fields": fields, **rest}


OPEN = {"listRule": "", "viewRule": "", "createRule": "", "updateRule": "", "deleteRule": ""}

SCHEMA = [
    col("teams", [text("name"), text("city"), num("level"), of("geoPoint", "geo"), of("bool", "active"),
                  text("motto", hidden=True)], listRule="", viewRule=""),
    # auth collection 1
    col("members", [CHEAP_PASSWORD, text("name"), num("rank"), text("secret", hidden=True), rel("team", "teams"),
                    of("json", "prefs")], type="auth", listRule="", viewRule="", createRule="",
        updateRule="id = @request.auth.id || @request.auth.collectionName = 'staff'",
        deleteRule="id = @request.auth.id"),
    # auth collection 2: extra identity field, manageRule, authRule
    col("staff", [CHEAP_PASSWORD, text("username", required=True, min=3), sel("role", "boss", "clerk"),
                  of("bool", "blocked"), rel("team", "teams")], type="auth",
        listRule="@request.auth.id != ''", viewRule="@request.auth.id != ''", createRule="",
        updateRule="@request.auth.id != ''", deleteRule=None,
        manageRule="@request.auth.collectionName = 'staff' && @request.auth.role = 'boss'",
        authRule="blocked = false",
        indexes=["CREATE UNIQUE INDEX `idx_staff_username` ON `staff` (`username` COLLATE NOCASE) WHERE `username` != ''"],
        passwordAuth={"enabled": True, "identityFields": ["email", "username"]}),
    col("tags", [text("name"), num("weight"), text("note", hidden=True)], listRule="", viewRule=""),
    col("vault", [text("name"), num("worth")]),                                    # superusers only
    col("guarded", [text("name"), num("level")], listRule="level > 1", viewRule="@request.auth.id != ''"),
    # the main collection: every kind of field and relation
    col("posts", [
        text("title"), of("editor", "body"), num("n"), of("bool", "flag"), of("email", "mail"), of("url", "link"),
        of("date", "when"), sel("kind", "news", "blog", "wiki"), sel("labels", "a", "b", "c", "d", maxSelect=4),
        rel("author", "members"), rel("team", "teams"), rel("tags", "tags", maxSelect=9),
        rel("vault", "vault"), rel("guards", "guarded", maxSelect=5), of("json", "js"), of("geoPoint", "geo"),
        text("secret", hidden=True), rel("ghost", "tags", hidden=True), of("password", "pin", cost=4),
        of("file", "doc"), of("file", "pics", maxSelect=3)], listRule="", viewRule=""),
    col("comments", [text("text"), num("score"), rel("post", "posts", cascadeDelete=True), rel("by", "members"),
                     rel("mentions", "members", maxSelect=5), of("bool", "spam"), rel("whisper", "posts", hidden=True)],
        listRule="", viewRule=""),
    # unique single back-relation
    col("profiles", [text("bio"), rel("member", "members"), rel("likes", "posts", maxSelect=9)],
        listRule="", viewRule="", indexes=["CREATE UNIQUE INDEX `idx_profiles_member` ON `profiles` (`member`)"]),
    col("notes", [text("text"), rel("post", "posts"), rel("owner", "members"), sel("state", "draft", "live")],
        listRule="state = 'live' || owner = @request.auth.id", viewRule="state = 'live' || owner = @request.auth.id",
        createRule="@request.auth.id != '' && owner = @request.auth.id",
        updateRule="owner = @request.auth.id && @request.body.owner:isset = false",
        deleteRule="owner = @request.auth.id"),
    # values as they come: no constraint at all; writable by everybody
    col("loose", [text("t"), of("editor", "ed"), num("n"), of("bool", "b"), of("email", "em"), of("url", "u"),
                  of("date", "d"), of("autodate", "made", onCreate=True), of("autodate", "touched", onCreate=True,
                      onUpdate=True),
                  sel("s1", "a", "b", "1", "[x"), sel("sm", "a", "b", "c", "1", maxSelect=4), rel("r1", "tags"),
                  rel("rm", "tags", maxSelect=4), of("json", "js"), of("geoPoint", "g"), of("password", "pw", cost=4),
                  of("file", "f1"), of("file", "fm", maxSelect=3)], **OPEN),
    # every option set
    col("strict", [
        text("t", min=2, max=5, pattern="^[a-z]+$"), text("treq", required=True), text("gen_code",
        autogeneratePattern="X[0-9]{4}"),
        num("n", min=-5, max=10), num("ni", onlyInt=True), num("nreq", required=True), of("bool", "breq", required=True),
        of("email", "e_only", onlyDomains=["a.com", "b.com"]), of("email", "e_except", exceptDomains=["bad.com"]),
        of("url", "u_only", onlyDomains=["a.com"]), of("url", "u_except", exceptDomains=["bad.com"]),
        of("editor", "ed", maxSize=10), of("date", "d", min="2024-01-01 00:00:00.000Z", max="2024-12-31 00:00:00.000Z"),
        sel("s1", "a", "b", required=True), sel("sm", "a", "b", "c", maxSelect=2), rel("r1", "tags", required=True),
        rel("rm", "tags", minSelect=2, maxSelect=3), of("json", "js", maxSize=20), of("json", "jreq", required=True),
        of("geoPoint", "g"), of("geoPoint", "greq", required=True), of("date", "dreq", required=True),
        of("email", "ereq", required=True), of("url", "ureq", required=True), of("editor", "edreq", required=True),
        of("password", "pw", min=4, max=8, cost=4, pattern="^[a-z]+$"), of("password", "pwreq", required=True, cost=4)]),
    col("v_posts", [], type="view", listRule="", viewRule="",
        viewQuery="SELECT id, title, n, flag, kind, labels, author, team, tags, js, geo, secret FROM posts"),
    col("v_stats", [], type="view", listRule="", viewRule="@request.auth.id != ''",
        viewQuery="SELECT t.id as id, t.name, t.id as team, count(p.id) as total, cast(sum(p.n) as real) as points, "
                  "max(p.n) as top, cast(min(p.n) as int) as low FROM teams t LEFT JOIN posts p ON p.team = t.id GROUP BY t.id"),
]
# relations that need another collection first are added afterwards
LATER = [("posts", [rel("parent", "posts"), rel("related", "posts", maxSelect=9)])]


def build(pair):
    """Returns the list of differences met on the way (asserted by test_fixtures.py)."""
    problems = []

    def step(method, path, body):
        out = pair.differences(method, path, body)
        if out or pair.last[0].status >= 300:
            problems.append(pair.report(method, path, body, "su", None, None, out or [("status", pair.last[0].body, "")]))

    pair.sign_in("su", "_superusers", SU_EMAIL, SU_PASS)
    # a superuser with a chosen id, so that comparisons with @request.auth.id are equal on both sides
    step("POST", f"{COLLECTIONS}/_superusers/records", {"id": "superuser000001", "email": "admin@example.com", **AUTH})
    pair.sign_in("su", "_superusers", "admin@example.com", PASSWORD)
    for schema in SCHEMA:
        step("POST", COLLECTIONS, schema)
    for name, fields in LATER:
        stored = pair.send("GET", f"{COLLECTIONS}/{name}")[0].json["fields"]
        step("PATCH", f"{COLLECTIONS}/{name}", {"fields": stored + fields})
    for name, rows in RECORDS:
        for row in rows:
            step("POST", f"{COLLECTIONS}/{name}/records", row)
    for caller, (collection, identity, password) in VIEWERS.items():
        pair.sign_in(caller, collection, identity, password)
    return problems
