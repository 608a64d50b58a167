"""Activity logs, crons, the SQL console."""
import time

import pytest

from cases import C, q, values

SQL = "/api/sql"
QUERIES = [
    None, "", " ", 5, "SELECT 1", "SELECT 1 as a, 'x' as b, null as c, 1.5 as d, x'6162' as e",
        "select id, title from posts order by id limit 2", "SELECT nope", "SELEC 1", "SELECT 1; SELECT 2", "SELECT 1;",
        "SELECT * FROM nope", "SELECT count(*) FROM posts", "SELECT n, flag, labels, js, geo FROM posts ORDER BY id",
        "SELECT typeof(n), typeof(flag), typeof(js), typeof(labels) FROM posts ORDER BY id",
    "CREATE TABLE sqlt (a INTEGER, b TEXT NOT NULL DEFAULT 'x', c)", "CREATE TABLE sqlt (a)",
    "INSERT INTO sqlt (a) VALUES (1), (2), (3)", "insert into sqlt (a) values (4) returning a",
    "UPDATE sqlt SET b = 'y' WHERE a > 1", "update sqlt set nope = 1", "  UPDATE sqlt SET b = 'z'",
    "SELECT * FROM sqlt ORDER BY a", "SELECT a, b, c, a + 1, count(*) FROM sqlt GROUP BY a", "DELETE FROM sqlt WHERE a = 1",
    "REPLACE INTO sqlt (a) VALUES (9)",
    "ALTER TABLE sqlt ADD COLUMN d BOOLEAN DEFAULT FALSE", "SELECT * FROM sqlt ORDER BY a", "-- c\nSELECT 1 as one",
    "/* c */ SELECT 1 as one", "WITH x AS (SELECT 5 as v) SELECT v FROM x", "EXPLAIN QUERY PLAN SELECT 1",
    "VALUES (1, 2), (3, 4)", "SELECT 1 as a WHERE 0", "DROP TABLE sqlt", "DROP TABLE sqlt", "SELECT " + "1," * 2499 + "1",
    "SELECT '" + "x" * 5000 + "'", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 1500) SELECT x FROM c",
    "SELECT 9223372036854775807, 1e300, -0.0, 1e21, 0.1, 100000000000000000000.0, 1e-7, true", "SELECT 'ä', '\"', char(0), ''",
    "SELECT id as id, id as id FROM tags ORDER BY id LIMIT 1", "SELECT cast(1 as bool), cast('2024-01-01' as date)",
    "CREATE VIEW sqlv AS SELECT id FROM posts", "DROP VIEW sqlv", "INSERT INTO posts (id) VALUES ('post00000000001')",
    "SELECT name, type FROM pragma_table_info('posts') ORDER BY cid", "DETACH x",
]


def test_sql_console(pair):
    """In order: later statements build on earlier ones."""
    problems = []
    for query in QUERIES:
        out = pair.differences("POST", SQL, {"query": query})
        if out:
            problems.append(pair.report("POST", SQL, {"query": query}, "su", None, None, out))
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("raw", values("", "{}", "{", "[]", '{"Query":"SELECT 1"}', '{"query":"SELECT 1","x":1}'))
def test_sql_body(pair, raw):
    pair.same("POST", SQL, raw=raw, headers={"Content-Type": "application/json"})


def test_crons(pair):
    pair.same("GET", "/api/crons?fields=id,expression")
    for name in ("nope", "__pbDBOptimize__", "__pbMFACleanup__", "__pbOTPCleanup__", "__pbLogsCleanup__", "__PBMFACLEANUP__",
        "x%2Fy"):
        for caller in ("su", "user1", None):
            pair.same("POST", f"/api/crons/{name}", auth=caller)
    pair.same("PATCH", "/api/settings", {"backups": {"cron": "0 3 * * *"}})
    pair.same("GET", "/api/crons")
    pair.same("PATCH", "/api/settings", {"backups": {"cron": ""}})
    pair.same("GET", "/api/crons")


@pytest.fixture(scope="module")
def logged(pair):
    """A few marked requests, then the 3 s the log writer waits for quiet."""
    pair.send("PATCH", "/api/settings", {"logs": {"logAuthId": True}})
    for method, path, auth in (("GET", "/api/health?mark=1", "su"), ("GET", "/api/collections/posts/records/nope?mark=1", None),
        ("POST", "/api/nope?mark=1", "user1"), ("GET", "/api/collections/vault/records?mark=1", "user2"), ("GET",
        "/api/health?mark=%C3%A4%20b", None), ("GET", "/hello.txt?mark=1", None), ("GET", "/missing.txt?mark=1", None),
        ("OPTIONS", "/api/health?mark=1", None),
                               ("GET", "/api/logs?mark=1", "su"), ("GET", "/api/logs/nope?mark=1", "su"), ("POST",
                               "/api/collections/tags/records?mark=1", None)):
        pair.send(method, path, auth=auth, headers={"User-Agent": "marker/1.0", "Referer": "http://ref.example/x"})
        time.sleep(0.02)  # the reference's rows of requests that follow at once may be in either order
    pair.send("GET", "/api/health?mark=" + "x" * 4000, headers={"User-Agent": "marker/1.0 " + "y" * 2500})
    pair.send("PATCH", "/api/settings", {"logs": {"logAuthId": False}})
    time.sleep(4)
    return "data.userAgent ~ 'marker/1.0'"


FILTERS = ["", " && data.status >= 400", " && level > 0", " && data.status < 300", " && data.auth = 'members'",
    " && data.auth = ''", " && data.method = 'POST'", " && message ~ 'health'", " && data.nope = null", " && data.nope != null",
    " && data.error != null", " && data.authId = 'member000000001'", " && created > '2024'", " && id != ''", " && nope = 1",
    " && data.url ~ 'mark=1'", " && data.details = null",
           " && @now > created", " && data.userIP = '127.0.0.1'", " && data.execTime > 0", " && data.type = 'request'",
           " && level = '8'", " && @request.method = 'GET'", " && data = ''", " && rowid > 0",
           " && (data.status = 404 || data.status = 403)", " && data.referer:lower ~ 'ref'", " && message:length > 1"]


@pytest.mark.parametrize("extra", values(*FILTERS))
def test_log_filter(pair, logged, extra):
    pair.same("GET", q("/api/logs", filter=logged + extra, sort="data.url,data.status", perPage=50))


@pytest.mark.parametrize("params", values({"sort": "-@rowid"}, {"sort": "@rowid", "perPage": 2, "page": 2}, {"sort": "@rowid",
    "skipTotal": 1}, {"sort": "nope"}, {"sort": "level,data.status,@rowid"}, {"sort": "@rowid",
    "fields": "message,level,data.status"}, {"sort": "@rowid", "fields": "data.url:excerpt(10)"}, {"page": "x"},
    {"sort": "message,@rowid"}, {"sort": "-data.status,-@rowid"}, {"sort": "created.x"}))
def test_log_list(pair, logged, params):
    pair.same("GET", q("/api/logs", filter=logged, **params))


def test_log_row_and_stats(pair, logged):
    pair.same("GET", q("/api/logs", filter=logged, sort="@rowid", perPage=1))
    pair.keep("log", lambda j: j["items"][0]["id"])
    pair.same("GET", "/api/logs/$log$", expect=200)
    pair.same("GET", "/api/logs/nope")
    for text in (logged, logged + " && level = 8", "nope = 1", "x", ""):
        answer = pair.differences("GET", q("/api/logs/stats", filter=text), ignore=("date", "total") if not text else ("date",))
        assert not answer, answer


def test_stats_fields(pair, logged):
    pair.same("GET", q("/api/logs/stats", filter=logged, fields="total"))


def test_collections_keep_working_after_sql(pair):
    pair.same("GET", f"{C}/posts/records?sort=id&fields=id")
