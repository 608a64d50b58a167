"""Transport: routing, HEAD/OPTIONS, CORS and security headers, redirects, static files, tokens in headers, health."""
import pytest

from cases import C, case, records, run, table, values
from fixture_records import member, post

SECURITY = ("x-xss-protection", "x-content-type-options", "x-frame-options", "cross-origin-opener-policy",
    "strict-transport-security", "server", "cache-control", "content-security-policy")
CORS = ("vary", "access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers",
    "access-control-allow-credentials", "access-control-max-age", "access-control-expose-headers")
ALL = SECURITY + CORS + ("allow", "retry-after", "content-encoding", "accept-ranges", "last-modified", "content-range",
    "www-authenticate")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "CONNECTX"]
PATHS = ["/api/health", "/api", "/api/", "/api/nope", "/api/nope/x/y", "/api/health/", "/api//health", "//api/health",
    "/api/./health", "/api/x/../health", "/API/health", "/api/Health", "/api/%68ealth", "/api/health%20", "/api%2Fhealth",
    "/api/collections/", "/api/collections//records", "/api/collections/posts/", "/api/collections/posts/records/",
         "/api/collections/posts/nope", "/api/collections/posts/records/x/y", "/api/batch", "/api/batch/", "/api/settings/",
         "/api/admins", "/api/logs/", "/api/crons/", "/api/realtime/", "/api/files", "/api/files/x", "/nope", "/nope/", "/.",
         "/..", "/%2e%2e/x", "/a/../../b", "/?x=1", "/%00", "/%zz", "/ä", "/a%20b", "*", "/api/health?", "/api/health#x",
         "/api/health;x", "/api/collections/%70osts/records/" + post(1)]


@pytest.mark.parametrize("path", values(*PATHS))
def test_routing(pair, path):
    for method in METHODS:
        if method == "TRACE" and path == "*":
            continue
        # as guest: nothing of the fixtures may be deleted here
        pair.same(method, path, auth=None, check=ALL)


DASHBOARD = ["/_"]      # the dashboard files themselves are each program's own


@pytest.mark.parametrize("path", DASHBOARD)
def test_dashboard_redirect(pair, path):
    pair.same("GET", path, check=("location",))


STATIC = ["/", "/index.html", "/hello.txt", "/hello.txt/", "/data.json", "/style.css", "/sub", "/sub/", "/sub/index.html",
    "/sub/page.html", "/sub/nope", "/empty", "/empty/", "/empty/file.txt", "/with%20space.txt", "/with+space.txt", "/HELLO.TXT",
    "/missing.js", "/hello.txt?x=1", "/sub/../hello.txt", "/%2e%2e/hello.txt", "/..%2fhello.txt", "/sub/..%2f..%2fetc/passwd",
          "/hello.txt%00", "/api/nope.txt", "/sub//page.html", "//sub/page.html", "/\\hello.txt", "/index.html/",
          "/sub/index.html?x=1", "//evil.example/index.html"]


@pytest.mark.parametrize("path", values(*STATIC))
def test_static(pair, path):
    for method in ("GET", "HEAD", "POST", "DELETE"):
        pair.same(method, path, auth=None, check=ALL)


FILE_HEADERS = [{"Range": "bytes=0-3"}, {"Range": "bytes=-4"}, {"Range": "bytes=5-"}, {"Range": "bytes=99-"},
    {"Range": "bytes=0-1,4-5"}, {"Range": "x"}, {"Range": "bytes=3-1"}, {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"},
    {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"}, {"If-Modified-Since": "x"}, {"If-None-Match": "*"},
    {"If-None-Match": '"x"'}, {"If-Unmodified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"},
                {"If-Match": '"x"'}, {"If-Range": "Tue, 14 Nov 2023 22:13:20 GMT", "Range": "bytes=0-1"},
                {"Accept-Encoding": "gzip"}, {"Origin": "http://x.y"}]


@pytest.mark.parametrize("headers", values(*FILE_HEADERS))
def test_conditional_and_ranges(pair, headers):
    for method in ("GET", "HEAD"):
        if headers.get("Range", "").count("-") == 2:
            a, b = pair.send(method, "/hello.txt", auth=None, headers=headers)      # the multipart boundary is random
            assert a.status == b.status
        else:
            pair.same(method, "/hello.txt", auth=None, headers=headers, check=ALL)


ORIGINS = [None, "http://x.y", "null", "*", "", "https://a.b:90"]


@pytest.mark.parametrize("origin", values(*ORIGINS))
def test_cors(pair, origin):
    base = {} if origin is None else {"Origin": origin}
    for extra in ({}, {"Access-Control-Request-Method": "PATCH"}, {"Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "content-type, X-Abc"}, {"Access-Control-Request-Headers": "authorization"}):
        for method, path in (("OPTIONS", "/api/health"), ("OPTIONS", records("posts")), ("OPTIONS", "/api/nope"), ("OPTIONS",
            "/hello.txt"), ("OPTIONS", "/nope"), ("GET", "/api/health"), ("GET", "/hello.txt"), ("GET", "/nope"), ("GET",
            records("posts", "nope")), ("POST", "/api/batch"), ("DELETE", "/api/nope")):
            pair.same(method, path, auth=None, headers={**base, **extra}, check=ALL)


def test_security_headers(pair):
    for method, path in (("GET", records("posts", post(1))), ("GET", "/api/nope"), ("POST", "/api/nope"), ("GET", "/"), ("GET",
        "/api/settings"), ("PATCH", records("posts", "x"))):
        for auth in ("su", None):
            pair.same(method, path, auth=auth, check=ALL)


TOKENS = ["{}", "Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}", "Bearer{}", "Basic {}", "Token {}", " {}", "{} ", "{}x",
    "x{}", "Bearer", "Bearer ", "", "null", "undefined", "Bearer null", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpZCI6IngifQ.", "{},{}",
    "{}."]


@pytest.mark.parametrize("form", values(*TOKENS))
def test_authorization_header(pair, form):
    for path in ("/api/health", "/api/settings?fields=meta.appName", records("notes") + "?sort=id&fields=id",
        f"{C}/members/records/{member(2)}"):
        for caller in ("su", "user1"):
            for side in (pair.ref, pair.mart):
                side.tokens["tmp"] = form.replace("{}", side.tokens[caller])
            pair.same("GET", path, auth="tmp" if form else None)


ELSEWHERE = [("cookie", {"Cookie": "token=$T; pb_auth=$T"}, ""), ("query", {}, "?token=$T"), ("two headers", None, ""),
    ("lower case name", {"authorization": "$T"}, "")]


@pytest.mark.parametrize("label,headers,query", ELSEWHERE)
def test_token_elsewhere(pair, label, headers, query):
    for side in (pair.ref, pair.mart):
        side.tokens["tmp"] = "invalid"
    answers = []
    for side in (pair.ref, pair.mart):
        t = side.tokens["su"]
        sent = [("Authorization", t), ("Authorization", "x")] if headers is None else [(k, v.replace("$T", t)) for k,
            v in headers.items()]
        answers.append(side.request("GET", "/api/crons" + query.replace("$T", t), sent, None))
    assert answers[0].status == answers[1].status and answers[0].value() == answers[1].value(), label


HEALTH = [{}, {"X-Forwarded-For": "1.2.3.4"}, {"CF-Connecting-IP": "1.1.1.1"}, {"Fly-Client-IP": "1.1.1.1",
    "X-Forwarded-For": "2.2.2.2"}, {"X-Real-IP": "3.3.3.3"}, {"Forwarded": "for=1.2.3.4"}]


@pytest.mark.parametrize("headers", values(*HEALTH))
def test_health(pair, headers):
    for caller in ("su", "user1", None):
        for method in ("GET", "HEAD"):
            pair.same(method, "/api/health", auth=caller, headers=headers, check=ALL)
    a, b = pair.send("GET", "/api/health", auth=None)
    assert a.body == b.body


BATCHY = [case("empty content type", "GET", records("tags") + "?sort=id", headers={"Content-Type": "application/json"}),
    case("empty json delete", "DELETE", records("tags", "nope"), headers={"Content-Type": "application/json"}, raw=b""),
    case("language", "GET", "/api/health", headers={"Accept-Language": "en-US"}), case("accept xml", "GET", "/api/health",
    headers={"Accept": "text/xml"}),
          case("gzip wanted", "GET", records("posts") + "?sort=id", headers={"Accept-Encoding": "gzip"}, check=ALL),
          case("connection close", "GET", "/api/health", headers={"Connection": "close"}), case("expect", "POST",
          records("tags", "x"), body={}, headers={"Expect": "100-continue"}), case("odd host", "GET", "/api/health",
          headers={"X-Forwarded-Host": "evil"}),
          case("method override", "POST", "/api/health", headers={"X-HTTP-Method-Override": "GET"}), case("long header", "GET",
          "/api/health", headers={"X-Long": "a" * 8000}), case("long query", "GET", "/api/health?x=" + "a" * 8000),
          case("if-none-match", "GET", "/api/health", headers={"If-None-Match": "*"})]


@table(BATCHY)
def test_client_habits(pair, c):
    run(pair, c)
