"""SQL injection: every payload through every place where text enters.

Afterwards all tables are there with their rows, no answer to a guest holds anything hidden, and no answer was a 5xx.
"""

import base64
import contextlib
import json
import os
import pathlib
import sqlite3
import tempfile
from urllib.parse import quote

import pytest

import conftest
from servers import Client

STRAY = pathlib.Path(tempfile.gettempdir(), f"robust-stray-{os.getpid()}")  # No payload may manage to write this file.

PAYLOADS = [
    "' OR 1=1 --", "' OR '1'='1", '" OR ""="', "') OR ('1'='1", "1 OR 1=1", "1=1) OR (1=1", "x' OR owner != '", "\\' OR 1=1 --", "'' OR 1=1 --", "%' OR '1' LIKE '%",
    "'; DROP TABLE posts; --", "\"; DROP TABLE posts; --", "`; DROP TABLE posts; --", "]; DROP TABLE posts; --", "1; DROP TABLE posts", "1); DELETE FROM posts; --",
    "title; DELETE FROM vault", "title DESC; DROP TABLE vault; --", "title` DESC; DROP TABLE vault; --", 'title" DESC; DROP TABLE vault; --', "title'); DROP TABLE members; --",
    "' UNION SELECT password, tokenKey, hint, 1, 1, 1 FROM members --", '" UNION SELECT word FROM vault --', "title FROM posts UNION SELECT word FROM vault --",
    "(SELECT password FROM members LIMIT 1)", "(SELECT word FROM vault)", "' || (SELECT word FROM vault) || '", '" || (SELECT tokenKey FROM members) || "',
    "CASE WHEN (SELECT count(*) FROM vault) > 0 THEN title ELSE n END", "IIF((SELECT 1 FROM vault), 1, 2)", "title COLLATE NOCASE", "id, (SELECT hint FROM members)",
    "[[password]]", "{{vault}}", "{:p0}", "{:p0} OR 1=1", ":p0", "?1", "$1", "@p1", "{{vault}}.[[word]]", "%s", "%!(EXTRA)", "\\(password)", "${password}",
    "x'41'", "0x41", "/**/OR/**/1=1", "/*! OR 1=1 */", "title -- ", "-- ", "//", ";", "'", '"', "`", "[", "\\", "\0' OR 1=1 --", "ʼ OR 1=1 --", "＇ OR 1=1 --", "a\r\nDROP TABLE posts",
    "load_extension('/nowhere/x')", f"writefile('{STRAY}','x')", "randomblob(100000)", "sqlite_master", "main.vault", "pragma_table_info('vault')",
    f"posts'; ATTACH DATABASE '{STRAY}' AS x; --", "'; PRAGMA writable_schema=ON; --", "'; UPDATE members SET verified=1; --", "'; INSERT INTO vault(word) VALUES('x'); --",
]

# Filters that are well formed, and ask for what a guest may not see.
CURIOUS = [
    "password ~ '$2'", "tokenKey != ''", "author.password ~ '$2'", "author.tokenKey ~ ''", "author.hint ~ 'canary'", "secret ~ 'canary'", "hush.word ~ 'canary'", "author.email ~ 'canary'",
    "@collection.vault.word ?~ 'canary'", "@collection._superusers.password ?~ '$2'", "@request.auth.password != ''", "data.a') , (SELECT word FROM vault), ('$' = 1", "data.$ = 1",
    "data.a\"').b = 1", "strftime('%Y'') OR 1=1 --', day) = '1'", "strftime((SELECT 1)) = 1", "geoDistance(1,2,3,(SELECT 1)) < 1", "title ~ '\\' OR 1=1 --'", "title:lower); DROP TABLE posts = 1",
    "posts_via_author.secret ~ 'canary'", "secret:lower ~ 'canary'", "hush.word:lower ?= 'x'", "_rowid_ = 1", "rowid = 1", "collectionId = 1", "vault.word = 1", "posts.secret = 1",
]


def text_places(payload):
    """(method, path, body) of every request by which a guest can bring in a text."""
    p, literal = quote(payload, safe=""), quote("'" + payload.replace("\\", "\\\\").replace("'", "\\'") + "'", safe="")
    posts, inbox = "/api/collections/posts/records", "/api/collections/inbox/records"
    for name in ("filter", "sort", "fields", "expand", "page", "perPage", "skipTotal", "token", "unknown"):
        yield "GET", f"{posts}?{name}={p}", None
    for path in (f"{posts}?filter=title={p}", f"{posts}?filter={p}=1", f"{posts}?filter={quote(chr(39) + payload + chr(39), safe='')}=title", f"{posts}?filter=title={literal}",
                 f"{posts}?filter=title~{literal}", f"{posts}?filter=data.{p}=1", f"{posts}?filter=hush.{p}=1", f"{posts}?filter=title:{p}=1", f"{posts}?filter=strftime({literal},day)=1",
                 f"{posts}?filter=@collection.{p}.id=1", f"{posts}?filter=posts_via_{p}.id=1", f"{posts}?sort=-{p}", f"{posts}?sort=title,{p}", f"{posts}?sort=data.{p}", f"{posts}?sort=hush.{p}",
                 f"{posts}?expand=author.{p}", f"{posts}?expand=posts_via_{p}", f"{posts}?expand={p}(author)", f"{posts}?fields=title:excerpt({p})", f"{posts}?fields=expand.{p}.*",
                 f"{posts}/{p}", f"/api/collections/{p}/records", f"/api/collections/{p}/records/x", f"/api/collections/{p}/auth-methods", f"/api/collections/posts{p}/records",
                 f"/api/collections/members/records?filter=email={literal}", f"/api/collections/members/records?sort={p}", f"/api/files/posts/{p}/x", f"/api/files/{p}/x/y?thumb={p}&token={p}",
                 f"/api/files/members/x/{p}"):
        yield "GET", path, None
    for body in ({"title": payload, "data": payload}, {"id": payload}, {payload: "x"}, {"data": {payload: payload}}, {"hush": payload}, {"author": [payload, payload]}, {"tags": payload},
                 {"day": payload, "n": payload}, {"place": payload}, {f"{payload}+": 1, f"n+{payload}": 1}, {f"title:{payload}": 1}):
        yield "POST", inbox, body
    yield "PATCH", f"{inbox}/{p}", {"title": "x"}
    yield "DELETE", f"{inbox}/{p}", None
    for method, url in (("POST", f"/api/collections/{payload}/records"), ("PATCH", f"{inbox}/{payload}"), ("DELETE", f"{inbox}/{payload}"), ("PUT", payload), ("POST", f"{inbox}?expand={payload}&fields={payload}")):
        yield "POST", "/api/batch", {"requests": [{"method": method, "url": url, "body": {"id": payload, "title": payload}, "headers": {"X-A": "b"}}]}
    login = "/api/collections/members/auth-with-password"
    yield "POST", login, {"identity": payload, "password": payload}
    yield "POST", login, {"identity": conftest.ADDRESS, "password": payload, "identityField": payload}
    yield "POST", "/api/collections/members/auth-with-otp", {"otpId": payload, "password": payload}
    yield "POST", "/api/collections/members/confirm-verification", {"token": forged(payload)}
    yield "POST", "/api/realtime", {"clientId": payload, "subscriptions": [payload, f"posts/{payload}"]}


def forged(payload):
    """An unsigned token that carries the payload wherever the server looks records up."""
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'id': payload, 'collectionId': payload, 'type': 'auth', 'exp': 1 << 33})}.x"


def admin_places(payload):
    """(method, path, body): the places that only superusers reach. What these create is removed again."""
    p, base = quote(payload, safe=""), {"name": "injected", "type": "base", "fields": []}
    new = lambda **changes: ("POST", "/api/collections", {**base, **changes})
    field = lambda **changes: new(fields=[{"name": "f", "type": "text", **changes}])
    yield new(name=payload)
    yield new(name="x" + payload)
    yield new(id=payload)
    yield new(type=payload)
    yield field(name=payload)
    yield field(id=payload)
    yield field(type=payload)
    yield field(pattern=payload, autogeneratePattern=payload, help=payload)
    yield field(type="select", values=[payload], maxSelect=1)
    yield field(type="relation", collectionId=payload)
    yield field(type="date", min=payload, max=payload)
    for rule in ("listRule", "createRule"):
        yield new(**{rule: payload})
        yield new(**{rule: f"id = '{payload}'"})
    yield new(type="auth", passwordAuth={"enabled": True, "identityFields": [payload]}, authRule=payload)
    yield new(type="auth", oauth2={"mappedFields": {"name": payload}})
    yield "PUT", "/api/collections/import", {"collections": [{**base, "name": payload, "indexes": [payload]}]}
    for path in (f"collections/{p}", f"collections?filter={p}", f"collections?sort={p}", f"collections?filter=name={p}", f"logs?filter={p}", f"logs?sort={p}", f"logs?filter=data.{p}=1",
                 f"logs?filter=message='{p}'", f"logs/stats?filter={p}", f"logs/{p}", f"collections/posts/records?filter=secret={p}", f"collections/posts/records?sort=-{p}",
                 f"collections/posts/records?filter=@collection.{p}.id=1", f"collections/posts/records?filter=@request.auth.{p}=1", f"collections/posts/records?filter=@collection.vault:{p}.id=1"):
        yield "GET", f"/api/{path}", None
    for method, path in (("DELETE", f"collections/{p}"), ("DELETE", f"collections/{p}/truncate"), ("POST", f"crons/{p}"), ("DELETE", f"backups/{p}"), ("POST", f"collections/members/impersonate/{p}")):
        yield method, f"/api/{path}", None
    yield "PATCH", "/api/collections/injected", {"name": payload}


INDEXES = [
    "{}", "CREATE INDEX {} ON injected (id)", "CREATE INDEX `{}` ON injected (id)", "CREATE INDEX i ON {} (id)", "CREATE INDEX i ON `{}` (id)",
    "CREATE INDEX i ON injected (id COLLATE {})", "CREATE INDEX {}.i ON injected (id)", "CREATE UNIQUE INDEX IF NOT EXISTS {} ON injected (id)",
]
OPEN_ENDED_INDEXES = ["CREATE INDEX i ON injected ({})", "CREATE INDEX i ON injected (`{}`)", "CREATE INDEX i ON injected (id) WHERE {}", "CREATE INDEX i ON injected (id) {}", "CREATE INDEX i ON injected (id); {}"]

VIEW_QUERIES = [
    "{}", "SELECT {}", "SELECT id, {} FROM posts", "SELECT id FROM {}", "SELECT id FROM posts WHERE {}", "SELECT id FROM posts WHERE title = `{}`", "SELECT id AS `{}` FROM posts", "SELECT id FROM posts ORDER BY {}",
    "SELECT id FROM posts {}", "SELECT id FROM posts); {} --", "SELECT id FROM posts) x; {} --", "SELECT (1) AS id; {}", "WITH a AS ({}) SELECT id FROM a",
]
QUOTED_VIEW_QUERIES = ["SELECT id FROM posts WHERE title = '{}'", "SELECT id FROM posts WHERE title = \"{}\""]
STATEMENTS = [
    "DROP TABLE posts", "DELETE FROM vault", "DELETE FROM vault RETURNING id", "UPDATE members SET verified = 1", "INSERT INTO vault(word) VALUES('x')", "PRAGMA writable_schema=ON", "PRAGMA query_only=OFF",
    f"ATTACH DATABASE '{STRAY}' AS x", "DETACH DATABASE main", f"VACUUM INTO '{STRAY}'", "CREATE TABLE owned_by_me(a)", "DROP VIEW x; DROP TABLE posts", "BEGIN EXCLUSIVE", "COMMIT; DROP TABLE posts",
    "ALTER TABLE posts RENAME TO gone", "REINDEX", "SELECT load_extension('/nowhere/x') AS id", f"SELECT writefile('{STRAY}', 'x') AS id", "EXPLAIN SELECT 1", "VALUES(1)", "SELECT 1 AS id --", "SELECT 1 AS id /*",
]


class Watch:
    """What must stay as it is, and what must not be told."""

    def __init__(self, server):
        self.server = server
        self.baseline = self.snapshot()
        assert {"posts", "members", "vault", "owned"} <= self.baseline[0].keys(), "an earlier test has lost a table"
        with self.database() as db:
            secrets = [row for table in ("members", "_superusers") for row in db.execute(f"SELECT password, tokenKey FROM {table}")]
            tokens = [json.loads(row[0]).get("authToken", {}).get("secret") for row in db.execute("SELECT options FROM _collections")]
        texts = [conftest.HIDDEN, conftest.VAULT, conftest.OWNED, conftest.ADDRESS, *sum(secrets, ()), *filter(None, tokens)]
        self.hidden = [text.encode() for text in texts]
        assert len(self.hidden) >= 10 and all(len(text) > 12 for text in self.hidden)

    def database(self):
        return contextlib.closing(sqlite3.connect(f"file:{self.server.data / 'data.db'}?mode=ro", uri=True, timeout=10))

    def snapshot(self):
        """Definition and rows of every table but inbox, which takes what guests write."""
        with self.database() as db:
            tables = db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT IN ('inbox', '_migrations') AND type = 'table'").fetchall()
            verified = db.execute("SELECT sum(verified) FROM members").fetchone()
            return {name: (sql, *db.execute(f'SELECT count(*) FROM "{name}"').fetchone()) for name, sql in tables}, verified

    def unharmed(self, cause):
        (tables, verified), (old_tables, old_verified) = self.snapshot(), self.baseline
        changed = {name: (old_tables.get(name), tables.get(name)) for name in tables.keys() | old_tables if tables.get(name) != old_tables.get(name)}
        assert not changed and verified == old_verified, f"{cause} changed {changed}"

    def send(self, client, method, path, body):
        answer = client.call(method, path, body)
        assert answer.status < 500 or path.startswith("/api/backups"), (method, path, body, answer)
        if answer.status >= 400:
            answer.problem()
        if client.token is None:  # A problem may repeat what was sent, so an address that we sent ourselves does not count.
            told = [text for text in self.hidden if text in answer.body and text.decode() not in json.dumps(body)]
            assert not told, f"{method} {path} {body} tells {told}: {answer}"
        return answer


@pytest.fixture
def watch(server):
    return Watch(server)


def test_guest(server, watch):
    guest, count = Client(server.port), 0
    for payload in PAYLOADS:
        for method, path, body in text_places(payload):
            watch.send(guest, method, path, body)
            count += 1
        guest.call("GET", "/api/health", headers={"Authorization": quote(payload)})
        watch.send(Client(server.port, forged(payload)), "GET", "/api/collections/vault/records", None).problem(403)
        watch.unharmed(payload)
    print(count, "requests")
    assert len(watch.hidden) and server.guest("GET", "/api/collections/inbox/records").status == 200


def test_rows_behind_a_rule_stay_there(server, watch):
    guest = Client(server.port)
    for payload in PAYLOADS[:10]:  # Few, since the reference delays such empty answers on purpose.
        answer = watch.send(guest, "GET", f"/api/collections/owned/records?perPage=100&filter={quote(payload)}", None)
        assert answer.status in (400, 403) or answer.json()["totalItems"] == 0


@pytest.mark.parametrize("text", CURIOUS)
def test_filters_and_sorts_are_no_oracle(server, watch, text):
    guest = Client(server.port)
    for collection in ("posts", "members"):
        answer = watch.send(guest, "GET", f"/api/collections/{collection}/records?filter={quote(text)}", None)
        assert answer.status in (400, 403) or answer.json()["totalItems"] == 0, answer
        answer = watch.send(guest, "GET", f"/api/collections/{collection}/records?sort={quote(text.split(' ')[0])}", None)
        assert answer.status in (400, 403) or text[:5] in ("title", "autho"), answer


def test_superuser(server, watch):
    admin = Client(server.port, server.token)
    for payload in PAYLOADS:
        for method, path, body in admin_places(payload):
            answer = watch.send(admin, method, path, body)
            if method == "POST" and path == "/api/collections" and answer.status == 200:
                assert admin.call("DELETE", f"/api/collections/{answer.json()['id']}").status == 204, body
            elif method == "PUT" and answer.status == 204:
                pytest.fail(f"imported: {body}")
        watch.unharmed(payload)


def create_indexes(server, watch, templates):
    admin = Client(server.port, server.token)
    for payload in [*STATEMENTS, *PAYLOADS]:
        for template in templates:
            body = {"name": "injected", "type": "base", "fields": [], "indexes": [template.replace("{}", payload)]}
            if watch.send(admin, "POST", "/api/collections", body).status == 200:
                assert admin.call("DELETE", "/api/collections/injected").status == 204, body
        watch.unharmed(payload)


def test_indexes(server, watch):
    create_indexes(server, watch, INDEXES)


@pytest.mark.martlet("a second statement in the columns or the WHERE of an index is executed: `CREATE INDEX i ON x (id) WHERE 1; DROP TABLE posts`")
def test_indexes_with_an_open_end(server, watch):
    create_indexes(server, watch, OPEN_ENDED_INDEXES)


def create_views(server, watch, templates):
    admin = Client(server.port, server.token)
    for payload in [*STATEMENTS, *PAYLOADS]:
        for query in (template.replace("{}", payload) for template in templates):
            watch.send(admin, "POST", "/api/collections/meta/dry-run-view", {"query": query})
            answer = watch.send(admin, "POST", "/api/collections", {"name": "seen", "type": "view", "viewQuery": query})
            if answer.status == 200:
                watch.send(admin, "GET", "/api/collections/seen/records", None)
                assert admin.call("DELETE", "/api/collections/seen").status == 204, query
        watch.unharmed(payload)


def test_view_queries(server, watch):
    create_views(server, watch, VIEW_QUERIES)


@pytest.mark.martlet("behind an unbalanced quote a second statement is executed, even in a dry run: `… WHERE title = 'x'); DROP TABLE members; --'`")
def test_view_queries_with_quotes(server, watch):
    create_views(server, watch, QUOTED_VIEW_QUERIES)


def test_nothing_was_written_elsewhere_and_the_file_is_sound(server, watch):
    assert not STRAY.exists()
    with watch.database() as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master")]
    assert not [name for name in names if "injected" in name or "owned_by_me" in name]
