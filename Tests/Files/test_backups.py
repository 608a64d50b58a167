"""Backups while writing goes on, and restores that are interrupted at every step."""

import contextlib
import io
import random
import shutil
import signal
import sqlite3
import struct
import threading
import time
import zipfile

import pytest
from conftest import docs, environment, fetch, form, restored, stored, upload, wait
from servers import Server


def titles(server):
    return sorted(item["title"] for item in server.must("GET", "/api/collections/docs/records?perPage=500")["items"])


def download(server, name):
    token = server.must("POST", "/api/files/token")["token"]
    return server.guest("GET", f"/api/backups/{name}", query={"token": token}).body


@pytest.mark.parametrize("key", [None, "d4" * 32])
def test_there_and_back(tmp_path, key):
    with environment(MARTLET_MASTER_KEY=key), Server(folder=tmp_path) as server:
        docs(server)
        record = upload(server, ("title", None, b"old"), ("one", "a.txt", b"content" * 100)).json()
        server.must("POST", "/api/backups", {"name": "a.zip"})
        names = zipfile.ZipFile(io.BytesIO(download(server, "a.zip"))).namelist()
        assert names[:2] == ["data.db", "auxiliary.db"] and any(record["one"] in name for name in names)
        assert not any(name.startswith((".", "backups")) or name.endswith(("-wal", "-shm")) for name in names)
        server.call("DELETE", f"/api/collections/docs/records/{record['id']}")
        upload(server, ("title", None, b"new"))
        restored(server, "a.zip")
        assert titles(server) == ["old"] and fetch(server, record).body == b"content" * 100
        assert [item["key"] for item in server.must("GET", "/api/backups")] == ["a.zip"]


def test_consistent_while_writing(tmp_path):
    """Two records that are always changed together are equal in every backup, and no write waits long."""
    with Server(folder=tmp_path) as server:
        docs(server)
        server.must("PATCH", "/api/settings", {"batch": {"enabled": True}})
        pair = [upload(server, ("title", None, name)).json()["id"] for name in (b"a", b"b")]
        for n in range(300):
            upload(server, ("title", None, b"filler"), ("one", "f.bin", random.Random(n).randbytes(20_000)))
        waits, stop = [], threading.Event()

        def write():
            n = 0
            while not stop.is_set():
                n += 1
                requests = [{"method": "PATCH", "url": f"/api/collections/docs/records/{id}", "body": {"n": n}} for id in pair]
                start = time.monotonic()
                server.must("POST", "/api/batch", {"requests": requests})
                waits.append(time.monotonic() - start)

        writer = threading.Thread(target=write)
        writer.start()
        for n in range(3):
            server.must("POST", "/api/backups", {"name": f"b{n}.zip"})
        stop.set()
        writer.join()
        assert max(waits) < 1, f"a write waited {max(waits):.2f} s"
        restored(server, "b1.zip")
        values = [server.must("GET", f"/api/collections/docs/records/{id}")["n"] for id in pair]
        assert values[0] == values[1] > 0


def zipped(**entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def claiming(data, size):
    """The archive with another size (8 bytes, ZIP64) of each of its entries in its directory: the entries' own heads stay."""
    source, result, directory = zipfile.ZipFile(io.BytesIO(data)), data, b""
    for info in source.infolist():
        name, extra = info.filename.encode(), struct.pack("<HHQ", 1, 8, size)
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, 0, info.compress_type, 0, 33, info.CRC, info.compress_size, 0xFFFFFFFF,
                                 len(name), len(extra), 0, 0, 0, 0, info.header_offset) + name + extra
    start, count = source.start_dir, len(source.infolist())
    return result[:start] + directory + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), start, 0)


def test_archives_that_say_they_are_too_large(tmp_path):
    """Refused before anything is unpacked, also where the sum of all is more than a number holds."""
    with Server(folder=tmp_path) as server:
        docs(server)
        upload(server, ("title", None, b"mine"))
        server.must("POST", "/api/backups", {"name": "good.zip"})
        good = download(server, "good.zip")
        data = zipfile.ZipFile(io.BytesIO(good)).read("data.db")
        archive = zipped(**{"data.db": data, "a": b"a", "b": b"b", "c": b"c"})
        for name, size in (("large.zip", 1 << 50), ("beyond.zip", 1 << 62), ("most.zip", (1 << 63) - 1)):
            body, headers = form(("file", name, claiming(archive, size)))
            assert server.call("POST", "/api/backups/upload", body, headers).status == 204, name
            assert server.call("POST", f"/api/backups/{name}/restore").status == 204
            wait(server, lambda: "not restored" in server.log(50) and name in server.log(50))
            line = next(line for line in server.log(50).splitlines() if name in line)
            assert "the backup needs" in line, line
            assert titles(server) == ["mine"]


def database(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


def test_unusable_archives(tmp_path):
    with Server(folder=tmp_path) as server:
        docs(server)
        upload(server, ("title", None, b"mine"))
        server.must("POST", "/api/backups", {"name": "good.zip"})
        good = download(server, "good.zip")
        entries = {name: zipfile.ZipFile(io.BytesIO(good)).read(name) for name in ("data.db", "auxiliary.db")}
        (tmp_path / "outside").write_text("untouched")
        archives = {
            "slip.zip": zipped(**entries, **{"../outside": b"x"}), "deep.zip": zipped(**entries, **{"a/../../outside": b"x"}),
            "absolute.zip": zipped(**entries, **{str(tmp_path / "outside"): b"x"}),
            "backslash.zip": zipped(**entries, **{"..\\outside": b"x"}),
            "empty.zip": zipped(**{"auxiliary.db": entries["auxiliary.db"]}), "text.zip": zipped(**{"data.db": b"no database"}),
            "folder.zip": zipped(**{"data.db/x": b"x"}), "twice.zip": zipped(**entries, **{"./data.db": b"x"}),
            "zeros.zip": zipped(**{"data.db": b"SQLite format 3\0" + bytes(8176)}),
            "half.zip": zipped(**{"data.db": entries["data.db"][:len(entries["data.db"]) // 2]}),
            "other.zip": zipped(**{"data.db": database(tmp_path / "other.db", "CREATE TABLE t (x)")}),
            "none.zip": zipped(**{"data.db": b""}),
            "logs.zip": zipped(**{**entries, "auxiliary.db": b"no database"}),
            "logs-folder.zip": zipped(**{"data.db": entries["data.db"], "auxiliary.db/x": b"x"}),
            "wal-folder.zip": zipped(**entries, **{"data.db-wal/x": b"x"}),
            "vault.zip": zipped(**entries, **{"vault.json": b'{"keys":["0123456789abcdef"]}'}),
            "vault-text.zip": zipped(**entries, **{"vault.json": b"?"}),
            "cut.zip": good[:len(good) // 2] + good[-200:], "bad.zip": good[:100] + bytes(200) + good[300:],
        }
        for name, data in archives.items():
            body, headers = form(("file", name, data))
            assert server.call("POST", "/api/backups/upload", body, headers).status == 204, name
            assert server.call("POST", f"/api/backups/{name}/restore").status == 204
            wait(server, lambda: "not restored" in server.log(50) and name in server.log(50))
            wait(server, lambda: server.must("GET", "/api/health")["data"]["canBackup"])
            assert titles(server) == ["mine"] and not (server.data / ".martlet_restore").exists(), name
        assert (tmp_path / "outside").read_text() == "untouched"


def test_one_at_a_time(tmp_path):
    with Server(folder=tmp_path) as server:
        docs(server)
        for n in range(50):
            upload(server, ("one", "f.bin", random.Random(n).randbytes(200_000)))
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(server.call("POST", "/api/backups", {}).status)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(set(answers)) in ([204, 400], [204])
        assert answers.count(204) == len(server.must("GET", "/api/backups")) or 204 in answers


# ---- interrupted restores

def prepared(tmp_path):
    """A stopped server's folder with old data, and the files of a backup with other data."""
    with Server(folder=tmp_path / "run") as server:
        docs(server)
        upload(server, ("title", None, b"new"), ("one", "n.txt", b"new file"))
        server.must("POST", "/api/backups", {"name": "b.zip"})
        archive = download(server, "b.zip")
        server.must("POST", "/api/collections/docs/records", {"title": "old"})
        server.stop()
    shutil.copytree(server.data, tmp_path / "old")
    zipfile.ZipFile(io.BytesIO(archive)).extractall(tmp_path / "new")


STEPS = ["unpacking", "unpacked", "marked", "database out", "all out", "putting in", "database in", "all in"]


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at(tmp_path, step):
    (tmp_path / "run").mkdir()
    prepared(tmp_path)
    data = tmp_path / "run" / "data"
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "old", data)
    place = data / ".martlet_restore"
    shutil.copytree(tmp_path / "new", place / "new")
    (place / "old").mkdir()
    if step == "unpacking":
        (place / "new" / "auxiliary.db").unlink()
    lasting = {"backups", ".martlet_restore", ".martlet_lock", ".pb_temp_to_delete"}
    if STEPS.index(step) >= 2:
        (place / "step").write_text("takingOut")
    if STEPS.index(step) >= 3:
        (data / "data.db").rename(place / "old" / "data.db")
    if STEPS.index(step) >= 4:
        for path in list(data.iterdir()):
            if path.name not in lasting:
                path.rename(place / "old" / path.name)
    if STEPS.index(step) >= 5:
        (place / "step").write_text("puttingIn")
    if STEPS.index(step) >= 6:
        (place / "new" / "data.db").rename(data / "data.db")
    if STEPS.index(step) >= 7:
        for path in list((place / "new").iterdir()):
            path.rename(data / path.name)
    with Server(folder=tmp_path / "run") as server:
        expected = ["new"] if STEPS.index(step) >= 2 else ["new", "old"]
        assert titles(server) == expected
        assert not place.exists() and (data / "backups" / "b.zip").exists()
        record = server.must("GET", "/api/collections/docs/records?filter=title='new'")["items"][0]
        assert fetch(server, record).body == b"new file"


def test_killed_while_restoring(tmp_path):
    (tmp_path / "run").mkdir()
    prepared(tmp_path)
    pauses = random.Random(5)
    for _ in range(6):
        shutil.rmtree(tmp_path / "run" / "data")
        shutil.copytree(tmp_path / "old", tmp_path / "run" / "data")
        with Server(folder=tmp_path / "run") as server:
            assert server.call("POST", "/api/backups/b.zip/restore").status == 204
            time.sleep(0.9 + pauses.random() * 0.6)
            server.stop(signal.SIGKILL)
            server.start()
            found = titles(server)
            assert found in (["new"], ["new", "old"])
            wait(server, lambda: not (server.data / ".martlet_restore").exists())
            assert stored(server, "storage")
