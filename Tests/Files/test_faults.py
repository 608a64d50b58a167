"""Uploads and downloads while things break: the server is killed, clients leave, the disk is full."""

import concurrent.futures
import hashlib
import os
import random
import signal
import socket
import threading
import time

import pytest
from conftest import command, docs, fetch, form, stored, upload
from servers import Server, reset


def files_of(server):
    return {path for path in stored(server, "storage") if not path.endswith(".attrs")}


def settled(server, count, seconds=10):
    """The stored files, once there are so many."""
    end = time.monotonic() + seconds
    while len(found := files_of(server)) != count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(found) == count, found
    return found


@pytest.mark.parametrize("round", range(4))
def test_killed_while_uploading(tmp_path, round):
    """Every acknowledged record has its whole file, and no record names a file that is not there."""
    with Server(folder=tmp_path) as server:
        docs(server)
        known, lock = {}, threading.Lock()

        def work(seed):
            draws = random.Random(seed)
            try:
                while True:
                    data = draws.randbytes(draws.choice([10, 5_000, 200_000]))
                    with lock:
                        id = draws.choice([None, None, *[id for id, digest in known.items() if digest]][-6:])
                        if id:
                            known[id] = None        # between two states until the answer comes; nobody else takes it
                    if id:
                        answer = upload(server, ("one", "a.bin", data), id=id)
                    else:
                        answer = upload(server, ("one", "a.bin", data))
                    assert answer.status == 200
                    with lock:
                        known[answer.json()["id"]] = hashlib.sha256(data).hexdigest()
            except Exception:
                return

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            running = [pool.submit(work, round * 100 + n) for n in range(6)]
            time.sleep(0.7 + 0.3 * round)
            server.stop(signal.SIGKILL)
            concurrent.futures.wait(running)
        server.start()
        items = []
        for page in range(1, 20):
            items += server.must("GET", f"/api/collections/docs/records?perPage=500&page={page}")["items"]
        assert known and {item["id"] for item in items} >= set(known)
        for item in items:
            answer = fetch(server, item)
            assert answer.status == 200, "a record without its file"
            wanted = known.get(item["id"])
            assert wanted is None or hashlib.sha256(answer.body).hexdigest() == wanted
        done = command(server, "files", "sweep", "--age", "0")
        assert done.returncode == 0, done.stderr
        assert {path.split("/")[-1] for path in files_of(server)} == {item["one"] for item in items}


def scratch(server):
    return list((server.data / ".pb_temp_to_delete").glob("*"))


@pytest.mark.parametrize("how", ["head", "half", "reset", "no end"])
def test_a_client_that_leaves(server, how):
    body, headers = form(("one", "a.bin", random.Random(1).randbytes(3_000_000)))
    head = f"POST /api/collections/docs/records HTTP/1.1\r\nHost: a\r\nContent-Type: {headers['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    before, records = len(os.listdir(f"/proc/{server.process.pid}/fd")), server.must("GET", "/api/collections/docs/records")["totalItems"]
    files = files_of(server)
    for _ in range(10):
        sock = server.socket()
        sock.sendall(head.encode() + body[:{"head": 0, "half": len(body) // 2, "reset": len(body) // 2, "no end": len(body) - 8}[how]])
        time.sleep(0.02)
        reset(sock) if how == "reset" else sock.close()
    for _ in range(100):
        if not scratch(server) and len(os.listdir(f"/proc/{server.process.pid}/fd")) <= before + 2:
            break
        time.sleep(0.05)
    assert not scratch(server) and len(os.listdir(f"/proc/{server.process.pid}/fd")) <= before + 2
    assert server.must("GET", "/api/collections/docs/records")["totalItems"] == records and files_of(server) == files


def test_a_download_that_nobody_takes(server):
    record = upload(server, ("one", "a.bin", bytes(30_000_000))).json()
    before = server.memory()
    socks = []
    for _ in range(20):
        sock = server.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(f"GET /api/files/docs/{record['id']}/{record['one']} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        socks.append(sock)
    time.sleep(0.5)
    assert server.memory() < before + 30
    for sock in socks:
        reset(sock)
    assert fetch(server, record).status == 200


def test_memory_of_large_files(server):
    """What a transfer takes does not depend on its size. (2 GB were tried by hand.)"""
    size = 400 << 20
    head = b'--BB\r\nContent-Disposition: form-data; name="one"; filename="a.bin"\r\n\r\n'
    tail = b"\r\n--BB--\r\n"
    server.must("GET", "/api/health")
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as file:
        file.write("5")
    before, piece = server.memory("VmHWM"), os.urandom(1 << 20)
    with server.socket(60) as sock:
        sock.sendall((f"POST /api/collections/docs/records HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=BB\r\n"
                      f"Content-Length: {len(head) + size + len(tail)}\r\n\r\n").encode() + head)
        for _ in range(size >> 20):
            sock.sendall(piece)
        sock.sendall(tail)
        answer = sock.recv(65536)
    assert b"200 OK" in answer
    assert server.memory("VmHWM") < before + 64
    path = max(stored(server, "storage").values(), key=lambda path: path.stat().st_size)
    assert path.stat().st_size == size
    record_id = path.parent.name
    with server.socket(60) as sock:
        sock.sendall(f"GET /api/files/docs/{record_id}/{path.name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        count = 0
        while piece := sock.recv(1 << 20):
            count += len(piece)
    assert count > size and server.memory("VmHWM") < before + 64
    server.must("DELETE", f"/api/collections/docs/records/{record_id}")


def test_a_full_disk(tmp_path):
    with Server(folder=tmp_path, file_size_limit=2 << 20) as server:
        docs(server)
        answer = upload(server, ("one", "a.bin", bytes(4 << 20)))
        assert answer.status >= 400 and answer.json()["message"]
        assert not files_of(server) and not scratch(server)
        assert upload(server, ("one", "a.bin", bytes(1 << 20))).status == 200
        server.assert_healthy()


def test_stopping_in_the_middle(tmp_path):
    """SIGTERM: what is under way may end, and what was acknowledged is there."""
    with Server(folder=tmp_path) as server:
        docs(server)
        record = upload(server, ("one", "a.bin", b"kept")).json()
        body, headers = form(("one", "b.bin", bytes(1_000_000)))
        sock = server.socket(30)
        sock.sendall(f"POST /api/collections/docs/records HTTP/1.1\r\nHost: a\r\nContent-Type: {headers['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:500_000])
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        sock.sendall(body[500_000:])
        assert b"200 OK" in sock.recv(65536), "an upload that is nearly there is waited for"
        assert server.stop(None, timeout=12) == 0
        server.start()
        assert fetch(server, record).body == b"kept"
        assert server.must("GET", "/api/collections/docs/records")["totalItems"] == 2


def test_the_sweep(server):
    record = upload(server, ("one", "a.bin", b"a")).json()
    others = [upload(server, ("one", name, b"b")).json() for name in ("film.part", "a.part.part", "x.partial", "removing_x.removing_")]
    folder = next(path for path in stored(server, "storage").values() if path.name == record["one"]).parent
    for path in (folder / "lost_0000000000.txt", folder.parent / "nobody000000000" / "x.txt", folder.parents[1] / "pbc_gone" / "r" / "x.txt",
                 folder / "thumbs_lost_0000000000.txt" / "100x100_lost_0000000000.txt"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        (path.parent / (path.name + ".attrs")).write_text("{}")
    before = files_of(server)
    assert "0 removed" in command(server, "files", "sweep").stdout, "they are too young"
    shown = command(server, "files", "sweep", "--age", "0", "--dry-run").stdout
    assert shown.count("\n") == 5 and files_of(server) == before
    assert "4 removed" in command(server, "files", "sweep", "--age", "0").stdout
    assert len(files_of(server)) == len(before) - 4 and fetch(server, record).body == b"a"
    assert all(fetch(server, other).body == b"b" for other in others), "whatever its name"
    assert not any("lost" in path or "gone" in path for path in stored(server, "storage"))
