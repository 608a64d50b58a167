"""Files and backups in a bucket: the check in the settings, the objects, serving, removal. The storage is moto's, the
servers are of their own, each with its own buckets: `$bucket$` and `$vault$`."""
import http.client
import io
import json
import logging
import os
import pathlib
import re
import shutil
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

from cases import C, field, records, text, values
from compare import Pair
from files import FILES, MULTI, body as multipart, download, file, keep_files, listing, payload, png, upload, word
from fixture_records import rid
from servers import MARTLET_BIN, REFERENCE_BIN, SU_EMAIL, SU_PASS, Server
from streams import Stream, until

moto = pytest.importorskip("moto.server")
from moto.iam.models import iam_backends                       # noqa: E402

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
JSON, FORM, PLAIN = ({"Content-Type": f"{t}"} for t in ("application/json", "application/x-www-form-urlencoded", "text/plain"))
TEST, B = "/api/settings/test/s3", "/api/backups"
NUMBERS = ("content-type", "content-length", "content-disposition", "content-encoding", "content-language", "cache-control")

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"}


class Storage:
    def __init__(self):
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def ask(self, method, path, body=None):
        self.connection.request(method, urllib.parse.quote(path, safe="/?=&-"), body, SIGNED)
        answer = self.connection.getresponse()
        return answer.status, answer.headers.pairs, answer.read()

    def keys(self, bucket):
        tree = ElementTree.fromstring(self.ask("GET", f"/{bucket}?list-type=2")[2])
        return sorted(e.text for e in tree.iter() if e.tag.endswith("}Key"))

    def head(self, bucket, key):
        """Headers that tell something, and the content."""
        status, headers, data = self.ask("GET", f"/{bucket}/{key}")
        assert status == 200, (bucket, key)
        return {k: v for k, v in headers if k in NUMBERS or k.startswith("x-amz-meta-")}, data


@pytest.fixture(scope="module")
def storage():
    s = Storage()
    for bucket in ("one", "two", "one-vault", "two-vault"):
        assert s.ask("PUT", f"/{bucket}")[0] == 200
    yield s
    s.server.stop()


@pytest.fixture(scope="module")
def pair(storage):
    with Server(REFERENCE_BIN, "s3_ref") as one, Server(MARTLET_BIN, "s3_mart") as two:
        p = Pair(one, two)
        p.ref.kept.update(bucket="one", vault="one-vault")
        p.mart.kept.update(bucket="two", vault="two-vault")
        p.sign_in("su", "_superusers", SU_EMAIL, SU_PASS)
        p.same("POST", C, {"id": "pbc_docs", "name": "docs", "type": "base", **OPEN, "fields": [text("t", max=5), text("u"), field("file",
            "one", thumbs=["7x7"]), field("file", "many", maxSelect=4, maxSize=20_000_000), field("file", "closed", protected=True)],
            "indexes": ["CREATE UNIQUE INDEX idx_docs_u ON docs (u) WHERE u != ''"]}, expect=200)
        p.same("PATCH", "/api/settings", {"batch": {"enabled": True}}, expect=200)
        upload(p, "docs", word("id", rid("local", 1)), file("one", "local.txt"), expect=200)
        keep_files(p, "one", name="local")
        p.same("POST", "/api/files/token", expect=200)
        p.keep("token", lambda answer: answer["token"])
        yield p


def config(storage, bucket="$bucket$", **rest):
    return {"enabled": True, "bucket": bucket, "region": "us-east-1", "endpoint": f"http://127.0.0.1:{storage.port}", "accessKey": "key",
        "secret": "secret", "forcePathStyle": True, **rest}


def settings(pair, **parts):
    return pair.same("PATCH", "/api/settings", parts, expect=200, ignore=("bucket",))


@pytest.fixture
def enabled(pair, storage):
    settings(pair, s3=config(storage))
    yield
    settings(pair, s3={"enabled": False})


@pytest.fixture
def vault(pair, storage):
    settings(pair, backups={"s3": config(storage, "$vault$")})
    yield
    settings(pair, backups={"s3": {"enabled": False}})


def same_objects(pair, storage, prefix="", count=None, wait=0.0):
    """Both buckets hold the same keys with the same metadata and content; returns the reference's."""
    end = time.time() + wait
    while True:
        found = [[key for key in storage.keys(bucket) if key.startswith(prefix)] for bucket in ("one", "two")]
        names = sorted(map(pair.unmask, found[0])), found[1]
        if names[0] == names[1] and count in (None, len(found[0])) or time.time() >= end:
            break
        time.sleep(0.05)
    assert names[0] == names[1] and count in (None, len(found[0])), f"{count} wanted, reference {found[0]}, martlet {found[1]}"
    for key in found[0]:
        (told, data), (other_told, other) = storage.head("one", key), storage.head("two", pair.unmask(key))
        if "/thumbs_" in key:       # encoders differ
            told["content-length"] = other_told["content-length"]
        assert told == other_told and (data == other or "/thumbs_" in key), key
    return found[0]


def same_first_line(pair, method, path, body=None, expect=400):
    """Compares without what comes after "Raw error:"."""
    answers = pair.send(method, path, body)
    told = [(a.status, a.body and {**a.json, "message": a.json["message"].split("\n")[0]}) for a in answers]
    assert told[0] == told[1] and expect in (None, told[0][0]), told


# ---- the check
@pytest.mark.parametrize("headers,raw", [(JSON, "{}"), (JSON, '{"filesystem":"nope"}'), (JSON, '{"filesystem":""}'), (JSON, '{"filesystem":5}'), (JSON,
    "[]"), (JSON, "{"), (JSON, ""), ({}, None), (JSON, '{"filesystem":"storage"}'), (JSON, '{"FILESYSTEM":"backups"}'), (JSON, '{"filesystem":"Storage"}'),
    (FORM, "filesystem=storage"), (FORM, "Filesystem=storage"), (MULTI, multipart(word("filesystem", "backups"))), (PLAIN, "x")])
def test_check_bodies(pair, headers, raw):
    for auth in ("su", None):
        pair.same("POST", TEST, headers=headers, raw=raw, auth=auth)


def test_check(pair, storage, enabled):
    pair.same("POST", TEST, {"filesystem": "storage"}, expect=204)
    pair.same("POST", TEST, {"filesystem": "backups"}, expect=400)
    settings(pair, backups={"s3": config(storage, "$vault$")}, s3={"enabled": False})
    pair.same("POST", TEST, {"filesystem": "storage"}, expect=400)
    pair.same("POST", TEST, {"filesystem": "backups"}, expect=204)
    settings(pair, backups={"s3": {"enabled": False}}, s3={"enabled": True})
    assert [storage.keys(bucket) for bucket in ("one", "two", "one-vault", "two-vault")] == [[]] * 4      # nothing left


@pytest.mark.parametrize("change,status", [({"bucket": "nope"}, 400), ({"endpoint": "http://127.0.0.1:9"}, 400), ({"endpoint": "127.0.0.1:PORT"}, 400),
    ({"endpoint": "http://127.0.0.1:PORT/"}, 204), ({"endpoint": "http://127.0.0.1:PORT/sub"}, 400), ({"region": "eu-north-7"}, 204), ({"forcePathStyle":
    False, "endpoint": "http://127.0.0.1.nip.invalid:PORT"}, 400), ({"secret": "with / + = %"}, 204), ({"accessKey": "other"}, 204)],
    ids=lambda x: "-".join(str(v) for v in x.values()) if isinstance(x, dict) else None)
def test_check_of_other_settings(pair, storage, enabled, change, status):
    change = {k: v.replace("PORT", str(storage.port)) if isinstance(v, str) else v for k, v in change.items()}
    settings(pair, s3=config(storage, **change))
    same_first_line(pair, "POST", TEST, {"filesystem": "storage"}, expect=status)


@pytest.mark.parametrize("parts", values({"s3": {"enabled": True, "bucket": ""}}, {"s3": {"enabled": True, "secret": ""}}, {"s3": {"endpoint": "no url"}},
    {"backups": {"s3": {"enabled": True, "bucket": "", "region": "", "endpoint": "", "accessKey": "", "secret": ""}}}, {"s3": {"enabled": True,
    "endpoint": ""}}, {"s3": {"bucket": 5}}, {"s3": None}, {"s3": []}))
def test_settings_refused(pair, enabled, parts):
    pair.same("PATCH", "/api/settings", parts, ignore=("bucket",))
    pair.same("POST", TEST, {"filesystem": "storage"})
    pair.same("GET", "/api/settings", expect=200, ignore=("bucket",))


# ---- files of records
UPLOADS = [("hello.txt", "hello"), ("Ü a+b%20&c.txt", "x"), ("page.html", "<!doctype html><p>x"), ("data.json", '{"a":1}'), ("pic.png", png(3, 2)), ("empty.txt",
    ""), ("noext", b"\0\1\2"), ("日本語.svg", "<svg/>"), ("n" * 280 + ".txt", "long"), ("tab\there.txt", "x"), ("quote'.txt", "x"), ("a.tar.gz", b"\x1f\x8b\x08")]


@pytest.mark.parametrize("name,data", [pytest.param(*u, id=f"{i:02d}") for i, u in enumerate(UPLOADS)])
def test_object(pair, storage, enabled, name, data):
    id = rid("obj", UPLOADS.index((name, data)))
    upload(pair, "docs", word("id", id), file("one", name, data), file("many", name, data), expect=200)
    keep_files(pair, "one", "many")
    keys = same_objects(pair, storage, f"pbc_docs/{id}/", count=2)
    assert not [key for key in keys if key.endswith(".attrs")]
    assert [listing(side, "pbc_docs", id) for side in (pair.ref, pair.mart)] == [[], []]
    for query in ("", "?download=1"):
        for method in ("GET", "HEAD"):
            download(pair, f"{FILES}/docs/{id}/$one${query}", method=method, expect=200)
    for header in ("bytes=0-1", "bytes=-1", "bytes=1-", "bytes=100000-", "bytes=0-0,2-2"):
        download(pair, f"{FILES}/docs/{id}/$one$", headers={"Range": header}, exact=False)
    pair.same("DELETE", records("docs", id), expect=204)
    same_objects(pair, storage, f"pbc_docs/{id}/", count=0, wait=5)
    download(pair, f"{FILES}/docs/{id}/$one$", expect=404)


def test_changes(pair, storage, enabled):
    id = rid("change", 1)
    upload(pair, "docs", word("id", id), file("one", "pic.png", png(8, 8)), file("many", "aaa.txt"), file("many", "bbb.txt"), expect=200)
    keep_files(pair, "one", "many")
    for thumb in ("7x7", "100x100", "9x9"):
        pair.send("GET", f"{FILES}/docs/{id}/$one$?thumb={thumb}")
    keys = same_objects(pair, storage, f"pbc_docs/{id}/", count=5)
    assert [key for key in keys if "/thumbs_pic_" in key]
    for thumb in ("7x7", "100x100", "7x7"):
        download(pair, f"{FILES}/docs/{id}/$one$?thumb={thumb}", exact=False, ignore_headers=("content-length",), expect=200)
    pair.same("PATCH", records("docs", id), {"many": ["$many1$"]}, expect=200)
    same_objects(pair, storage, f"pbc_docs/{id}/", count=4, wait=5)
    upload(pair, "docs", file("one", "new.png", png(2, 2)), file("many+", "ccc.txt"), id=id, expect=200)
    same_objects(pair, storage, f"pbc_docs/{id}/", count=3, wait=5)
    upload(pair, "docs", word("t", "too long"), file("one", "bad.txt"), id=id, expect=400)
    same_objects(pair, storage, f"pbc_docs/{id}/", count=3)
    pair.same("DELETE", f"{C}/docs/truncate", expect=204)
    same_objects(pair, storage, "pbc_docs/", count=0, wait=5)
    upload(pair, "docs", word("id", rid("local", 1)), word("u", "taken"), file("one", "local.txt"), expect=200)
    keep_files(pair, "one", name="local2")


def test_refused_writes_leave_nothing(pair, storage, enabled):
    before = len(same_objects(pair, storage))
    upload(pair, "docs", word("t", "too long"), file("one", "a.txt"), expect=400)
    upload(pair, "docs", word("u", "taken"), file("one", "a.txt"), file("many", "bbb.txt"), expect=400)
    two = payload({"requests": [{"method": "POST", "url": records("docs")}, {"method": "POST", "url": records("docs"), "body": {"t": "too long"}}]})
    pair.same("POST", "/api/batch", raw=multipart(two, file("requests.0.one", "first.txt"), file("requests.1.one", "second.txt")), headers=MULTI,
        expect=400)
    same_objects(pair, storage, count=before, wait=5)


def test_large_file(pair, storage, enabled):
    """In several parts."""
    id, data = rid("large", 1), bytes(range(256)) * 55_000
    upload(pair, "docs", word("id", id), file("many", "large.bin", data), expect=200)
    keep_files(pair, "many")
    same_objects(pair, storage, f"pbc_docs/{id}/", count=1)
    download(pair, f"{FILES}/docs/{id}/$many0$", expect=200)
    download(pair, f"{FILES}/docs/{id}/$many0$", headers={"Range": "bytes=6291400-6291500"}, expect=206)
    assert all("uploadId" not in str(storage.ask("GET", f"/{bucket}?uploads=")[2]) for bucket in ("one", "two"))
    pair.same("DELETE", records("docs", id), expect=204)
    same_objects(pair, storage, f"pbc_docs/{id}/", count=0, wait=5)


def test_protected_and_missing(pair, storage, enabled):
    id = rid("closed", 1)
    upload(pair, "docs", word("id", id), file("closed", "secret.txt"), file("one", "gone.txt"), expect=200)
    keep_files(pair, "closed", "one")
    pair.same("PATCH", f"{C}/docs", {"viewRule": None}, expect=200)
    for query in ("", "?token=x", "?token=$token$"):
        download(pair, f"{FILES}/docs/{id}/$closed${query}")
    pair.same("PATCH", f"{C}/docs", {"viewRule": ""}, expect=200)
    for side in (pair.ref, pair.mart):
        assert storage.ask("DELETE", f"/{side.kept['bucket']}/pbc_docs/{id}/{side.kept['one']}")[0] == 204
    for query in ("", "?thumb=7x7"):
        download(pair, f"{FILES}/docs/{id}/$one${query}", expect=404)
    pair.same("DELETE", records("docs", id), expect=204)
    same_objects(pair, storage, f"pbc_docs/{id}/", count=0, wait=5)


def test_there_and_back(pair, storage, enabled):
    """Nothing moves along with the setting; each file is looked for where the setting says."""
    id, there = rid("there", 1), rid("there", 2)
    settings(pair, s3={"enabled": False})
    upload(pair, "docs", word("id", id), file("one", "disk.txt", "disk"), expect=200)
    keep_files(pair, "one", name="disk")
    settings(pair, s3=config(storage))
    download(pair, f"{FILES}/docs/{id}/$disk$", expect=404)
    upload(pair, "docs", word("id", there), file("one", "cloud.txt", "cloud"), expect=200)
    keep_files(pair, "one", name="cloud")
    settings(pair, s3={"enabled": False})
    download(pair, f"{FILES}/docs/{id}/$disk$", expect=200)
    download(pair, f"{FILES}/docs/{there}/$cloud$", expect=404)
    pair.same("PATCH", records("docs", there), {"t": "x"}, expect=200)
    pair.same("DELETE", records("docs", there), expect=204)
    same_objects(pair, storage, f"pbc_docs/{there}/", count=1)


def test_storage_is_away(pair, storage, enabled, vault):
    id = rid("away", 1)
    upload(pair, "docs", word("id", id), file("one", "here.txt"), expect=200)
    keep_files(pair, "one")
    settings(pair, s3=config(storage, endpoint="http://127.0.0.1:9"), backups={"s3": config(storage, "$vault$", endpoint="http://127.0.0.1:9")})
    upload(pair, "docs", file("one", "a.txt"))
    upload(pair, "docs", file("one", "a.txt"), id=id)
    download(pair, f"{FILES}/docs/{id}/$one$")
    for body in ({"t": "x"}, {"one": ""}, {"t": "y", "one": ""}):
        pair.same("PATCH", records("docs", id), body)
        pair.same("GET", records("docs", id), expect=200)
    pair.same("DELETE", records("docs", id))
    for method, path, body in (("GET", B, None), ("POST", B, {"name": "a.zip"}), ("DELETE", f"{B}/a.zip", None), ("POST", f"{B}/a.zip/restore", None)):
        same_first_line(pair, method, path, body)
    pair.same("GET", f"{B}/a.zip?token=$token$")


# ---- backups
ZIP = b"PK\3\4" + b"x" * 50


def ask(side, method, path):
    return side.request(method, path, [("Authorization", side.tokens["su"])], None)


def names(pair, expect=200):
    pair.same("GET", B, expect=expect, ignore=("size", "modified"))
    return [item["key"] for item in pair.last[0].json]


def test_backups(pair, storage, vault):
    assert names(pair) == []
    for name in ("two.zip", "one.zip"):
        pair.same("POST", B, {"name": name}, expect=204)
    pair.same("POST", B, {"name": "one.zip"}, expect=400)
    pair.same("POST", f"{B}/upload", raw=multipart(file("file", "Up ä.zip", ZIP)), headers=MULTI, expect=204)
    pair.same("POST", f"{B}/upload", raw=multipart(file("file", "Up ä.zip", ZIP)), headers=MULTI, expect=400)
    pair.same("POST", f"{B}/upload", raw=multipart(file("file", "text.zip", "text")), headers=MULTI, expect=400)
    assert names(pair) == ["Up ä.zip", "one.zip", "two.zip"]
    for side, bucket in ((pair.ref, "one-vault"), (pair.mart, "two-vault")):
        told, data = storage.head(bucket, "one.zip")
        assert told["content-type"] == "application/zip" and told["x-amz-meta-original-filename"] == "one.zip"
        assert [i.filename for i in zipfile.ZipFile(io.BytesIO(data)).infolist()][:2] == ["data.db", "auxiliary.db"]
        item = [i for i in ask(side, "GET", B).json if i["key"] == "one.zip"][0]
        assert item["size"] == len(data) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", item["modified"])
        assert ask(side, "GET", f"{B}/one.zip?token={side.kept['token']}").body == data
        assert not (folder := pathlib.Path(side.server.data, "backups")).exists() or not list(folder.iterdir())
    told = [storage.head(bucket, "Up ä.zip") for bucket in ("one-vault", "two-vault")]
    assert told[0] == told[1]
    for query in ("?token=$token$", "", "?token=x"):
        download(pair, f"{B}/Up%20%C3%A4.zip{query}")
    download(pair, f"{B}/Up%20%C3%A4.zip?token=$token$", headers={"Range": "bytes=0-3"}, expect=206)
    pair.same("GET", f"{B}/nope.zip?token=$token$", expect=400)          # (on a disk: 404)
    for key in ("nope.zip", "x%2Fy.zip"):
        same_first_line(pair, "DELETE", f"{B}/{key}", expect=204)
        pair.same("POST", f"{B}/{key}/restore", expect=400)
    for _ in range(2):
        pair.same("DELETE", f"{B}/two.zip", expect=204)
    assert names(pair) == ["Up ä.zip", "one.zip"]


def test_backup_without_the_files_in_the_bucket(pair, storage, enabled, vault):
    """… but with those on the disk; and its restoration."""
    id = rid("kept", 1)
    upload(pair, "docs", word("id", id), word("t", "old"), file("one", "kept.txt"), expect=200)
    keep_files(pair, "one")
    pair.same("POST", B, {"name": "s3.zip"}, expect=204)
    found = [sorted(n for n in zipfile.ZipFile(io.BytesIO(storage.head(bucket, "s3.zip")[1])).namelist() if n.startswith("storage/")) for
        bucket in ("one-vault", "two-vault")]
    assert [pair.unmask(name) for name in found[0]] == found[1] and found[1] and not any(id in name for name in found[1])
    pair.same("PATCH", records("docs", id), {"t": "new"}, expect=200)
    for side in (pair.ref, pair.mart):
        shutil.rmtree(os.path.join(side.server.root, "pb_migrations"), ignore_errors=True)
    streams = [Stream(side.server) for side in (pair.ref, pair.mart)]
    pair.same("POST", f"{B}/s3.zip/restore", expect=204)
    assert all(stream.wait(lambda: stream.ended, 20) for stream in streams)
    until(lambda: all(a.status == 200 and a.json["t"] == "old" for a in (ask(side, "GET", records("docs", id)) for side in (pair.ref, pair.mart))))
    download(pair, f"{FILES}/docs/{id}/$one$", expect=200)


def test_automatic_backups(pair, storage, vault):
    """The oldest ones go, by the time of the object."""
    for bucket in ("one-vault", "two-vault"):
        for key in storage.keys(bucket):
            storage.ask("DELETE", f"/{bucket}/{key}")
    for name in ("@auto_pb_backup_zzz.zip", "pb_backup_x.zip"):
        pair.same("POST", f"{B}/upload", raw=multipart(file("file", name, ZIP)), headers=MULTI, expect=204)
    time.sleep(1)           # the storage's time has no fractions
    settings(pair, backups={"cron": "0 0 1 1 *", "cronMaxKeep": 1})
    pair.same("POST", "/api/crons/__pbAutoBackup__", expect=204)
    wanted = ["@auto_pb_backup_acme_TIME.zip", "pb_backup_x.zip"]
    until(lambda: all([re.sub(r"\d{14}", "TIME", k) for k in storage.keys(bucket)] == wanted for bucket in ("one-vault", "two-vault")))
    settings(pair, backups={"cron": ""})


# ---- signatures: the last test, moto looks at every request from here on
def test_signatures(pair, storage, enabled, vault):
    iam = iam_backends["123456789012"]["aws"]
    iam.create_user("us-east-1", "bird")
    key = iam.create_access_key("bird")
    iam.put_user_policy("bird", "all", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    good = {"accessKey": key.access_key_id, "secret": key.secret_access_key}
    assert storage.ask("POST", "/moto-api/reset-auth", b"0")[0] == 200
    try:
        for change, status in (({}, 400), (good, 204), ({**good, "secret": "wrong"}, 400), (good, 204)):
            settings(pair, s3=config(storage, **change), backups={"s3": config(storage, "$vault$", **change)})
            same_first_line(pair, "POST", TEST, {"filesystem": "storage"}, expect=status)
            same_first_line(pair, "POST", TEST, {"filesystem": "backups"}, expect=status)
            for name, data in (("Ü a+b%20&c=(d)*~'!.txt", "x"), ("pic.png", png(9, 9)), ("large.bin", b"x" * 7_000_000)):
                upload(pair, "docs", file("many", name, data), expect=200 if status == 204 else 400)
                if status == 204:
                    keep_files(pair, "many")
                    pair.keep("id", lambda answer: answer["id"])
                    download(pair, f"{FILES}/docs/$id$/$many0$?thumb=100x100", exact=False, ignore_headers=("content-length",), expect=200)
                    pair.same("DELETE", records("docs", "$id$"), expect=204)
            if status == 204:
                pair.same("POST", B, {"name": "signed.zip"}, expect=204)
                assert "signed.zip" in names(pair)
                pair.same("DELETE", f"{B}/signed.zip", expect=204)
            else:
                same_first_line(pair, "GET", B)
    finally:
        storage.ask("POST", "/moto-api/reset-auth", b"inf")
