"""Uploads in records: fields, modifiers, errors and their order, rules, batch, what is on disk afterwards.
File names are in test_files_names.py, broken multipart bodies and odd parts at the end of this file."""
import itertools

import pytest

from cases import C, Fresh, field, number, records, text
from files import (MULTI, PNG, body, file, folders, grown, keep_files, part, payload, same_attrs, same_disk, upload,
    word)
from fixture_records import member, rid

U = "uploads"
OPEN = {"listRule": "", "viewRule": "", "createRule": "", "updateRule": "", "deleteRule": ""}
LIMITED = {"mimeTypes": ["image/png", "image/jpeg"], "maxSize": 100, "maxSelect": 2, "required": True}


def labelled(*cases):
    return [pytest.param(*c[1:], id=c[0].replace(" ", "_")) for c in cases]


@pytest.fixture(scope="module", autouse=True)
def uploads(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_uploads", "name": U, "type": "base", **OPEN, "fields": [text("t", max=5), text("u"), number("n"),
        field("json", "js"), field("bool", "b"), field("select", "s", values=["a", "b"], maxSelect=2), field("file", "one"),
        field("file", "many", maxSelect=4), field("file", "small", maxSize=10, maxSelect=2),
        field("file", "png", mimeTypes=["image/png"]), field("file", "hid", hidden=True)],
        "indexes": ["CREATE UNIQUE INDEX idx_up_u ON uploads (u) WHERE u != ''"]})
    m.create({"id": "pbc_limited", "name": "limited", "type": "base", **OPEN, "fields": [field("file", "all", **LIMITED)]})
    m.create({"id": "pbc_ruled", "name": "ruled", "type": "base", **OPEN, "fields": [text("t"), field("file", "one"),
        field("file", "many", maxSelect=3), field("file", "hid", hidden=True)]})
    m.create({"id": "pbc_closed", "name": "closed", "type": "base", "fields": [field("file", "f")]})
    pair.same("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 5}}, expect=200)
    yield
    pair.send("PATCH", "/api/settings", {"batch": {"enabled": False, "maxRequests": 50}})
    m.clean()


def stored(pair, n=itertools.count()):
    """A new record with $one$ and $many0$ … $many2$. (An id used again soon after a removal is a matter of luck: the
    reference removes the folder in the background.)"""
    id = rid("up", next(n))
    upload(pair, U, word("id", id), file("one", "one.txt"), file("many", "aaa.txt"), file("many", "bbb.txt"), file("many",
        "ccc.txt"), expect=200)
    keep_files(pair, "one", "many")
    return id


X, A, B_, C_, ONE = file("many", "new.txt"), "$many0$", "$many1$", "$many2$", "$one$"
PLUS, PRE = file("many+", "plus.txt"), file("+many", "pre.txt")

# (left out: a payload "null", which makes the reference panic: status 500)
MODIFIERS = labelled(("file", [X]), ("files", [X, X]), ("file+", [PLUS]), ("+file", [PRE]), ("file+ too many", [PLUS,
    PLUS]), ("file+ and +file", [PLUS, PRE]), ("file- ", [file("many-", "new.txt")]), ("minus and two plus", [word(
    "many-", A), PLUS, PLUS]), ("minus, plus, pre", [word("many-", A), PLUS, word("many-", B_), PRE]), ("keep and file", [
    word("many", A), X]), ("file then keep", [X, word("many", C_)]), ("keep two around", [word("many", B_), X, word(
    "many", A)]), ("keep all and file", [word("many", A), word("many", B_), word("many", C_), X]), ("keep all and two", [
    word("many", A), word("many", B_), word("many", C_), X, X]), ("keep as JSON text", [word("many", f'["{C_}","{A}"]'),
    X]), ("minus as JSON text", [word("many-", f'["{C_}","{A}"]')]), ("minus half JSON text", [word("many-",
    f'["{C_}","{A}"')]), ("keep and plus", [word("many", A), PLUS]), ("keep and pre", [word("many", A), PRE]), (
    "file and plus", [X, PLUS]), ("file, plus, pre", [X, PLUS, PRE]), ("file and minus", [X, word("many-", A)]), (
    "keep and minus", [word("many", A), word("many", B_), word("many-", A)]), ("text+ stored", [word("many+", B_)]), (
    "+text stored", [word("+many", C_)]), ("text+ unknown", [word("many+", "x.txt")]), ("text+ and file+", [word(
    "many+", A), PLUS]), ("empty", [word("many", "")]), ("empty and file", [word("many", ""), X]), ("empty and file+", [
    word("many", ""), PLUS]), ("empty minus", [word("many-", "")]), ("empty plus", [word("many+", "")]), (
    "unknown and file", [word("many", "x.txt"), X]), ("minus unknown", [word("many-", "zz")]), ("minus two", [word(
    "many-", A), word("many-", B_)]), ("minus all", [word("many-", A), word("many-", B_), word("many-", C_)]), (
    "JSON null text", [word("many", "null")]), ("JSON empty text", [word("many", "[]")]), ("number", [word("many", "5")]), (
    "one", [file("one", "new.txt")]), ("one+", [file("one+", "new.txt")]), ("+one", [file("+one", "new.txt")]), (
    "one twice", [file("one", "first.txt"), file("one", "second.txt")]), ("one+ twice", [file("one+", "first.txt"),
    file("one+", "second.txt")]), ("+one twice", [file("+one", "first.txt"), file("+one", "second.txt")]), (
    "one and one+", [file("one", "first.txt"), file("one+", "second.txt")]), ("one and +one", [file("one", "first.txt"),
    file("+one", "second.txt")]), ("one keep and file", [word("one", ONE), file("one", "new.txt")]), ("one text", [word(
    "one", ONE)]), ("one-", [word("one-", ONE)]), ("one- other", [word("one-", A)]), ("one- and one+", [word("one-",
    ONE), file("one+", "new.txt")]), ("one- and file", [word("one-", ONE), file("one", "new.txt")]), ("one+ text", [
    word("one+", ONE)]), ("one empty", [word("one", "")]), ("one empty and file", [word("one", ""), file("one",
    "new.txt")]), ("one null text", [word("one", "null")]), ("one of the other field", [word("one", A)]), ("one- file", [
    file("one-", "new.txt")]), ("both", [file("one", "new.txt"), X, word("t", "abc"), word("n", "7"), word("b", "true")]), (
    "inference", [word("t", "007"), word("n", "1e3"), word("js", '{"a":1}'), word("s", "a"), word("s", "b"), X]), (
    "inference 2", [word("t", "5"), word("js", "1.50"), word("n", "1.5"), word("b", "1"), X]), ("payload", [payload({
    "many": [B_, A]}), X]), ("payload+", [payload({"many": [B_]}), payload({"t": "x", "n": "007"}), PLUS]), ("payload-", [
    payload({"many-": [B_]})]), ("payload- and plus", [payload({"many-": [B_]}), PLUS]), ("payload null", [payload({
    "one": None, "many": None})]), ("payload null and files", [payload({"one": None, "many": None}), file("one",
    "new.txt"), X]), ("payload and text", [payload({"many": [A]}), word("many", B_), X]), ("payload twice", [payload({
    "many": [A], "t": "a"}), payload({"many": [B_], "n": 2}), X]), ("payload broken", [word("@jsonPayload", "{"), X]), (
    "payload list", [word("@jsonPayload", "[]"), X]), ("payload unknown", [payload({"many": ["zz"]}), X]), (
    "payload as a file", [file("@jsonPayload", "p.json", '{"t":"p"}'), X]), ("no part", []), ("other field only", [word(
    "t", "abc")]), ("refused", [word("t", "too long"), X, file("one", "new.txt")]), ("refused by size", [file("small",
    "big.txt", "x" * 11), X]), ("refused id", [word("id", rid("other", 1)), X]), )


@pytest.mark.parametrize("parts", MODIFIERS)
def test_modifier(pair, parts):
    id = stored(pair)
    upload(pair, U, *parts, id=id)
    pair.same("GET", records(U, id), expect=200)
    same_disk(pair, "pbc_uploads", id)


def test_modifiers_on_create(pair):
    for n, parts in enumerate([[PLUS, PLUS], [PRE, PLUS, X], [file("one+", "a.txt")], [file("+one", "a.txt"), file("one",
        "abc.txt")], [file("many-", "abc.txt")], [word("many+", "zz")], [word("many-", "zz"), X], [word("many", ""), X]]):
        upload(pair, U, word("id", rid("created", n)), *parts)
        same_disk(pair, "pbc_uploads", rid("created", n))


JSON = [{"many": [C_, B_, A]}, {"many": [B_]}, {"many": B_}, {"many": f'["{A}","{C_}"]'}, {"many": None, "one": None},
    {"many": "", "one": ""}, {"many": [], "one": []}, {"many": [A, "x", "y"], "one": "z"}, {"many": [A, A, B_]}, {
    "many": [A, "", None]}, {"many-": [A, "zz"]}, {"many-": None}, {"many-": B_}, {"many-": []}, {"many+": [A]}, {
    "+many": [C_]}, {"many+": ["q"]}, {"many+": None}, {"one-": ONE}, {"one-": [ONE]}, {"one-": "x"}, {"one+": ONE}, {
    "one": [ONE]}, {"one": ["x", ONE]}, {"one": [ONE, "x"]}, {"one": 5, "many": 5}, {"one": True, "many": [True]}, {
    "one": {"a": 1}, "many": {"a": 1}}, {"many": [[A]]}, {"many": [{"a": 1}, A]}, {"one": "../x", "many": [".hid",
    "a/b"]}, {"many": [A, B_, C_, "d", "e"]}, {"many": [A], "many-": [A]}, {"many": [A], "many+": [B_]}, {"one": ONE,
    "many": [A, B_, C_], "t": "x"}, {"one": ONE. upper()}, {"one": " " + ONE}, {"many": [A + " "]}, {"one": ONE, "t":
    "too long", "many": ["zz"]}, {}, {"many:x": [A]}, {"ONE": ""}, {"hid": "x"}, {"small": ["a", "b", "c"]}, {"one":
    "$one$", "small": None}, {"many": [1, 2.5, False, A]}]


@pytest.mark.parametrize("n", range(len(JSON)))
def test_json_body(pair, n):
    for caller in ("su", None):
        id = stored(pair)
        pair.same("PATCH", records(U, id), JSON[n], auth=caller)
        same_disk(pair, "pbc_uploads", id)
    pair.same("POST", records(U), {**JSON[n], "id": rid("js", n)})


def sized(n, name="size.txt"):
    return file("small", name, "x" * n)


ERRORS = labelled(("five", U, [X] * 5), ("four of one name", U, [X] * 4), ("exact size", U, [sized(10)]), ("size", U, [
    sized(11)]), ("second is too large", U, [sized(1), sized(30, "other.txt")]), ("count before size", U, [sized(30)] * 3), (
    "name in the size error", U, [sized(11, '../x\u00e4 \\"11.txt')]), ("type", U, [file("png", "abc.txt")]), (
    "type by content", U, [file("png", "abc.png", "text")]), ("type fits", U, [file("png", "abc.txt", PNG)]), (
    "type of an empty file", U, [file("png", "abc.png", "")]), ("upload type is not read", U, [file("png", "abc.png",
    "text", "Content-Type: image/png")]), ("several fields", U, [word("t", "too long"), word("n", "x"), sized(11), file(
    "png", "abc.txt"), X, word("many", "zz")]), ("names before size", U, [word("small", "zz"), sized(11)]), ("bad id", U, [
    word("id", "x"), X]), ("hidden by a guest", U, [file("hid", "abc.txt")]), ("unknown field", U, [file("nope", "abc.txt"),
    X]), ("text field", U, [file("t", "abc.txt")]), ("other fields", U, [file("n", "a.txt"), file("js", "b.json", "{}"),
    file("b", "true"), file("s", "a")]), ("id field", U, [file("id", "abc.txt"), X]), ("empty file", U, [file("one",
    "empty.txt", "")]), ("no file name", U, [file("one", "")]), ("type without a name", U, [part('form-data; name="one"',
    "abc", "Content-Type: application/octet-stream")]), ("required", "limited", [word("t", "a")]), ("required empty",
    "limited", [word("all", "")]), ("required with a file name", "limited", [word("all", "x")]), ("name before all",
    "limited", [word("all", "x")] + [file("all", "b.txt", "x" * 200)] * 3), ("count before size and type", "limited", [file (
    "all", "b.txt", "x" * 200)] * 3), ("size before type", "limited", [file("all", "b.txt", "x" * 200)]), ("type then size",
    "limited", [file("all", "b.txt"), file("all", "c.txt", "x" * 200)]), ("first type error", "limited", [file("all",
    "bbb.txt"), file("all", "ccc.txt")]), ("second type error", "limited", [file("all", "bbb.png", PNG), file("all",
    "ccc.txt")]), ("fits", "limited", [file("all", "b.png", PNG)]), ("required minus", "limited", [word("all-", "x")]), (
    "required plus", "limited", [file("all+", "b.png", PNG)]), )


@pytest.mark.parametrize("collection,parts", ERRORS)
def test_errors(pair, collection, parts):
    for caller in ("su", None):
        before = folders(pair, f"pbc_{collection}")
        pair.same("POST", records(collection), raw=body(*parts), headers=MULTI, auth=caller)
        new = grown(pair, f"pbc_{collection}", before)
        assert pair.last[0].status == 200 or not new


def test_required_stays(pair):
    upload(pair, "limited", word("id", rid("req", 1)), file("all", "abc.png", PNG), expect=200)
    keep_files(pair, "all")
    for parts in ([word("all", "")], [word("all-", "$all0$")], [word("all-", "$all0$"), file("all+", "neu.png", PNG)]):
        upload(pair, "limited", *parts, id=rid("req", 1))
        same_disk(pair, "pbc_limited", rid("req", 1))


def test_query_joins_the_parts(pair):
    for query in ("t=q&n=5", "one=zz", "many=zz", "t=q&id=" + rid("query", 1) + "&fields=id,t,one", "fields=one",
        "one%2B=x"):
        upload(pair, U, X, file("one", "abc.txt"), path=records(U) + "?" + query)


RULES = [None, "1 = 2", "@request.body.t = 'a'", "@request.body.one:isset = true", "@request.body.many:length = 2",
    "@request.body.one != ''", "@request.body.one = 'new.txt'", "@request.body.one ~ 'new'",
    "@request.body.one ~ 'originalName'", "@request.body.one ~ '{'", "@request.body.one.originalName = 'new.txt'",
    "@request.body.one.name ~ 'new_%.txt'", "@request.body.one.size = 5", "@request.body.many.1.size > 4",
    "@request.body.many.2:isset = true", "@request.body.many:each ~ 'new'", "@request.body.many:each ~ 'new_%'",
    "@request.body.many:each != ''", "@request.body.many ?~ 'new'", "@request.body.one:length = 1", "one != ''",
    "one ~ 'new_%.txt'", "many ?~ 'new'", "many:length = 2", "many:each ~ 'new_%.txt'", "@request.body.one:changed = true",
    "@request.body.many:length = many:length", "@request.body.one = one", "@request.body.many = many",
    "@request.body.hid:isset = true", "@request.body.nope:isset = true", "hid != ''",
    "@request.headers.content_type ~ 'multipart'"]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: str(r).replace(" ", ""))
def test_rules_see_files(pair, rule):
    pair.same("PATCH", f"{C}/ruled", {"createRule": rule, "updateRule": rule}, expect=200)
    files = [file("one", "new.txt"), file("many", "new.txt"), file("many", "new.txt"), file("hid", "new.txt"), file("nope",
        "new.txt")]
    k = RULES.index(rule)
    base, before = rid("base", k), folders(pair, "pbc_ruled")
    upload(pair, "ruled", word("id", base), file("one", "old.txt"))
    for n, parts in enumerate(([word("t", "a"), *files], [word("t", "a"), file("one+", "new.txt"), file("many+",
        "new.txt")], [file("one", "new.txt")], [word("t", "b")])):
        upload(pair, "ruled", word("id", rid("rule", 10 * k + n)), *parts, auth=None)
        upload(pair, "ruled", *parts, id=base, auth=None)
    same_disk(pair, "pbc_ruled", base)
    grown(pair, "pbc_ruled", before)


def test_order_of_refusals(pair):
    whole, broken = body(X), body(X)[:-10]
    for method, path in (("POST", records("nope")), ("POST", records("v_posts")), ("PATCH", records(U, "nope")), (
        "PATCH", records("ruled", "nope")), ("GET", records("tags") + "?sort=id"), ("GET", records(U, "nope")), (
        "DELETE", records(U, "nope")), ("POST", records("closed"))):
        for raw in (whole, broken):
            for caller in ("su", None):
                pair.same(method, path, raw=raw, headers=MULTI, auth=caller)


def test_unique_violation_leaves_nothing(pair):
    upload(pair, U, word("id", rid("uniq", 1)), word("u", "taken"), X, expect=200)
    upload(pair, U, word("id", rid("uniq", 2)), word("u", "taken"), X, file("one", "abc.txt"), expect=400)
    assert same_disk(pair, "pbc_uploads", rid("uniq", 2)) == []
    upload(pair, U, word("id", rid("uniq", 1)), file("one", "abc.txt"), expect=400)
    same_disk(pair, "pbc_uploads", rid("uniq", 1), count=2)
    id = stored(pair)
    upload(pair, U, word("u", "taken"), PLUS, file("one", "neu.txt"), id=id, expect=400)
    same_disk(pair, "pbc_uploads", id, count=8)


def test_attrs(pair):
    id = stored(pair)
    attrs = same_attrs(pair, "pbc_uploads", id, "one")
    assert attrs["user.metadata"] == {"original-filename": "one.txt"} and attrs["md5"] == "XUFAKrxLKna5cZ2REBfFkg=="


def test_other_routes_ignore_files(pair):
    parts = body(file("identity", "a.txt"), file("name", "b.txt"), file("meta.appName", "c.txt"), file("clientId", "d.txt"),
        file("email", "e.txt"), file("token", "f.txt"))
    for raw in (parts, parts[:-10]):
        for method, path in (("POST", f"{C}/members/auth-with-password"), ("POST", C), ("POST", "/api/realtime"), ("POST",
            "/api/files/token"), ("POST", f"{C}/members/request-password-reset"), ("POST", "/api/settings/test/email"),
            ("POST", "/api/sql"), ("POST", "/api/batch"), ("PUT", f"{C}/import")):
            pair.same(method, path, raw=raw, headers=MULTI)
    pair.same("PATCH", "/api/settings", raw=parts[:-10], headers=MULTI)
    pair.same("POST", f"{C}/members/auth-with-password", raw=body(word("identity", "ann@example.com"), word("password",
        "secret-pass-1"), file("identity", "a.txt")), headers=MULTI)


def test_auth_collection(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_faces", "name": "faces", "type": "auth", **OPEN, "fields": [field("file", "face")]})
    fields = [word("id", rid("face", 1)), word("email", "face@example.com"), word("password", "12345678"),
        word("passwordConfirm", "12345678"), file("face", "me.png", PNG)]
    upload(pair, "faces", *fields, auth=None, expect=200)
    upload(pair, "faces", *fields, auth=None, expect=400)
    upload(pair, "faces", word("id", rid("face", 2)), *fields[1:], auth=None, expect=400)
    upload(pair, "faces", word("password", "87654321"), file("face", "neu.png", PNG), id=rid("face", 1), auth=None, expect=
        400)
    same_disk(pair, "pbc_faces", count=2)
    m.clean()
    same_disk(pair, "pbc_faces", count=0, wait=5)


def test_missing_relation(pair, fresh):
    fresh.create({"id": "pbc_related", "name": "related", "type": "base", "fields": [field("file", "f"), field("relation",
        "r", collectionId="pbc_members")]})
    for n, target in enumerate((member(1), "nope", "")):
        upload(pair, "related", word("id", rid("related", n)), word("r", target), file("f", "abc.txt"))
    same_disk(pair, "pbc_related")


# ---- batch
def request(method, url, body=None):
    return {"method": method, "url": url, **({"body": body} if body is not None else {})}


R, BAT = records(U), rid("batch", 1)
NEW = [file("requests.0.one", "new.txt"), file("requests.1.many", "new.txt"), file("requests.1.many", "new.txt")]
POST, LATER = request("POST", R, {"t": "a"}), request("PATCH", "$old$", {"t": "b"})
BATCH = labelled(("two creates", [POST, request("POST", R, {"t": "b"})], NEW), ("legacy names", [POST, request("POST",
    R)], [file("requests[0].one", "abc.txt"), file("requests[1].many", "abc.txt")]), ("no body", [request("POST", R)],
    NEW), ("other indexes", [POST], [file(f"requests.{n}.one", "abc.txt") for n in ("5", "x", "-1", "00", "")]), (
    "other names", [POST], [file(n, "abc.txt") for n in ("requests.0", "requests.0.", "requests", "one",
    "requests0.one", "requests.0.nope", "requests.0.t", "requests[0]one", "Requests.0.one", "requests.0.body.one",
    "requests[0][one]", "requests.0.ONE")]), ("patch with plus", [request("PATCH", "$old$", {"many-": ["$many0$"]})], [
    file("requests.0.many+", "abc.txt"), file("requests.0.+many", "pre.txt"), file("requests.0.one", "neu.txt")]), (
    "patch", [LATER], [file("requests.0.many", "abc.txt")]), ("patch, keep", [request("PATCH", "$old$", {"many": [
    "$many0$"]})], [file("requests.0.many", "abc.txt")]), ("patch, keep only", [request("PATCH", "$old$", {"many": [
    "$many1$"], "one": None})], []), ("legacy plus", [LATER], [file("requests[0].many+", "abc.txt")]), ("one+", [LATER], [
    file("requests.0.one+", "abc.txt")]), ("+one", [LATER], [file("requests.0.+one", "abc.txt")]), ("upserts", [request(
    "PUT", R, {"id": BAT}), request("PUT", R, {"id": BAT, "t": "y"})], [file("requests.0.one", "first.txt"), file(
    "requests.1.one", "second.txt")]), ("second fails", [POST, request("POST", R, {"t": "too long"})], NEW), (
    "second fails by its file", [POST, POST], [*NEW, file("requests.1.png", "abc.png")]), ("patch, then failure", [
    LATER, request("POST", R, {"t": "too long"})], [file("requests.0.one", "abc.txt"), file("requests.0.many+",
    "abc.txt")]), ("delete, then failure", [request("DELETE", "$old$"), request("POST", R, {"t": "too long"})], []), (
    "create and patch", [request("POST", R, {"id": BAT}), request("PATCH", f"{R}/{BAT}", {"t": "z"})], [file(
    "requests.0.one", "first.txt"), file("requests.1.one", "second.txt")]), ("file for a delete", [request("DELETE",
    "$old$")], [file("requests.0.one", "abc.txt")]), ("text parts", [POST], [word("requests.0.one", "x"), word(
    "requests.0.body.t", "q")]), ("two on a single", [POST], [file("requests.0.one", "fff.txt"), file("requests.0.one",
    "ggg.txt")]), ("hidden", [POST], [file("requests.0.hid", "abc.txt")]), ("fields", [request("POST", R +
    "?fields=one,t", {"t": "a"})], [file("requests.0.one", "ab.txt")]), ("names", [POST], [file("requests.0.one",
    "\u00e4.txt"), file("requests.0.many", "my File.tar.gz"), file("requests.0.many", "n" * 150 + ".txt"), file(
    "requests.0.many", "noext")]), ("size", [POST], [file("requests.0.small", "my File.txt", "x" * 20)]), ("type", [
    POST], [file("requests.0.png", "my File.txt")]), ("unknown collection", [request("POST", f"{C}/nope/records", {})],
    NEW), ("empty file", [POST], [file ("requests.0.one", "e.txt", "")]), )


@pytest.mark.parametrize("requests,parts", BATCH)
def test_batch(pair, requests, parts):
    for caller in ("su", None):
        id = stored(pair)
        before = folders(pair, "pbc_uploads")
        raw = body(payload({"requests": requests}), *parts).replace(b"$old$", records(U, id).encode())
        pair.same("POST", "/api/batch", raw=raw.replace(BAT.encode(), id[::-1].encode()), headers=MULTI, auth=caller)
        pair.same("GET", records(U, id))
        if not any(r["method"] == "DELETE" for r in requests):
            same_disk(pair, "pbc_uploads", id)
            grown(pair, "pbc_uploads", before)
        elif pair.last[0].status == 200:
            same_disk(pair, "pbc_uploads", id, count=8)
        else:
            same_disk(pair, "pbc_uploads", id, count=0, wait=5)


def test_attrs_of_a_batch(pair):
    pair.same("POST", "/api/batch", raw=body(payload({"requests": [request("POST", R, {"id": rid("bat", 9)})]}),
        file("requests.0.one", "my File.tar.gz")), headers=MULTI, expect=200)
    pair.keep("one", lambda json: json[0]["body"]["one"])
    same_attrs(pair, "pbc_uploads", rid("bat", 9), "one")


def test_batch_bodies(pair):
    raw = body(payload({"requests": [POST]}), payload({"requests": [request("POST", R, {"t": "b"})]}), NEW[0])
    for data in (raw, raw[:-10], body(word("requests", "[]"), NEW[0]), body(word("requests.0.method", "POST"), word(
        "requests.0.url", R), NEW[0]), body(NEW[0]), body(payload({}), NEW[0]), body(payload({"requests": []}), NEW[0])):
        pair.same("POST", "/api/batch", raw=data, headers=MULTI)


# ---- removals
def test_removals(pair, fresh):
    name = "removed"
    fresh.create({"id": "pbc_removed", "name": name, "type": "base", **OPEN, "fields": [field("file", "pic", thumbs=["7x7"]),
        field("file", "pics", maxSelect=3)]})
    inner = fresh.create({"id": "pbc_removed_in", "name": "removed_in", "type": "base", **OPEN, "fields": [field("file",
        "f"), field("relation", "r", collectionId="pbc_removed", cascadeDelete=True), field("relation", "must",
        collectionId="pbc_removed")]}).json["fields"]
    ids = [rid("rem", n) for n in range(6)]
    for id in ids:
        upload(pair, name, word("id", id), file("pic", "pic.png", PNG), file("pics", "aaa.png", PNG), file("pics",
            "bbb.png", PNG), expect=200)
        keep_files(pair, "pic", "pics")
        for thumb in ("7x7", "100x100"):
            pair.send("GET", f"/api/files/{name}/{id}/$pic$?thumb={thumb}")
        upload(pair, "removed_in", word("id", id.replace("rem", "rin")), word("r", id), file("f", "abc.txt"), expect=200)
    same_disk(pair, "pbc_removed", count=60)
    upload(pair, name, file("pic", "neu.png", PNG), word("pics", "$pics1$"), id=ids[5], expect=200)
    same_disk(pair, "pbc_removed", ids[5], count=4)
    pair.same("DELETE", records(name, ids[0]), expect=204)              # with its cascade
    same_disk(pair, "pbc_removed", ids[0], count=0, wait=5)
    same_disk(pair, "pbc_removed_in", ids[0].replace("rem", "rin"), count=0, wait=5)
    pair.same("PATCH", f"{C}/removed_in", {"fields": [{**f, "required": True} if f["name"] == "must" else f for f in inner]},
        expect=200)
    pair.same("PATCH", records("removed_in", ids[1].replace("rem", "rin")), {"must": ids[2]}, expect=200)
    pair.same("DELETE", records(name, ids[2]), expect=400)              # a required relation
    same_disk(pair, "pbc_removed", ids[2], count=10)
    pair.same("PATCH", f"{C}/{name}", {"name": "removed_x"}, expect=200)
    fresh.add("removed_x")
    pair.same("GET", f"/api/files/removed_x/{ids[5]}/$pics1$")
    pair.same("DELETE", f"{C}/removed_in/truncate", expect=204)
    same_disk(pair, "pbc_removed_in", count=0, wait=5)
    pair.same("DELETE", f"{C}/removed_in", expect=204)
    same_disk(pair, "pbc_removed", count=44)
    pair.same("DELETE", f"{C}/removed_x", expect=204)
    same_disk(pair, "pbc_removed", count=0, wait=5)


def test_removed_fields(pair, fresh):
    """Files of a removed field stay; without any file field nothing removes them any more."""
    fresh.create({"id": "pbc_fewer", "name": "fewer", "type": "base", **OPEN, "fields": [text("t"), field("file", "f"),
        field("file", "many", maxSelect=3)]})
    for n in (1, 2):
        upload(pair, "fewer", word("id", rid("few", n)), file("f", "abc.txt"), file("many", "aaa.txt"), file("many",
            "bbb.txt"), expect=200)
        keep_files(pair, "f", "many")
    fields = pair.same("GET", f"{C}/fewer").json["fields"]
    pair.same("PATCH", f"{C}/fewer", {"fields": [{**f, "maxSelect": 1} if f["name"] == "many" else f for f in fields]},
        expect=200)
    pair.same("GET", records("fewer", rid("few", 2)))                   # the last name is left
    pair.same("PATCH", records("fewer", rid("few", 2)), {"t": "x"}, expect=200)
    for kept in ("f", "many0", "many1"):
        pair.same("GET", f"/api/files/fewer/{rid('few', 2)}/${kept}$")
    same_disk(pair, "pbc_fewer", count=12)
    pair.same("PATCH", f"{C}/fewer", {"fields": [f for f in fields if f["type"] != "file"]}, expect=200)
    pair.same("GET", f"/api/files/fewer/{rid('few', 2)}/$f$", expect=404)
    same_disk(pair, "pbc_fewer", count=12)
    pair.same("DELETE", records("fewer", rid("few", 1)), expect=204)
    pair.same("DELETE", f"{C}/fewer/truncate", expect=204)
    same_disk(pair, "pbc_fewer", count=12)
    pair.same("DELETE", f"{C}/fewer", expect=204)
    same_disk(pair, "pbc_fewer", count=12)
