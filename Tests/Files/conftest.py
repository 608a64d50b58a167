"""A running program with a collection of files, and small clients for forms and event streams."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

sys.path += [str(pathlib.Path(__file__).parents[1] / folder) for folder in ("Robustness", "Peers")]
import servers                                             # noqa: E402
from servers import Server                                 # noqa: E402

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
LARGE = 4 << 30


def docs(server, name="docs", **options):
    """A collection with a field for one file, one for many, and one for pictures."""
    fields = [{"name": "title", "type": "text", "max": 100_000}, {"name": "n", "type": "number"},
              {"name": "one", "type": "file", "maxSize": LARGE},
              {"name": "many", "type": "file", "maxSelect": 9, "maxSize": LARGE},
              {"name": "small", "type": "file", "maxSize": 1000, "mimeTypes": ["text/plain"]}]
    return server.must("POST", "/api/collections", {"name": name, "type": "base", "fields": fields, **OPEN, **options})


def form(*parts):
    """The body of a form of (name, file name or None, bytes), and its type."""
    body = b""
    for name, file_name, content in parts:
        what = f'; filename="{file_name}"' if file_name else ""
        body += f'--BB\r\nContent-Disposition: form-data; name="{name}"{what}\r\n\r\n'.encode() + content + b"\r\n"
    return body + b"--BB--\r\n", {"Content-Type": "multipart/form-data; boundary=BB"}


def upload(server, *parts, id=None, collection="docs", **options):
    body, headers = form(*parts)
    path = f"/api/collections/{collection}/records" + (f"/{id}" if id else "")
    return server.call("PATCH" if id else "POST", path, body, headers, **options)


def fetch(server, record, name=None, headers=None, query=None, collection="docs"):
    return server.guest("GET", f"/api/files/{collection}/{record['id']}/{name or record['one']}", headers=headers, query=query)


@contextlib.contextmanager
def environment(**values):
    """Variables for programs that are started meanwhile; None takes one away."""
    before = {name: os.environ.get(name) for name in values}
    for name, value in values.items():
        os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def command(server, *words, **options):
    """Runs the program once on the server's folder."""
    return subprocess.run([servers.PROGRAM, *words, "--dir", str(server.data)], capture_output=True, text=True, timeout=60, **options)


def wait(server, done, seconds=20):
    """Until `done` is true of a server that may be away for a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if done():
                return
        except Exception:      # it may be away for a moment
            pass
        time.sleep(0.05)
    raise AssertionError(server.log())


def restored(server, name):
    assert server.call("POST", f"/api/backups/{name}/restore").status == 204
    wait(server, lambda: "The data are those of the backup now" in server.log(50))
    wait(server, lambda: server.call("GET", "/api/health", timeout=2).status == 200)


def stored(server, *folders):
    """All files below folders of the data, by path."""
    found = {}
    for folder in folders:
        for path in (server.data / folder).rglob("*"):
            if path.is_file():
                found[str(path.relative_to(server.data))] = path
    return found


class Events:
    """A client of the event stream."""

    def __init__(self, server, *topics, since=None, token=None, read=True):
        self.server, self.token = server, token
        self.socket = socket.create_connection(("127.0.0.1", server.port), 20)
        self.socket.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: a\r\n\r\n")
        self.stream = self.socket.makefile("rb")
        while self.stream.readline() not in (b"\r\n", b""):
            pass
        self.buffer = b""
        self.id = self.next()[1]["clientId"]
        self.answer = self.subscribe(*topics, since=since)

    def subscribe(self, *topics, since=None):
        body = {"clientId": self.id, "subscriptions": list(topics)}
        if since is not None:
            body["since"] = since
        return self.server.call("POST", "/api/realtime", body, token=self.token)

    def next(self, seconds=15):
        """The next event: name and data; None at the end of the stream."""
        self.socket.settimeout(seconds)
        while b"\n\n" not in self.buffer:
            size = self.stream.readline().strip()
            if not size or size == b"0":
                return None
            self.buffer += self.stream.read(int(size, 16))
            self.stream.readline()
        event, self.buffer = self.buffer.split(b"\n\n", 1)
        lines = dict(line.split(b":", 1) for line in event.split(b"\n"))
        return lines[b"event"].decode(), json.loads(lines[b"data"])

    def until(self, found, seconds=15):
        """All events up to the first for which `found` is true."""
        events = []
        while event := self.next(seconds):
            events.append(event)
            if found(*event):
                return events
        raise AssertionError(f"the stream ended after {events}")

    def close(self):
        self.socket.close()


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        docs(running)
        yield running


