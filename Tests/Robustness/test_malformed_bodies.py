"""Hard JSON, forms, sizes, filters and page numbers: a 4xx in the error shape (or an ordinary answer), in bounded memory."""

import json
import random
import time

import pytest

from servers import Client, read_answer

RECORDS = "/api/collections/inbox/records"
LIST = "/api/collections/posts/records"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=cut"}
MIB = 1 << 20


def named(cases):
    return pytest.mark.parametrize("body", cases.values(), ids=cases.keys())


REFUSED_JSON = {
    "arrays 100000 deep": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects 100000 deep": b'{"data":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "1000000 open brackets": b"[" * 1_000_000,
    "1000000 open braces": b'{"a":' * 1_000_000,
    "duplicate key": b'{"title":"a","title":"b"}',
    "duplicate key, escaped": b'{"title":"a","\\u0074itle":"b"}',
    "duplicate key, nested": b'{"data":{"a":1,"a":2}}',
    "lone high surrogate": b'{"title":"\\ud800"}',
    "lone low surrogate": b'{"title":"\\udc00"}',
    "surrogates swapped": b'{"title":"\\udc00\\ud800"}',
    "surrogate in a key": b'{"data":{"\\ud800":1}}',
    "surrogate as UTF-8": b'{"title":"\xed\xa0\x80"}',
    "number 1e400": b'{"n":1e400}',
    "number -1e400": b'{"n":-1e400}',
    "number of 100000 digits": b'{"n":' + b"9" * 100_000 + b"}",
    "exponent of 20 digits": b'{"n":1e99999999999999999999}',
    "leading zero": b'{"n":01}', "plus": b'{"n":+1}', "no digit before dot": b'{"n":.5}', "no digit after dot": b'{"n":1.}',
    "hex": b'{"n":0x10}', "NaN": b'{"n":NaN}', "Infinity": b'{"n":Infinity}', "minus": b'{"n":-}', "exponent": b'{"n":1e}',
    "NUL in text": b'{"title":"a\0b"}', "NUL between": b'{\0"title":"a"}', "NUL first": b'\0{"title":"a"}',
    "newline in text": b'{"title":"a\nb"}', "tab in text": b'{"title":"a\tb"}',
    "byte-order mark": b'\xef\xbb\xbf{"title":"a"}',
    "UTF-16": '{"title":"a"}'.encode("utf-16"), "UTF-32": '{"title":"a"}'.encode("utf-32-le"),
    "UTF-8 cut": b'{"title":"\xe2\x82"}', "UTF-8 cut at the end": b'{"title":"\xf0\x9f\x92',
    "lone continuation": b'{"title":"\x80"}', "overlong slash": b'{"title":"\xc0\xaf"}',
    "overlong NUL": b'{"title":"\xc0\x80"}', "overlong of four": b'{"title":"\xf0\x80\x80\xaf"}',
    "above U+10FFFF": b'{"title":"\xf4\x90\x80\x80"}', "byte FF": b'{"title":"\xff"}', "latin-1": b'{"title":"caf\xe9"}',
    "invalid UTF-8 in a key": b'{"data":{"\xff":1}}',
    "trailing comma": b'{"title":"a",}', "missing comma": b'{"title":"a" "n":1}', "missing colon": b'{"title" "a"}',
    "comment": b'{"title":"a"/* b */}', "single quotes": b"{'title':'a'}", "bare key": b'{title:"a"}',
    "escape x": b'{"title":"\\x41"}', "escape u cut": b'{"title":"\\u12"}', "escape u wrong": b'{"title":"\\u12G4"}',
    "unclosed text": b'{"title":"a', "unclosed object": b'{"title":"a"', "cut literal": b'{"data":tru}', "wrong literal": b'{"data":True}',
    "blanks only": b" \n\t ", "array": b"[1,2]", "text": b'"title"', "number": b"5", "true": b"true",
    "form feed as blank": b'{\x0c"title":"a"}', "no-break space": b'{\xc2\xa0"title":"a"}',
}

ORDINARY_JSON = {
    "null": b"null", "empty object": b"{}", "empty key": b'{"":1}', "text after the value": b'{"title":"a"} and more',
    "escaped NUL": b'{"title":"a\\u0000b"}', "DEL and U+2028": b'{"title":"\x7f\xe2\x80\xa8"}', "noncharacter": b'{"title":"\xef\xbf\xbf"}',
    "surrogate pair": b'{"title":"\\ud83d\\udca9"}', "-0": b'{"n":-0,"data":-0}', "1e308": b'{"n":1e308}', "1e-400": b'{"n":1e-400}',
    "2^63": b'{"n":9223372036854775808,"data":9223372036854775808}', "1000 decimals": b'{"n":0.' + b"1" * 1000 + b"}",
    "200000 unknown keys": json.dumps({f"k{i}": i for i in range(200_000)}).encode(),
    "key of 1 MiB": b'{"' + b"k" * MIB + b'":1}', "title of 1 MiB": b'{"title":"' + b"t" * MIB + b'"}',
    "array of 500000": b'{"data":[' + b"1," * 499_999 + b"1]}", "tags of 100000": json.dumps({"tags": ["a"] * 100_000}).encode(),
    "relations of 100000": json.dumps({"author": [f"{i:015d}" for i in range(100_000)]}).encode(),
    "500 deep": b'{"data":' + b"[" * 500 + b"]" * 500 + b"}", "5000 deep": b'{"data":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "deep JSON as text": json.dumps({"data": "[" * 100_000}).encode(), "JSON as text in a list field": b'{"tags":"[[[[[[["}',
    "wrong types": b'{"title":{},"n":[],"tags":{"a":1},"day":{},"place":"x","author":{"id":1},"id":{}}',
    "reserved names": b'{"id":null,"collectionId":"x","collectionName":1,"expand":{"a":1},"rowid":1,"_rowid_":2}',
    "modifiers": b'{"n+":1e308,"+n":1,"n-":"x","tags+":[["a"]],"+tags":null,"tags-":{},"title:autogenerate":[]}',
    "dates": b'{"day":"99999-99-99 99:99:99"}', "date of 100000": b'{"day":"' + b"2" * 100_000 + b'"}',
}

FORMS = {
    "percent errors": (FORM, b"title=%zz&n=%4&%"), "100000 pairs": (FORM, b"&".join(b"a%d=1" % i for i in range(100_000))),
    "same key 100000 times": (FORM, b"title=a&" * 100_000), "ampersands": (FORM, b"&" * 100_000), "NUL": (FORM, b"title=a%00b\0"),
    "invalid UTF-8": (FORM, b"title=%ff%fe&%c0%af=1"), "deep jsonPayload": (FORM, b"@jsonPayload=" + b"[" * 100_000),
    "long number": (FORM, b"n=" + b"9" * 100_000), "semicolons": (FORM, b"title=a;n=1"),
    "no boundary": ({"Content-Type": "multipart/form-data"}, b"--cut\r\n"),
    "empty boundary": ({"Content-Type": "multipart/form-data; boundary="}, b"--\r\n"),
    "boundary of 10000": ({"Content-Type": "multipart/form-data; boundary=" + "b" * 10_000}, b"--b\r\n"),
    "no closing boundary": (MULTIPART, b'--cut\r\nContent-Disposition: form-data; name="title"\r\n\r\nabc'),
    "no boundary inside": (MULTIPART, b"abc"), "part without name": (MULTIPART, b"--cut\r\n\r\nabc\r\n--cut--\r\n"),
    "part header of 1 MiB": (MULTIPART, b"--cut\r\nX-A: " + b"a" * MIB + b"\r\n\r\nabc\r\n--cut--\r\n"),
    "20000 parts": (MULTIPART, b"".join(b'--cut\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % i for i in range(20_000)) + b"--cut--\r\n"),
    "file into a text field": (MULTIPART, b'--cut\r\nContent-Disposition: form-data; name="title"; filename="../../x"\r\n\r\nabc\r\n--cut--\r\n'),
    "unknown type": ({"Content-Type": "application/vnd.nobody"}, b"abc"), "type cut": ({"Content-Type": "multipart/form-data; boundary=\"cut"}, b"--cut"),
    "type of 50000": ({"Content-Type": "application/" + "j" * 50_000}, b"abc"), "no type": ({}, b'{"title":"a"}'),
}


@pytest.fixture(autouse=True)
def bounded_memory(server):
    """No single test here may raise the peak by more than 400 MiB, nor leave more than 250 MiB behind."""
    before, peak = server.memory(), server.memory("VmHWM")
    yield
    assert server.memory("VmHWM") - peak < 400
    assert server.memory() - before < 250


@named(REFUSED_JSON)
def test_json_is_refused(server, body):
    server.guest("POST", RECORDS, body, JSON).problem(400)


@named(ORDINARY_JSON)
def test_json_gets_an_ordinary_answer(server, body):
    server.guest("POST", RECORDS, body, JSON).ordinary()


@named({name: body for name, body in REFUSED_JSON.items() if name not in ("text", "number", "true")})
def test_json_is_refused_in_fixed_shapes_too(server, body):
    """Signing in and the batch read into fixed shapes, mostly on another path through the program."""
    server.guest("POST", "/api/collections/members/auth-with-password", body, JSON).problem(400)
    server.guest("POST", "/api/batch", body, JSON).problem(400)


@pytest.mark.parametrize("headers, body", FORMS.values(), ids=FORMS.keys())
def test_forms(server, headers, body):
    server.guest("POST", RECORDS, body, headers).ordinary()


def test_truncations_and_mutations_of_json(server):
    """Every prefix of a good body, and 1500 random mutations of it (fixed seed): never a 5xx."""
    good = json.dumps({"title": "é\U0001f4a9\\\"", "n": -1.5e-7, "data": {"a": [1, None, True, {"b": "c"}]}, "tags": ["a", "b"], "day": "2024-01-02"}).encode()
    chance, guest = random.Random(7), Client(server.port)
    mutants = [good[:i] for i in range(1, len(good))]
    for _ in range(1500):
        mutant = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(mutant))
            mutant[at:at + chance.randint(0, 2)] = bytes(chance.choices(b'{}[]",:\\u0019eE+-.tfn\x00\xff\xc3\xed ', k=chance.randint(0, 3)))
        mutants.append(bytes(mutant))
    for mutant in mutants:
        guest.call("POST", RECORDS, mutant, JSON).ordinary()
    guest.close()


# -- sizes


def upload(server, pieces, *headers, kind=b"application/json"):
    """Sends pieces until they are used up or the server answers; the answer, or None when it just closed."""
    with server.socket(timeout=30) as sock:
        sock.sendall(b"\r\n".join([b"POST " + RECORDS.encode() + b" HTTP/1.1", b"Host: x", b"Content-Type: " + kind, *headers]) + b"\r\n\r\n")
        try:
            for piece in pieces:
                sock.sendall(piece)
        except ConnectionError:
            pass
        return read_answer(sock.makefile("rb"))


def test_33_mib_by_length(server):
    answer = upload(server, [b'{"title":"'] + [b"a" * MIB] * 47, b"Content-Length: %d" % (47 * MIB + 10))
    answer.problem(413)


def test_1_tib_by_length(server):
    upload(server, [], b"Content-Length: %d" % (1 << 40)).problem(413)


def test_chunks_without_end(server):
    """The limit of posts and inbox is 32 MiB + 2 MB (their json field): 64 MiB are too much."""
    chunk = b"100000\r\n" + b"a" * MIB + b"\r\n"
    answer = upload(server, [b'a\r\n{"title":"\r\n'] + [chunk] * 64 + [b"0\r\n\r\n"], b"Transfer-Encoding: chunked")
    answer.problem(413)


def test_tiny_chunks(server):
    """2 MB in chunks of one byte: no reason for memory, nor for a copy of all with each."""
    pieces = [b'a\r\n{"title":"\r\n', *[b"1\r\na\r\n" * 10_000] * 200, b'2\r\n"}\r\n0\r\n\r\n']
    upload(server, pieces, b"Transfer-Encoding: chunked").ordinary()


def test_tiny_chunks_of_a_form(server):
    """The same for a body that is read while it comes."""
    head = b'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\n'
    pieces = [b"%x\r\n%s\r\n" % (len(head), head), *[b"1\r\na\r\n" * 10_000] * 200, b"7\r\n\r\n--B--\r\n0\r\n\r\n"]
    upload(server, pieces, b"Transfer-Encoding: chunked", kind=b"multipart/form-data; boundary=B").ordinary()


# -- queries

FILTERS = {
    "10000 parts": "||".join(["n=1"] * 10_000), "201 comparisons": "||".join(["n=1"] * 201), "3501 bytes": "title='" + "a" * 3493 + "'",
    "1 MB text": "title='" + "a" * 500_000 + "'", "parens unbalanced": "(" * 3000, "closing parens": "n=1" + ")" * 1000, "parens empty": "()" * 1000,
    "unclosed text": "title='a", "unclosed escape": "title='a\\", "blanks": "   ", "comment only": "// a", "operators": "=" * 1000, "joins": "&&" * 500,
    "bang": "!" * 3000, "number of 3000 digits": "n=" + "9" * 3000 + ".", "dots": "data" + "." * 500 + "=1", "deep calls": "geoDistance(" * 250,
    "unknown": "nope=1", "seven relations": ".".join(["author", "posts_via_author"] * 4) + ".id=1", "at": "@", "many ats": "@" * 3000, "hash": "#a=1",
    "vertical tab": "n\x0b=1", "lone surrogate": "n=\ud800", "control": "n=\x01", "unicode name": "naïve=1", "star": "*=1", "colon": "title:=1",
}
FILTERS_EITHER = {
    "deep parens": "(" * 1700 + "n=1" + ")" * 1700, "deep parens 500": "(" * 500 + "n=1" + ")" * 500, "200 comparisons": "||".join(["n=1"] * 200),
    "deep json path": "data" + ".a" * 1500 + "=1", "NUL in text": "title='a\0b'", "NUL inside": "n\0=1", "NUL last": "title='a'\0", "huge number": "n=" + "9" * 3000, "percent signs": "title~'" + "%" * 3000 + "'",
    "pattern": "title~'" + "%a" * 1500 + "'", "backslashes": "title~'" + "\\\\" * 1500 + "'", "strftime": "strftime('" + "%Y" * 1500 + "')='1'",
    "many back-relations": "||".join([f"author.posts_via_author.author.n{i}=1||author.posts_via_author.n>{i}" for i in range(40)]), "raw newline": "title='a\nb'",
    "many joins": "||".join(f"author.posts_via_author.author.posts_via_author.n={i}" for i in range(60)), "geo": "geoDistance(place.lon,place.lat,1,2)<9",
}


@pytest.mark.parametrize("text", FILTERS.values(), ids=FILTERS.keys())
def test_filter_is_refused(server, text):
    server.guest("GET", LIST, query={"filter": text}).problem(400, 403, 414, 431)


@pytest.mark.parametrize("text", FILTERS_EITHER.values(), ids=FILTERS_EITHER.keys())
def test_filter_gets_an_ordinary_answer(server, text):
    started = time.monotonic()
    server.guest("GET", LIST, query={"filter": text}).ordinary()
    assert time.monotonic() - started < 10


PARENS = pytest.mark.martlet("100 000 parentheses take over 30 s and 5 GB")


@pytest.mark.parametrize("rule", [
    pytest.param("(" * 100_000 + "n=1" + ")" * 100_000, id="deep parens", marks=PARENS), pytest.param("||".join(["n=1"] * 10_000), id="10000 parts"),
    pytest.param("n=" + "9" * 1_000_000, id="long number"), pytest.param("title='" + "a" * MIB + "'", id="long text")])
def test_rules_have_no_length_limit_but_are_bounded(server, rule):
    """Rules come from superusers: an ordinary answer, and afterwards the collection still answers."""
    server.call("PATCH", "/api/collections/inbox", {"listRule": rule}).ordinary()
    server.guest("GET", RECORDS).ordinary()
    server.must("PATCH", "/api/collections/inbox", {"listRule": ""})


def test_random_filters(server):
    """1500 filters thrown together from tokens (fixed seed): each is answered with 200, 400 or 403."""
    tokens = ["title", "n", "data.a", "tags:each", "author.email", "author.posts_via_author.n", "hush.word", "secret", "place.lat", "'a'", '"%b"', "1", "-2.5", "null",
              "true", "@now", "@todayStart", "@request.auth.id", "=", "!=", "~", "?=", ">", "<=", "?!~", "&&", "||", "(", ")", ",", "strftime('%Y',day)", "//c\n", ":lower", " "]
    chance, guest = random.Random(11), Client(server.port)
    for _ in range(1500):
        text = "".join(chance.choices(tokens, k=chance.randint(1, 14)))
        answer = guest.call("GET", LIST, query={"filter": text, "sort": chance.choice(["", "-n", text[:20]]), "perPage": 5}).ordinary()
        assert answer.status in (200, 400, 403), (text, answer)
    guest.close()


EXPANDS = pytest.mark.martlet("20 000 expands by a guest take 5 s and 1 GB")


@pytest.mark.parametrize("query, status", [
    ("perPage=1e9", 400), ("perPage=1000000000", 200), ("perPage=-5", 200), ("perPage=0", 200), ("page=-1", 200), ("page=0", 200), ("page=1.5", 400), ("page=x", 400),
    ("page=9223372036854775807", None), ("page=9223372036854775807&perPage=1000", None), ("page=9223372036854775808", 400), ("perPage=99999999999999999999", 400),
    ("page=-9223372036854775808", 200), ("page=%00", 400), ("page=%D9%A1", 400), ("page=", None), ("skipTotal=maybe", 400), ("page=1&page=x", 200),
    ("sort=n,n,n,n,n,n,n,n,n", 400), ("sort=" + "a" * 300, 400), ("sort=,", 400), ("sort=" + "-" * 1000 + "n", 400), ("fields=" + "(" * 10_000, 400),
    ("fields=" + ",".join(["a"] * 50_000), None), ("fields=" + "a." * 20_000, None), ("fields=title:excerpt(999999999999999999999)", None), ("fields=title:excerpt(-1)", 400),
    ("expand=" + "." * 50_000, None),
    pytest.param("expand=" + ",".join(["author"] * 20_000), None, marks=EXPANDS), pytest.param("expand=" + ".".join(["author", "posts_via_author"] * 2_000), None, marks=EXPANDS)],
    ids=lambda value: str(value)[:40])
def test_list_parameters(server, query, status):
    started, answer = time.monotonic(), server.guest("GET", f"{LIST}?{query}").ordinary()
    assert status in (None, answer.status), answer
    assert answer.status != 200 or answer.json()["perPage"] <= 1000
    assert time.monotonic() - started < 10
