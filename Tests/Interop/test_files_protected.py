"""Protected file fields: tokens of every kind, view rules, view collections, and the route that gives the tokens."""
import base64
import hashlib
import hmac
import json
import time

import pytest

from cases import C, Fresh, field, records, text, values
from files import FILES, HEADERS, MULTI, PNG, body, download, file, keep_files, upload, word
from fixture_records import PASSWORD, member, rid

TOKEN = "/api/files/token"
P, ID, ID2 = "guards_files", rid("prot", 1), rid("prot", 2)
DOC, OPEN, DOCS = (f"{FILES}/{P}/{ID}/${name}$" for name in ("doc", "open", "docs0"))
CALLERS = {"user1": "f_user1", "user2": "f_user2", "boss": "f_boss", "su": "f_su"}


@pytest.fixture(scope="module", autouse=True)
def guarded(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_guards_files", "name": P, "type": "base", "fields": [text("t"), field("relation", "owner",
        collectionId="pbc_members"), field("file", "doc", protected=True, thumbs=["10x10"]), field("file", "open"),
        field("file", "docs", protected=True, maxSelect=3), field("file", "hid", hidden=True, protected=True)]})
    for id, owner, name in ((ID2, member(2), "second_"), (ID, member(1), "")):
        upload(pair, P, word("id", id), word("owner", owner), word("t", "a"), file("doc", "doc.png", PNG), file("open",
            "open.txt"), file("docs", "aaa.txt"), file("docs", "bbb.txt"), file("hid", "hid.txt"), expect=200)
        for field_ in ("doc", "open", "docs", "hid"):
            keep_files(pair, field_, name=name + field_)
    for caller, name in CALLERS.items():
        pair.same("POST", TOKEN, auth=caller, expect=200)
        pair.keep(name, lambda json: json["token"])
    for side in (pair.ref, pair.mart):          # as a caller: the file token in the Authorization header
        side.tokens["f1"], side.tokens["fs"] = side.kept["f_user1"], side.kept["f_su"]
    yield
    m.clean()


def signed(claims, key, header=None):
    def part(x):
        return base64.urlsafe_b64encode(json.dumps(x, separators=(",", ":")).encode()).decode().rstrip("=")
    head = f'{part(header or {"alg": "HS256", "typ": "JWT"})}.{part(claims)}'
    mark = hmac.new(key.encode(), head.encode(), hashlib.sha256).digest()
    return head + "." + base64.urlsafe_b64encode(mark).decode().rstrip("=")


# every way to ask: (query, caller of the Authorization header)
ASKING = [("", None), ("", "su"), ("", "user1"), ("?token=$f_user1$", None), ("?token=$f_user2$", None), (
    "?token=$f_boss$", None), ("?token=$f_su$", None), ("?token=$f_user2$", "user1"), ("?token=$f_user1$", "user2"), (
    "?token=x", None), ("?token=", None), ("?token=x", "su"), ("?token=a.b.c", None)]


def ask(pair, path, asking=ASKING, **options):
    for query, caller in asking:
        if "?" in path:
            query = query.replace("?", "&")
        download(pair, path + query, auth=caller, **options)


RULES = [None, "", "owner = @request.auth.id", "@request.auth.id != ''", "@request.auth.id = ''",
    "@request.auth.name = 'Ann'", "@request.auth.collectionName = 'staff'", "@request.auth.role = 'boss'",
    "@request.auth.verified = true", "t = 'a'", "t = 'b'", "id = 'nope'", "owner.name = 'Ann'",
    "owner.team.name = @request.auth.team.name", "@request.context = 'protectedFile'", "@request.context = 'default'",
    "@request.context = 'view'", "@request.method = 'GET'", "@request.method = 'HEAD'", "@request.query.token != ''",
    "@request.query.token:isset = true", "@request.query.x = '1'", "@request.headers.authorization != ''",
    "@request.headers.host != ''", "@request.headers.x_a = 'b'", "@request.body.t:isset = false",
    "@request.body.t = ''", "doc != ''", "doc ~ 'doc_%'", "docs:length = 2", "docs:each ~ 'txt'",
    "@collection.members.id ?= @request.auth.id", "@collection.members.name ?= 'Ann'",
    "@collection.guards_files.id ?= id", "@request.auth.email = 'ann@example.com'",
    "owner = @request.auth.id && @request.query.token != ''", "t:isset = true"]


@pytest.mark.parametrize("rule", values(*RULES))
def test_view_rule(pair, rule):
    pair.same("PATCH", f"{C}/{P}", {"viewRule": rule, "listRule": None}, expect=200)
    ask(pair, DOC)
    ask(pair, DOC + "?x=1", ASKING[3:8], method="HEAD", headers={"X-A": "b"})
    ask(pair, f"{FILES}/{P}/{ID2}/$second_doc$", ASKING[3:7])
    ask(pair, DOCS, ASKING[2:4])
    ask(pair, f"{FILES}/{P}/{ID}/$hid$", ASKING[2:4])
    ask(pair, OPEN, ASKING[:1])


def test_other_rules_do_not_matter(pair):
    for rules in ({"listRule": "", "viewRule": None}, {"listRule": None, "viewRule": "", "createRule": None}, {
        "listRule": "id = 'x'", "viewRule": "t = 'a'", "deleteRule": ""}):
        pair.same("PATCH", f"{C}/{P}", rules, expect=200)
        ask(pair, DOC)


def test_ways_to_send(pair):
    pair.same("PATCH", f"{C}/{P}", {"viewRule": "owner = @request.auth.id"}, expect=200)
    for query in ("token=$f_user1$&token=x", "token=x&token=$f_user1$", "Token=$f_user1$", "token[]=$f_user1$",
        "token=%20$f_user1$", "token=$f_user1$%20", "token=Bearer%20$f_user1$", "token=$f_user1$&download=1",
        "token=$f_user1$&thumb=10x10", "thumb=10x10", "thumb=100x100&token=$f_user2$", "token=$f_user1$.x",
        "token=$f_user1$=", "token=%zz", "token=$f_user1$#x", "x=%zz&token=$f_user1$"):
        download(pair, f"{DOC}?{query}")
    for headers in ({"Range": "bytes=0-3"}, {"If-None-Match": "*"}, {"Origin": "http://a.b"}):
        download(pair, f"{DOC}?token=$f_user1$", headers=headers)
        download(pair, DOC, headers=headers)
    for caller in ("f1", "fs"):
        download(pair, DOC, auth=caller)
        download(pair, DOC + "?token=$f_user2$", auth=caller)
    for path in (f"{FILES}/{P}/{ID}/nope", f"{FILES}/{P}/{ID}/$doc$.attrs", f"{FILES}/{P}/{ID2}/$doc$",
        f"{FILES}/{P}/nope/$doc$", f"{FILES}/pbc_guards_files/{ID}/$doc$"):
        ask(pair, path, ASKING[3:8])
    # the body of the request is another place that is not looked at
    download(pair, DOC, raw=body(word("token", "$f_user1$")), headers=MULTI)


def test_changed_option(pair):
    """The option counts, not the state at the time of the upload."""
    pair.same("PATCH", f"{C}/{P}", {"viewRule": "owner = @request.auth.id"}, expect=200)
    fields = pair.same("GET", f"{C}/{P}").json["fields"]
    for protected in (False, True):
        pair.same("PATCH", f"{C}/{P}", {"fields": [{**f, "protected": protected} if f["name"] == "doc" else {**f,
            "protected": not protected} if f["name"] == "open" else f for f in fields]}, expect=200)
        for path in (DOC, OPEN):
            ask(pair, path, ASKING[:5])
    pair.same("PATCH", f"{C}/{P}", {"fields": fields}, expect=200)


# ---- tokens
@pytest.fixture
def keys(pair, fresh):
    """An auth collection with known secrets and a record with a known key: tokens can be made here."""
    fresh.create({"id": "pbc_holders", "name": "holders", "type": "auth", "viewRule": "", "authToken": {"duration":
        3600, "secret": "a" * 50}, "fileToken": {"duration": 30, "secret": "f" * 50}, "fields": []})
    pair.same("POST", records("holders"), {"id": rid("hold", 1), "email": "hold@example.com", "password": PASSWORD,
        "passwordConfirm": PASSWORD, "tokenKey": "k" * 50}, expect=200)
    pair.same("PATCH", f"{C}/{P}", {"viewRule": f"@request.auth.id = '{rid('hold', 1)}'"}, expect=200)
    claims = {"id": rid("hold", 1), "collectionId": "pbc_holders", "type": "file", "exp": int(time.time()) + 100}
    return claims, "k" * 50 + "f" * 50


def test_made_tokens(pair, keys):
    claims, key = keys
    now = int(time.time())
    tokens = [signed(claims, key), signed(claims, "k" * 50 + "a" * 50), signed(claims, "f" * 50), signed(claims, "k" * 50),
        signed(claims, "f" * 50 + "k" * 50), signed(claims, ""), signed(claims, key, {"alg": "HS256"}), signed(claims,
        key, {"alg": "none", "typ": "JWT"}), signed(claims, key, {"alg": "HS512", "typ": "JWT"}), signed(claims, key, {
        "typ": "JWT"}), signed(claims, key, {"alg": "HS256", "typ": "x"}), signed(claims, key)[:-2], signed(claims, key)
        + "AA", "x" + signed(claims, key), signed(claims, key).rsplit(".", 1)[0], signed(claims, key).rsplit(".", 1)[0]
        + "."]
    for change in ({"type": "auth"}, {"type": "File"}, {"type": None}, {"id": "nope"}, {"id": None}, {"id": 5}, {
        "collectionId": "holders"}, {"collectionId": "pbc_members"}, {"collectionId": "nope"}, {"collectionId": None},
        {"exp": now - 1}, {"exp": now - 100}, {"exp": now + 10 ** 9}, {"exp": None}, {"exp": "x"}, {"exp": now + 50.5},
        {"exp": str(now + 100)}, {"nbf": now + 100}, {"iat": now + 100}, {"refreshable": True}, {"more": {"a": 1}}, {
        "aud": "x"}):
        tokens.append(signed({**claims, **change}, key))
        without = {k: v for k, v in claims.items() if k not in change}
        tokens.append(signed(without, key))
    for token in tokens:
        download(pair, f"{DOC}?token={token}")
    # an auth token made in the same way is none for files, and the other way round
    auth = signed({**claims, "type": "auth", "refreshable": True}, "k" * 50 + "a" * 50)
    download(pair, f"{DOC}?token={auth}")
    pair.same("POST", TOKEN, auth=auth, expect=200)
    pair.same("POST", TOKEN, auth=tokens[0])
    pair.same("POST", f"{C}/holders/auth-refresh", auth=tokens[0])


def test_token_is_ended(pair, keys):
    claims, key = keys
    token, path = signed(claims, key), records("holders", rid("hold", 1))
    download(pair, f"{DOC}?token={token}", expect=200)
    pair.same("PATCH", f"{C}/holders", {"fileToken": {"duration": 30, "secret": "g" * 50}}, expect=200)
    download(pair, f"{DOC}?token={token}", expect=404)
    pair.same("PATCH", f"{C}/holders", {"fileToken": {"duration": 30, "secret": "f" * 50}}, expect=200)
    download(pair, f"{DOC}?token={token}", expect=200)
    pair.same("PATCH", path, {"tokenKey": "n" * 50}, expect=200)
    download(pair, f"{DOC}?token={token}", expect=404)
    pair.same("DELETE", path, expect=204)
    download(pair, f"{DOC}?token={token}", expect=404)


def test_duration(pair, keys):
    for duration in (10, 1000, 94670856):
        pair.same("PATCH", f"{C}/holders", {"fileToken": {"duration": duration}}, expect=200)
        auth = signed({**keys[0], "type": "auth", "refreshable": True}, "k" * 50 + "a" * 50)
        pair.same("POST", TOKEN, auth=auth, expect=200)
        pair.keep("held", lambda json: json["token"])
        download(pair, f"{DOC}?token=$held$", expect=200)
    for duration in (0, 9, -1, 94670857, "10", None):
        pair.same("PATCH", f"{C}/holders", {"fileToken": {"duration": duration}})


def test_token_route(pair):
    for caller in ("user1", "user2", "boss", "clerk", "su", None, "x", "not.a.token", ""):
        pair.same("POST", TOKEN, auth=caller, check=HEADERS)
    for caller in ("f1", "fs"):
        pair.same("POST", TOKEN, auth=caller)
        pair.same("GET", records(P, ID), auth=caller)
    for query in ("?fields=token", "?fields=nope", "?fields=token:excerpt(5)", "?x=1"):
        pair.same("POST", TOKEN + query, auth="user1")
    for raw, type in (("", "application/json"), ("{", "application/json"), ("x", "text/plain"), (body(word("a", "b"))[:
        -9], MULTI["Content-Type"])):
        pair.same("POST", TOKEN, raw=raw, headers={"Content-Type": type})
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
        pair.same(method, TOKEN, auth="user1")
    pair.same("POST", TOKEN + "/", auth="user1")
    pair.same("POST", FILES, auth="user1")


# ---- view collections
@pytest.fixture(scope="module")
def views(pair):
    pair.same("PATCH", f"{C}/{P}", {"viewRule": None}, expect=200)
    m = Fresh(pair)
    queries = {"fv1": "SELECT id, doc, open, docs, owner FROM guards_files", "fv2":
        "SELECT id, doc as renamed, open, owner FROM fv1", "fv3": "SELECT id, renamed, open FROM fv2", "fv4":
        "SELECT id, renamed as again FROM fv3", "fv5": "SELECT id, again FROM fv4", "fv6": "SELECT id, again FROM fv5",
        "fv7": "SELECT id, again FROM fv6", "fv_id": "SELECT (id || 'x') as id, doc, open FROM guards_files", "fv_join":
        "SELECT m.id as id, g.doc, g.open FROM members m LEFT JOIN guards_files g ON g.owner = m.id", "fv_text":
        "SELECT id, (doc || '') as doc, open FROM guards_files", "fv_where":
        f"SELECT id, doc, open FROM guards_files WHERE id = '{ID2}'", "fv_group":
        "SELECT max(id) as id, doc, open FROM guards_files GROUP BY owner", "fv_no_file":
        "SELECT id, t FROM guards_files", "fv_cast": "SELECT id, cast(doc as text) as doc, " "open FROM guards_files",
        "fv_swap": "SELECT id, doc as open, open as doc FROM guards_files", "fv_twice":
        "SELECT id, doc as a, doc as b FROM guards_files", "fv_hid": "SELECT id, hid FROM guards_files", "fv_max":
        "SELECT id, max(doc) as doc, open FROM guards_files GROUP BY id", "fv_docs":
        "SELECT id, docs as papers FROM guards_files", "fv_cte":
        "WITH x AS (SELECT id, doc, open FROM guards_files) SELECT x.id, x.doc, x.open FROM x", "fv_sub":
        "SELECT s.id, s.doc FROM (SELECT id, doc FROM guards_files) s"}
    for name, query in queries.items():
        m.create({"id": f"pbc_{name}", "name": name, "type": "view", "viewQuery": query, "viewRule": "", "listRule": None})
    yield queries
    m.clean()


VIEWS = [f"fv{i}" for i in range(1, 8)] + ["fv_id", "fv_join", "fv_text", "fv_where", "fv_group", "fv_no_file",
    "fv_cast", "fv_swap", "fv_twice", "fv_hid", "fv_max", "fv_docs", "fv_cte", "fv_sub"]


@pytest.mark.parametrize("view", VIEWS)
def test_view(pair, views, view):
    pair.same("GET", f"{C}/{view}", expect=200)
    pair.same("PATCH", f"{C}/{view}", {"viewRule": ""}, expect=200)
    for id in (ID, ID + "x", member(1), ID2, "nope"):
        for name in ("$doc$", "$open$"):
            ask(pair, f"{FILES}/{view}/{id}/{name}", [ASKING[0], ASKING[6]])
    for path in (f"{view}/{ID}/$docs0$", f"{view}/{ID}/$hid$", f"pbc_{view}/{ID}/$doc$?thumb=10x10",
        f"{view}/{ID}/$open$?download=1", f"{view.upper()}/{ID}/$doc$", f"{view}/{ID}/$doc$.attrs"):
        ask(pair, f"{FILES}/{path}", [ASKING[0]])
    for rule in (None, "@request.auth.id != '' && @request.context = 'protectedFile'"):
        pair.same("PATCH", f"{C}/{view}", {"viewRule": rule}, expect=200)
        for name in ("$doc$", "$open$"):
            ask(pair, f"{FILES}/{view}/{ID}/{name}", [ASKING[0], ASKING[3], ASKING[6]])


def test_rules_of_a_chain(pair, views):
    """Only the rule of the asked view counts, not those below."""
    for below, own in ((None, ""), ("", None), ("@request.auth.id = owner", ""), ("", "@request.auth.id = owner"),
        ("@request.auth.id = owner", "@request.auth.id = owner")):
        pair.same("PATCH", f"{C}/{P}", {"viewRule": below}, expect=200)
        pair.same("PATCH", f"{C}/fv1", {"viewRule": own}, expect=200)
        ask(pair, f"{FILES}/fv1/{ID}/$doc$", ASKING[:7])
    for below, own in (("@request.auth.id = owner", ""), (None, "@request.auth.id = owner")):
        pair.same("PATCH", f"{C}/fv1", {"viewRule": below}, expect=200)
        pair.same("PATCH", f"{C}/fv2", {"viewRule": own}, expect=200)
        ask(pair, f"{FILES}/fv2/{ID}/$doc$", ASKING[:7])


def test_same_name_in_another_record(pair, views):
    """The original is found by the name of the file."""
    for id in (ID, ID2):
        for name in ("$doc$", "$second_doc$"):
            for view in ("fv1", "fv3", "fv_id", "fv_group"):
                ask(pair, f"{FILES}/{view}/{id}/{name}", [ASKING[0], ASKING[6]])
