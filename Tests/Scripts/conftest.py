"""Both servers with the same hook files."""
import json
import pathlib
import shutil
import sys
import urllib.error
import urllib.request

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "Interop"))
from servers import MARTLET_BIN, REFERENCE_BIN, SU_EMAIL, SU_PASS, Server   # noqa: E402

POSTS = {
    "name": "posts", "type": "base", "listRule": "", "viewRule": "", "createRule": "", "updateRule": "", "deleteRule": "",
    "fields": [
        {"name": "title", "type": "text", "required": True}, {"name": "n", "type": "number"}, {"name": "ok", "type": "bool"},
        {"name": "when", "type": "date"}, {"name": "tags", "type": "select", "maxSelect": 3, "values": ["a", "b", "c"]},
        {"name": "kind", "type": "select", "maxSelect": 1, "values": ["x", "y"]}, {"name": "data", "type": "json"},
        {"name": "place", "type": "geoPoint"}, {"name": "link", "type": "url"}, {"name": "body", "type": "editor"},
        {"name": "file", "type": "file", "maxSelect": 1}, {"name": "files", "type": "file", "maxSelect": 5},
        {"name": "secret", "type": "text", "hidden": True},
        {"name": "created", "type": "autodate", "onCreate": True}, {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
    ],
}


class Client:
    """Sends requests to one server."""

    def __init__(self, server):
        self.server, self.token = server, None

    def send(self, method, path, body=None, token=True, headers=None):
        request = urllib.request.Request(self.server.url + path, method=method)
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if token and self.token:
            request.add_header("Authorization", self.token if token is True else token)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def json(self, method, path, body=None, **options):
        status, _, content = self.send(method, path, body, **options)
        try:
            return status, json.loads(content) if content else None
        except ValueError:
            return status, content.decode("utf-8", "replace")

    def sign_in(self):
        status, answer = self.json("POST", "/api/collections/_superusers/auth-with-password",
                                   {"identity": SU_EMAIL, "password": SU_PASS})
        assert status == 200, answer
        self.token = answer["token"]
        return self

    def eval(self, code):
        """What the server makes of a function's body."""
        status, answer = self.json("POST", "/eval", {"code": code})
        return answer if status == 200 else {"status": status, "answer": answer}


def prepare(client):
    """Collections and records with ids that both servers share."""
    client.sign_in()
    status, posts = client.json("POST", "/api/collections", POSTS)
    assert status == 200, posts
    status, answer = client.json("POST", "/api/collections", {
        "name": "comments", "type": "base", "fields": [
            {"name": "text", "type": "text"},
            {"name": "post", "type": "relation", "collectionId": posts["id"], "maxSelect": 1, "cascadeDelete": True},
            {"name": "author", "type": "relation", "collectionId": "_pb_users_auth_", "maxSelect": 1},
        ]})
    assert status == 200, answer
    for name in ("ann", "bob"):
        status, answer = client.json("POST", "/api/collections/users/records", {
            "id": f"{name}000000000001", "email": f"{name}@example.com", "name": name.title(), "password": "1234567890",
            "passwordConfirm": "1234567890"})
        assert status == 200, answer
    for number in range(1, 6):
        status, answer = client.json("POST", "/api/collections/posts/records", {
            "id": f"post0000000000{number}", "title": f"Post {number}", "n": number, "ok": number % 2 == 0, "tags": ["a", "b"][:number % 3],
            "kind": "x", "data": {"number": number}, "when": f"2024-01-0{number} 10:00:00.000Z",
            "place": {"lon": number, "lat": 2}, "secret": f"s{number}"})
        assert status == 200, answer
    for number in range(1, 4):
        status, answer = client.json("POST", "/api/collections/comments/records", {
            "id": f"comment0000000{number}", "text": f"Comment {number}", "post": "post00000000001", "author": "ann000000000001"})
        assert status == 200, answer
    return client


def start(program, label, hooks, *args):
    server = Server(program, label, args=args)
    folder = pathlib.Path(server.root) / "pb_hooks"
    folder.mkdir()
    for path in hooks:
        shutil.copy(path, folder / path.name)
    return server


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The reference server and Martlet, with all hook files of this folder as one: between files the reference server has
    no order that one could rely on."""
    whole = tmp_path_factory.mktemp("hooks") / "all.pb.js"
    whole.write_text("\n".join(path.read_text() for path in sorted((HERE / "hooks").glob("*.pb.js"))))
    with start(REFERENCE_BIN, "reference", [whole]) as one, start(MARTLET_BIN, "martlet", [whole]) as other:
        yield prepare(Client(one)), prepare(Client(other))


@pytest.fixture(scope="module")
def martlet():
    """Martlet alone, with the hook files of this folder."""
    with start(MARTLET_BIN, "martlet", sorted((HERE / "hooks").glob("*.pb.js"))) as server:
        yield prepare(Client(server))
