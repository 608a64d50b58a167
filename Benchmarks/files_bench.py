#!/usr/bin/env python3
"""Large files: throughput and memory of one transfer, and the first smaller copy of a photograph, beside the reference."""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

import report
from api import Client
from programs import EMAIL, PASSWORD, Program, Server, end_on_sigterm, programs
from seeding import collection, record_id, upload

PHOTOGRAPHS = 5
HEAD = b'--BB\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
TAIL = b"\r\n--BB--\r\n"


def main() -> int:
    options = arguments()
    end_on_sigterm()
    work = Path(tempfile.mkdtemp(prefix="martlet-files-"))
    try:
        pair = programs()
        found = [measure(program, work / program.name, options) for program in pair]
        rows = [[name, *(f"{report.figure(figures[name])} {unit}" for figures in found),
                 f"{found[1][name] / found[0][name]:.2f}"] for name, unit in UNITS.items()]
        where = report.environment(pair, work)
        table = report.table(["what", "reference", "martlet", "ratio"], rows)
        note = (f"One upload of {options.megabytes} MB in one request, one download of it; memory is the highest resident set "
                f"minus the one before, of a server that has just started, for {options.memory_megabytes} MB; the photographs have 12 megapixels, the copy 300 x 200; "
                f"median of {PHOTOGRAPHS}. Martlet's upload is on the disk when it is answered, the reference's is not.")
        report.publish("files", "\n\n".join([where, table, note]), options.write)
        return 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


UNITS = {"upload": "MB/s", "download": "MB/s", "memory of an upload": "MiB", "memory of a download": "MiB",
         "first thumbnail": "ms"}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the transfer that is timed (default 1000)")
    parser.add_argument("--memory-megabytes", type=int, default=2000, help="size of the one whose memory is read (default 2000)")
    parser.add_argument("--write", action="store_true", help="keep the result in RESULTS.md")
    return parser.parse_args()


def measure(program: Program, root: Path, options: argparse.Namespace) -> dict[str, float]:
    """All figures of one program."""
    folder = root / "data"
    program.create_folder(folder)
    found: dict[str, float] = {}
    with Server(program, folder) as server, server.client() as client:
        client.token = client.sign_in("_superusers", EMAIL, PASSWORD)
        field = {"name": "file", "type": "file", "maxSize": 5 << 30, "thumbs": ["300x200"]}
        client.call("POST", "/api/collections", collection("files", [field], []))
        # Memory first: what a server has once used for a transfer, it may keep.
        found["memory of an upload"], (_, name, identifier) = peak(server, lambda: send(server.port, options.memory_megabytes))
        found["memory of a download"], _ = peak(server, lambda: receive(server.port, identifier, name))
        remove(client, identifier)
        seconds, name, identifier = send(server.port, options.megabytes)
        found["upload"] = options.megabytes / seconds
        found["download"] = options.megabytes / receive(server.port, identifier, name)
        remove(client, identifier)
        found["first thumbnail"] = thumbnails(server)
    return found


def send(port: int, megabytes: int) -> tuple[float, str, str]:
    """Uploads so much in one request; returns seconds, stored name and id."""
    piece = os.urandom(1_000_000)
    with socket.create_connection(("127.0.0.1", port), 600) as sock:
        length = len(HEAD) + megabytes * len(piece) + len(TAIL)
        began = time.perf_counter()
        sock.sendall(b"POST /api/collections/files/records HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n"
                     b"Content-Type: multipart/form-data; boundary=BB\r\nContent-Length: %d\r\n\r\n" % length + HEAD)
        for _ in range(megabytes):
            sock.sendall(piece)
        sock.sendall(TAIL)
        answer = b""
        while data := sock.recv(65536):
            answer += data
    seconds = time.perf_counter() - began
    record = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    return seconds, record["file"], record["id"]


def receive(port: int, identifier: str, name: str) -> float:
    """Downloads a file; returns seconds."""
    buffer = bytearray(1 << 20)
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), 600) as sock:
        sock.sendall(f"GET /api/files/files/{identifier}/{name} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        while sock.recv_into(buffer):
            pass
    return time.perf_counter() - began


def remove(client: Client, identifier: str) -> None:
    """Takes the large file off the disk."""
    client.call("DELETE", f"/api/collections/files/records/{identifier}")
    time.sleep(1)


def peak(server: Server, work):
    """How much more memory the process had at the height of some work than before; and the work's result."""
    assert server.process is not None
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    before = server.memory()[0]
    result = work()
    return max((server.memory()[1] - before) / 1024, 0.1), result


def thumbnails(server: Server) -> float:
    """Milliseconds until the first smaller copy of a photograph is there."""
    times = []
    for number in range(PHOTOGRAPHS):
        record = json.loads(upload(server.port, record_id("photo", number), photograph(number), "photo.jpg"))
        with server.client() as client:
            began = time.perf_counter()
            status, _ = client.send("GET", f"/api/files/files/{record['id']}/{record['file']}?thumb=300x200")
            times.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"a thumbnail was answered with {status}")
    return statistics.median(times)


def photograph(number: int) -> bytes:
    """A JPEG of 4000 x 3000 with large shapes and some noise."""
    from PIL import Image
    noise = Image.effect_noise((1000, 750), 60).resize((4000, 3000))
    base = Image.radial_gradient("L").resize((4000, 3000))
    image = Image.merge("RGB", (base, noise, base.rotate(90 * number)))
    output = io.BytesIO()
    image.save(output, "JPEG", quality=90)
    return output.getvalue()


if __name__ == "__main__":
    sys.exit(main())
