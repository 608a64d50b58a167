"""Events to many clients of the event stream: how many arrive in a second.

One writer creates records, a window at a time, and goes on when every client has got the window: so nobody is measured at
how much it can leave lying about. The clients are one loop over sockets that counts event lines and parses nothing; on its
own it counts some 1.5 million events a second.
"""

from __future__ import annotations

import json
import selectors
import socket
import time

from programs import Server

WINDOW = 50
MARK = b"\nevent:entries/*"


class Listeners:
    """Connected clients that count what they are told."""

    def __init__(self, server: Server, count: int):
        self.selector = selectors.DefaultSelector()
        self.seen = 0
        self.tails: dict[socket.socket, bytes] = {}
        with server.client() as client:
            for _ in range(count):
                sock = socket.create_connection(("127.0.0.1", server.port), 10)
                sock.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: bench\r\n\r\n")
                body = {"clientId": client_id(sock), "subscriptions": ["entries/*"]}
                client.call("POST", "/api/realtime", body)
                sock.setblocking(False)
                self.selector.register(sock, selectors.EVENT_READ)
                self.tails[sock] = b""

    def take(self, timeout: float) -> None:
        """Reads what is there."""
        for key, _ in self.selector.select(timeout):
            data = key.fileobj.recv(1 << 18)
            if not data:
                raise RuntimeError("a client of the event stream was let go")
            # a mark may be cut in two
            text = self.tails[key.fileobj] + data
            self.seen += text.count(MARK)
            self.tails[key.fileobj] = text[-len(MARK) + 1:]

    def close(self) -> None:
        """Leaves."""
        for sock in self.tails:
            sock.close()
        self.selector.close()


def client_id(sock: socket.socket) -> str:
    """What the first event tells."""
    data = b""
    while b"\n\n" not in data:
        data += sock.recv(4096)
    return json.loads(data.split(b"data:")[1].split(b"\n")[0])["clientId"]


def deliveries(server: Server, bodies: list[dict], clients: int, seconds: float) -> float:
    """Events delivered per second."""
    listeners = Listeners(server, clients)
    try:
        with server.client() as client:
            began, written = time.perf_counter(), 0
            while time.perf_counter() - began < seconds:
                for _ in range(WINDOW):
                    client.call("POST", "/api/collections/entries/records", bodies[written % len(bodies)])
                    written += 1
                    listeners.take(0)
                deadline = time.perf_counter() + 30
                while listeners.seen < written * clients:
                    listeners.take(0.5)
                    if time.perf_counter() > deadline:
                        raise RuntimeError(f"{listeners.seen} of {written * clients} events came")
            return listeners.seen / (time.perf_counter() - began)
    finally:
        listeners.close()
