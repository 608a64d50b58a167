"""Martlet with a folder of pages, and visitors with cookies."""
import http.client
import http.cookies
import json
import pathlib
import re
import shutil
import sys
import urllib.parse

import pytest

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent / "Interop"), str(HERE.parent / "Peers")]
from servers import MARTLET_BIN, SU_EMAIL, SU_PASS, Server   # noqa: E402

PASSWORD = "1234567890"


class Page:
    """An answer."""
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.text = body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    @property
    def token(self):
        """The token of the first form."""
        found = re.search(r'name="_csrf" value="(\w+)"', self.text)
        return found and found[1]


class Visitor:
    """A browser without scripts: it keeps cookies."""
    def __init__(self, port):
        self.port, self.cookies = port, {}

    def send(self, method, path, body=None, headers=None, cookies=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if cookies and self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        page = Page(answer.status, answer.headers, answer.read())
        connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value
        return page

    def get(self, path, **headers):
        return self.send("GET", path, headers=headers)

    def post(self, path, fields, headers=None, **options):
        headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.send("POST", path, urllib.parse.urlencode(fields), headers, **options)

    def submit(self, path, fields, page=None):
        """Loads the page with the form, and sends it."""
        return self.post(path, {"_csrf": self.get(page or path).token, **fields})

    def sign_in(self, name):
        page = self.submit("/sign-in", {"email": f"{name}@example.com", "password": PASSWORD})
        assert page.status == 303, page.text
        return self


class Superuser:
    """The API, with all rights."""
    def __init__(self, port):
        self.visitor, self.token = Visitor(port), None
        self.token = self("POST", "/api/collections/_superusers/auth-with-password", {"identity": SU_EMAIL, "password": SU_PASS})["token"]

    def __call__(self, method, path, body=None, expect=(200, 204)):
        headers = {"Content-Type": "application/json", **({"Authorization": self.token} if self.token else {})}
        answer = self.visitor.send(method, path, json.dumps(body) if body is not None else None, headers)
        assert answer.status in expect, answer.text
        return json.loads(answer.body) if answer.body else None


class Site:
    """A running server with a copy of the pages."""
    def __init__(self, *args, pages=HERE / "site"):
        self.server = Server(MARTLET_BIN, "pages", args=("--indexFallback=false", "--scriptTime", "1", *args))
        self.root = pathlib.Path(self.server.root)
        self.pages = self.root / "pages"
        if pages:
            shutil.copytree(pages, self.pages)
            shutil.copytree(HERE / "lib", self.root / "lib")
        else:
            self.pages.mkdir()

    def __enter__(self):
        self.server.start()
        self.port = self.server.port
        self.su = Superuser(self.port)
        return self

    def __exit__(self, *_):
        self.server.close()

    def visitor(self):
        return Visitor(self.port)

    @property
    def log(self):
        return (self.root / "server.log").read_text()


def fill(site):
    su = site.su
    everybody = dict.fromkeys(("listRule", "viewRule"), "")
    articles = su("POST", "/api/collections", {"name": "articles", "type": "base", **everybody, "createRule": "", "fields": [
        {"name": "slug", "type": "text"}, {"name": "title", "type": "text"}, {"name": "hidden", "type": "bool"},
        {"name": "image", "type": "file", "maxSelect": 1, "mimeTypes": ["text/plain"]}]})
    su("PATCH", "/api/collections/articles", {"listRule": "hidden = false", "viewRule": "hidden = false"})
    su("POST", "/api/collections", {"name": "comments", "type": "base", **everybody,
       "createRule": "@request.auth.id != '' && author = @request.auth.id", "fields": [
           {"name": "text", "type": "text", "required": True, "min": 5},
           {"name": "article", "type": "relation", "collectionId": articles["id"], "maxSelect": 1},
           {"name": "author", "type": "relation", "collectionId": "_pb_users_auth_", "maxSelect": 1}]})
    for slug, title, hidden in (("one", "First <b>", False), ("two", "Second", False), ("secret", "Hidden", True)):
        su("POST", "/api/collections/articles/records", {"slug": slug, "title": title, "hidden": hidden})
    for name in ("ann", "bob"):
        su("POST", "/api/collections/users/records", {"email": f"{name}@example.com", "name": name.title(), "password": PASSWORD,
                                                      "passwordConfirm": PASSWORD})
    return site


@pytest.fixture(scope="module")
def site():
    with Site() as running:
        yield fill(running)


@pytest.fixture
def visitor(site):
    return site.visitor()
