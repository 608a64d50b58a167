"""View collections: what the fields of a query become, refused queries, dry run."""
import pytest

from cases import C, collection, field, number, records, text, values
from fixture_records import rid

TEMPORARY = ("collectionId",)       # derived from the random temporary name
QUERIES = [
    "SELECT id FROM posts", "select id from posts", "SELECT id, title FROM posts;", "  SELECT id, title FROM posts ; ; ",
    "SELECT posts.id, posts.title FROM posts", "SELECT p.id, p.title FROM posts p", "SELECT p.id, p.title FROM posts AS p",
    "SELECT `id`, `title` FROM `posts`", 'SELECT "id", "title" FROM "posts"', "SELECT [id], [title] FROM [posts]",
    "SELECT id, title t2 FROM posts", "SELECT id, title AS t2 FROM posts",
    "SELECT id, title as `t2` FROM posts", "SELECT id, (title || 'x') as t2 FROM posts",
    "SELECT id, title || 'x' as t2 FROM posts", "SELECT id, title||'x' as t2 FROM posts",
    "SELECT id, count(*) as c FROM posts GROUP BY kind", "SELECT id, COUNT(id) as c FROM posts GROUP BY kind",
    "SELECT id, count (id) as c FROM posts GROUP BY kind", "SELECT id, total(n) as c FROM posts GROUP BY kind",
    "SELECT id, sum(n) s, avg(n) a, min(n) mi, max(n) ma FROM posts GROUP BY kind",
    "SELECT id, cast(n as real) r, cast(n as decimal) d, cast(n as numeric) u, cast(n as int) i, cast(n as integer) j, cast(n as text) t, cast(n as boolean) b, cast(n as bool) o, cast(n as blob) x, cast(n as varchar(5)) v FROM posts",
    "SELECT id, CAST(n AS INT) i FROM posts", "SELECT id, cast(n as real) + 1 as r FROM posts",
    "SELECT id, (cast(n as real)) as r FROM posts", "SELECT id, 1 as one, 'x' as txt, null as nul, 1.5 as f FROM posts",
    "SELECT id, body, n, flag, mail, link, `when`, kind, labels, author, tags, js, geo, secret, pin, doc, pics FROM posts",
    "SELECT id, author, author as a2, id as pid, id as `post` FROM posts",
    "SELECT p.id, m.id as member, m.name, m.email, m.verified FROM posts p JOIN members m ON m.id = p.author",
    "SELECT p.id, m.password as pw, m.tokenKey as tk FROM posts p LEFT JOIN members m ON m.id = p.author",
    "SELECT (ROW_NUMBER() OVER()) as id, title FROM posts", "SELECT CAST(ROW_NUMBER() OVER() as TEXT) as id FROM posts",
    "SELECT 'a' as id", "SELECT 1 as id", "SELECT 1 as id, 'x' as a", "SELECT 1", "SELECT id, * FROM posts",
    "SELECT * FROM posts", "SELECT p.* FROM posts p", "SELECT title FROM posts", "SELECT ID FROM posts",
    "SELECT id, ID FROM posts", "SELECT id, title, title FROM posts", "SELECT id, title as expand FROM posts",
    "SELECT id, title as collectionId FROM posts",
    "SELECT id, title as `my col` FROM posts", "SELECT id, title as `t-1` FROM posts", "SELECT id, title as `ä` FROM posts",
    "SELECT id, title as a_via_b FROM posts", "SELECT id FROM nope", "SELECT id, nope FROM posts",
    "SELECT id FROM posts; SELECT 1", "SELECT id FROM posts; DROP TABLE posts",
    "SELECT id FROM posts UNION SELECT id FROM tags", "SELECT id FROM (SELECT id FROM posts UNION SELECT id FROM tags)",
    "SELECT s.id FROM (SELECT id, title FROM posts) s",
    "SELECT s.id, s.title FROM (SELECT id, title FROM posts) as s", "WITH x AS (SELECT id FROM posts) SELECT id FROM x",
    "SELECT id FROM posts WHERE title = 'a' AND n > 1", "SELECT id FROM posts ORDER BY n DESC LIMIT 2",
    "SELECT DISTINCT id, kind FROM posts", "SELECT distinct(kind) as id FROM posts", "SELECT kind as id FROM posts",
    "SELECT kind as id FROM posts WHERE kind != '' GROUP BY kind", "SELECT '' as id", "SELECT null as id FROM posts",
    "SELECT id -- comment\n, title FROM posts", "SELECT id /* c */, title FROM posts", "-- c\nSELECT id FROM posts",
    "SELECT id, (SELECT count(*) FROM comments c WHERE c.post = posts.id) as cc FROM posts",
    "SELECT id, (SELECT name FROM members WHERE id = author) FROM posts",
    "SELECT id, case when n > 1 then 'a' else 'b' end as x FROM posts",
    "SELECT id, (case when n > 1 then 'a' else 'b' end) as x FROM posts", "SELECT id, json_extract(js, '$.a') as ja FROM posts",
    "SELECT id, coalesce(title, 'x') as c FROM posts", "SELECT id, title, FROM posts", "SELECT FROM posts", "SELECT", "", " ",
    ";", "DELETE FROM posts", "UPDATE posts SET n = 1", "INSERT INTO posts(id) VALUES ('x')", "DROP TABLE posts",
    "PRAGMA table_info(posts)", "EXPLAIN SELECT id FROM posts", "VALUES (1)", "SELECT id FROM posts WHERE (",
    "SELECT id FROM posts WHERE title = 'x", "SELECT (id FROM posts", "SELECT id, max(n FROM posts",
    "SELECT id, 'a' FROM posts",
    "SELECT id, n+1 FROM posts", "SELECT id, n+1 as m FROM posts", "SELECT id, n + 1 as m FROM posts",
    "SELECT id, posts.title, comments.text FROM posts, comments",
    "SELECT c.id, p.title, c.text, p.id as pid, c.post FROM comments c INNER JOIN posts p ON c.post = p.id",
    "SELECT c.id, p.title FROM comments c LEFT OUTER JOIN posts AS p ON (c.post = p.id)",
    "SELECT c.id, p.title FROM comments as c CROSS JOIN posts as p", "SELECT id, title FROM Posts",
    "SELECT id, TITLE FROM posts", "SELECT id, Title FROM posts",
    "SELECT id FROM main.posts", "SELECT id, posts.nope FROM posts", "SELECT id, title FROM v_posts",
    "SELECT v.id, v.labels, v.author, v.js FROM v_posts v", "SELECT id, name, collectionRef FROM _mfas, tags",
    "SELECT id, name, type FROM _collections", "SELECT id, value FROM _params",
    "SELECT id, email FROM _superusers WHERE email = 'admin@example.com'", "SELECT rowid as id FROM posts",
    "SELECT id, rowid FROM posts", "SELECT id, abs(n) FROM posts", "SELECT id, count(*) FROM posts",
    "SELECT id, upper(title) as u FROM posts",
    "SELECT id, date(`when`) as created FROM posts", "SELECT id, '2024' as created, '2025' as updated FROM posts",
    "SELECT id, 'x' as `null` FROM posts", "SELECT id, title as id2, title as id3 FROM posts",
    "SELECT id\n,\ntitle\tas\tx\nFROM\nposts", "SELECT max(id) as id FROM posts",
    "SELECT id, group_concat(title) as g FROM posts", "SELECT id, n FROM posts GROUP BY kind HAVING n > 1",
    "SELECT lower(id) as id, title FROM posts", "SELECT (id || 'x') as id FROM posts", "SELECT upper(id) as id FROM posts",
    "SELECT id, iif(n > 1, 'a', 'b') as i FROM posts", "SELECT id, (n > 1) as big FROM posts",
    "SELECT id, not flag as nf FROM posts", "SELECT id, random() as r FROM nope2",
]


@pytest.mark.parametrize("number", range(len(QUERIES)), ids=lambda n: f"{n:03d}-" + QUERIES[n][:50].replace(" ",
    "_").encode("ascii", "replace").decode())
def test_query(pair, fresh, number):
    # A name of its own per case: after a view without any table (SELECT 'a' as id) is replaced by another
    # one of the same name, idle reader connections of the reference go on using the old one (SQLite does
    # not notice a changed schema for statements that read no table), so its totals become random.
    name, query = f"vq{number}", QUERIES[number]
    pair.same("POST", f"{C}/meta/dry-run-view", {"query": query}, ignore=TEMPORARY)
    answer = pair.same("POST", C, {"name": name, "type": "view", "viewQuery": query, "listRule": ""})
    if answer.status == 200:
        fresh.add(name)
        pair.same("GET", f"{C}/{name}")
        # without ORDER BY the order of a view's rows is SQLite's: equal on equal data
        pair.same("GET", records(name) + "?sort=id&perPage=50")
        pair.same("GET", records(name), auth=None)
        pair.same("POST", "/api/sql", {"query": f"SELECT sql FROM sqlite_master WHERE name = '{name}'"})


DRY = [{}, {"query": None}, {"query": 5}, {"query": "SELECT id FROM posts -- " + "x" * 5000},
    {"query": "SELECT id, title, '" + "x" * 4900 + "' as y FROM posts LIMIT 1"}, {"query": "SELECT id, title FROM posts",
    "extra": 1}]


@pytest.mark.parametrize("body", values(*DRY))
def test_dry_run_body(pair, body):
    pair.same("POST", f"{C}/meta/dry-run-view", body, ignore=TEMPORARY)


Q = "SELECT id, title, n FROM posts"
BODIES = [{"viewQuery": Q, "createRule": ""}, {"viewQuery": Q, "updateRule": "n=1", "deleteRule": "x"}, {"viewQuery": Q,
    "indexes": ["CREATE INDEX a ON vq (n)"]}, {"viewQuery": Q, "fields": [text("zzz")]}, {"viewQuery": Q, "listRule": "n > 1",
    "viewRule": "nope = 1"}, {"viewQuery": Q, "listRule": "n > 1 && title ~ 'e'"}, {"viewQuery": Q, "authRule": ""},
    {"viewQuery": None}, {"viewQuery": 5}, {"viewQuery": Q, "system": True}, {"viewQuery": Q, "createRule": None}]


@pytest.mark.parametrize("body", values(*BODIES))
def test_create_body(pair, fresh, body):
    if not body.get("system"):
        fresh.add("vq")
        pair.same("POST", C, {"name": "vq", "type": "view", **body})
        pair.same("GET", records("vq") + "?sort=id", auth=None)


def test_update_of_a_view(pair, fresh):
    first = fresh.create(collection("vup", type="view", viewQuery=Q))
    assert first.status == 200
    for body in ({"viewQuery": "SELECT id, title as other FROM posts"}, {"viewQuery": "SELECT nope"}, {"viewQuery": ""},
        {"listRule": ""}, {"listRule": "other != ''"}, {"viewQuery": Q}, {"name": "vup2"}, {"name": "vup"}, {"type": "base"},
        {"fields": []}, {"fields": [{"name": "n", "type": "number", "hidden": True}]}):
        pair.same("PATCH", f"{C}/vup", body)
        fresh.add("vup2")
        pair.same("GET", f"{C}/vup")
        pair.same("GET", records("vup") + "?sort=id&perPage=3", auth=None)
    pair.same("PATCH", f"{C}/vup2", {"name": "vup"})


def test_relations_to_views(pair, fresh):
    view = fresh.create(collection("vrel", type="view", viewQuery="SELECT id, title FROM posts", viewRule="")).json["id"]
    fresh.add("vrel_base")
    pair.same("POST", C, collection("vrel_base", [field("relation", "r", collectionId=view)]))
    fresh("vbase", [text("t"), number("n")])
    pair.same("POST", records("vbase"), {"id": rid("vb", 1), "t": "post00000000001"})
    fresh.create(collection("v_over", type="view", viewQuery="SELECT v.id, v.title, v.id as same FROM vrel v", viewRule=""))
    pair.same("GET", records("v_over") + "?sort=id&expand=same&perPage=3", auth=None)
    pair.same("DELETE", f"{C}/vrel")
    pair.same("DELETE", f"{C}/vbase/truncate")


@pytest.mark.parametrize("method,path,body", [("POST", "", {"title": "x"}), ("PATCH", "/post00000000001", {"title": "x"}),
    ("DELETE", "/post00000000001", None), ("GET", "/post00000000001", None), ("GET", "/nope", None)])
def test_records_of_a_view(pair, method, path, body):
    for caller in ("su", None, "user1"):
        pair.same(method, records("v_posts") + path, body, auth=caller)
        pair.same(method, records("v_stats") + path.replace("post0", "team0"), body, auth=caller)
