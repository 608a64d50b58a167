"""Backups: create, list, upload, download, delete, automatic ones, the zip, and restoring. On servers of their own."""
import calendar
import http.client
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import stat
import time
import zipfile
from urllib.parse import quote

import pytest

from cases import C, field, records, text, values
from compare import Pair
from files import FILES, MULTI, body as multipart, download, file, keep_files, md5, payload, same_disk, upload, word
from fixture_records import AUTH, rid
from fixtures import CHEAP_PASSWORD
from servers import MARTLET_BIN, REFERENCE_BIN, SU_EMAIL, SU_PASS, Server
from streams import Stream, until

B = "/api/backups"
JSON, FORM = {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
WAIT = 20       # seconds


@pytest.fixture(scope="module")
def pair():
    with Server(REFERENCE_BIN, "backup_ref") as one, Server(MARTLET_BIN, "backup_mart") as two:
        p = Pair(one, two)
        p.sign_in("su", "_superusers", SU_EMAIL, SU_PASS)
        p.same("POST", C, {"id": "pbc_docs", "name": "docs", "type": "base", **OPEN, "fields": [text("t"), field("file", "f")]}, expect=200)
        p.same("POST", C, {"id": "pbc_people", "name": "people", "type": "auth", **OPEN, "fields": [CHEAP_PASSWORD]}, ignore=("indexes",))
        p.same("POST", records("people"), {"id": rid("people", 1), "email": "a@people.com", **AUTH}, expect=200)
        p.sign_in("user", "people", "a@people.com", AUTH["password"])
        upload(p, "docs", word("id", rid("doc", 1)), word("t", "old"), file("f", "hello.txt", "hello"), expect=200)
        keep_files(p, "f", name="old")
        for name in ("su", "user"):
            p.same("POST", "/api/files/token", auth=name, expect=200)
            p.keep(f"file_{name}", lambda answer: answer["token"])
        yield p


@pytest.fixture
def clean(pair):
    yield
    for side in (pair.ref, pair.mart):
        for key in keys(side):
            call(side, "DELETE", f"{B}/{quote(key, safe='')}")
        call(side, "PATCH", "/api/settings", {"backups": {"cron": ""}, "meta": {"appName": "Acme"}})


def call(side, method, path, body=None):
    headers = [("Authorization", side.tokens["su"]), *JSON.items()]
    return side.request(method, path, headers, json.dumps(body).encode() if body is not None else None)


def keys(side):
    return [item["key"] for item in call(side, "GET", B).json]


def make(pair, name, expect=204):
    pair.same("POST", B, {"name": name}, expect=expect)


def listed(pair):
    """Both lists, without sizes (the data bases differ) and the digits of automatic names."""
    pair.same("GET", B, expect=200, ignore=("key", "size"))
    lists = [[re.sub(r"\d{14}", "TIME", item["key"]) for item in answer.json] for answer in pair.last]
    assert lists[0] == lists[1] and all(sorted(item) == ["key", "modified", "size"] for answer in pair.last for item in answer.json)
    return lists[0]


def up(pair, name, data, **rest):
    pair.same("POST", f"{B}/upload", raw=multipart(file("file", name, data)), headers=MULTI, **rest)


def zipped(*entries, base=None):
    """A zip of (name, content) pairs, after the entries of another zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        if base:
            with zipfile.ZipFile(io.BytesIO(base)) as old:
                for info in old.infolist():
                    z.writestr(info, old.read(info))
        for name, content in entries:
            z.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


ZIP = zipped(("x.txt", "hello"))


# ---- who, and with what
@pytest.mark.parametrize("auth", [None, "user", "garbage"])
def test_needs_a_superuser(pair, auth):
    for method, path in (("GET", B), ("POST", B), ("POST", f"{B}/upload"), ("DELETE", f"{B}/x.zip"), ("POST", f"{B}/x.zip/restore"),
            ("GET", f"{B}/x.zip"), ("HEAD", B), ("HEAD", f"{B}/x.zip"), ("POST", f"{B}/x.zip"), ("PATCH", f"{B}/x.zip"), ("GET", f"{B}/"),
            ("DELETE", B), ("GET", f"{B}/x.zip/restore"), ("GET", f"{B}/upload")):
        pair.same(method, path, auth=auth)


@pytest.mark.parametrize("name", values("one.zip", "ONE.zip", "a b.zip", "a", ".zip", "a.tar", "../a.zip", "@auto_x.zip", "a.b.zip", "a.ZIP",
    "x" * 146 + ".zip", "x" * 147 + ".zip", "é.zip", "_" + "é" * 80 + ".zip", " one.zip", "one.zip ", "a\n.zip", "-.zip", "_.zip", "0.zip", "a/b.zip",
    "one.zip\n", 5, ["a.zip"], {"a": 1}, True))
def test_names(pair, clean, name):
    pair.same("POST", B, {"name": name})
    pair.same("POST", B, {"name": name})
    listed(pair)


@pytest.mark.parametrize("headers,raw", [(JSON, '{"NAME":"two.zip"}'), (JSON, "{"), (JSON, "[]"), (JSON, '"x.zip"'), (FORM, "name=three.zip"), (FORM,
    "name=Three.zip"), (FORM, "Name=three.zip"), ({"Content-Type": "text/plain"}, "name=four.zip"), ({}, '{"name":"five.zip"}'), (MULTI,
    multipart(word("name", "six.zip"))), (MULTI, multipart(payload({"name": "seven.zip"}))), (JSON, '{"name":"a.zip","name":"b.zip"}')])
def test_create_bodies(pair, clean, headers, raw):
    pair.same("POST", B, headers=headers, raw=raw)
    listed(pair)


APPS = ["Acme", "My App ÄÖ 1.0!", "x" * 60, "日本", "camelCaseNAME", "a__b--c", "  ", "a/b", "9lives"]


@pytest.mark.parametrize("app", values(*APPS))
def test_automatic_names(pair, clean, app):
    pair.same("PATCH", "/api/settings", {"meta": {"appName": app}})
    pair.same("POST", B, raw=(None, '{"name":""}', "null", '{"name":null}', "{}", "", "{}", "{}", "{}")[APPS.index(app)], headers=JSON, expect=204)
    name, = listed(pair)
    assert re.fullmatch(r"pb_backup_[a-z0-9_]*TIME\.zip", name), name
    for side in (pair.ref, pair.mart):
        assert abs(calendar.timegm(time.strptime(re.search(r"\d{14}", keys(side)[0])[0], "%Y%m%d%H%M%S")) - time.time()) < 60


# ---- list, download, delete
def test_list(pair, clean):
    assert listed(pair) == []
    for name in ("b-2.zip", "a.zip", "_.zip", "b10.zip", "0.zip"):
        make(pair, name)
    assert listed(pair) == ["0.zip", "_.zip", "a.zip", "b-2.zip", "b10.zip"]
    for query in ("?fields=key", "?fields=key,modified:excerpt(3)", "?page=1&perPage=1&sort=-key&fields=key", "?fields=nope"):
        pair.same("GET", B + query, expect=200)
    for side in (pair.ref, pair.mart):
        folder = os.path.join(side.server.data, "backups")
        for item in call(side, "GET", B).json:
            with open(os.path.join(folder, item["key"]), "rb") as f, open(os.path.join(folder, item["key"] + ".attrs")) as g:
                data, attrs = f.read(), json.load(g)
            assert item["size"] == len(data) and attrs["md5"] == md5(data) and attrs["user.content_type"] == "application/zip"
            assert attrs["user.metadata"] == {"original-filename": item["key"]}


@pytest.mark.parametrize("query", ["", "?token=", "?token=$file_user$", "?token=$file_su$x", "?token=x", "?TOKEN=$file_su$", "?token=$su$"])
def test_download_tokens(pair, clean, query):
    up(pair, "one.zip", ZIP, expect=204)
    for side in (pair.ref, pair.mart):
        side.kept["su"] = side.tokens["su"]
    for auth in ("su", None, "user"):
        for key in ("one.zip", "nope.zip"):
            pair.same("GET", f"{B}/{key}{query}", auth=auth)


T = "?token=$file_su$"


def test_download(pair, clean):
    up(pair, "one.zip", ZIP, expect=204)
    up(pair, 'Ü \\"x.zip', ZIP, expect=204)
    for query in ("", "&download=0", "&download=1", "&thumb=100x100", "&fields=key"):
        for method in ("GET", "HEAD"):
            download(pair, f"{B}/one.zip{T}{query}", method=method, expect=200)
    download(pair, f"{B}/%C3%9C%20%22x.zip{T}")
    for header in ("bytes=0-9", "bytes=-5", "bytes=5-", "bytes=500-", "bytes=9-3", "nonsense"):
        download(pair, f"{B}/one.zip{T}", headers={"Range": header})
    # (one.zip.attrs and names that are too long: 400 there)
    for key in ("nope.zip", "ONE.zip", "..%2Fdata.db", "..%2f..%2fetc%2fpasswd", "one.zip%00", "sub%2Fx.zip", "%20", "one.zip%20"):
        pair.same("GET", f"{B}/{key}{T}")


def test_delete(pair, clean):
    """The file system's own words after "Raw error" are not compared."""
    make(pair, "one.zip")
    for key in ("one.zip", "one.zip", "nope.zip", "..%2Fdata.db", "x%2Fy.zip", "%20", "one.zip.attrs"):
        answers = pair.send("DELETE", f"{B}/{key}")
        a, b = ((answer.status, answer.body and {**answer.json, "message": answer.json["message"].split("\n")[0]}) for answer in answers)
        assert a == b, key
    for side in (pair.ref, pair.mart):
        assert os.listdir(os.path.join(side.server.data, "backups")) == [] and os.path.exists(os.path.join(side.server.data, "data.db"))


# ---- upload
OFFICE, JAR = zipped(("word/document.xml", "<x/>")), zipped(("META-INF/MANIFEST.MF", "x"))


@pytest.mark.parametrize("name,data", [("up.zip", ZIP), ("UP ä b.ZIP", ZIP), ("up.txt", ZIP), ("noext", ZIP), (".zip", ZIP), ("../../esc.zip", ZIP),
    ("@auto_pb_backup_x.zip", ZIP), ("x" * 200 + ".zip", ZIP), ("a\\b.zip", ZIP), ("..", ZIP), (".", ZIP), ("a.zip.attrs", ZIP), ("up.zip", "hello"),
    ("up.txt", "hello"), ("up.zip", ""), ("up.zip", b"PK\3\4"), ("up.zip", b"PK\5\6" + b"\0" * 18), ("up.zip", ZIP[:40]), ("up.zip",
    OFFICE), ("up.zip", JAR), ("up.zip", b"\x1f\x8b\x08" + b"\0" * 20), ("up.zip", b" " + ZIP)],
    ids=lambda x: (x if isinstance(x, str) else f"{len(x)}_bytes")[:20] or "empty")
def test_upload(pair, clean, name, data):
    for _ in range(2):
        up(pair, name, data)
        listed(pair)
    for key in keys(pair.ref):
        download(pair, f"{B}/{quote(key, safe='')}{T}", expect=200)


def test_upload_bodies(pair, clean):
    parts = multipart(file("file", "cut.zip", ZIP))
    for raw, headers in ((None, {}), ('{"file":"x"}', JSON), (ZIP, {"Content-Type": "application/zip"}), ("file=x", FORM), (multipart(), MULTI),
            (multipart(word("file", "x")), MULTI), (parts[:-10], MULTI), (multipart(file("File", "a.zip", ZIP)), MULTI),
            (multipart(file("file", "b1.zip", ZIP), file("file", "b2.zip", ZIP)), MULTI), (multipart(file("x", "c.zip", ZIP), file("file",
            "d.zip", ZIP), word("name", "e.zip")), MULTI), (multipart(payload({"file": "x"})), MULTI)):
        pair.same("POST", f"{B}/upload", raw=raw, headers=headers)
        listed(pair)
    make(pair, "b1.zip", expect=400)
    make(pair, "b2.zip", expect=204)
    up(pair, "b2.zip", ZIP, expect=400)


# ---- the zip
OTHERS = {"sub/deep/x.txt": "deep", ".hidden": "h", "ä b.txt": "a", "empty.bin": "", "data.db.txt": "not", "big.bin": "0" * 300_000,
    "lost+found/x": "no", ".autocert_cache/x": "no", ".pb_temp_to_delete/x": "no", ".notify/x": "no", "sub/backups/x": "yes", "backups.txt": "yes",
    "sub/lost+found/x": "yes", "data.db-wal.txt": "yes"}


STAMP = 1700000002


def test_zip(pair, clean):
    for side in (pair.ref, pair.mart):
        for name, content in OTHERS.items():
            path = pathlib.Path(side.server.data, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            os.utime(path, (STAMP, STAMP))
        pathlib.Path(side.server.data, "emptydir").mkdir()
    make(pair, "z.zip")
    entries = []
    for side in (pair.ref, pair.mart):
        with zipfile.ZipFile(os.path.join(side.server.data, "backups", "z.zip")) as z:
            assert z.testzip() is None and z.comment == b""
            infos = z.infolist()
            names = [re.sub("_[a-z0-9]{10}(?=[.])", "_?", i.filename) for i in infos if i.filename != "types.d.ts"]
            assert names[:2] == ["data.db", "auxiliary.db"] and len(set(names)) == len(names)
            entries.append(sorted(names))
            for i in infos:
                assert i.compress_type == zipfile.ZIP_DEFLATED and not i.is_dir() and stat.S_ISREG(i.external_attr >> 16), i
                assert i.filename.isascii() or i.flag_bits & 0x800, i
                if i.filename in OTHERS:
                    assert z.read(i).decode() == OTHERS[i.filename] and i.date_time == time.gmtime(STAMP)[:6], i
            for name in ("data.db", "auxiliary.db"):
                path = z.extract(name, os.path.join(side.server.root, "unpacked"))
                with sqlite3.connect(path) as db:
                    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                    if name == "data.db":
                        assert db.execute("SELECT t FROM docs").fetchall() == [("old",)]
    assert entries[0] == entries[1]
    excluded = ("backups/", ".pb_temp_to_delete/", ".notify/", ".autocert_cache/", "lost+found/", "emptydir")
    assert not [n for n in entries[0] if n.startswith(excluded) or n.endswith(("-wal", "-shm"))]
    assert {"storage/pbc_docs/doc000000000001/hello_?.txt.attrs", "sub/deep/x.txt", "sub/backups/x"} < set(entries[0])


# ---- one at a time
def test_busy(pair, clean):
    up(pair, "other.zip", ZIP, expect=204)
    answers = []
    for side in (pair.ref, pair.mart):
        noise = pathlib.Path(side.server.data, "noise.bin")
        noise.write_bytes(os.urandom(40_000_000))
        connection = http.client.HTTPConnection("127.0.0.1", side.server.port, timeout=60)
        connection.request("POST", B, json.dumps({"name": "slow.zip"}), {**JSON, "Authorization": side.tokens["su"]})
        until(lambda: not call(side, "GET", "/api/health").json["data"]["canBackup"])
        got = [call(side, *step) for step in (("POST", B, {"name": "second.zip"}), ("POST", B, {"name": "Bad Name"}), ("POST", f"{B}/other.zip/restore"),
            ("POST", f"{B}/nope.zip/restore"), ("DELETE", f"{B}/slow.zip"), ("DELETE", f"{B}/other.zip"), ("GET", "/api/health"))]
        answers.append([(a.status, a.body and a.json) for a in got])
        done = connection.getresponse()
        done.read()
        assert done.status == 204 and call(side, "GET", "/api/health").json["data"]["canBackup"] is True
        noise.unlink()
    assert answers[0] == answers[1]
    assert listed(pair) == ["slow.zip"]


# ---- automatic ones
def test_cron(pair, clean):
    for key in ("@auto_pb_backup_zzz.zip", "@auto_pb_backup_old.zip", "@auto_other.zip", "@auto_pb_backup.zip", "pb_backup_manual.zip"):
        up(pair, key, ZIP, expect=204)
        time.sleep(0.02)        # the time of the file counts, not its name
    pair.same("POST", "/api/crons/__pbAutoBackup__", expect=404)
    pair.same("PATCH", "/api/settings", {"backups": {"cron": "0 0 1 1 *", "cronMaxKeep": 2}}, expect=200)
    for side in (pair.ref, pair.mart):
        assert {"id": "__pbAutoBackup__", "expression": "0 0 1 1 *"} in call(side, "GET", "/api/crons").json
    rest, new = ["@auto_other.zip", "@auto_pb_backup.zip"], "@auto_pb_backup_acme_TIME.zip"
    for auto in ([new, "@auto_pb_backup_old.zip"], [new, new]):
        pair.same("POST", "/api/crons/__pbAutoBackup__", expect=204)
        wanted = [*rest, *auto, "pb_backup_manual.zip"]
        until(lambda: all([re.sub(r"\d{14}", "TIME", key) for key in keys(side)] == wanted for side in (pair.ref, pair.mart)), WAIT)
        listed(pair)
        time.sleep(1.05)        # the next one needs another name
    pair.same("PATCH", "/api/settings", {"backups": {"cron": ""}}, expect=200)
    pair.same("POST", "/api/crons/__pbAutoBackup__", expect=404)


# ---- restoring
def restore(pair, keys_, back):
    """Restores a backup on each side: open streams end, and some time later back(side) is true."""
    pids = [side.server.process.pid for side in (pair.ref, pair.mart)]
    streams = [Stream(side.server) for side in (pair.ref, pair.mart)]
    for side, key in zip((pair.ref, pair.mart), keys_):
        shutil.rmtree(os.path.join(side.server.root, "pb_migrations"), ignore_errors=True)      # would run again
        answer = call(side, "POST", f"{B}/{key}/restore")
        assert (answer.status, answer.body) == (204, b"")
    for side, pid, stream in zip((pair.ref, pair.mart), pids, streams):
        assert stream.wait(lambda: stream.ended, WAIT), "the old process goes on"
        until(lambda: back(side), WAIT)
        assert side.server.process.pid == pid and side.server.process.poll() is None and side.server.restarts == 0
        left = os.path.join(side.server.data, ".pb_temp_to_delete")
        assert not os.path.exists(left) or os.listdir(left) == []


def state(side):
    """What a restored server has to answer."""
    out = {path: call(side, "GET", path).json for path in (f"{C}?sort=name&perPage=100", records("docs"), records("people"), "/api/settings")}
    for doc in out[records("docs")]["items"]:
        out[doc["f"]] = call(side, "GET", f"{FILES}/docs/{doc['id']}/{doc['f']}").body if doc["f"] else b""
    return out


def has(side, n, title):
    answer = call(side, "GET", records("docs", rid("doc", n)))
    return answer.status == 200 and answer.json["t"] == title


def test_refused_restores(pair, clean):
    """(Rubbish in place of the data base ends the reference for good. Absolute names it takes as relative ones.)"""
    for key in ("nope.zip", "..%2Fdata.db", "one.zip.attrs", "x%2Fy.zip", "%20", "."):
        pair.same("POST", f"{B}/{key}/restore")
    make(pair, "whole.zip")
    whole = pathlib.Path(pair.ref.server.data, "backups", "whole.zip").read_bytes()
    bad = {"nodb.zip": ZIP, "slip.zip": zipped(("../slipped.txt", "x"), base=whole), "deep.zip": zipped(("a/../../../slipped.txt", "x"),
        base=whole), "cut.zip": whole[:-200], "head.zip": b"PK\3\4", "indir.zip": zipped(("sub/data.db", "x"))}
    before = [state(side) for side in (pair.ref, pair.mart)]
    for key, data in bad.items():
        up(pair, key, data, expect=204)
        pair.same("POST", f"{B}/{key}/restore", expect=204)
        time.sleep(1.3)         # it starts after a second
        assert [state(side) for side in (pair.ref, pair.mart)] == before
    for side in (pair.ref, pair.mart):
        root = pathlib.Path(side.server.root)
        assert not any((folder / "slipped.txt").exists() for folder in (root, root.parent, root / "pb_data"))
        assert call(side, "GET", "/api/health").json["data"]["canBackup"] is True and side.server.restarts == 0


def test_restore(pair, clean):
    """Data, files, settings as they were; tokens and backups stay."""
    make(pair, "state.zip")
    before = [state(side) for side in (pair.ref, pair.mart)]
    pair.same("PATCH", records("docs", rid("doc", 1)), {"t": "new", "f": ""}, expect=200)
    upload(pair, "docs", word("id", rid("doc", 2)), file("f", "second.txt", "second"), expect=200)
    pair.same("DELETE", records("people", rid("people", 1)), expect=204)
    pair.same("PATCH", "/api/settings", {"meta": {"appName": "Changed"}}, expect=200)
    make(pair, "later.zip")
    restore(pair, ["state.zip"] * 2, lambda side: has(side, 1, "old"))
    assert [state(side) for side in (pair.ref, pair.mart)] == before
    assert listed(pair) == ["later.zip", "state.zip"]
    same_disk(pair, "pbc_docs", count=2)
    pair.same("POST", f"{C}/people/auth-refresh", auth="user", expect=200)
    pair.same("GET", "/api/health", expect=200)
    # and forward again, to the backup made in between
    restore(pair, ["later.zip"] * 2, lambda side: has(side, 2, ""))
    pair.same("GET", records("docs") + "?sort=id", expect=200)
    same_disk(pair, "pbc_docs", count=2)


def test_restore_of_the_other_ones_backup(pair, clean):
    """With further entries, uncompressed ones and a folder. (This test is the last: the sides are exchanged.)"""
    upload(pair, "docs", word("id", rid("doc", 3)), word("t", "third"), file("f", "third.txt", "third"), expect=200)
    make(pair, "mine.zip")
    extra = [("extra/x.txt", "hello"), ("folder/", ""), ("backups/inner.zip", ZIP), ("lost+found/x", "x")]
    states = [state(side) for side in (pair.ref, pair.mart)]
    zips = [call(side, "GET", f"{B}/mine.zip?token={side.kept['file_su']}").body for side in (pair.ref, pair.mart)]
    for side, data in zip((pair.ref, pair.mart), reversed(zips)):
        raw = multipart(file("file", "theirs.zip", zipped(*extra, base=data)))
        assert side.request("POST", f"{B}/upload", [("Authorization", side.tokens["su"]), *MULTI.items()], raw).status == 204
        call(side, "PATCH", records("docs", rid("doc", 3)), {"t": "changed"})
    restore(pair, ["theirs.zip"] * 2, lambda side: pathlib.Path(side.server.data, "extra", "x.txt").exists() and has(side, 3, "third"))
    pair.ref.tokens, pair.mart.tokens = pair.mart.tokens, pair.ref.tokens       # they hold on the other side now
    assert [state(side) for side in (pair.mart, pair.ref)] == states
    for name in ("extra", "folder", "lost+found", "backups"):
        found = [sorted(p.name for p in pathlib.Path(side.server.data, name).glob("*")) for side in (pair.ref, pair.mart)]
        assert found[0] == found[1], name
