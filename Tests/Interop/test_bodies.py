"""Malformed and unusual request bodies: JSON, urlencoded and multipart forms, content types, sizes."""
import pytest

from cases import C, records, values
from fixture_records import rid, tag

L = records("loose")
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PART = {"Content-Type": "multipart/form-data; boundary=BB"}

TEXTS = ["", " ", "{}", "null", "[]", "5", '"x"', "true", "{", "}", "{}x", "{} {}", '{"t":"a"} trailing', '{"t":"a","t":"b"}',
    '{"t":"a",}', "{'t':'a'}", "{t:1}", '{"t":NaN}', '{"n":Infinity}', '{"t":"\\ud800"}', '{"t":"\\udc00\\ud800"}',
    '{"t":"\\x"}', '{"t":"a\nb"}', '{"t":"\t"}', '\ufeff{"t":"a"}', b'{"t":"\xff"}', b'{"t":"\xc3\x28"}', '{"t":"\\u00e9"}',
         '{"n":01}', '{"n":1.}', '{"n":.5}', '{"n":+1}', '{"n":1e}', '{"n":0x1}', '{"n":1e400}', '{"n":-1e400}',
         '{"js":{"a":1,"a":2}}', '{"js":[1,2,]}', '// c\n{"t":"a"}', '{"t":/*c*/"a"}', '\n\t {"t":"a"}', '{"t":"a"}\n\n',
         '[{"t":"a"}]', '{"t":"a"', '{"t"}', '{"t":}', '{:1}', '{1:2}', "nul", "{\"t\":\"" + "\\u0041" * 10 + "\"}",
         '{"js":' + "[" * 500 + "]" * 500 + "}", '{"js":' + "[" * 20000 + "]" * 20000 + "}",
         '{"T":"a"}', '{"\\u0074":"a"}', '{"js":{"\\u0061":1}}', "\x00{}", '{"t":"\x7f"}', '{"t":"\\/"}', "{\"t\":\"a\"}\x00"]


@pytest.mark.parametrize("raw", values(*TEXTS))
def test_json(pair, raw):
    pair.same("POST", L, raw=raw, headers=JSON)
    pair.same("PATCH", records("loose", rid("bodies", 1)), raw=raw, headers=JSON)
    pair.same("POST", f"{C}/members/auth-with-password", raw=raw, headers=JSON, auth=None)
    pair.same("PATCH", f"{C}/tags", raw=raw, headers=JSON)


@pytest.fixture(scope="module", autouse=True)
def row(pair):
    pair.send("POST", L, {"id": rid("bodies", 1)})


FORMS = ["t=a", "t=a&t=b", "t=&n=", "n=5", "n=5.0", "n=0012", "n=1e3", "n=-1.5", "n=x", "n=5&n=6", "b=true", "b=false", "b=1",
    "b=TRUE", "b=on", "t=true", "t=false", "t=5", "t=5.50", "t=007", "t=null", "t=+1", "t=%2B1", "t=a+b", "t=a%20b", "t=%zz",
    "t=%", "%74=a", "t", "=a", "&", "&&t=a", "t=a;n=5", "sm=a&sm=b", "sm=a", "sm=", "sm=&sm=a", 'sm=["a","b"]', "sm%2B=c",
    "sm+=c", "%2Bsm=c", "s1=a&s1=b",
         "js=5", "js={\"a\":1}", "js=x", "js=true", "js=[1,2]", "js=a&js=b", "js=", "js=null", 'js="q"',
         "g={\"lon\":1,\"lat\":2}", "g=x", f"r1={tag(1)}", f"rm={tag(1)}&rm={tag(2)}", "d=2024-01-02", "n%2B=5",
         "id=" + rid("form", 1), "@jsonPayload={\"t\":\"p\"}", "@jsonPayload={\"t\":\"p\"}&t=q",
         "@jsonPayload={\"t\":\"p\"}&@jsonPayload={\"n\":3}", "@jsonPayload=x", "@jsonPayload=[]",
         "@jsonPayload={\"n\":\"007\"}", "t=Infinity", "n=Infinity",
         "t=9007199254740993", "t=123456789012345678901", "t=1.10", "t=.5", "t=-0", "t=0", "t=-5", "t=1e5", "t=%C3%A4", "t=%ff",
         "t=\u00e4", "u=http://a.b", "t[a]=1", "t.a=1", "js.a=1", "nope=1", "b=t&t=0.1"]


@pytest.mark.parametrize("raw", values(*FORMS))
def test_form(pair, raw):
    pair.same("POST", L, raw=raw, headers=FORM)
    pair.send("DELETE", records("loose", rid("form", 1)))


@pytest.mark.parametrize("path", [L + "?t=query", L + "?t=query&n=3&sm=a", L + "?js=5"])
def test_query_joins_a_form(pair, path):
    for raw in ("", "b=true", "t=body", "sm=b"):
        pair.same("POST", path, raw=raw, headers=FORM)
        pair.same("POST", path, raw=raw.replace("=", ":") and '{"b":true}', headers=JSON)


def part(name, value, extra=""):
    return f'--BB\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{value}\r\n'


MULTIPART = [part("t", "a") + "--BB--\r\n", part("t", "a") + part("t", "b") + "--BB--", part("n", "5") + part("b",
    "true") + "--BB--\r\n", part("sm", "a") + part("sm", "b") + "--BB--\r\n", part("@jsonPayload",
    '{"t":"p","js":{"a":[1]}}') + "--BB--\r\n", part("@jsonPayload", '{"t":"p"}') + part("@jsonPayload", '{"n":2}') + part("t",
    "x") + "--BB--\r\n",
             part("@jsonPayload", "x") + "--BB--\r\n", part("t", "007") + part("n", "1e3") + "--BB--\r\n", "--BB--\r\n", "",
             "x", part("t", "a"), part("t", "ä") + "--BB--\r\n", part("", "a") + "--BB--\r\n", part("sm+", "c") + part("n-",
             "3") + "--BB--\r\n", "--XX\r\n\r\n--XX--\r\n", part("js", '{"a":1}') + "--BB--\r\n", part("t",
             "line1\r\nline2") + "--BB--\r\n", "preamble\r\n" + part("t", "a") + "--BB--\r\nepilogue"]


@pytest.mark.parametrize("raw", values(*MULTIPART))
def test_multipart(pair, raw):
    pair.same("POST", L, raw=raw, headers=PART)


TYPES = ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/jsonx",
    "application/json-patch+json", " application/json", "text/plain", "text/html", "application/octet-stream", "", "json",
    "application/x-www-form-urlencoded; charset=utf-8", "application/x-www-form-urlencodedx", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/mixed; boundary=BB", "text/json", "application/*", None]


@pytest.mark.parametrize("type", values(*TYPES))
def test_content_type(pair, type):
    headers = {} if type is None else {"Content-Type": type}
    for method, path in (("POST", L), ("PATCH", records("loose", rid("bodies", 1))), ("GET",
        records("tags") + "?perPage=1&sort=id&fields=id"), ("DELETE", records("loose", "nope")), ("POST",
        f"{C}/members/auth-with-password"), ("PATCH", f"{C}/tags"), ("POST", "/api/batch")):
        for raw in ("{}", '{"t":"a"}', "", None):
            if method == "PATCH" and "tags" in path and "form" in str(type):
                continue            # collections as forms are unreliable in the reference
            pair.same(method, path, raw=raw, headers=headers)


# application/xml and text/xml are left out: "may be refused" (http-general.md 5)

def test_unread_types_need_no_body(pair):
    for type in ("text/plain", "application/xml", "x/y"):
        pair.same("POST", L, raw=b"", headers={"Content-Type": type})
        pair.same("GET", records("tags") + "?perPage=1&sort=id&fields=id", headers={"Content-Type": type})


def test_chunked_body(pair):
    for raw in (b"8\r\n{\"t\":\"c\"\r\n1\r\n}\r\n0\r\n\r\n", b"0\r\n\r\n"):
        pair.same("POST", L, raw=raw, headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"})


AUTH_BODIES = ['{"identity":1}', '{"identity":"a","password":["x"]}',
    '{"IDENTITY":"ann@example.com","Password":"secret-pass-1"}', '{"identity":null,"password":null}',
    '{"identity":{},"password":""}', "identity=ann@example.com&password=secret-pass-1",
    "identity=ann%40example.com&password=secret-pass-1&identityField=email", "identity=&password="]


@pytest.mark.parametrize("raw", values(*AUTH_BODIES))
def test_fixed_shape_bodies(pair, raw):
    pair.same("POST", f"{C}/members/auth-with-password", raw=raw, headers=JSON if raw[0] == "{" else FORM, auth=None)


def test_too_large(pair):
    for method, path, size in (("POST", "/api/settings/test/email", 33554433), ("PATCH", "/api/settings", 33554433), ("POST",
        f"{C}/members/auth-with-password", 40000000)):
        # announced only: the answer must come before the body is sent completely
        pair.same(method, path, raw=b"{}", headers={"Content-Type": "application/json", "Content-Length": str(size),
            "Connection": "close"})


def test_large_text_fits(pair):
    for size in (5000, 5001, 100000):
        pair.same("POST", L, {"t": "x" * size, "ed": "y" * size}, ignore=("ed",))
    pair.same("POST", L, {"js": "z" * 1048574}, ignore=("js",))
    pair.same("POST", L, {"js": "z" * 1048575})
