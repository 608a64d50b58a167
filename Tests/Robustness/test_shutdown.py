"""SIGTERM and SIGINT: in-flight requests finish, what was acknowledged stays, the process ends with 0 and leaves no WAL."""

import signal
import socket
import subprocess
import threading
import time
from http.client import HTTPException

import pytest

from servers import PROGRAM, Client, Server, free_port, read_answer

RECORDS = "/api/collections/notes/records"
FIELDS = [{"name": "title", "type": "text", "max": 1_000_000}]
PATIENCE = 5


@pytest.fixture
def fresh():
    with Server() as server:
        rules = dict.fromkeys(("listRule", "viewRule", "createRule"), "")
        server.must("POST", "/api/collections", {"name": "notes", "type": "base", "fields": FIELDS, **rules})
        yield server


def stop(server, how=signal.SIGTERM):
    started = time.monotonic()
    code = server.stop(how, timeout=PATIENCE)
    print(f"ended with {code} after {time.monotonic() - started:.2f} s")
    assert code == 0
    for name in ("data.db-wal", "auxiliary.db-wal"):
        wal = server.data / name
        assert not wal.exists() or wal.stat().st_size == 0, f"{name} has {wal.stat().st_size} bytes"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_acknowledged_writes_survive_and_nothing_answers_5xx(fresh, how):
    acknowledged, bad, lock = set(), [], threading.Lock()

    def write(tag):
        client = Client(fresh.port)
        for i in range(100_000):
            id = f"{tag}{i:010d}".rjust(15, "0")
            try:
                answer = client.call("POST", RECORDS, {"id": id, "title": "x" * 500})
            except (OSError, HTTPException):
                return
            with lock:
                acknowledged.add(id) if answer.status == 200 else bad.append(answer)

    threads = [threading.Thread(target=write, args=(f"w{i}",), daemon=True) for i in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    stop(fresh, how)
    for thread in threads:
        thread.join(10)
    assert len(acknowledged) > 20
    assert all(answer.status == 503 for answer in bad), bad[:3]
    fresh.start()
    stored = {item["id"] for page in range(1, 1 + len(acknowledged) // 1000 + 2)
              for item in fresh.must("GET", f"{RECORDS}?perPage=1000&skipTotal=1&sort=id&fields=id&page={page}")["items"]}
    assert acknowledged <= stored, f"{len(acknowledged - stored)} of {len(acknowledged)} are lost"
    print(f"{len(acknowledged)} acknowledged, {len(stored)} stored")


def test_request_in_flight_is_finished(fresh):
    """The head and half of the body are there at SIGTERM, the rest comes 0.3 s later: an answer, and then it is stored."""
    body = b'{"title":"half way"}'
    with fresh.socket(timeout=PATIENCE) as sock:
        sock.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (RECORDS.encode(), len(body)) + body[:10])
        time.sleep(0.2)
        fresh.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        sock.sendall(body[10:])
        answer = read_answer(sock.makefile("rb"))
    stop(fresh, how=None)
    assert answer and answer.status == 200, answer
    fresh.start()
    assert fresh.must("GET", f"{RECORDS}/{answer.json()['id']}")["title"] == "half way"


def test_idle_and_stuck_connections_do_not_hold_it_up(fresh):
    """Kept-alive ones, half a head, half a body, an event stream, a reader that does not read: all of them at once."""
    for _ in range(20):
        fresh.must("POST", RECORDS, {"title": "x" * 500_000})
    head = b"GET %s HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
    socks = [fresh.socket() for _ in range(25)]
    for i, sock in enumerate(socks):
        sock.sendall([
            head % b"/api/health" + b"\r\n",
            head % b"/api/health",
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{" % RECORDS.encode(),
            head % b"/api/realtime" + b"\r\n",
            head % RECORDS.encode() + b"\r\n",
        ][i % 5])
    time.sleep(0.3)
    stop(fresh)
    for sock in socks:
        sock.close()
    fresh.start()
    assert fresh.must("GET", RECORDS)["totalItems"] == 20


def test_new_connections_are_refused_once_it_ends_and_the_port_is_free(fresh):
    port = fresh.port
    stop(fresh)
    with pytest.raises(OSError):
        Client(port, timeout=2).call("GET", "/api/health")
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_signal_while_it_starts(fresh):
    """Stopped at a random moment of its start: it ends, and the folder is still good."""
    stop(fresh)
    for pause in (0, 0.005, 0.02, 0.05, 0.1):
        process = subprocess.Popen([PROGRAM, "serve", "--dir", str(fresh.data), "--http", f"127.0.0.1:{free_port()}"],
                                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=fresh.folder)
        time.sleep(pause)
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
    fresh.start()
    assert fresh.must("GET", RECORDS)["totalItems"] == 0


def test_a_request_in_flight_is_answered(fresh):
    """A read and a write that take a second or more: both are answered although the end begins meanwhile."""
    count = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4000000) SELECT "
    queries = [count + "count(*) FROM c", "INSERT INTO notes (title) " + count + "i FROM c LIMIT 300000"]
    answers = []

    def ask(query):
        answers.append(Client(fresh.port, fresh.token).call("POST", "/api/sql", {"query": query}))

    threads = [threading.Thread(target=ask, args=(query,), daemon=True) for query in queries]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    fresh.stop(timeout=14)
    for thread in threads:
        thread.join(10)
    assert [answer.status for answer in answers] == [200, 200], answers
    fresh.start()
    assert fresh.must("GET", RECORDS)["totalItems"] == 300_000
