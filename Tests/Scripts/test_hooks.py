"""Hook files do the same on both servers: order, changes, refusals, routes."""
import gzip
import json
import pathlib
import re

import pytest

from conftest import MARTLET_BIN, Client, prepare, start

PATHS = [
    ("GET", "/r/json"), ("GET", "/r/string"), ("GET", "/r/html"), ("GET", "/r/xml"), ("GET", "/r/blob"), ("GET", "/r/none"),
    ("GET", "/r/redirect"), ("GET", "/r/bad-redirect"), ("GET", "/r/cookie"), ("GET", "/r/twice"), ("GET", "/r/header"), ("GET", "/r/type"),
    ("GET", "/r/nothing"), ("GET", "/r/undefined"), ("GET", "/r/late-throw"), ("GET", "/r/fields?fields=a,b.c"),
    *(("GET", f"/r/throw/{kind}") for kind in ("string", "error", "object", "api", "returned", "rows", "validation", "method")),
    ("GET", "/p/a/x/b"), ("GET", "/p/fixed/x/b"), ("GET", "/p/a%20b/x/%C3%A9"), ("GET", "/rest/a/b/c"), ("GET", "/rest/"), ("GET", "/slash/"),
    ("GET", "/slash/a/b"), ("GET", "/slash"), ("GET", "/exact/"), ("GET", "/exact/a"), ("POST", "/methods"), ("PATCH", "/methods"),
    ("PUT", "/methods"), ("GET", "/text-handler"), ("HEAD", "/r/string"), ("GET", "/guest"), ("GET", "/auth"), ("GET", "/auth-users"),
    ("GET", "/superuser"), ("GET", "/owner/ann000000000001"), ("GET", "/chain"), ("GET", "/stopped"), ("GET", "/refused"), ("GET", "/as-ann"),
    ("GET", "/enriched"),
]
HEADERS = ("Content-Type", "Location", "Set-Cookie", "X-Own", "X-Chain", "X-After", "X-Marked")


def seen(status, headers, content):
    """What is compared of an answer."""
    text = content.decode("utf-8", "replace")
    text = re.sub(r'"(created|updated)":"[^"]*"', r'"\1":""', text)
    try:
        body = json.loads(text)
    except ValueError:
        body = text
    return status, {name: headers[name] for name in HEADERS if name in headers}, body


def both(pair, method, path, body=None, **options):
    return tuple(seen(*client.send(method, path, body, **options)) for client in pair)


def plain(trace):
    """Stages inside of a write are inside of a transaction on Martlet always."""
    return [line.removesuffix(" tx") if "Execute" in line else line for line in trace]


def user_token(client):
    status, answer = client.json("POST", "/api/collections/users/auth-with-password", {"identity": "ann@example.com", "password": "1234567890"})
    assert status == 200
    return answer["token"]


@pytest.mark.parametrize("who", ["guest", "user", "superuser"])
@pytest.mark.parametrize("method,path", PATHS)
def test_routes(pair, method, path, who):
    answers = []
    for client in pair:
        token = {"guest": False, "superuser": True}.get(who) if who != "user" else user_token(client)
        answers.append(seen(*client.send(method, path, token=token)))
    assert answers[1] == answers[0]


@pytest.mark.parametrize("path", ["/hosted", "/only/5", "/only/5/6"])
@pytest.mark.parametrize("host", ["127.0.0.1", "files.example.test", "files.example.test:8090", "other.example.test"])
def test_routes_of_single_hosts(pair, path, host):
    reference, martlet = both(pair, "GET", path, headers={"Host": host}, token=False)
    assert martlet == reference


@pytest.mark.parametrize("path", ["/gzip/text", "/gzip/json", "/gzip/none", "/gzip/files/a.txt", "/gzip/files/none.txt"])
@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "identity", None])
def test_compressed_answers(pair, path, accepted):
    answers = []
    for client in pair:
        folder = pathlib.Path(client.server.root) / "shown"
        folder.mkdir(exist_ok=True)
        (folder / "a.txt").write_text("a line of text\n" * 400)
        status, headers, content = client.send("GET", path, headers={"Accept-Encoding": accepted} if accepted else {})
        encoding = headers.get("Content-Encoding")
        content = gzip.decompress(content) if encoding == "gzip" else content
        answers.append((status, encoding, headers.get("Content-Type"), content))
    if "none" in path:      # what is smaller than its compressed form, or is no page, may go out as it is
        answers = [(status, content) for status, _, _, content in answers]
    assert answers[1] == answers[0]


def test_a_part_of_a_file_is_not_compressed(pair):
    _, martlet = pair
    folder = pathlib.Path(martlet.server.root) / "shown"
    folder.mkdir(exist_ok=True)
    (folder / "part.txt").write_text("0123456789" * 100)
    status, headers, content = martlet.send("GET", "/gzip/files/part.txt", headers={"Accept-Encoding": "gzip", "Range": "bytes=10-14"})
    assert (status, headers.get("Content-Encoding"), content) == (206, None, b"01234")
    status, headers, content = martlet.send("GET", "/gzip/files/part.txt", headers={"Accept-Encoding": "gzip"})
    tag = headers["ETag"] if "ETag" in headers else None
    assert status == 200 and len(content) < 500 and headers["Vary"] and (tag is None or tag.startswith("W/"))


@pytest.mark.parametrize("path,body,headers", [
    ("/body", b'{"a":[1,{"b":null}]}', {}), ("/body", b"a=1&a=2&b=true&c=1.50&d=x+y", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("/body", b"nonsense", {}), ("/body", b"", {}), ("/body", b"x", {"Content-Type": "text/plain"}), ("/raw", b"any thing", {"Content-Type": "text/plain"}),
    ("/limited", b'{"a":1}', {}), ("/limited", b'{"a":"' + b"x" * 30 + b'"}', {}),
    ("/upload", b'--BB\r\nContent-Disposition: form-data; name="a"\r\n\r\n5\r\n--BB\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\nhello\r\n--BB--\r\n',
     {"Content-Type": "multipart/form-data; boundary=BB"}),
    ("/upload", b'{"a":1}', {}),
])
def test_bodies(pair, path, body, headers):
    reference, martlet = both(pair, "POST", path, body, headers=headers)
    assert martlet == reference


@pytest.mark.parametrize("path", ["/r/string", "/api/health", "/api/collections/posts/records", "/nothing/here"])
@pytest.mark.parametrize("header", ["X-Stop", "X-Mark"])
def test_global_middlewares(pair, path, header):
    reference, martlet = both(pair, "GET", path, headers={header: "yes"})
    if header == "X-Stop":
        assert martlet == reference
    else:
        assert martlet[:2] == reference[:2]


TITLES = [
    "plain", "request: no next", "request: own answer", "request: api error", "request: error", "request: changes", "request: transaction",
    "request: transaction undone", "create: no next", "create: throws", "create: api error", "create: validation",
    "create: changes", "create: swallows", "create: twice", "create: saves another", "create: throws late", "validate: refuses", "after: throws",
    "after: changes", "enrich: changes", "",
]


@pytest.fixture(scope="module")
def clean(pair):
    """Collections without what other tests have made."""
    for client in pair:
        for record in client.json("GET", "/api/collections/posts/records?perPage=500")[1]["items"]:
            if not record["id"].startswith("post0000"):
                client.send("DELETE", f"/api/collections/posts/records/{record['id']}")
        client.send("GET", "/trace")
    return pair


@pytest.mark.parametrize("who", [True, False])
@pytest.mark.parametrize("title", TITLES)
def test_creating(clean, title, who):
    results = []
    for client in clean:
        client.send("GET", "/trace")
        answer = seen(*client.send("POST", "/api/collections/posts/records", {"title": title, "n": 1, "secret": "s"}, token=who))
        id = answer[2].get("id") if isinstance(answer[2], dict) else None
        if id:
            answer[2]["id"] = "ID"
            answer[2].pop("collectionId", None)
        _, trace = client.json("GET", "/trace")
        error = client.json("GET", "/last-error")[1].split("\n")[0]
        _, stored = client.json("GET", "/api/collections/posts/records?perPage=500&sort=title,n&filter=" + "n>0&fields=title,n")
        for record in client.json("GET", "/api/collections/posts/records?perPage=500")[1]["items"]:
            if not record["id"].startswith("post0000"):
                client.send("DELETE", f"/api/collections/posts/records/{record['id']}")
        client.send("GET", "/trace")
        results.append({"answer": answer, "trace": plain(trace), "error": error, "stored": stored["items"]})
    assert results[1] == results[0]


@pytest.mark.parametrize("steps", [
    [("PATCH", "ID", {"n": 2})], [("PATCH", "ID", {"title": ""})], [("PATCH", "ID", {"title": "update: changes"})], [("GET", "ID", None)],
    [("GET", "", None)], [("DELETE", "ID", None)], [("PATCH", "ID", {"title": "delete: refused"}), ("DELETE", "ID", None), ("PATCH", "ID", {"title": "x"})],
])
def test_changing(clean, steps):
    results = []
    for client in clean:
        client.send("POST", "/api/collections/posts/records", {"id": "changing0000001", "title": "start", "n": 1})
        client.send("POST", "/api/collections/comments/records", {"text": "of it", "post": "changing0000001"})
        client.send("GET", "/trace")
        answers = []
        for method, id, body in steps:
            answers.append(seen(*client.send(method, "/api/collections/posts/records/" + id.replace("ID", "changing0000001"), body)))
            for item in [answers[-1][2]] + (answers[-1][2].get("items", []) if isinstance(answers[-1][2], dict) else []):
                if isinstance(item, dict):
                    item.pop("collectionId", None)
        _, trace = client.json("GET", "/trace")
        client.send("DELETE", "/api/collections/posts/records/changing0000001")
        client.send("GET", "/trace")
        # what a deletion takes along is told of at the end of the transaction
        results.append({"answers": answers, "trace": sorted(plain(trace)) if steps[0][0] == "DELETE" else plain(trace)})
    assert results[1] == results[0]


POSTS = "/api/collections/posts/records"
ONE, TWO = "batched00000001", "batched00000002"


def create(title, **more):
    return {"method": "POST", "url": POSTS, "body": {"title": title, **more}}


BATCHES = {
    "two": [create("a", id=ONE), create("b", id=TWO)],
    "changed by a hook": [create("create: changes", id=ONE), create("request: changes", id=TWO)],
    "the second is refused": [create("a", id=ONE), create("create: api error", id=TWO)],
    "the second is invalid": [create("a", id=ONE), create("", id=TWO)],
    "an answer of its own": [create("request: own answer", id=ONE), create("b", id=TWO)],
    "upsert": [create("a", id=ONE), {"method": "PUT", "url": POSTS, "body": {"id": ONE, "title": "b"}},
               {"method": "PUT", "url": POSTS, "body": {"id": TWO, "title": "c"}}],
    "changed and gone": [create("a", id=ONE), {"method": "PATCH", "url": f"{POSTS}/{ONE}", "body": {"n": 5}},
                         {"method": "POST", "url": "/api/collections/comments/records", "body": {"text": "x", "post": ONE}},
                         {"method": "DELETE", "url": f"{POSTS}/{ONE}"}],
    "delete refused": [create("delete: refused", id=ONE), {"method": "DELETE", "url": f"{POSTS}/{ONE}"}],
}


@pytest.mark.parametrize("name", BATCHES)
def test_batches(clean, name):
    results = []
    for client in clean:
        client.json("PATCH", "/api/settings", {"batch": {"enabled": True}})
        client.send("GET", "/trace")
        answer = seen(*client.send("POST", "/api/batch", {"requests": BATCHES[name]}))
        _, trace = client.json("GET", "/trace")
        stored = [client.json("GET", f"{POSTS}/{id}?fields=title,n")[1] for id in (ONE, TWO)]
        for id in (ONE, TWO):
            client.json("PATCH", f"{POSTS}/{id}", {"title": "x"})
            client.send("DELETE", f"{POSTS}/{id}")
        results.append({"answer": re.sub(r'"(collectionId|id)": *"\w*"', "", json.dumps(answer)), "trace": plain(trace), "stored": stored})
    assert results[1] == results[0]


ANN = '$app.findAuthRecordByEmail("users", "ann@example.com")'
OWN_WRITES = {
    "verification": ("/api/collections/users/confirm-verification", f"{{ token: {ANN}.newVerificationToken() }}"),
    "password": ("/api/collections/users/confirm-password-reset",
                 f"{{ token: {ANN}.newPasswordResetToken(), password: '1234567890', passwordConfirm: '1234567890' }}"),
    "address": ("/api/collections/users/confirm-email-change",
                f"{{ token: {ANN}.newEmailChangeToken('anna@example.com'), password: '1234567890' }}"),
    "truncation": ("/api/collections/comments/truncate", "null"),
}


@pytest.mark.parametrize("name", OWN_WRITES)
def test_what_the_server_writes_itself(clean, name):
    path, body = OWN_WRITES[name]
    results = []
    for client in clean:
        client.eval("$app.save(new Record($app.findCollectionByNameOrId('comments'), { text: 'to go' }))")
        client.eval("const ann = $app.findRecordById('users', 'ann000000000001'); ann.setVerified(false); "
                    "ann.setEmail('ann@example.com'); $app.save(ann)")
        value = client.eval(f"return {body}")["value"]
        client.send("GET", "/trace")
        answer = client.json("DELETE" if body == "null" else "POST", path, value)
        results.append({"answer": answer, "trace": plain(client.json("GET", "/trace")[1])})
        client.eval("const ann = $app.findRecordById('users', 'ann000000000001'); ann.setEmail('ann@example.com'); $app.save(ann)")
    assert results[0]["trace"]
    assert results[1] == results[0]


def test_hooks_of_updates_see_upserts(tmp_path):
    """A `PUT` in a batch that meets a record is an update, also for those who take part in updates only."""
    file = tmp_path / "guard.pb.js"
    file.write_text('onRecordUpdateRequest((e) => { throw new ForbiddenError("no") }, "posts")')
    with start(MARTLET_BIN, "martlet", [file]) as server:
        client = prepare(Client(server))
        client.json("PATCH", "/api/settings", {"batch": {"enabled": True}})
        put = {"method": "PUT", "url": POSTS, "body": {"id": "post00000000001", "title": "changed"}}
        assert client.json("POST", "/api/batch", {"requests": [put]})[0] == 400
        assert client.json("GET", f"{POSTS}/post00000000001")[1]["title"] == "Post 1"
