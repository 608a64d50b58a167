"""Events to many clients of the event stream: how many arrive in a second.

One writer creates records, a window at a time, and goes on when every client has got the window: so nobody is measured at
how much it can leave lying about. The clients are one loop over sockets that counts event lines and parses nothing; on its
own it counts some 1.5 million events a second.
"""

from __future__ import annotations

import json
import select
import socket
import time

from programs import Server

WINDOW = 50
MARK = b"\nevent:entries/*"


class Listeners:
    """Connected clients that count what they are told."""

    def __init__(self, server: Server, count: int):
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.tails: dict[int, bytes] = {}
        self.buffer = bytearray(1 << 18)
        self.seen = 0
        with server.client() as client:
            for _ in range(count):
                sock = socket.create_connection(("127.0.0.1", server.port), 10)
                sock.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: bench\r\n\r\n")
                body = {"clientId": client_id(sock), "subscriptions": ["entries/*"]}
                client.call("POST", "/api/realtime", body)
                sock.setblocking(False)
                self.poll.register(sock, select.EPOLLIN)
                self.sockets[sock.fileno()], self.tails[sock.fileno()] = sock, b""

    def take(self, timeout: float) -> None:
        """Reads what is there, without a new buffer for each piece."""
        buffer = self.buffer
        for number, _ in self.poll.poll(timeout):
            # a mark may be cut in two
            tail = self.tails[number]
            buffer[:len(tail)] = tail
            count = self.sockets[number].recv_into(memoryview(buffer)[len(tail):])
            if not count:
                raise RuntimeError("a client of the event stream was let go")
            end = len(tail) + count
            self.seen += buffer.count(MARK, 0, end)
            self.tails[number] = bytes(buffer[max(end - len(MARK) + 1, 0):end])

    def close(self) -> None:
        """Leaves."""
        for sock in self.sockets.values():
            sock.close()
        self.poll.close()


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
