"""Downloads: headers, ranges, conditions, names in the address, what is missing or broken on disk."""
import json
import os

import pytest

from cases import C, Fresh, field, records, text, values
from files import FILES, HEADERS, PNG, body, download, file, keep_files, on_disk, storage, upload, word
from fixture_records import rid

D, ID, EMPTY = "loaded", rid("load", 1), rid("load", 2)
TIME = 1700000000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE, AFTER = "Mon, 13 Nov 2023 22:13:20 GMT", "Wed, 15 Nov 2023 22:13:20 GMT"
TXT = f"{FILES}/{D}/{ID}/$one$"
PIC = f"{FILES}/{D}/{ID}/$pics0$"


def set_times(pair, *ids, time=TIME):
    """The files of both servers get the same time, so Last-Modified can be compared."""
    def change(folder, side):
        for name in os.listdir(folder):
            os.utime(os.path.join(folder, name), (time, time))
    for id in ids:
        on_disk(pair, "pbc_loaded", id, change)


@pytest.fixture(scope="module", autouse=True)
def loaded(pair):
    m = Fresh(pair)
    m.create({"id": "pbc_loaded", "name": D, "type": "base", "fields": [text("t"), field("file", "one"), field("file",
        "pics", maxSelect=5, maxSize=9000000), field("file", "hid", hidden=True)]})
    upload(pair, D, word("id", ID), file("one", "abc.txt", "0123456789"), file("pics", "pic.png", PNG), file("pics",
        "page.html", "<html>x</html>"), file("hid", "hidden.txt"), expect=200)
    keep_files(pair, "one", "pics", "hid")
    upload(pair, D, word("id", EMPTY), file("one", "empty.txt", ""), file("pics", "b.txt", "x"), expect=200)
    keep_files(pair, "one", name="empty")
    set_times(pair, ID, EMPTY)
    yield
    m.clean()


def test_plain(pair):
    for path in (TXT, PIC, f"{FILES}/{D}/{ID}/$pics1$", f"{FILES}/{D}/{ID}/$hid$", f"{FILES}/{D}/{EMPTY}/$empty$"):
        for method in ("GET", "HEAD"):
            for caller in (None, "su", "user1", "not.a.token"):
                download(pair, path, method=method, auth=caller, expect=200, also=("last-modified",))


@pytest.mark.parametrize("headers", values(*[{k: v} for k, v in (("Accept-Encoding", "gzip"), ("Accept-Encoding",
    "gzip, br, zstd"), ("Origin", "http://a.b"), ("Accept", "image/*"), ("Accept", "text/html"), ("If-None-Match",
    '"x"'), ("Connection", "close"), ("Cache-Control", "no-cache"), ("X-Forwarded-For", "1.2.3.4"), ("Referer",
    "http://a.b/"), ("Sec-Fetch-Dest", "document"))]))
def test_request_headers(pair, headers):
    for path in (TXT, PIC):
        download(pair, path, headers=headers, also=("last-modified",))


RANGES = ["bytes=0-1", "bytes=1-", "bytes=-2", "bytes=-0", "bytes=-10", "bytes=-11", "bytes=-100", "bytes=0-9",
    "bytes=0-10", "bytes=0-100", "bytes=9-9", "bytes=9-", "bytes=9-100", "bytes=10-", "bytes=10-11", "bytes=20-",
    "bytes=3-2", "bytes=a-b", "bytes=", "bytes", "bytes=-", "bytes=--1", "bytes=+1-2", "bytes=1-+2", "bytes=-+2",
    "bytes=1.5-2", "bytes=0x1-2", "bytes=01-02", "bytes=0-1-2", "bytes=1", "bytes=1,2", "bytes=0-0,4-4",
    "bytes=0-0, 2-", "bytes=0-0,-1", "bytes=0-0,9-9", "bytes=0-3,2-5", "bytes=4-5,0-1", "bytes=0-9,0-9",
    "bytes=0-8,9-9", "bytes=0-8,0-0", "bytes=0-8,0-1", "bytes=0-4,5-9", "bytes=0-5,5-9", "bytes=0-0,20-",
    "bytes=20-,0-0", "bytes=20-,30-", "bytes=0-1,", "bytes=,0-1", "bytes=,", "bytes=0-1,,3-4", "bytes=0-0,3-2",
    "bytes=0-0,a", "bytes=0-0;4-4", "bytes= 0-1", "bytes=0 -1", "bytes=0- 1", "bytes =0-1", "bytes=0-1 ", " bytes=0-1",
    "bytes=\t0-1", "Bytes=0-1", "BYTES=0-1", "items=0-1", "none", "", "0-1", "bytes:0-1", "bytes=0-0,1-1,2-2,3-3,4-4",
    "bytes=" + ",".join(f"{i}-{i}" for i in range(10)), "bytes=" + ",".join(["0-0"] * 11), "bytes=" + ",".join(["0-0"]
    * 10), "bytes=9223372036854775807-", "bytes=9223372036854775808-", "bytes=0-9223372036854775807",
    "bytes=0-9223372036854775808", "bytes=-9223372036854775807", "bytes=-9223372036854775808", "bytes=0-1;q=1",
    "bytes=\u00e4-1"]


@pytest.mark.parametrize("value", values(*RANGES))
def test_range(pair, value):
    for method in ("GET", "HEAD"):
        download(pair, TXT, method=method, headers={"Range": value}, also=("last-modified",))
    download(pair, f"{FILES}/{D}/{EMPTY}/$empty$", headers={"Range": value}, also=("last-modified",))
    if "," in value:
        download(pair, PIC + "?download=1", headers={"Range": value}, also=("last-modified",))


TAG = '"x"'
CONDITIONS = [*[{"If-Range": x, "Range": "bytes=0-1"} for x in (DATE, BEFORE, AFTER, TAG, 'W/"x"', "x", "", "*")], *[{
    "If-Modified-Since": x} for x in (DATE, BEFORE, AFTER, "x", "", "0", str(TIME), "Tue, 14 Nov 2023 22:13:19 GMT",
    "Tue, 14 Nov 2023 22:13:21 GMT", "Tue, 14 Nov 2023 22:13:20 UTC", "Tue, 14 Nov 2023 22:13:20 +0000",
    "Tue, 14 Nov 2023 23:13:20 +0100", "Mon, 14 Nov 2023 22:13:20 GMT", "14 Nov 2023 22:13:20 GMT",
    "Tue, 14 Nov 2023 22:13:20", "Tuesday, 14-Nov-23 22:13:20 GMT", "Tuesday, 14-Nov-94 22:13:20 GMT",
    "Tuesday, 14-Nov-68 22:13:20 GMT", "Tuesday, 14-Nov-69 22:13:20 GMT", "Tue Nov 14 22:13:20 2023",
    "Wed Nov  1 22:13:20 2023", "Fri Nov  3 22:13:20 2090", "2023-11-14T22:13:20Z", "tue, 14 nov 2023 22:13:20 gmt",
    "Tue, 14 Nov 2023 25:13:20 GMT", "Tue, 31 Feb 2023 22:13:20 GMT", "Tue,  14 Nov 2023 22:13:20 GMT",
    "Tue, 14 Nov 2023 22:13:20 GMT; length=10")], *[{"If-Unmodified-Since": x} for x in (DATE, BEFORE, AFTER, "x", "",
    "Tue, 14 Nov 2023 22:13:19 GMT")], *[{"If-None-Match": x} for x in ("*", TAG, 'W/"x"', "x", "", '"a", "b"',
    '"a", *', "*, x")], *[{"If-Match": x} for x in ("*", TAG, 'W/"x"', "x", "", '"a", *')], {"If-None-Match": TAG,
    "If-Modified-Since": DATE}, {"If-None-Match": "*", "If-Modified-Since": BEFORE}, {"If-None-Match": "x",
    "If-Modified-Since": DATE}, {"If-Match": "*", "If-Unmodified-Since": BEFORE}, {"If-Match": TAG, "If-None-Match":
    "*"}, {"If-Match": TAG, "If-Unmodified-Since": AFTER}, {"If-Modified-Since": DATE, "Range": "bytes=0-1"}, {
    "If-Modified-Since": BEFORE, "Range": "bytes=0-1"}, {"If-Modified-Since": DATE, "Range": "bytes=20-"}, {
    "If-Unmodified-Since": BEFORE, "Range": "bytes=20-"}, {"If-Unmodified-Since": BEFORE, "If-Modified-Since": AFTER},
    {"If-None-Match": "*", "Range": "bytes=0-1"}, {"If-Match": TAG, "Range": "bytes=0-1"}, {"If-Range": DATE}, {
    "If-Range": DATE, "Range": "bytes=20-"}, {"If-Range": BEFORE, "Range": "bytes=20-"}, {"If-Range": DATE, "Range":
    "bytes=0-0,2-2"}, {"If-Range": BEFORE, "Range": "bytes=3-2"}, {"If-Range": DATE, "If-Modified-Since": DATE, "Range":
    "bytes=0-1"}]


@pytest.mark.parametrize("headers", values(*CONDITIONS))
def test_condition(pair, headers):
    for method in ("GET", "HEAD"):
        download(pair, TXT, method=method, headers=headers, also=("last-modified",))


def test_repeated_headers(pair):
    for headers in ([("Range", "bytes=0-0"), ("Range", "bytes=1-1")], [("If-Modified-Since", BEFORE), (
        "If-Modified-Since", DATE)], [("If-None-Match", TAG), ("If-None-Match", "*")], [("range", "bytes=0-1")], [(
        "RANGE", "bytes=0-1")]):
        download(pair, TXT, headers=headers, also=("last-modified",))


@pytest.mark.parametrize("time", [0, 1, 1700000000.4, 1700000000.6, 4000000000, -5])
def test_times(pair, time):
    set_times(pair, ID, time=time)
    for headers in ({}, {"If-Modified-Since": DATE}, {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {
        "If-Unmodified-Since": DATE}, {"If-Range": DATE, "Range": "bytes=0-1"}):
        download(pair, TXT, headers=headers, also=("last-modified",))
    set_times(pair, ID)


WORDS = ["1", "0", "true", "false", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False", "tRUE", "yes", "no", "on",
    "off", "y", "", "2", "-1", "1.0", " 1", "1 ", "01", "null", "\u0661", "1&download=0", "0&download=1", "&download=1",
    "1;download=0", "%31", "%74rue"]


@pytest.mark.parametrize("word", values(*WORDS))
def test_download_parameter(pair, word):
    for path in (TXT, PIC):
        download(pair, f"{path}?download={word.replace(' ', '%20')}")


def test_other_parameters(pair):
    for query in ("download", "Download=1", "download[]=1", "dl=1", "token=x", "token=", "fields=id", "expand=x",
        "thumb=10x10", "thumb=", "t=1#x", "%zz", "download=%zz", "download=1&%zz=1", "a;b", "x=" + "y" * 3000):
        for path in (TXT, PIC):
            download(pair, f"{path}?{query}")


NAME, OTHER = "$one$", "$empty$"
PATHS = [f"{FILES}/pbc_loaded/{ID}/{NAME}", f"{FILES}/LOADED/{ID}/{NAME}", f"{FILES}/PBC_LOADED/{ID}/{NAME}",
    f"{FILES}/%6coaded/{ID}/{NAME}", f"{FILES}/loaded/%6coad00000000001/{NAME}", f"{FILES}/loaded/{ID}/%24one$",
    f"{FILES}/loaded/{ID.upper()}/{NAME}", f"{FILES}/loaded/{ID}/{NAME}.attrs", f"{FILES}/loaded/{ID}/{OTHER}",
    f"{FILES}/loaded/{EMPTY}/{NAME}", f"{FILES}/posts/{ID}/{NAME}", f"{FILES}/nope/{ID}/{NAME}",
    f"{FILES}/loaded/nope/{NAME}", f"{FILES}/loaded/{ID}/nope", f"{FILES}/loaded/{ID}/nope.txt",
    f"{FILES}/nope/nope/nope", f"{FILES}/_superusers/superuser000001/x", f"{FILES}/members/member000000001/x",
    f"{FILES}/v_posts/post00000000001/x", f"{FILES}/v_posts/nope/x", f"{FILES}/loaded/{ID}/", f"{FILES}/loaded/{ID}",
    f"{FILES}/loaded/", f"{FILES}/loaded", f"{FILES}/", FILES, f"{FILES}/loaded/{ID}/{NAME}/",
    f"{FILES}/loaded/{ID}/x/{NAME}", f"{FILES}/loaded/{ID}/{NAME}/x", f"{FILES}//{ID}/{NAME}",
    f"{FILES}/loaded//{NAME}", f"{FILES}/loaded/{ID}//{NAME}", f"/api//files/loaded/{ID}/{NAME}",
    f"{FILES}/loaded/./{ID}/{NAME}", f"{FILES}/loaded/x/../{ID}/{NAME}", f"{FILES}/./loaded/{ID}/{NAME}",
    f"{FILES}/../files/loaded/{ID}/{NAME}", f"/api/Files/loaded/{ID}/{NAME}", f"{FILES}/loaded/{ID}/{NAME}%00",
    f"{FILES}/loaded/{ID}/%00", f"{FILES}/loaded/{ID}/{NAME}%20", f"{FILES}/loaded/{ID}/%20{NAME}",
    f"{FILES}/loaded/{ID}/{NAME}.", f"{FILES}/loaded/{ID}/{NAME}%2f", f"{FILES}/loaded/{ID}/%2f{NAME}",
    f"{FILES}/loaded/{ID}/.%2f{NAME}", f"{FILES}/loaded/{ID}/%2e%2f{NAME}", f"{FILES}/loaded/{ID}%2f{NAME}/x",
    f"{FILES}/loaded%2f{ID}/{NAME}", f"{FILES}/loaded%2f{ID}%2f{NAME}", f"/api%2ffiles/loaded/{ID}/{NAME}",
    f"{FILES}/loaded/{ID}/..%2f..%2f..%2fdata.db", f"{FILES}/loaded/{ID}/..%2f{EMPTY}%2f{OTHER}",
    f"{FILES}/loaded/..%2f{ID}/{NAME}", f"{FILES}/..%2floaded/{ID}/{NAME}", f"{FILES}/loaded/..%2f..%2f/data.db",
    f"{FILES}/%2e%2e/%2e%2e/data.db", f"{FILES}/loaded/%2e%2e/data.db", f"{FILES}/loaded/{ID}/%2e%2e",
    f"{FILES}/loaded/{ID}/%2e", f"{FILES}/loaded/{ID}/..", f"{FILES}/loaded/{ID}/.",
    f"{FILES}/loaded/..%5c..%5c/data.db", f"{FILES}/loaded/{ID}/..\\..\\data.db", f"{FILES}/loaded/{ID}/%252e%252e",
    f"{FILES}/loaded/{ID}/%ff", f"{FILES}/loaded/%ff/{NAME}", f"{FILES}/%ff/{ID}/{NAME}",
    f"{FILES}/loaded/{ID}/%c0%ae%c0%ae", f"{FILES}/loaded/{ID}/%zz", f"{FILES}/loaded/{ID}/%",
    f"{FILES}/loaded/%25/{NAME}", f"{FILES}/loaded/%27/x", f"{FILES}/%27/x/y",
    f"{FILES}/loaded/x%27%20or%20%271%27=%271/{NAME}", f"{FILES}/loaded/{ID}/%25", f"{FILES}/loaded/{ID}/%2a",
    f"{FILES}/loaded/{ID}/*", f"{FILES}/loaded/*/{NAME}", f"{FILES}/*/{ID}/{NAME}",
    f"{FILES}/loaded/{ID}/thumbs_{NAME}%2f100x100_{NAME}", f"{FILES}/loaded/{ID}/thumbs_{NAME}",
    f"{FILES}/loaded/{ID}/100x100_{NAME}", f"{FILES}/{ID}/{ID}/{NAME}", f"{FILES}/loaded/{ID}/" + "x" * 3000,
    f"{FILES}/token/{ID}/{NAME}", f"{FILES}/token", f"{FILES}/loaded/{ID}/\u00e4", f"{FILES}/loaded/{ID}/%F0%9F%98%80",
    f"{FILES}/\u00e4/x/y", f"{FILES}/loaded/{ID};x/{NAME}", f"{FILES}/loaded/{ID}/{NAME};x",
    f"{FILES}/loaded/{ID}/{NAME}+", f"{FILES}/loaded/{ID}/{NAME}?", f"{FILES}/loaded/{ID}/{NAME}%3Fthumb=1",
    f"{FILES}/loaded/{ID}/{NAME}%23"]


@pytest.mark.parametrize("path", values(*PATHS))
def test_path(pair, path):
    for method in ("GET", "HEAD"):
        download(pair, path, method=method, ignore_headers=("etag",))       # (some are static files, which may have one)
    if path.endswith("/token"):
        pair.same("POST", path, auth="su", check=HEADERS)
    else:
        download(pair, path, auth="su", ignore_headers=("etag",))


def test_methods(pair):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get"):
        for path in (TXT, f"{FILES}/nope/x/y", f"{FILES}/token"):
            if (method, path) != ("POST", f"{FILES}/token"):
                pair.same(method, path, auth="su")


def test_bodies_are_not_read(pair):
    for raw, type in (("x", "text/plain"), ("{", "application/json"), (body(file("a", "b"))[:-9],
        "multipart/form-data; boundary=BB")):
        download(pair, TXT, raw=raw, headers={"Content-Type": type})


def test_rules_do_not_matter(pair):
    for rule in (None, "", "id = 'nope'"):
        pair.same("PATCH", f"{C}/{D}", {"viewRule": rule, "listRule": rule}, expect=200)
        download(pair, TXT, expect=200)


# ---- the folder of the record was changed by somebody else
def attrs(text):
    def change(folder, side):
        with open(os.path.join(folder, side.kept["file"] + ".attrs"), "w") as f:
            f.write(text)
    return change


def remove(*ends):
    def change(folder, side):
        for end in ends:
            os.remove(os.path.join(folder, side.kept["file"] + end))
    return change


def a_folder(folder, side):
    remove("")(folder, side)
    os.mkdir(os.path.join(folder, side.kept["file"]))


def other_content(folder, side):
    with open(os.path.join(folder, side.kept["file"]), "w") as f:
        f.write("other and longer")


CHANGES = {"no attrs": remove(".attrs"), "attrs empty": attrs(""), "attrs broken": attrs("{"), "attrs text": attrs(
    "abc"), "attrs null": attrs("null"), "attrs list": attrs("[]"), "attrs object": attrs("{}"), "attrs number": attrs(
    "5"), "attrs no type": attrs('{"user.content_type":""}'), "attrs null type": attrs('{"user.content_type":null}'),
    "attrs number type": attrs('{"user.content_type":5}'), "attrs own type": attrs('{"user.content_type":"x/y"}'),
    "attrs odd type": attrs('{"user.content_type":"a b\\u00e4"}'), "attrs line end": attrs(
    '{"user.content_type":"a/b\\r\\nX-Injected: 1"}'), "attrs upper key": attrs('{"USER.CONTENT_TYPE":"x/y"}'),
    "attrs twice": attrs('{"user.content_type":"x/y","user.content_type":"y/z"}'), "attrs more": attrs(
    '{"user.content_type":"x/y"} x'), "attrs spaces": attrs(' \n{"user.content_type": "x/y"}\n'), "attrs others": attrs(
    json.dumps({"user.content_type": "x/y", "user.content_encoding": "gzip", "user.cache_control": "no-store",
    "user.content_disposition": "inline; filename=zz", "user.content_language": "de", "user.metadata": {"a": "b"},
    "md5": "AAAA"})), "attrs metadata": attrs('{"user.content_type":"x/y","user.metadata":5}'), "attrs md5": attrs(
    '{"user.content_type":"x/y","md5":"?"}'), "attrs unknown": attrs('{"user.content_type":"x/y","nope":1}'), "no file":
    remove(""), "nothing": remove("", ".attrs"), "a folder": a_folder, "other content": other_content}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_on_disk(pair, name):
    id = rid("disk", list(CHANGES).index(name))
    upload(pair, D, word("id", id), file("one", "abc.txt"), file("pics", "keep.txt"), expect=200)
    keep_files(pair, "one", name="file")
    keep_files(pair, "pics", name="other")
    on_disk(pair, "pbc_loaded", id, CHANGES[name])
    path = f"{FILES}/{D}/{id}/$file$"
    # in a rare mixture of content type and body the reference's 404 has no header of its own
    for query, method, headers in (("", "GET", {}), ("", "HEAD", {}), ("?download=1", "GET", {}), ("?thumb=100x100",
        "GET", {}), ("", "GET", {"Range": "bytes=1-2"})):
        download(pair, path + query, method=method, headers=headers)
    pair.same("GET", records(D, id), expect=200)
    pair.same("PATCH", records(D, id), {"t": "x"}, expect=200)
    pair.same("PATCH", records(D, id), {"one": ""})
    pair.same("GET", records(D, id))


def test_link_out_of_the_storage(pair):
    """A symbolic link put there by the administrator is followed."""
    id = rid("link", 1)
    upload(pair, D, word("id", id), file("one", "abc.txt"), expect=200)
    keep_files(pair, "one", name="file")

    def change(folder, side):
        remove("")(folder, side)
        os.symlink(os.path.join(side.server.public, "hello.txt"), os.path.join(folder, side.kept["file"]))
    on_disk(pair, "pbc_loaded", id, change)
    download(pair, f"{FILES}/{D}/{id}/$file$")


@pytest.mark.parametrize("size", [4096, 65536, 65537, 1000003, 8000000])
def test_sizes(pair, size):
    id = rid("size", size % 1000000)
    content = bytes(i * 7 % 251 for i in range(9973)) * (size // 9973 + 1)
    upload(pair, D, word("id", id), file("pics", "big.bin", content[:size]), expect=200)
    keep_files(pair, "pics", name="big")
    path = f"{FILES}/{D}/{id}/$big0$"
    download(pair, path, expect=200)
    for value in (f"bytes={size - 5}-", f"bytes={size // 2}-{size // 2 + 70000}", f"bytes=0-9,{size - 9}-", "bytes=-1"):
        download(pair, path, headers={"Range": value}, expect=206)
    for side in (pair.ref, pair.mart):
        with open(storage(side, "pbc_loaded", id, "$big0$"), "rb") as f:
            assert f.read() == content[:size]
