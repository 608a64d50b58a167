"""Values that once ended the process, stalled it, or were stored as something else."""

import pathlib
import threading
import time
import unicodedata

import pytest

from conftest import OPEN, collection, record
from servers import Client, Server

INBOX = "/api/collections/inbox/records"
DATES = ["0000-01-01 00:00:00+23:00", "9999-12-31 23:59:59-23:00", "0000-00-00", "9999-12-31 23:59:59.999Z"]
RANGES = ["bytes=0-9223372036854775807", "bytes=9223372036854775807-", "bytes=-9223372036854775808", "bytes=-0",
          "bytes=5-4", "bytes=0-0,2-2", "bytes=99999999999999999999-", "bytes=--1"]
MULTIPART = [b"--B\r\n--B--", b"--B\r\n--B--\r\n", b"--B", b"--B--", b"--B\r\n\r\n--B--", b"--B\r\n\r\n\r\n--B--", b"--B\r\n\r",
             b"--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n--B--"]
LASTING = ["PRAGMA query_only = 0", "BEGIN", "SAVEPOINT a", "PRAGMA case_sensitive_like = 1", "PRAGMA hard_heap_limit = 200000",
           "CREATE TEMP TABLE posts (id TEXT, title TEXT)", "CREATE TEMPORARY VIEW posts AS SELECT 1 id",
           "ATTACH 'other.db' AS other", "PRAGMA locking_mode = EXCLUSIVE"]


@pytest.mark.parametrize("date", DATES)
def test_dates_at_the_ends_of_the_calendar(server, date):
    answer = server.call("POST", INBOX, {"day": date}).ordinary()
    if answer.status == 200:
        assert answer.json()["day"] in ("", date)


@pytest.mark.parametrize("asked", RANGES)
def test_ranges_beyond_every_file(server, asked):
    (server.folder / "public" / "file.txt").write_text("0123456789")
    answer = server.call("GET", "/file.txt", headers={"Range": asked}, token=None)
    assert answer.status in (200, 206, 416), answer
    if answer.status == 206 and answer.headers["content-type"].startswith("multipart/byteranges"):
        assert answer.body.count(b"Content-Range: bytes ") == asked.count(",") + 1
    elif answer.status == 206:
        assert answer.body in b"0123456789"


@pytest.mark.parametrize("body", MULTIPART)
def test_multipart_without_a_part(server, body):
    server.call("POST", INBOX, body, headers={"Content-Type": "multipart/form-data; boundary=B"}).ordinary()


def test_a_cascade_as_deep_as_there_are_records():
    with Server() as server:
        made = collection(server, "comments", [{"name": "n", "type": "number"}], **OPEN)
        fields = made["fields"] + [{"name": "parent", "type": "relation", "collectionId": made["id"], "cascadeDelete": True}]
        server.must("PATCH", "/api/collections/comments", {"fields": fields})
        chain = ("INSERT INTO comments (id, n, parent) WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) "
                 "SELECT printf('c%014d', i), i, CASE i WHEN 0 THEN '' ELSE printf('c%014d', i - 1) END FROM c")
        server.must("POST", "/api/sql", {"query": chain})
        server.must("POST", "/api/sql", {"query": "CREATE INDEX comments_parent ON comments (parent)"})
        assert server.call("DELETE", "/api/collections/comments/records/c00000000000000").status == 204
        assert server.must("GET", "/api/collections/comments/records")["totalItems"] == 0


def test_many_values_cost_little(server):
    values = [f"v{i:014d}" for i in range(300_000)]
    started = time.monotonic()
    server.call("POST", INBOX, {"tags": values}).problem()
    server.call("POST", INBOX, {"author": values}).problem()
    assert time.monotonic() - started < 20


def test_normal_forms_of_text_are_kept_apart(server):
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    made = record(server, "inbox", title=composed)
    changed = server.must("PATCH", f"{INBOX}/{made['id']}", {"title": decomposed})
    assert changed["title"] == decomposed == server.must("GET", f"{INBOX}/{made['id']}")["title"]
    for text, found in ((composed, 0), (decomposed, 1)):
        got = server.call("GET", INBOX, query={"filter": f"title = '{text}'"}).json()
        assert got["totalItems"] == found, text


def test_expands_back_and_forth_are_bounded():
    with Server() as server:
        authors = collection(server, "authors", [{"name": "name", "type": "text"}], **OPEN)
        collection(server, "books", [{"name": "about", "type": "text"},
                                     {"name": "author", "type": "relation", "collectionId": authors["id"]}], **OPEN)
        who = record(server, "authors", name="a")["id"]
        rows = f"INSERT INTO books (about, author) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 900) SELECT 'x', '{who}' FROM c"
        server.must("POST", "/api/sql", {"query": rows})
        deep = ".".join(["books_via_author.author"] * 3)
        before = server.memory()
        server.call("GET", f"/api/collections/authors/records/{who}", query={"expand": deep}).problem()
        assert server.memory() - before < 400
        server.assert_healthy()


@pytest.mark.parametrize("statement", LASTING)
@pytest.mark.martlet("the console's statements stay on a connection of the pool")
def test_console_statements_leave_nothing_behind(server, statement):
    server.call("POST", "/api/sql", {"query": statement})
    server.must("GET", "/api/collections/posts/records")
    made = record(server, "inbox", title="after")
    assert server.must("GET", f"{INBOX}/{made['id']}")["title"] == "after"
    for _ in range(20):
        assert server.call("GET", f"{INBOX}/{made['id']}").status == 200
    assert server.call("GET", INBOX, query={"filter": "title ~ 'AFTER'"}).json()["totalItems"] > 0
    written = server.call("POST", "/api/sql", {"query": "WITH x AS (SELECT 1) DELETE FROM inbox WHERE 0"})
    assert written.status == 400
    assert not pathlib.Path("other.db").exists()


def test_slow_reads_do_not_stop_the_others():
    with Server("--queryTimeout", "3") as server:
        users = collection(server, "people", [{"name": "n", "type": "text"}], **OPEN)
        collection(server, "big", [{"name": "t", "type": "text"},
                                   {"name": "r", "type": "relation", "collectionId": users["id"]}], **OPEN)
        who = record(server, "people", n="a")["id"]
        server.must("POST", "/api/sql", {"query": "INSERT INTO big (t, r) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                                  f"FROM c WHERE i < 20000) SELECT printf('A%05d', i), '{who}' FROM c"})
        slow = "r.big_via_r.r.big_via_r.t ?= r.big_via_r.t && r.big_via_r.t != 'x' && r.big_via_r.r.big_via_r.t !~ 'q'"
        listing = "/api/collections/big/records"
        answers = []

        def ask():
            answers.append(Client(server.port).call("GET", listing, query={"filter": slow, "perPage": 1}))

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(12)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        started = time.monotonic()
        scan = server.call("GET", listing, query={"filter": "t ~ 'A' && t !~ '00000'", "perPage": 1})
        took = time.monotonic() - started
        for thread in threads:
            thread.join(30)
        assert scan.status == 200
        assert took < 2.5, f"the scan waited {took:.1f} s for the slow queries"
        assert len(answers) == 12
