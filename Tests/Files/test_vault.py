"""Encryption at rest: what lies on the disk, what comes back, and what a wrong key or a changed byte does."""

import json
import random
import signal
import sqlite3
import subprocess
import time

import pytest
import servers
from conftest import command, docs, environment, fetch, restored, stored, upload, wait
from servers import Server

OLD, NEW = "a1" * 32, "b2" * 32
MARK = b"a plain mark that must not be on the disk"
CHUNK = 64 << 10


@pytest.fixture(scope="module")
def server():
    with environment(MARTLET_MASTER_KEY=OLD), Server() as running:
        docs(running)
        yield running


def content(size, seed=1):
    return random.Random(seed).randbytes(size)


def test_nothing_plain_is_stored(server):
    answer = upload(server, ("one", "a.txt", MARK * 1000), ("title", None, b"t"))
    assert answer.status == 200 and fetch(server, answer.json()).body == MARK * 1000
    server.must("PATCH", "/api/settings", {"smtp": {"password": MARK.decode()}})
    server.must("POST", "/api/backups", {"name": "sealed.zip"})
    files = stored(server, "storage", "backups")
    assert len(files) >= 4
    for path in files.values():
        assert MARK not in path.read_bytes() and not path.read_bytes().startswith(b"PK")
    row = sqlite3.connect(server.data / "data.db").execute("SELECT value FROM _params WHERE id = 'settings'").fetchone()[0]
    assert MARK.decode() not in str(row) and "smtp" not in str(row)
    token = server.must("POST", "/api/files/token")["token"]
    download = server.guest("GET", "/api/backups/sealed.zip", query={"token": token})
    assert download.status == 200 and download.body.startswith(b"PK")
    listed = server.must("GET", "/api/backups")
    assert [item["size"] for item in listed if item["key"] == "sealed.zip"] == [len(download.body)]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 300_000])
def test_ranges(server, size):
    data = content(size)
    record = upload(server, ("one", "a.bin", data)).json()
    assert fetch(server, record).body == data
    for start, end in [(0, 0), (CHUNK - 1, CHUNK), (CHUNK, CHUNK), (size // 2, size), (size - 1, size + 5), (CHUNK - 5, 2 * CHUNK + 5)]:
        if not 0 <= start < size:
            continue
        answer = fetch(server, record, headers={"Range": f"bytes={start}-{end}"})
        assert answer.status == 206 and answer.body == data[start:end + 1]
    if size > 10:
        answer = fetch(server, record, headers={"Range": "bytes=0-3,-4"})
        assert answer.status == 206 and b"\r\n\r\n" + data[:4] + b"\r\n" in answer.body and data[-4:] + b"\r\n--" in answer.body


def whole(server, record):
    """The body, or None when there is no complete answer with 200."""
    try:
        answer = fetch(server, record)
    except Exception:
        return None
    return answer.body if answer.status == 200 else None


def test_every_change_is_noticed(server):
    data = content(2 * CHUNK + 100)
    record = upload(server, ("one", "a.bin", data)).json()
    files = {path.name: path for path in stored(server, "storage").values() if record["id"] in str(path)}
    for path in files.values():
        original = path.read_bytes()
        places = {0, 1, len(original) - 1, *random.Random(2).sample(range(len(original)), 60)}
        for place in places:
            changed = bytearray(original)
            changed[place] ^= 1
            path.write_bytes(changed)
            body = whole(server, record)
            # what does not matter in the attributes (the MD5 of the stored bytes) may change
            assert body is None or body == data and path.name.endswith(".attrs"), (path.name, place)
        path.write_bytes(original)
    path = files[record["one"]]
    original = path.read_bytes()
    stored_chunk = CHUNK + 16
    for wrong in (original[:-1], original[:stored_chunk], original[:2 * stored_chunk], original + b"x", b"",
                  original[stored_chunk:2 * stored_chunk] + original[:stored_chunk] + original[2 * stored_chunk:]):
        path.write_bytes(wrong)
        assert whole(server, record) is None
    path.write_bytes(original)
    assert whole(server, record) == data


def test_files_do_not_change_places(server):
    first, second = (upload(server, ("one", "a.bin", content(100, seed))).json() for seed in (3, 4))
    paths = [{p.name.endswith(".attrs"): p for p in stored(server, "storage").values() if r["id"] in str(p)} for r in (first, second)]
    for kind in (True, False):
        paths[1][kind].write_bytes(paths[0][kind].read_bytes())
    assert whole(server, second) is None and whole(server, first) == content(100, 3)


def starts(folder, **variables):
    """Exit code and output of a start that is expected to fail."""
    with environment(**variables):
        done = subprocess.run([servers.PROGRAM, "serve", "--dir", str(folder), "--http", "127.0.0.1:0"], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("key", [None, NEW, "short", "zz" * 32])
def test_wrong_keys(server, key):
    server.stop()
    try:
        code, output = starts(server.data, MARTLET_MASTER_KEY=key)
        assert code != 0 and "key" in output.lower() and OLD not in output and (key is None or key not in output)
    finally:
        with environment(MARTLET_MASTER_KEY=OLD):
            server.start()


def test_a_key_in_the_data_folder(server, tmp_path):
    server.stop()
    (server.data / "key").write_text(OLD)
    (tmp_path / "key").write_text(OLD + "\n")
    try:
        done = command(server, "vault", "status", "--masterKeyFile", str(server.data / "key"))
        assert done.returncode != 0 and "data folder" in done.stderr
        assert command(server, "vault", "status", "--masterKeyFile", str(tmp_path / "key")).returncode == 0
    finally:
        (server.data / "key").unlink()
        with environment(MARTLET_MASTER_KEY=OLD):
            server.start()


def test_plain_files_stay(tmp_path):
    with Server(folder=tmp_path) as server:
        docs(server)
        plain = upload(server, ("one", "a.txt", MARK)).json()
        server.stop()
        with environment(MARTLET_MASTER_KEY=OLD):
            server.start()
            sealed = upload(server, ("one", "a.txt", MARK)).json()
            assert fetch(server, plain).body == fetch(server, sealed).body == MARK


def test_rotation(tmp_path):
    with environment(MARTLET_MASTER_KEY=OLD), Server(folder=tmp_path / "s" if (tmp_path / "s").mkdir() is None else None) as server:
        docs(server)
        records = [upload(server, ("one", "a.txt", content(50, seed))).json() for seed in range(60)]
        server.must("PATCH", "/api/settings", {"meta": {"appName": "Kept"}})
        server.must("POST", "/api/backups", {"name": "b.zip"})
        (tmp_path / "new").write_text(NEW)
        rotate = [servers.PROGRAM, "vault", "rotate", "--newKeyFile", str(tmp_path / "new"), "--dir", str(server.data)]
        before = (server.data / "vault.json").read_bytes()
        running = subprocess.run(rotate, capture_output=True, text=True, timeout=60)
        assert running.returncode != 0 and "stop the server" in running.stderr
        assert (server.data / "vault.json").read_bytes() == before, "what is refused changes nothing"
        server.stop()
        server.start()
        server.stop()
        for pause in (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5):
            process = subprocess.Popen(rotate, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pause)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if len(json.loads((server.data / "vault.json").read_text())["keys"]) == 2:
                break
        code, output = starts(server.data, MARTLET_MASTER_KEY=NEW)
        assert code != 0 and "rotate" in output
        done = subprocess.run(rotate, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert starts(server.data, MARTLET_MASTER_KEY=OLD)[0] != 0
        with environment(MARTLET_MASTER_KEY=NEW):
            server.start()
            assert [fetch(server, record).body for record in records] == [content(50, seed) for seed in range(60)]
            assert server.must("GET", "/api/settings")["meta"]["appName"] == "Kept"
            token = server.must("POST", "/api/files/token")["token"]
            assert server.guest("GET", "/api/backups/b.zip", query={"token": token}).body.startswith(b"PK")
            assert "62 files" not in command(server, "vault", "status").stderr
        for log in (server.log(1000), json.dumps(server.must("GET", "/api/logs?perPage=500"))):
            assert OLD not in log and NEW not in log


def test_a_backup_of_before_a_rotation(tmp_path):
    """It is restored under the new key with the old one beside it, and rotated like the rest."""
    (tmp_path / "s").mkdir()
    (tmp_path / "new").write_text(NEW)
    with environment(MARTLET_MASTER_KEY=OLD), Server(folder=tmp_path / "s") as server:
        docs(server)
        record = upload(server, ("one", "a.txt", MARK)).json()
        server.must("POST", "/api/backups", {"name": "old.zip"})
        server.stop()
        rotate = [servers.PROGRAM, "vault", "rotate", "--newKeyFile", str(tmp_path / "new"), "--dir", str(server.data)]
        subprocess.run(rotate, check=True, capture_output=True, timeout=60)
        with environment(MARTLET_MASTER_KEY=NEW):
            server.start()
            assert server.call("POST", "/api/backups/old.zip/restore").status == 204
            wait(server, lambda: "not restored" in server.log(50))
            assert fetch(server, record).body == MARK
            server.stop()
        with environment(MARTLET_MASTER_KEY=NEW, MARTLET_FORMER_MASTER_KEY=OLD):
            server.start()
            later = upload(server, ("one", "b.txt", b"later")).json()
            restored(server, "old.zip")
            assert fetch(server, record).body == MARK and fetch(server, later).status == 404
            server.stop()
        assert starts(server.data, MARTLET_MASTER_KEY=NEW)[0] != 0, "some of it is under the old key"
        subprocess.run(rotate, check=True, capture_output=True, timeout=60)
        with environment(MARTLET_MASTER_KEY=NEW):
            server.start()
            assert fetch(server, record).body == MARK


def test_a_key_does_not_come_before_itself(tmp_path):
    with environment(MARTLET_MASTER_KEY=OLD, MARTLET_FORMER_MASTER_KEY=OLD), Server(folder=tmp_path) as server:
        server.stop()
        server.start()
        assert len(json.loads((server.data / "vault.json").read_text())["keys"]) == 1
        server.stop()
        with environment(MARTLET_FORMER_MASTER_KEY=None):
            server.start()


def test_keys_are_new_each_time(server):
    keys = {command_output("vault", "key") for _ in range(3)}
    assert len(keys) == 3 and all(len(bytes.fromhex(key)) == 32 for key in keys)


def command_output(*words):
    return subprocess.run([servers.PROGRAM, *words], capture_output=True, text=True, check=True).stdout.strip()


