"""A full disk: writes answer an error, reads go on, and once there is space again writes work without a restart.

Twice: with a limit on the size of every file (RLIMIT_FSIZE), and on a small tmpfs (as root only).
"""

import contextlib
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import tempfile

import pytest

from servers import Server

MIB = 1 << 20
RECORDS = "/api/collections/notes/records"


class FileSizeLimit:
    """No file of the program may grow over 3 MiB; lifting the limit is the space that comes back."""

    def __init__(self):
        self.server = Server(file_size_limit=3 * MIB)

    def fill(self):
        pass

    def free(self):
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def remove(self):
        self.server.remove()


class SmallDisk:
    """The data folder lies on a tmpfs of 24 MiB; a filler takes all but 1 MiB of it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="robust-disk-"))
        mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "robust", str(self.folder)]
        done = subprocess.run(mount, capture_output=True, text=True) if shutil.which("mount") else None
        if done is None or done.returncode:
            self.folder.rmdir()
            pytest.skip(f"mounting a tmpfs is not permitted here: {done.stderr.strip() if done else 'no mount program'}")
        self.server = Server(folder=self.folder)

    def fill(self):
        disk = os.statvfs(self.folder)
        with open(self.folder / "filler", "wb") as filler:
            filler.write(b"x" * max(0, disk.f_bavail * disk.f_frsize - MIB))

    def free(self):
        (self.folder / "filler").unlink()

    def remove(self):
        self.server.remove()
        subprocess.run(["umount", "-l", str(self.folder)], check=True)
        self.folder.rmdir()


@pytest.fixture(params=[FileSizeLimit, SmallDisk], ids=["file size limit", "small disk"])
def disk(request):
    disk = request.param()
    try:
        disk.server.start()
        rules = {"listRule": "", "viewRule": ""}
        disk.server.must("POST", "/api/collections", {"name": "notes", "type": "base", "fields": [{"name": "body", "type": "text", "max": 100_000}], **rules})
        yield disk
    finally:
        disk.remove()


def write(server, acknowledged):
    """One record of 20 kB; true when it was acknowledged."""
    answer = server.call("POST", RECORDS, {"body": "x" * 20_000}, timeout=60)
    if answer.status == 200:
        acknowledged.add(answer.json()["id"])
        return True
    answer.problem(*range(400, 600))
    return False


def stored(server):
    items = server.must("GET", f"{RECORDS}?perPage=1000&fields=id")
    assert items["totalItems"] == len(items["items"])
    return {item["id"] for item in items["items"]}


def test_writes_fail_reads_go_on_and_space_heals_it(disk):
    server, acknowledged = disk.server, set()
    for _ in range(10):
        assert write(server, acknowledged)
    disk.fill()
    refused = attempts = 0
    while refused < 20 and attempts < 1500:
        refused += not write(server, acknowledged)
        attempts += 1
    print(f"{len(acknowledged)} writes acknowledged, {refused} of {attempts} refused while full")
    assert refused == 20, "the disk was never full"

    one = next(iter(acknowledged))
    for _ in range(50):
        server.assert_healthy()
        assert server.guest("GET", f"{RECORDS}/{one}").status == 200
        assert server.guest("GET", f"{RECORDS}?perPage=5&filter=id!=''").json()["items"]
    assert acknowledged <= stored(server), "an acknowledged record cannot be read"
    for method, path, body in (("PATCH", f"{RECORDS}/{one}", {"body": "y" * 50_000}), ("POST", "/api/collections", {"name": "more", "type": "base", "fields": []}),
                               ("PATCH", "/api/settings", {"meta": {"appName": "x" * 200}}), ("DELETE", f"{RECORDS}/{one}", None)):
        answer = server.call(method, path, body, timeout=60)  # Small ones may still find room.
        if answer.status >= 300:
            answer.problem(*range(400, 600))
        elif method == "DELETE":
            acknowledged.discard(one)

    pid = server.process.pid
    disk.free()
    later = [write(server, acknowledged) for _ in range(30)]
    assert all(later), f"writes after there was space again: {later}"
    assert server.process.pid == pid
    assert acknowledged <= stored(server)

    assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(server.data / "data.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert acknowledged <= {id for (id,) in db.execute("SELECT id FROM notes")}
    server.start()
    assert acknowledged <= stored(server)


def test_starting_on_a_full_disk_is_a_clear_end_or_a_running_server(disk):
    """It may refuse to start, but not hang or harm the folder; with space it starts again."""
    server, acknowledged = disk.server, set()
    assert write(server, acknowledged)
    assert server.stop() == 0
    disk.fill()
    if isinstance(disk, SmallDisk):
        with open(disk.folder / "filler", "ab", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"x" * 4096)
    else:
        server.file_size_limit = 4096
    try:
        server.start()
        assert server.guest("GET", RECORDS).status < 500
    except AssertionError as error:
        assert "the program ended" in str(error), error
    if server.process.poll() is None:
        server.stop()
    if isinstance(disk, SmallDisk):
        disk.free()
    server.file_size_limit = None
    server.start()
    assert stored(server) == acknowledged and write(server, acknowledged)
