"""Runs the request blocks of docs/guide.md against Martlet, in their order, and checks their answer blocks."""
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MARTLET_BIN", str(ROOT / ".build-release/release/martlet"))
BLOCK = re.compile(r"```request\n(\w+) (.*?)(?: as (\w+))?\n(.*?)```\s+```answer\n(.*?)```", re.S)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    def __init__(self, folder):
        self.base = f"http://127.0.0.1:{free_port()}"
        subprocess.run([PROGRAM, "superuser", "upsert", "root@example.com", "1234567890", "--dir", folder], check=True)
        self.process = subprocess.Popen([PROGRAM, "serve", "--dir", folder, "--http", self.base[7:]])
        self.tokens = {}
        for _ in range(200):
            try:
                self.send("GET", "/api/health")
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        self.sign_in("superuser", "_superusers", "root@example.com")
        for name in ("ann", "bob"):
            self.send("POST", "/api/collections/users/records", {"id": f"{name}000000000001", "name": name.title(),
                      "email": f"{name}@example.com", "password": "1234567890", "passwordConfirm": "1234567890"}, "superuser")
            self.sign_in(name, "users", f"{name}@example.com")

    def sign_in(self, who, collection, email):
        answer = self.send("POST", f"/api/collections/{collection}/auth-with-password",
                           {"identity": email, "password": "1234567890"})
        self.tokens[who] = answer["token"]

    def send(self, method, path, body=None, who=None):
        request = urllib.request.Request(self.base + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if who:
            request.add_header("Authorization", self.tokens[who])
        try:
            with urllib.request.urlopen(request) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return json.loads(error.read())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(str(tmp_path_factory.mktemp("guide") / "data"))
    yield server
    server.process.terminate()
    assert server.process.wait(10) == 0


def encoded(path):
    path, _, query = path.partition("?")
    # Parameters are separated by "&" without blanks around it, unlike the "&&" of filters.
    pairs = [p.partition("=") for p in re.split(r"(?<![ &])&(?![ &])", query)] if query else []
    return path + ("?" + urllib.parse.urlencode([(k, v) for k, _, v in pairs]) if pairs else "")


def contains(answer, part, where="answer"):
    if isinstance(part, dict):
        for key, value in part.items():
            assert key in answer, f"{where} has no {key}: {answer}"
            contains(answer[key], value, f"{where}.{key}")
    elif isinstance(part, list):
        assert len(answer) == len(part), f"{where}: {answer}"
        for index, value in enumerate(part):
            contains(answer[index], value, f"{where}[{index}]")
    else:
        assert answer == part, where


BLOCKS = BLOCK.findall((ROOT / "docs/guide.md").read_text())


def test_the_guide_has_examples():
    assert len(BLOCKS) > 15


@pytest.mark.parametrize("block", BLOCKS, ids=[f"{i}-{b[0]}-{b[1][:50]}" for i, b in enumerate(BLOCKS)])
def test_example(server, block):
    method, path, who, body, answer = block
    got = server.send(method, encoded(path), json.loads(body) if body.strip() else None, who or None)
    contains(got, json.loads(answer))
