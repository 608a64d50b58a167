"""Pages: which file answers what, what scripts and templates do, and what visitors are shown of faults."""
import gzip
import os
import re
import socket
import time

import pytest

from conftest import Site

PATHS = [
    ("/", 200, "MADE 1"), ("/articles/one", 200, "First &lt;b&gt;"), ("/articles/nope", 404, "Lost: No such article."),
    ("/articles/secret", 404, "Lost: No such article."), ("/docs/a/b%20c", 200, "<p>a/b c</p>"), ("/docs/", 404, "Lost"),
    ("/nothing", 404, "Lost: The requested resource"), ("/_layouts/main.html", 404, "Lost"), ("/_layouts/main", 404, "Lost"),
    ("/index", 404, "Lost"), ("/404", 404, "Lost"), ("/404.html", 404, "Lost"), ("/articles/%5Bslug%5D.html", 404, "Lost"),
    ("/style.css", 200, "color"), ("/escape.html", 404, "Lost"), ("/..%2Flib%2Ftext.js", 404, "Lost"), ("/.%2e/lib/text.js", 404, "Lost"),
    ("/api/health", 200, "healthy"), ("/api/nothing", 404, "\"status\":404"), ("/me", 403, "Not you."),
]


@pytest.mark.parametrize("path,status,text", PATHS)
def test_paths(visitor, path, status, text):
    page = visitor.get(path)
    assert (page.status, text in page.text) == (status, True), page.text
    assert "<script server>" not in page.text


def test_slash_at_the_end(visitor):
    page = visitor.get("/me/?a=1")
    assert (page.status, page.headers["Location"]) == (308, "/me?a=1")
    assert visitor.get("//evil.example/").status in (307, 308, 404)
    assert not (visitor.get("//evil.example/").headers["Location"] or "").startswith("//")


def test_layouts_parts_and_loops(visitor):
    text = visitor.get("/").text
    assert "<title>Front! – Site</title>" in text and "<aside>Side of X</aside>" in text
    assert re.search(r'0 <article><a href="/articles/one">First &lt;b&gt;</a></article>', text)
    assert "<aside>nothing aside</aside>" in visitor.get("/articles/one").text


@pytest.mark.parametrize("path,kind,text", [
    ("/feed.xml", "application/xml; charset=utf-8", '<?xml version="1.0"?><rss><title>Fish &amp; &lt;chips&gt;</title></rss>'),
    ("/numbers/7.json", "application/json", '{"name": "7"}'),
    ("/values", "text/html; charset=utf-8", "a=1;b=2; 0x;1y; 2020-01-02T03:04:05.000Z &amp;"),
    ("/data.json?x=a%22%3C", "application/json", '{"x": "a\\"<", "list": [1,"a\\"<"]}'),
])
def test_other_kinds(visitor, path, kind, text):
    page = visitor.get(path)
    assert (page.headers["Content-Type"], page.text.strip()) == (kind, text)


def test_methods(visitor):
    assert visitor.send("HEAD", "/").status == 200 and visitor.send("HEAD", "/").body == b""
    page = visitor.send("PUT", "/articles/one", "")
    assert (page.status, page.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert visitor.post("/webhook", {"a": "1"}).json() == {"got": {"a": "1"}}
    own = visitor.get("/faults?kind=response")
    assert (own.status, own.headers["X-Own"], own.text) == (201, "yes", "own")


@pytest.mark.parametrize("kind,status,text", [
    ("throw", 500, "Broken 500"), ("endless", 500, "Broken 500"), ("sql", 500, "Broken 500"), ("promise", 500, "Broken 500"),
    ("", 500, "Broken 500"), ("api", 403, "You shall not."),
])
def test_faults(site, visitor, kind, status, text):
    page = visitor.get(f"/faults?kind={kind}")
    assert (page.status, text in page.text) == (status, True), page.text
    assert "secret detail" not in page.text and "faults.html" not in page.text
    assert visitor.get("/api/health").status == 200
    if kind == "":
        assert "pages/faults.html:14" in site.log
    assert visitor.get("/faults?kind=throw", Accept="application/json").json()["status"] == 500


def test_static_files(site, visitor):
    page = visitor.get("/style.css")
    tag = page.headers["ETag"]
    assert page.headers["Content-Type"] == "text/css; charset=utf-8"
    assert visitor.get("/style.css", **{"If-None-Match": tag}).status == 304
    style = site.pages / "style.css"
    os.utime(style)
    assert visitor.get("/style.css").headers["ETag"] == tag, "the same content"
    (site.pages / "style.css.gz").write_bytes(gzip.compress(style.read_bytes()))
    packed = visitor.get("/style.css", **{"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.body) == style.read_bytes()
    assert visitor.get("/style.css", **{"Accept-Encoding": "gzip;q=0"}).headers["Content-Encoding"] is None
    style.write_text("body { color: red }")
    os.utime(site.pages / "style.css.gz", (1, 1))
    assert b"red" in visitor.get("/style.css", **{"Accept-Encoding": "gzip"}).body, "an old copy is not sent"


# MARK: keeping

def test_kept_pages(site, visitor):
    def made(client, **headers):
        return re.search(r"MADE (\d+)", client.get("/", **headers).text)[1]
    first = visitor.get("/")
    assert made(visitor) == made(visitor) == re.search(r"MADE (\d+)", first.text)[1]
    assert (first.headers["Vary"], first.headers["Cache-Control"]) == ("Origin, Cookie", "no-cache")
    assert visitor.get("/", **{"If-None-Match": first.headers["ETag"]}).status == 304
    ann = site.visitor().sign_in("ann")
    assert 'data-user="ann@example.com"' in ann.get("/").text
    assert ann.get("/").headers["Cache-Control"] == "private, no-cache" and ann.get("/").headers["ETag"] is None
    assert 'data-user=""' in visitor.get("/").text, "what was made for ann is not shown to others"
    before = made(visitor)
    record = site.su("POST", "/api/collections/articles/records", {"slug": "three", "title": "Third"})
    assert "Third" in visitor.get("/").text
    site.su("PATCH", f"/api/collections/articles/records/{record['id']}", {"title": "Drei"})
    assert "Drei" in visitor.get("/").text
    site.su("DELETE", f"/api/collections/articles/records/{record['id']}")
    assert "Drei" not in visitor.get("/").text
    site.su("POST", "/api/collections/comments/records", {"text": "something else"})
    again = made(visitor)
    assert int(again) >= int(before) and made(visitor) == again


def test_what_changes_while_a_page_is_made_is_not_kept(site):
    (site.pages / "racing.html").write_text('''<script server>
export const cache = { seconds: 60, tags: ["articles"] }
export async function get({ db }) {
    const count = db.value`select count(*) from articles`
    await new Promise((done) => setTimeout(done, 600))
    return { count }
}
</script>
{{ count }}''')
    visitor = site.visitor()
    end = time.time() + 10
    while visitor.get("/racing").status != 200:
        assert time.time() < end
    site.su("POST", "/api/collections/articles/records", {"slug": "a", "title": "A", "hidden": True})
    import threading
    thread = threading.Thread(target=lambda: site.visitor().get("/racing"))
    thread.start()
    time.sleep(0.3)
    count = site.su("POST", "/api/collections/articles/records", {"slug": "b", "title": "B", "hidden": True}) and \
        site.su("GET", "/api/collections/articles/records?perPage=1")["totalItems"]
    thread.join()
    assert site.visitor().get("/racing").text.strip() == str(count)


# MARK: streaming

def receive(site, path):
    """When which part of an answer came."""
    with socket.create_connection(("127.0.0.1", site.port)) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        parts, start = [], time.time()
        while piece := wire.recv(65536):
            parts.append((time.time() - start, piece.decode()))
    return parts


def test_streaming(site):
    parts = receive(site, "/slow")
    first = next(at for at, text in parts if "<p>first</p>" in text)
    last = next(at for at, text in parts if "later &amp; more" in text)
    assert last - first > 0.2
    assert "".join(text for _, text in parts).rstrip().endswith("0")


def test_a_stream_that_fails_is_not_taken_for_whole(site):
    whole = "".join(text for _, text in receive(site, "/slow?fail=1"))
    assert "<p>first</p>" in whole and "0\r\n\r\n" not in whole


# MARK: working on it

def test_reload_and_faults_of_a_page(site, visitor):
    page = site.pages / "changing.html"

    def shows(text, status=200):
        end = time.time() + 10
        while time.time() < end:
            got = visitor.get("/changing")
            if got.status == status and text in got.text:
                return True
            time.sleep(0.05)
        return False
    page.write_text("<p>one</p>")
    assert shows("<p>one</p>")
    page.write_text("<p>{{ two(</p>")
    time.sleep(1)
    assert visitor.get("/changing").text == "<p>one</p>" and visitor.get("/me").status == 403, "what was, goes on"
    assert "changing.html" in site.log
    page.write_text("{% if x %}<p>three</p>{% end %}{% include 'nothing' %}")
    time.sleep(1)
    assert visitor.get("/changing").text == "<p>one</p>"
    page.write_text("<p>four</p>")
    assert shows("<p>four</p>")
    page.write_text('<script server>import { word } from "../lib/word.js"; export const get = () => ({ word })</script>{{ word }}')
    module = site.root / "lib/word.js"
    module.write_text('export const word = "five"')
    assert shows("five")
    module.write_text('export const word = "six!"')
    assert shows("six!")
    page.unlink()
    assert shows("Lost", 404)


def test_development():
    with Site("--dev") as site:
        page = site.visitor().get("/faults")
        assert page.status == 500 and "pages/faults.html:14" in page.text and "<mark>14" in page.text
        assert '<script type="module" src="/_/dev.js">' in site.visitor().get("/docs/x").text
        mark = site.visitor().get("/_/dev/mark").text
        (site.pages / "docs/[...rest].html").write_text("new")
        end = time.time() + 10
        while site.visitor().get("/_/dev/mark").text == mark:
            assert time.time() < end


@pytest.mark.parametrize("text,message", [
    ("{% if x %}", "a block has no {% end %}"), ("{% end %}", "end without a block"), ("{{ }}", "{{ }} is empty"), ("{{ x", "{{ has no end"),
    ("{% nonsense %}", "unknown tag"), ("{% for x %}{% end %}", "a loop is: for item in list"), ("{% else %}", "else without"),
    ("{% include 'x' %}", "there is no file _partials/x.html"), ("{% layout 'x' %}", "there is no file _layouts/x.html"),
    ("<script server>", "has no end"), ("{% fill 'x' %}{% end %}", "fill stands behind"), ("{{ a b }}", "Unexpected"), ("{{ ) }}", "Unexpected"),
])
def test_mistakes(text, message):
    """They are told with file and line, and cost nothing but their own page."""
    with Site(pages=None) as site:
        (site.pages / "fine.html").write_text("fine")
        (site.pages / "wrong.html").write_text("\n\n" + text)
        visitor, end = site.visitor(), time.time() + 10
        while visitor.get("/wrong").status == 404 or visitor.get("/fine").status != 200:
            assert time.time() < end
        assert visitor.get("/wrong").status == 500 and visitor.get("/fine").text == "fine"
        assert message in site.log and "wrong.html" in site.log


def test_a_page_of_another_host_is_another_page(site, visitor):
    """So that nobody fills what is kept with addresses of their own."""
    (site.pages / "host.html").write_text('<script server>export const cache = { seconds: 60 }; export const get = ({ header }) => ({ host: header("host") })</script>{{ host }}')
    end = time.time() + 10
    while visitor.get("/host").status != 200:
        assert time.time() < end
    assert visitor.get("/host", Host="evil.example").text == "evil.example"
    assert visitor.get("/host", Host="good.example").text == "good.example"
