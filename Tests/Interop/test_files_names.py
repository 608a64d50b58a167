"""Stored file names, the Content-Disposition of parts in every spelling, and the syntax of multipart bodies."""
import pytest

from cases import Fresh, field, records, text, values
from compare import Pair
from files import FILES, MULTI, PNG, body, download, file, octets, part, payload, same_attrs, same_disk, word
from fixture_records import rid

N = "named"
OPEN = {"listRule": "", "viewRule": "", "createRule": "", "updateRule": "", "deleteRule": ""}
ONE = file("one", "abc.txt")


@pytest.fixture(scope="module", autouse=True)
def named(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_named", "name": N, "type": "base", **OPEN, "fields": [text("t"), field("file", "one"), field(
        "file", "many", maxSelect=3), field("json", "js")]})
    yield
    m.clean()


def send(pair, raw, type=MULTI["Content-Type"], look=True, **options):
    """Creates a record; a stored file is looked at on disk and downloaded."""
    answer = pair.same("POST", records(N), raw=raw, headers={"Content-Type": type}, auth=None, **options)
    if answer.status == 200 and look:
        pair.keep("id", lambda json: json["id"])
        if answer.json["one"] or answer.json["many"]:
            pair.keep("file", lambda json: json["one"] or json["many"][0])
            same_disk(pair, "pbc_named", "$id$")
            same_attrs(pair, "pbc_named", "$id$", "file")
            download(pair, f"{FILES}/{N}/$id$/$file$")
    return answer


# ---- the table of files-and-storage.md 1, and more
NAMES = ["Test File-Name.PNG", "myTestDB.svg", "a.tar.gz", "ab.txt", "abc.txt", "abcd.txt", ".hidden", "noext", "file.",
    "file..", "UPPERCase_foo.BAR.Baz", "a b c.d e f", "a+b=c#d*.t*x", ".", "..", "...", "....txt", "a", "ab", "abc", "-",
    "_", "__", "_a_", "a_", "_abc", "abc_", "a__b", "a--b", "a-b-c", "A", "AB", "ABC", "ABCd", "ABCdEf", "aB", "aBC",
    "aBCd", "abcDef", "abc1Def2", "1a2B3C", "123", "12", "1", "X1", "Xyz.", "camelCaseName.Txt", "HTMLParser.html",
    "parseHTML.x", "getHTTPResponse", "snake_case_name.rb", "kebab-case-name.py", "Title Case Name.doc", "  leading.txt",
    "trailing  .txt", "in  side.txt", "dots.in.the.name.txt", "a.b", "a.b.c", "a.b.c.d", "x.tar.bz2", "archive.tar.gz.gpg",
    "noext.", ".a", ".ab", ".abc", ".a.b", ".a.b.c", "..a", "a..b", "a...b", "a.b.", "a.b..", ".tar.gz", "x.", "x.y.",
    "name.TXT", "name.TxT", "name.t x t", "name.t-x", "name.t_x", "name.t+x", "name.t=x", "name.t#x", "name.t*x",
    "name.t.*", "name.(txt)", "name.\u00e4xt", "name.\u00e4", "name.t\u00e4t", "name.#", "name.*", "name.-", "name._",
    "name.+-=#_*", "n." + "e" * 19, "n." + "e" * 20, "n." + "e" * 21, "n." + "e" * 40, "name.extensionthatislong1234",
    "name.abcdefghij.klmnopqrst", "name.abcdefghij.klmnopqrstu", "name." + "x" * 10 + "." + "y" * 9, "n." + "e" * 10 + "."
    + "f" * 10, "n." + "e" * 5 + "." + "f" * 19, "n." + "e" * 5 + "." + "f" * 20, "n" * 99 + ".txt", "n" * 100 + ".txt",
    "n" * 101 + ".txt", "n" * 150 + ".txt", "n" * 296 + ".txt", "n" * 297 + ".txt", "n" * 300, "n" * 301, "n" * 400 +
    ".txt", "." + "n" * 400, "n" * 50 + "." + "e" * 400, "aB" * 40 + ".txt", "aB" * 60 + ".txt", "a b " * 40, "\u00e4" *
    100 + ".txt", "\u00e4" * 151 + ".txt", "x" + "\u00e4" * 151 + ".txt", "\u65e5\u672c\u8a9e.txt",
    "\u65e5\u672cabc\u8a9e.txt", "\u043f\u0440\u0438\u043c\u0435\u0440 \u0444\u0430\u0439\u043b.txt",
    "na\u00efve caf\u00e9.txt", "e\u0301.txt", "\u00c4\u00d6\u00dc.txt", "gro\u00dfe Stra\u00dfe.txt", "\u01c5x.txt",
    "\u0130stanbul.txt", "\U0001f600.txt", "a\U0001f600b.txt", "\U0001f1e9\U0001f1ea.txt", "\u200babc.txt", "\ufeffabc.txt",
    "a\u202eb.txt", "\u0661\u0662.txt", "\u2460x.txt", "x\u00b2.txt", "a\u00a0b.txt", "\u2028.txt", "a,b.txt", "a;b.txt",
    "a:b.txt", "a|b.txt", "a<b>.txt", "a&b.txt", "a'b.txt", "a`b.txt", "a~b.txt", "a!b.txt", "a@b.txt", "a$b.txt",
    "a%b.txt", "a%20b.txt", "a%2Fb.txt", "a%00b.txt", "%2e%2e%2fx.txt", "a^b.txt", "a(b).txt", "a[b].txt", "a{b}.txt",
    "a?b.txt", "a*b.txt", "a=b.txt", "a#b.txt", "CON", "con.txt", "NUL", "aux.c", "com1", "thumbs_abc.txt",
    "100x100_abc.png", "abc_1234567890.txt", "ab.attrs", "abc.txt.attrs", "abc.ATTRS", "abc.attrs.txt", "attrs", ".attrs",
    "abc.xattrs", "tab\there.txt", "tab.t\tt", " ", "  ", " .txt", "x .txt", "x. txt", "x.txt ", "data.db", "-rf",
    "--help.txt", "~", "*", "?"]


@pytest.mark.parametrize("name", values(*NAMES))
def test_name(pair, name):
    send(pair, body(file("one", name, PNG if name.isascii() else "hello")))


CONTENTS = [b"", b"\x00", b"\x00\x01\x02\x03", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b'{"a":1}', b"%PDF-1.4\n",
    b"MZ" + b"\0" * 70, b"\x7fELF\x02\x01\x01" + b"\0" * 60, b"<html></html>", b"\x1f\x8b\x08\x00" + b"\0" * 20]


@pytest.mark.parametrize("content", values(*CONTENTS))
def test_extension_from_the_content(pair, content):
    for name in ("noext", "x.", ".", "\u00e4.\u00e4", "name.!", "a.b."):
        send(pair, body(file("one", name, content)))


# ---- Content-Disposition
F = 'form-data; name="one"; '
DISPOSITIONS = [F + x for x in ("filename=plain.txt", "filename=two words.txt", 'filename="two words.txt"',
    r'filename="qu\"ote.txt"', r'filename="back\\slash.txt"', r'filename="C:\dir\file.txt"',
    r'filename="C:\\dir\\file.txt"', "filename='single.txt'", "filename='two words.txt'", r'filename="a\nb.txt"',
    r'filename="dot.t\"xt"', r'filename="end.txt\\"', r'filename="end.txt\"', "filename*=UTF-8''na%20ive%C3%A4.txt",
    "filename*=utf-8'en'na%20ive%C3%A4.txt", "filename*=us-ascii''plain.txt", "filename*=iso-8859-1''na%E4ive.txt",
    "filename*=windows-1252''abc.txt", "filename*=''abc.txt", "filename*=UTF-8'abc.txt",
    'filename="plain.txt"; filename*=UTF-8\'\'star.txt', "filename*=UTF-8''star.txt; filename=\"plain.txt\"",
    'filename*0="part1"; filename*1="part2.txt"', "filename*0*=UTF-8''pa%20rt1; filename*1=\"part2.txt\"",
    "filename*0*=UTF-8''pa%20rt1; filename*1*=p%20art2.txt", 'filename*1="part2.txt"',
    'filename*0="part1"; filename*2="part3.txt"', 'filename*1="part2.txt"; filename*0="part1"', "filename*=UTF-8''",
    "filename*=bad.txt", "filename*=UTF-8''%zz.txt", "filename*=UTF-8''%E4.txt", "filename*=\"UTF-8''quoted.txt\"",
    "filename*=UTF-8''a%2Fb.txt", "filename*=UTF-8''..%2F..%2Fx.txt", "filename*=UTF-8''cr%0D%0Alf.txt",
    "filename*=UTF-8''nul%00.txt", "filename*=UTF-8''q%22uote.txt", "filename*=UTF-8''tab%09.txt",
    'filename="a/b/c/path.txt"', 'filename="../../etc/passwd"', r'filename="..\..\win.ini"', 'filename="/"',
    'filename="//"', 'filename="a/"', 'filename="/abs.txt"', 'filename="dir/.."', 'filename="dir/."',
    'filename="./abc.txt"', 'filename="a//b.txt"', 'filename="cr%0d%0aX-Inj: 1.txt"',
    'filename="=?UTF-8?Q?enc=C3=A4?=.txt"', 'filename="=?UTF-8?B?ZW5jw6Q=?="', 'FILENAME="upper.txt"',
    'filename = "spaced.txt"', 'filename= "spaced.txt"', 'filename ="spaced.txt"', "filename=\"twice.txt\"; "
    'filename="again.txt"', "filename=\"same.txt\"; filename=\"same.txt\"", 'filename="semi;colon.txt"',
    'filename="abc.txt"; size=5', 'filename="abc.txt" ; size=5', 'filename="abc.txt" size=5', 'filename="abc.txt"; size',
    'filename="abc.txt"; size=', "filename=", "filename", 'filename=""', 'filename="unterminated.txt',
    'filename=unterminated.txt"', 'filename=a"b.txt', "filename=a,b.txt", "filename=a:b.txt", "filename=a/b.txt",
    "filename=a@b.txt", "filename=(abc).txt", "filename=\u00e4bc.txt", "filename=\"\"; " "filename*=UTF-8''onlystar.txt",
    'filename="abc.txt";', 'filename="abc.txt"; ;', 'filename="abc.txt";;', 'filename="a\tb.txt"', 'filename="' + "n" *
    5000 + '.txt"', 'filename="abc.txt"; x="' + "y" * 5000 + '"', 'filename="abc.txt"; creation-date="x"')] + [
    'form-data; filename="noname.txt"', 'form-data; name=""; filename="noname.txt"',
    "form-data; name=one; filename=unq.txt", 'Form-Data; Name="one"; filename="case.txt"',
    "FORM-DATA; NAME=one; FILENAME=case.txt", 'form-data;name="one";filename="abc.txt"',
    'form-data;  name="one" ;  filename="abc.txt"', 'form-data; name="ONE"; filename="case.txt"',
    r'form-data; name="o\ne"; filename="abc.txt"', r'form-data; name="o\"ne"; filename="abc.txt"',
    "form-data; name*=UTF-8''one; filename=\"star.txt\"", "form-data; name*=UTF-8''o%6Ee; " 'filename="star.txt"',
    'form-data; filename="first.txt"; name="one"', 'form-data; name=" one"; filename="abc.txt"',
    'form-data; name="one "; filename="abc.txt"', 'name="one"; filename="abc.txt"', '; name="one"; filename="abc.txt"',
    'form-data, name="one"; filename="abc.txt"', 'form-data; name="one", filename="abc.txt"',
    'form-data name="one"; filename="abc.txt"', 'inline; name="one"; filename="abc.txt"',
    'attachment; name="one"; filename="abc.txt"', 'file; name="one"; filename="abc.txt"',
    'form-data; name="one"; name="many"; filename="abc.txt"', "form-data", "form-data;", "", "form-data; name=one",
    "form-data; name=", 'form-data; name="many[]"; filename="abc.txt"', 'form-data; name="many[0]"; filename="abc.txt"',
    'form-data; name="many.0"; ' 'filename="abc.txt"', 'form-data; name="data.one"; filename="abc.txt"',
    'form-data; name="+many+"; filename="abc.txt"', 'form-data; name="many++"; filename="abc.txt"',
    'form-data; name="many +"; filename="abc.txt"', 'form-data; name="one:x"; ' 'filename="abc.txt"',
    'form-data; name="many%2B"; filename="abc.txt"', 'form-data; name="+"; filename="abc.txt"',
    'form-data; name="@jsonPayload"; filename="abc.txt"', "form-data; name=\"js\"; filename=\"abc.json\"",
    'form-data; name="one"; filename="abc.txt"' + "; p=1" * 200]
RAW = [b'filename="\xff\xfe.txt"', b'filename="lat\xe4n.txt"', b'filename="a\x01b.txt"', b'filename="a\x7fb.txt"',
    b'filename="a\x00b.txt"', b'filename="a\rb.txt"', b'filename="a\nb.txt"', b'filename="a\r\n b.txt"',
    b'filename="a\r\n\tb.txt"', b'filename="a\r\n  b.txt"', b'filename="a\r\nb.txt"', b'filename=\xe4.txt',
    b'\r\n filename="folded.txt"', b'filename="abc.txt"\r\nX-Inj: 1',
    b'filename="abc.txt"\r\nContent-Disposition: form-data; name="many"; filename="second.txt"',
    b'filename="abc.txt"\r\n\r\ninjected']


@pytest.mark.parametrize("disposition", values(*DISPOSITIONS, *(F.encode() + x for x in RAW)))
def test_disposition(pair, disposition):
    send(pair, body(part(disposition, "hello")))


HEADERS = ["Content-Type: text/html", "Content-Type: image/png", "content-type: x", "Content-Type:",
    "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable",
    "Content-Transfer-Encoding: QUOTED-PRINTABLE", "Content-Transfer-Encoding: 8bit", "Content-Transfer-Encoding: x",
    "Content-Encoding: gzip", "Content-Length: 2", "Content-Length: 99", "X-A: b", "X-A:b", "X-A : b", "X-A", ": b",
    " X-A: b", "X A: b", "X-\u00e4: b", "X-A: \u00e4", "X-A: b\r\n c", "X-A: " + "y" * 20000, b"X-A: \xff", "X-A: \x01"]


@pytest.mark.parametrize("header", values(*HEADERS))
def test_part_headers(pair, header):
    for content in ("aGVsbG8=", "a=3Db=\r\nc", "=zz"):
        send(pair, body(part(F + 'filename="abc.txt"', content, header)))
        send(pair, body(part('form-data; name="t"', content, header)))
    # the header before the Content-Disposition
    send(pair, body(b"--BB\r\n" + octets(header) +
        b'\r\nContent-Disposition: form-data; name="one"; filename="abc.txt"\r\n\r\nx\r\n'))


# ---- bodies
WHOLE = body(ONE)
TWO = body(word("t", "a"), ONE)
BODIES = {"whole": WHOLE, "no final boundary": ONE, "cut in the content": WHOLE[:-12], "cut in the boundary": WHOLE[:-6],
    "cut at the boundary": WHOLE[:-8], "cut after the boundary": WHOLE[:-4], "cut after one dash": WHOLE[:-3],
    "no last line end": WHOLE[:-2], "half a last line end": WHOLE[:-1], "cut in a header": WHOLE[:40],
    "cut after the headers": WHOLE[:WHOLE.index(b"hello")], "cut before the blank line": WHOLE[:WHOLE.index(b"\r\n\r\n")],
    "cut in the blank line": WHOLE[:WHOLE.index(b"\r\n\r\n") + 2], "second cut in a header": TWO[:75],
    "second cut in its content": TWO[:-14], "only LF": WHOLE.replace(b"\r\n", b"\n"), "LF in the headers": WHOLE.replace(
    b"\r\n", b"\n", 3), "LF after the boundary": WHOLE.replace(b"--BB\r\n", b"--BB\n"), "only CR": WHOLE.replace(
    b"\r\n", b"\r"), "preamble": b"pre\r\n" + WHOLE, "preamble without a line end": b"pre" + WHOLE, "preamble LF":
    b"pre\n" + WHOLE, "line end first": b"\r\n" + WHOLE, "two line ends first": b"\r\n\r\n" + WHOLE, "epilogue": WHOLE
    + b"epilogue", "epilogue with a part": WHOLE + ONE, "two bodies": WHOLE + WHOLE,
    "blank after the boundary": WHOLE.replace(
    b"--BB\r\n", b"--BB  \r\n"), "tab after the boundary": WHOLE.replace(b"--BB\r\n", b"--BB\t\r\n"),
    "text after the boundary": WHOLE. replace(b"--BB\r\n", b"--BBx\r\n"), "blank after the last": WHOLE.replace(
    b"--BB--", b"--BB-- "), "text after the last": WHOLE.replace(b"--BB--", b"--BB--x"), "one dash": WHOLE.replace(
    b"--BB", b"-BB"), "three dashes": WHOLE.replace(b"--BB", b"---BB"), "longer boundary": WHOLE.replace(b"--BB",
    b"--BBB"), "boundary in the content": body(file("one", "abc.txt", "a\r\n--B\r\nb")), "boundary without a line end":
    body(file("one", "abc.txt", "a--BB\r\nb")), "longer one in the content": body(file("one", "abc.txt",
    "a\r\n--BBx\r\nb")), "boundary in LF content": body(file("one", "abc.txt", "a\n--BB\nb")), "only the last":
    b"--BB--\r\n", "only the last, no line end": b"--BB--", "last only with a line end first": b"\r\n--BB--\r\n",
    "empty": b"", "no part": b"--BB\r\n--BB--\r\n", "blank": b" ", "line end": b"\r\n", "other text": b"abc", "JSON":
    b'{"t":"a"}', "boundary only": b"--BB\r\n", "no headers": b"--BB\r\n\r\nabc\r\n" + WHOLE, "no blank line":
    b"--BB\r\nabc\r\n" + WHOLE, "no disposition": b"--BB\r\nX-A: b\r\n\r\nabc\r\n" + WHOLE, "one empty part": body(
    b"--BB\r\n\r\n\r\n", ONE), "broken first": body(part("form-data; name=", "x"), ONE), "lower-case header": WHOLE.replace(
    b"Content-Disposition", b"content-disposition"), "empty content without a line end":
    b'--BB\r\nContent-Disposition: form-data; name="one"; ' b'filename="abc.txt"\r\n\r\n--BB--\r\n',
    "ends of lines in the content": body(file("one", "abc.txt", "\r\n\r\n")), "CR at the end": body(file("one",
    "abc.txt", "a\r")), "LF at the end": body(file("one", "abc.txt", "a\n")), "zero bytes": body(file("one", "abc.bin",
    b"\0" * 50)), "all bytes": body(file("one", "abc.bin", bytes(range(256)) * 8)), "dashes": body(file("one",
    "abc.txt", "--\r\n--\r\n")), "text of all bytes": body(word("t", "\x01\x7f\u00e4\t")), "text not UTF-8": body(part(
    'form-data; name="t"', b"\xff\xfe")), "JSON not UTF-8": body(part('form-data; name="@jsonPayload"', b'{"t":"\xff"}')),
    "payload after text": body(word("t", "a"), payload({"t": "b"})), "text after payload": body(payload({"t": "b"}),
    word("js", "a")), "200 headers": body(part(F + 'filename="abc.txt"', "x", *[f"X-{i}: y" for i in range(200)])),
    "nested": body(part('form-data; name="many"',
    "--CC\r\nContent-Disposition: file; filename=\"abc.txt\"\r\n\r\nx\r\n--CC--\r\n",
    "Content-Type: multipart/mixed; boundary=CC")), }


@pytest.mark.parametrize("name", BODIES)
def test_body(pair, name):
    send(pair, BODIES[name])
    pair.same("PATCH", records(N, rid("nobody", 1)), raw=BODIES[name], headers=MULTI)


TYPES = ["multipart/form-data", "multipart/form-data;", "multipart/form-data; boundary", "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""', 'multipart/form-data; boundary="BB"', "multipart/form-data;boundary=BB",
    "multipart/form-data; Boundary=BB", "multipart/form-data; BOUNDARY=BB", "multipart/form-data; boundary=CC",
    "multipart/form-data; boundary=BB; charset=utf-8", "multipart/form-data; charset=utf-8; boundary=BB",
    "multipart/form-data; boundary=BB; boundary=BB", "multipart/form-data; boundary=BB; boundary=CC",
    "multipart/form-data; boundary='BB'", "multipart/form-data; boundary= BB", "multipart/form-data; boundary=BB ",
    "multipart/form-data; boundary=BB;", "multipart/form-data, boundary=BB", "multipart/form-data boundary=BB",
    "multipart/form-datax; boundary=BB", "multipart/form-data/x; boundary=BB", "Multipart/form-data; boundary=BB",
    "multipart/Form-Data; boundary=BB", "MULTIPART/FORM-DATA; boundary=BB", " multipart/form-data; boundary=BB",
    "multipart/mixed; boundary=BB", "multipart/related; boundary=BB", "multipart/*; boundary=BB", "multipart; boundary=BB",
    "multipart/form-data; boundary*=UTF-8''BB", 'multipart/form-data; boundary="B\\B"', "multipart/form-data; boundary=bb",
    "multipart/form-data; x=y", "multipart/form-data; boundary=B B", "multipart/form-data; boundary=BB=",
    "multipart/form-data; boundary=\"BB", "text/plain; multipart/form-data; boundary=BB"]


@pytest.mark.parametrize("type", values(*TYPES))
def test_type(pair, type):
    send(pair, WHOLE, type)
    send(pair, b"", type)


@pytest.mark.parametrize("boundary", values("x" * 70, "x" * 71, "x" * 200, "a-b", "--", "-", "'()+_,-./:=?", "a b",
    "\u00e4", "B" * 1000, "--BB", "a@b"))
def test_boundaries(pair, boundary):
    raw = WHOLE.replace(b"--BB", b"--" + boundary.encode())
    for quoted in (boundary, f'"{boundary}"'):
        send(pair, raw, f"multipart/form-data; boundary={quoted}")


def test_quantity(pair):
    for n in (999, 1000, 1001, 1500):
        send(pair, body(*[word("t", "a")] * n), look=False)
        send(pair, body(*[file("nope", "abc.txt", "a")] * n), look=False)
        send(pair, body(*[word("t", "a")] * (n - 1), ONE), look=False)
    for n in (9990, 10010):             # header lines in all
        send(pair, body(part(F + 'filename="abc.txt"', "x", *[f"X-{i}: y" for i in range(n)])), look=False)
    for size in (10485761, 25 * 1048576):       # from 26 MiB on the reference refuses, and may cut the connection
        pair.same("POST", records(N), raw=body(word("nope", "a" * size), ONE), headers=MULTI)
    pair.same("POST", records(N), raw=body(file("one", "abc.txt", b"a" * 5242880)), headers=MULTI)
    pair.same("POST", records(N), raw=body(file("one", "abc.txt", b"a" * 5242881)), headers=MULTI)


def test_too_large(pair):
    """32 MiB and the sizes of the fields: announced only, so the answer must come at once."""
    limit = 33554432 + 5242880 * (1 + 3) + 1048576
    for size in (limit + 1, limit * 2):
        pair.same("POST", records(N), raw=WHOLE, headers={**MULTI, "Content-Length": str(size), "Connection": "close"})


def test_chunked(pair):
    for cut in (1, 10, 60, len(WHOLE) - 3):
        chunks = [WHOLE[:cut], WHOLE[cut:]]
        raw = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
        pair.same("POST", records(N), raw=raw, headers={**MULTI, "Transfer-Encoding": "chunked"})


# ---- the comparison of stored names
def test_mask():
    class NoServer:
        label = "none"
    p = Pair(NoServer, NoServer)

    def differs(a, b):
        out = []
        p.walk("", a, b, out, set())
        return bool(out)
    assert not differs("abc_0123456789.txt", "abc_abcdefghij.txt")
    assert not differs('attachment; filename="40x20_abc_0123456789.txt"', 'attachment; filename="40x20_abc_abcdefghij.txt"')
    assert not differs("abaaaaaaaaaa_bbbbbbbbbb.x", "abcccccccccc_dddddddddd.x")
    assert not differs("abc_eeeeeeeeee_ffffffffff.x", "abc_gggggggggg_hhhhhhhhhh.x")
    for a, b in (("abc_0123456789.txt", "abc_9999999999.txt"), ("xyz_1111111111.txt", "xyz_abcdefghij.txt"), (
        "abc_2222222222.txt", "abd_3333333333.txt"), ("abc_4444444444.txt", "abc_5555555555.png"), ("abc_6666666666.txt",
        "abc_777777777.txt"), ("acaaaaaaaaaz_8888888888.x", "adaaaaaaaaaz_9999999998.x"), ("abc_1212121212.txt",
        "abc_1313131313.txt.attrs")):
        assert differs(a, b), (a, b)
    p.sent.add("1414141414")
    assert differs("abc_1414141414.txt", "abc_1515151515.txt")
