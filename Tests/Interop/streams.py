"""Event streams: clients connected to GET /api/realtime of both servers, and what they are told.

    with Wire(pair) as wire:                                the collection of marks() must exist
        a = wire.listen("posts/*", auth="user1")            a client on each side, subscribed; more: wire.connect()
        pair.same("PATCH", …)
        a.told(1)                                           both got the same events (here one); returns the reference's
        a.told(0)                                           and nothing since

Nothing sleeps for silence: told() changes a marker record and waits for its event, which comes after those of earlier
requests (the reference sends from several threads: nearly always; a short grace when the sides differ does the rest).
Events of one request have no promised order, so they are compared as a set. Ids and dates are masked as in compare.py.
"""
import collections
import json
import re
import socket
import threading
import time
from urllib.parse import quote

from cases import records, text
from compare import COUNT, LOG, Headers

REALTIME = "/api/realtime"
MARKS, MARK = "marks", "markmarkmark001"
MARKER = f"{MARKS}/{MARK}?options=%7B%22query%22%3A%7B%22fields%22%3A%22n%22%7D%7D"
SAFE = "-_.!~*'()"
PATIENCE, GRACE = 5, 1        # seconds
Event = collections.namedtuple("Event", "id name data lines")


def options(topic, **parts):
    """A topic with ?options=JSON, percent-encoded as the JavaScript client does."""
    return f"{topic}?options={quote(json.dumps(parts, separators=(',', ':'), ensure_ascii=False), safe=SAFE)}"


def until(ready, patience=20):
    """Asks again and again; for what comes in its own time."""
    end = time.time() + patience
    while not ready():
        assert time.time() < end, f"not within {patience} s"
        time.sleep(0.05)


def marks(fresh):
    """The collection told() needs."""
    fresh(MARKS, [text("n")], compare=False, listRule="", viewRule="")
    fresh.pair.same("POST", records(MARKS), {"id": MARK}, expect=200)


class Stream:
    """One connection. A thread reads it; `events` grows, `ended` is set when the server closes it."""

    def __init__(self, server, method="GET", path=REALTIME, headers=(), body=None):
        self.events, self.bytes, self.ended, self.read = [], b"", False, 0
        self.status, self.headers = None, Headers([])
        self.news = threading.Condition()
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
        self.socket.settimeout(None)
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *(f"{k}: {v}" for k, v in headers)]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        self.wait(lambda: self.status or self.ended)

    def run(self):
        try:
            with self.socket.makefile("rb") as file:
                status, pairs = file.readline(), []
                while (line := file.readline()) not in (b"\r\n", b"\n", b""):
                    name, _, value = line.decode("latin-1").partition(":")
                    pairs.append((name.strip().lower(), value.strip()))
                with self.news:
                    self.headers, self.status = Headers(pairs), int(status.split()[1])
                    self.news.notify_all()
                chunked = self.headers.get("transfer-encoding") == "chunked"
                while data := self.chunk(file) if chunked else file.read1(65536):
                    self.feed(data)
        except (OSError, ValueError, IndexError):
            pass
        with self.news:
            self.ended = True
            self.news.notify_all()

    @staticmethod
    def chunk(file):
        size = int(file.readline() or b"0", 16)
        data = file.read(size)
        file.readline()
        return data

    def feed(self, data):
        with self.news:
            self.bytes += data
            while (end := self.bytes.find(b"\n\n", self.read)) >= 0:
                lines = self.bytes[self.read:end].decode("utf-8", "replace").split("\n")
                self.read = end + 2
                parts = dict((line.partition(":")[0], line.partition(":")[2]) for line in lines)
                self.events.append(Event(parts.get("id"), parts.get("event"), parts.get("data"), lines))
            self.news.notify_all()

    def wait(self, ready, patience=PATIENCE):
        with self.news:
            return self.news.wait_for(ready, patience)

    def event(self, matches, patience=PATIENCE):
        """The first event that matches; it may still be to come."""
        found = self.wait(lambda: next((e for e in self.events if matches(e)), None) or self.ended and "ended", patience)
        assert isinstance(found, Event), f"no such event, {'stream ended' if self.ended else 'stream open'}; got {self.events}"
        return found

    @property
    def client(self):
        assert self.status == 200, f"status {self.status}"
        return self.event(lambda e: e.name == "PB_CONNECT").id

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class Listener:
    """A client on each side; its ids are $KEY$ in requests."""

    def __init__(self, wire, key, **request):
        self.wire, self.pair, self.key, self.seen = wire, wire.pair, key, [1, 1]
        self.streams = [Stream(side.server, **request) for side in (self.pair.ref, self.pair.mart)]
        for side, stream in zip((self.pair.ref, self.pair.mart), self.streams):
            side.kept[key] = stream.client

    def subscribe(self, *topics, auth=None, expect=204, marked=True, **rest):
        body = {"clientId": f"${self.key}$", "subscriptions": [*topics, *([MARKER] if marked else [])]}
        return self.pair.same("POST", REALTIME, body, auth=auth, expect=expect, **rest)

    def told(self, count=None, **rest):
        return self.wire.told(self, count=count, **rest)

    def take(self, which):
        """(topic, data) of what came to a side since the last call, without markers; leaves it there."""
        stream, out = self.streams[which], []
        own, label = stream.events[0].id, ("reference", "martlet")[which]
        for e in stream.events[self.seen[which]:]:
            assert [line.partition(":")[0] for line in e.lines] == ["id", "event", "data"] and e.id == own, f"{label}: {e}"
            data = json.loads(e.data)
            assert e.name == "@oauth2" or list(data) == ["record", "action"], f"{label}: {e}"
            if e.name != MARKER:
                out.append((e.name.replace(own, "<client>"), json.loads(e.data.replace(own, "<client>"))))
        return out

    def marked(self, which, until):
        """Waits for the marker of that value."""
        stream, data = self.streams[which], json.dumps({"record": {"n": until}, "action": "update"}, separators=(",", ":"))

        def there():
            return any(e.name == MARKER and e.data == data for e in stream.events[self.seen[which]:])
        assert stream.wait(lambda: stream.ended or there()) and there(), \
            f"{('reference', 'martlet')[which]}: no marker, {'ended' if stream.ended else 'open'}, {stream.events[self.seen[which]:]}"


class Wire:
    """The listeners of a test."""
    number = 0

    def __init__(self, pair):
        self.pair, self.listeners = pair, []

    def connect(self, **request):
        Wire.number += 1
        self.listeners.append(Listener(self, f"client{Wire.number}", **request))
        return self.listeners[-1]

    def listen(self, *topics, auth=None):
        listener = self.connect()
        listener.subscribe(*topics, auth=auth)
        return listener

    def told(self, *listeners, count=None, ignore=()):
        """What they were told since the last call, the same on both sides: the reference's events as (topic, data),
        of one listener, or a list for each. `count`: of each, or a list (None: any)."""
        counts = count if isinstance(count, list) else [count] * len(listeners)
        for listener, n in zip(listeners, counts):
            for which, stream in enumerate(listener.streams):
                stream.wait(lambda: stream.ended or sum(e.name != MARKER for e in stream.events[listener.seen[which]:]) >= (n or 0), 2)
        for _ in range(2):      # an event of the reference may be overtaken by a marker; seldom by two
            Wire.number += 1
            answers = self.pair.send("PATCH", records(MARKS, MARK), {"n": str(Wire.number)})
            assert [a.status for a in answers] == [200, 200], answers[0].body + answers[1].body
            for listener in listeners:
                for which in (0, 1):
                    listener.marked(which, str(Wire.number))
        try:
            out = [self.same(listener, n, set(ignore)) for listener, n in zip(listeners, counts)]
        finally:                # also what differs belongs to this call
            for listener in listeners:
                listener.seen = [len(stream.events) for stream in listener.streams]
        return out[0] if len(out) == 1 else out

    def same(self, listener, count, ignore):
        end = time.time() + GRACE
        while True:
            sides = [sorted(listener.take(which), key=self.order) for which in (0, 1)]
            grouped = [self.grouped(side) for side in sides]
            problems = []
            if len(sides[0]) == len(sides[1]) or time.time() > end:
                self.pair.walk("", *grouped, problems, ignore)
                break
            time.sleep(0.02)
        COUNT["requests"] += 1
        COUNT["differ"] += bool(problems)
        if LOG:
            LOG.writelines(f"EVENT for {listener.key} {topic}\n    {json.dumps(data)[:600]}\n" for topic, data in sides[0])
        if problems:
            raise AssertionError(self.pair.report("EVENTS", listener.key, None, None, None, None, problems))
        assert count in (None, len(sides[0])), f"{len(sides[0])} events instead of {count}: {sides[0]}"
        return sides[0]

    @staticmethod
    def grouped(events):
        out = {}
        for topic, data in events:
            out.setdefault(f"{topic} [{data.get('action', '')}]", []).append(data)
        return out

    def order(self, event):
        """Sorting key without what is generated."""
        topic, data = event
        shown = re.sub(r"(?<![A-Za-z0-9])[a-z0-9]{15}(?![A-Za-z0-9])",
                       lambda m: m[0] if m[0] in self.pair.sent else "?", json.dumps(data, sort_keys=True, ensure_ascii=False))
        return topic, str(data.get("action")), self.pair.plain(shown)

    def gone(self, listener):
        """Closes a client and waits until both servers have noticed."""
        for stream in listener.streams:
            stream.close()
        until(lambda: [a.status for a in self.pair.send("POST", REALTIME, {"clientId": f"${listener.key}$"}, auth=None)] == [404, 404])

    def close(self):
        for listener in self.listeners:
            for side, stream in zip((self.pair.ref, self.pair.mart), listener.streams):
                stream.close()
                del side.kept[listener.key]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


