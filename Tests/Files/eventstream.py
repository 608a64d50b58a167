"""A client of the event stream that goes on after a wait in vain, and that can come from another address."""

import json
import socket
import time


class Stream:
    def __init__(self, server, *topics, since=None, token=None, address="127.0.0.1", buffer=None):
        self.server, self.token, self.address = server, token, address
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.bind((address, 0))
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: a\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(4096)
        self.head, self.raw = head.split(b"\r\n\r\n", 1)
        self.text, self.has_ended = b"", False
        self.id = self.next()[1]["clientId"]
        self.answer = self.subscribe(*topics, since=since)

    def subscribe(self, *topics, since=None, token=...):
        body = {"clientId": self.id, "subscriptions": list(topics)}
        if since is not None:
            body["since"] = since
        return self.server.call("POST", "/api/realtime", body, token=self.token if token is ... else token, timeout=60)

    @property
    def position(self):
        return self.answer.json()["position"]

    def next_lines(self, seconds=15):
        """The next event as it was sent; None at the end of the stream."""
        end = time.monotonic() + seconds
        while True:
            self._unchunk()
            if b"\n\n" in self.text:
                event, self.text = self.text.split(b"\n\n", 1)
                return event.split(b"\n")
            if self.has_ended:
                return None
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionError:
                piece = b""
            self.has_ended = self.has_ended or not piece
            self.raw += piece

    def _unchunk(self):
        while not self.has_ended and (end := self.raw.find(b"\r\n")) >= 0:
            size = int(self.raw[:end], 16)
            if size == 0:
                self.has_ended = True
            elif len(self.raw) < end + size + 4:
                return
            self.text += self.raw[end + 2:end + 2 + size]
            self.raw = self.raw[end + size + 4:]

    def next(self, seconds=15):
        """The next event: its name and data."""
        lines = self.next_lines(seconds)
        if lines is None:
            return None
        values = dict(line.split(b":", 1) for line in lines)
        return values[b"event"].decode(), json.loads(values[b"data"])

    def rest(self, quiet=1.0):
        """All events until none has come for a while."""
        events = []
        try:
            while event := self.next(quiet):
                events.append(event)
        except TimeoutError:
            pass
        return events

    def close(self):
        self.socket.close()
