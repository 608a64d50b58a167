"""What reviews found: late answers, threads that wait for each other, sources that were sent, reloads under way."""
import concurrent.futures
import time

import pytest

from conftest import HERE, Site, fill

HOOKS = """
onRecordsListRequest((e) => e.next(), "articles")
routerUse((e) => {
    if (e.request.header.get("X-Key") === "of ann") e.auth = $app.findAuthRecordByEmail("users", "ann@example.com")
    e.next()
})
routerAdd("GET", "/wait", async (e) => { await new Promise((done) => setTimeout(done, 800)); return e.json(200, { done: true }) })
"""


@pytest.fixture(scope="module")
def hooked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hooks")
    (folder / "hooks.pb.js").write_text(HOOKS)
    with Site("--hooksDir", str(folder)) as site:
        (site.pages / "inner.html").write_text('<script server>export const get = ({ records }) => ({ n: records("articles").list().totalItems })</script>{{ n }}')
        (site.pages / "timer.html").write_text('<script server>export const get = async () => { await new Promise((done) => setTimeout(done, 800)) }</script>there')
        fill(site)
        end = time.time() + 10
        while site.visitor().get("/timer").status != 200:
            assert time.time() < end
        site.hooks = folder
        yield site


def test_many_pages_that_ask_the_interface(hooked):
    """Each waits for another thread of scripts: more of them than there are threads."""
    with concurrent.futures.ThreadPoolExecutor(150) as pool:
        pages = list(pool.map(lambda _: hooked.visitor().get("/inner"), range(300)))
    assert {(page.status, page.text) for page in pages} == {(200, "2")}


@pytest.mark.parametrize("path", ["/wait", "/timer"])
def test_a_reload_while_requests_wait(hooked, path):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(lambda: hooked.visitor().get(path)) for _ in range(8)]
        time.sleep(0.3)
        (hooked.hooks / f"other{time.time_ns()}.pb.js").write_text("// another file")
        began = time.time()
        assert {future.result().status for future in waiting} == {200}
        assert time.time() - began < 10


SECRET = "hunter2"
SOURCES = {
    "broken.html": f'<script server>const secret = "{SECRET}"</script>{{{{ x', "second.html": f'<script server></script><script server>const secret = "{SECRET}"</script>',
    "other.html": f'<script server type="module">const secret = "{SECRET}"</script>', "data.xml": f'<SCRIPT SERVER>const secret = "{SECRET}"</SCRIPT>',
    "syntax.html": f'<script server>const secret = "{SECRET}" export asy nc function</script>',
}


def test_sources_are_not_sent():
    with Site(pages=None) as site:
        for name, text in SOURCES.items():
            (site.pages / name).write_text(text)
        (site.pages / "plain.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'></svg>")
        visitor, end = site.visitor(), time.time() + 10
        while visitor.get("/plain.svg").status != 200:
            assert time.time() < end
        for name in SOURCES:
            for path in (f"/{name}", f"/{name.removesuffix('.html')}", f"/{name.upper()}"):
                assert SECRET not in visitor.get(path).text, path


def test_a_page_that_is_no_script_any_more(hooked):
    page = hooked.pages / "turning.html"
    page.write_text("<script server>export const get = () => ({ x: 1 })</script>{{ x }}")
    visitor, end = hooked.visitor(), time.time() + 10
    while visitor.get("/turning").text != "1":
        assert time.time() < end
    page.write_text("<script server>export asy nc function get() {}</script>{{ x }}")
    time.sleep(1.2)
    assert visitor.get("/turning").text == "1"
    assert "turning.html" in hooked.log


def test_only_methods_are_methods(hooked):
    (hooked.pages / "methods.html").write_text("<script server>export const search = () => ({}); export const csrf = false</script>x")
    visitor, end = hooked.visitor(), time.time() + 10
    while visitor.get("/methods").status != 200:
        assert time.time() < end
    assert visitor.send("SEARCH", "/methods", "").status in (400, 404, 405)


@pytest.mark.parametrize("seconds", ["Infinity", "NaN", "1e300", "-5", "'x'"])
def test_numbers_of_scripts(hooked, seconds):
    (hooked.pages / "numbers.html").write_text(f"<script server>export const cache = {{ seconds: {seconds} }}</script>{seconds}")
    visitor, end = hooked.visitor(), time.time() + 10
    while visitor.get("/numbers").text != seconds:
        assert time.time() < end
    assert visitor.get("/numbers").status == 200


def test_large_files_and_bodies_that_nobody_wants(hooked):
    (hooked.pages / "large.bin").write_bytes(b"x" * (5 << 20))
    for _ in range(5):
        assert hooked.visitor().send("GET", "/large.bin", "a body").status == 200
    assert hooked.visitor().get("/api/health").status == 200


def test_superusers_from_elsewhere(site):
    token = site.su.token
    site.su("PATCH", "/api/settings", {"superuserIPs": ["10.0.0.1"]}, expect=(200,))
    try:
        visitor = site.visitor()
        visitor.cookies["martlet_session"] = token
        assert visitor.get("/me").status == 403
    finally:
        import subprocess
        subprocess.run([site.server.program, "superuser", "ips", "--dir", site.server.data], check=True, capture_output=True)
        time.sleep(1)
    assert site.visitor().get("/api/health").status == 200


def test_a_page_for_somebody_a_middleware_knows_is_not_kept_for_others(hooked):
    (hooked.pages / "known.html").write_text("<script server>export const cache = { seconds: 60 }</script>{{ user?.email ?? 'nobody' }}")
    visitor, end = hooked.visitor(), time.time() + 10
    while visitor.get("/known?first", **{"X-Key": "of ann"}).text != "ann@example.com":
        assert time.time() < end
    assert visitor.get("/known", **{"X-Key": "of ann"}).text == "ann@example.com"
    assert visitor.get("/known").text == "nobody"
    assert visitor.get("/known", **{"X-Key": "of ann"}).text == "ann@example.com"


def test_a_second_factor(site):
    """`auth.signIn` tells of it instead of failing."""
    (site.pages / "factor.html").write_text('''<script server>
export const csrf = false
export const post = ({ form, auth, json }) => json(auth.signIn("users", form.email, form.password))
</script>''')
    visitor, end = site.visitor(), time.time() + 10
    while visitor.get("/factor").status != 200:
        assert time.time() < end
    site.su("PATCH", "/api/collections/users", {"mfa": {"enabled": True, "duration": 600}, "otp": {"enabled": True, "duration": 180, "length": 8}})
    try:
        page = visitor.post("/factor", {"email": "ann@example.com", "password": "1234567890"})
        assert page.status == 200 and page.json()["mfaId"], page.text
        assert "martlet_session" not in visitor.cookies
    finally:
        site.su("PATCH", "/api/collections/users", {"mfa": {"enabled": False}, "otp": {"enabled": False}})
