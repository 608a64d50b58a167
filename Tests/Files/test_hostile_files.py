"""What people try with files: ways out of the folder, lines in headers, names that lie, contents that are two things at once.

All of it is tried against a running program; what a browser would do with it, in a browser.
"""

import base64
import re
import socket
import time

import chromium
import pytest
from conftest import docs, fetch, upload
from servers import Server
from test_resumable import finished

SECRET = b"secret-beside-the-files"

# Each is put where a name, a record's id, a collection, a thumb, a backup or an upload stands.
WAYS_OUT = ["..", "%2e%2e", "..%2fsecret.txt", "..%2f..%2f..%2f..%2fsecret.txt", "%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.txt", "..%5c..%5csecret.txt",
            "....%2f%2f....%2f%2fsecret.txt", "%252e%252e%252fsecret.txt", "%c0%ae%c0%ae%2fsecret.txt", "%2fetc%2fpasswd", "..;%2fsecret.txt", "secret.txt%00",
            "..%00%2fsecret.txt", ".%2fsecret.txt", "%2e", "%00", "data.db", "..%2fdata.db", "..%2f..%2f..%2fdata.db", "~%2fsecret.txt",
            "file:%2f%2f%2fetc%2fpasswd", "..%0d%0aX-Made: yes", "%e2%80%a5%2fsecret.txt", "%ef%bc%8e%ef%bc%8e%2fsecret.txt"]
PLACES = ["/api/files/docs/{id}/{way}", "/api/files/docs/{way}/{file}", "/api/files/{way}/{id}/{file}", "/api/files/docs/{id}/{way}/{file}",
          "/api/files/docs/{id}/thumbs_{way}/{file}", "/api/backups/{way}?token={token}", "/api/uploads/{way}", "/{way}", "/sub/{way}"]

NAMES = ["../../../secret.txt", "..\\..\\secret.txt", "/etc/passwd", "a/../../b.txt", "..", ".", "...", "", " ", "a\0b.txt", "CON.txt", "-rf", "a.txt.attrs",
         "x" * 5000 + ".txt", "a.txt/", "%2e%2e%2fa.txt", "‮txt.exe", "a.php.", ".htaccess", "a;b.txt", "thumbs_a.png", "a:b.txt", "a|b`c$(d).txt"]
LINES = ["a\r\nSet-Cookie: a=b.txt", "a\nX-Made: yes.txt", "a%0d%0aX-Made: yes.txt", 'a"; filename=b.html', "a\rX-Made: yes", "aéX-Made: yes.txt", "a\x0bX-Made: yes.txt"]

SCRIPT = b"<script>document.title='ran'</script>"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
POLYGLOTS = {
    "page.html": b"<!doctype html>" + SCRIPT, "page.png": b"<!doctype html>" + SCRIPT, "page.txt": b"<html>" + SCRIPT, "page.jpg": b"\n\n<html><body>" + SCRIPT,
    "gif.html": b"GIF89a/*" + SCRIPT + b"*/=1;", "png.html": PNG + SCRIPT, "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="ran"</script></svg>',
    "picture.png": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="document.title=\'ran\'"/>',
    "pages.xhtml": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><script>document.title="ran"</script></head></html>',
    "paper.pdf": b"%PDF-1.4\n" + SCRIPT, "mail.mht": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + SCRIPT, "zip.html": b"PK\x03\x04" + SCRIPT,
    "sheet.xml": b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#"?><a xmlns:h="http://www.w3.org/1999/xhtml"><h:script>document.title="ran"</h:script></a>',
    "utf16.html": "<html><script>document.title='ran'</script>".encode("utf-16"), "utf7.txt": b"+ADw-script+AD4-document.title='ran'+ADw-/script+AD4-",
    "empty.html": b" ", "late.html": b" " * 3000 + SCRIPT,
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    with Server(folder=tmp_path_factory.mktemp("hostile")) as server:
        docs(server)
        for place in (server.folder, server.data, server.data / "storage"):
            place.mkdir(exist_ok=True)
            (place / "secret.txt").write_bytes(SECRET)
        server.record = upload(server, ("one", "a.txt", b"content")).json()
        yield server


def raw(server, path):
    """The answer's bytes: the path is sent as it is."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
        sock.sendall(b"GET " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: sock.recv(65536), b""))


def test_the_test(hostile):
    """The places are real ones."""
    record = hostile.record
    assert raw(hostile, f"/api/files/docs/{record['id']}/{record['one']}").endswith(b"\r\n\r\ncontent")
    (hostile.folder / "public" / "sub").mkdir()
    (hostile.folder / "public" / "sub" / "page.txt").write_text("page")
    assert raw(hostile, "/sub/page.txt").endswith(b"\r\n\r\npage")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS_OUT)
def test_ways_out(hostile, place, way):
    record = hostile.record
    token = hostile.must("POST", "/api/files/token")["token"]
    for spelling in {way, way.replace("%2f", "/").replace("%5c", "\\").replace("%2e", ".")}:
        if " " in spelling:
            spelling = spelling.replace(" ", "%20")
        answer = raw(hostile, place.format(id=record["id"], file=record["one"], way=spelling, token=token))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 (400|401|403|404|405|307) ", head), head
        if head.startswith(b"HTTP/1.1 307"):
            assert re.search(rb"\r\nLocation: /(?![/\\])", head), "to the path without its dots, on this server"
        assert b"\nx-made" not in head.lower()
        assert SECRET not in body and b"root:" not in body and b"SQLite format" not in body


# A form cannot carry these names in the head of a part. The last ones cut it off before the file: a plain value, or nothing.
UNREADABLE = ("a\0b.txt", "a\rX-Made: yes", "a\x0bX-Made: yes.txt")
CUT_OFF = ("a\r\nSet-Cookie: a=b.txt", "a\nX-Made: yes.txt")


def written(server):
    """All files outside the databases and the folders for what is on its way."""
    return {path for path in server.folder.rglob("*") if path.is_file() and ".martlet_" not in str(path) and ".db" not in path.name
            and path.name != "server.log"}


@pytest.mark.parametrize("name", NAMES + LINES)
@pytest.mark.parametrize("door", ["form", "uploads"])
def test_names(hostile, name, door):
    before = written(hostile)
    if door == "form":
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        answer = upload(hostile, ("one", quoted or " ", b"content"))
    else:
        answer = hostile.call("POST", "/api/collections/docs/records", {"one": finished(hostile, b"content", filename=name)})
    new = written(hostile) - before
    # What ends in .attrs would be taken for another file's attributes.
    if name.endswith(".attrs") or door == "form" and name in UNREADABLE:
        answer.problem(400)
        assert not new
        return
    assert answer.status == 200, answer
    record = answer.json()
    if door == "form" and name in CUT_OFF:
        assert record["one"] == "" and not new
        return
    assert re.fullmatch(r"[\w.-]{1,150}", record["one"], re.ASCII) and not record["one"].startswith("."), record["one"]
    place = hostile.data / "storage" / record["collectionId"] / record["id"]
    assert new == {place / record["one"], place / (record["one"] + ".attrs")}
    for query in ("", "?download=1"):
        head, _, body = raw(hostile, f"/api/files/docs/{record['id']}/{record['one']}{query}").partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200") and body == b"content"
        assert not re.search(rb"(?im)^(x-made|set-cookie):", head)
        assert head.lower().count(b"content-disposition:") == 1


@pytest.mark.parametrize("name", ["../b.zip", "a/b.zip", "a\\b.zip", "..zip", ".zip", "a\r\nX-Made: yes.zip", "a\0.zip", "/tmp/b.zip", "A.zip", "b.zip.attrs", "b.db"])
def test_names_of_backups(hostile, name):
    hostile.call("POST", "/api/backups", {"name": name}).problem(400)
    assert not [path for path in hostile.folder.rglob("*.zip") if path.is_file()]


@pytest.mark.parametrize("name", POLYGLOTS)
def test_headers_of_contents_that_lie(hostile, name):
    """Whatever it is, a browser that shows it runs nothing of it, and does not guess another type."""
    record = upload(hostile, ("one", name, POLYGLOTS[name])).json()
    answer = fetch(hostile, record)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind = answer.headers["content-type"].split(";")[0]
    if answer.headers["content-disposition"].startswith("inline"):
        assert kind not in ("text/html", "application/xhtml+xml", "text/xml", "application/xml"), kind


@chromium.needed
def test_a_browser_runs_none_of_it(hostile):
    driver = chromium.start()
    try:
        # The test itself: such a page does run where pages come from.
        (hostile.folder / "public" / "page.html").write_bytes(POLYGLOTS["page.html"])
        driver.get(f"http://127.0.0.1:{hostile.port}/page.html")
        assert driver.title == "ran"
        (hostile.folder / "public" / "frame.html").write_text("<!doctype html><iframe></iframe>")
        for name, content in POLYGLOTS.items():
            record = upload(hostile, ("one", name, content)).json()
            address = f"http://127.0.0.1:{hostile.port}/api/files/docs/{record['id']}/{record['one']}"
            driver.get("about:blank")
            driver.get(address)
            assert driver.title != "ran", name
            driver.get(f"http://127.0.0.1:{hostile.port}/frame.html")
            driver.execute_script("document.querySelector('iframe').src = arguments[0]", address)
            time.sleep(0.2)  # what is only offered for download never loads: there is no event to wait for
            driver.switch_to.frame(0)
            assert driver.execute_script("return document.title") != "ran", name
            driver.switch_to.default_content()
    finally:
        driver.quit()
