"""kill -9 under write load, again and again on the same folder: what was acknowledged is there, nothing is half there.

Creates, updates, deletes and batches of three. An operation that was in flight at the kill may have happened or not.
"""

import contextlib
import random
import signal
import sqlite3
import threading
import time
from http.client import HTTPException

from servers import Client, Server

ROUNDS, WRITERS = 20, 8
RECORDS = "/api/collections/load/records"


class Writer(threading.Thread):
    """Writes until the connection breaks. `values`: what must be there; `gone`: what must not; `flying`: ids to leave open."""

    def __init__(self, server, name):
        super().__init__(daemon=True)
        self.client, self.tag, self.chance = Client(server.port, server.token, timeout=20), name, random.Random(name)
        self.values, self.gone, self.flying, self.problems, self.serial, self.requests = {}, set(), set(), [], 0, 0

    def run(self):
        with contextlib.suppress(OSError, HTTPException):
            while True:
                {0: self.update, 1: self.delete, 2: self.batch}.get(self.chance.randrange(8), self.create)()
                self.requests += 1

    def call(self, method, path, body, *ids):
        self.flying = set(ids)
        answer = self.client.call(method, path, body)
        self.flying = set()
        if answer.status not in (200, 204):
            self.problems.append(answer)
        return answer.status in (200, 204)

    def fresh(self, group=""):
        self.serial += 1
        id = f"{self.tag}{self.serial:08d}".rjust(15, "0")
        return {"id": id, "word": f"{id}-1", "group": group, "filler": "x" * self.chance.randrange(3000)}

    def create(self):
        new = self.fresh()
        if self.call("POST", RECORDS, new, new["id"]):
            self.values[new["id"]] = new["word"]

    def update(self):
        if self.values:
            id = self.chance.choice(list(self.values))
            word = f"{id}-{self.chance.randrange(10**9)}"
            if self.call("PATCH", f"{RECORDS}/{id}", {"word": word}, id):
                self.values[id] = word

    def delete(self):
        if self.values:
            id = self.chance.choice(list(self.values))
            if self.call("DELETE", f"{RECORDS}/{id}", None, id):
                del self.values[id]
                self.gone.add(id)

    def batch(self):
        group = f"{self.tag}-{self.serial}"
        new = [self.fresh(group) for _ in range(3)]
        requests = [{"method": "POST", "url": RECORDS, "body": body} for body in new]
        if self.call("POST", "/api/batch", {"requests": requests}, *(body["id"] for body in new)):
            self.values.update((body["id"], body["word"]) for body in new)


def open_readonly(server):
    return contextlib.closing(sqlite3.connect(f"file:{server.data / 'data.db'}?mode=ro", uri=True, timeout=10))


def check(server, expected, gone, open_ids):
    with open_readonly(server) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = dict(db.execute("SELECT id, word FROM load"))
        groups = db.execute('SELECT "group", count(*) FROM load WHERE "group" != \'\' GROUP BY 1').fetchall()
    lost = [id for id, word in expected.items() if id not in open_ids and stored.get(id) != word]
    assert not lost, f"{len(lost)} acknowledged records are lost or old, such as {lost[:3]}"
    back = [id for id in gone if id in stored]
    assert not back, f"{len(back)} deleted records are back, such as {back[:3]}"
    assert set(stored) <= set(expected) | open_ids, "records nobody wrote"
    total = server.must("GET", f"{RECORDS}?perPage=1")["totalItems"]
    assert total == len(stored)
    return stored, groups


def test_kill_9_twenty_times(capsys):
    expected, gone, chance = {}, set(), random.Random(3)
    with Server() as server:
        server.must("PATCH", "/api/settings", {"batch": {"enabled": True, "timeout": 20}})
        fields = [{"name": name, "type": "text"} for name in ("word", "group", "filler")]
        server.must("POST", "/api/collections", {"name": "load", "type": "base", "fields": fields,
                                                 "indexes": ["CREATE UNIQUE INDEX word_of_load ON load (word)"]})
        for round in range(1, ROUNDS + 1):
            writers = [Writer(server, f"r{round:02d}w{i}") for i in range(WRITERS)]
            for i, writer in enumerate(writers):  # Each inherits some older records to update and delete.
                writer.values = {id: expected[id] for id in list(expected)[i::WRITERS][-20:]}
                writer.start()
            time.sleep(chance.uniform(0.2, 0.6))
            server.process.send_signal(signal.SIGKILL)
            assert server.stop(signal.SIGKILL) == -9
            for writer in writers:
                writer.join(25)
                assert not writer.is_alive() and not writer.problems, writer.problems[:3]

            assert sum(writer.requests for writer in writers), "there was no load"
            open_ids = set().union(*(writer.flying for writer in writers))
            gone = gone.union(*(writer.gone for writer in writers))
            for writer in writers:
                expected.update(writer.values)
            for id in gone:
                expected.pop(id, None)

            wal = (server.data / "data.db-wal").stat().st_size if (server.data / "data.db-wal").exists() else 0
            started = time.monotonic()
            server.start()
            restart = time.monotonic() - started
            stored, groups = check(server, expected, gone, open_ids)
            with capsys.disabled():
                print(f"\n  round {round:2}: {sum(w.requests for w in writers):4} writes acknowledged, {len(open_ids):2} ids in flight, "
                      f"{len(stored):5} records, {len(groups):3} batch groups, WAL {wal >> 10:5} KiB, restart {restart * 1000:4.0f} ms", end="")
            # What was open is decided now.
            for id in open_ids:
                if id in stored:
                    expected[id] = stored[id]
                else:
                    expected.pop(id, None)
                    gone.add(id)
            check_groups(groups, gone)
        assert server.stop() == 0


def check_groups(groups, gone):
    """A batch is whole or absent: a group has three records, less those deleted later (three serials follow its name)."""
    for group, count in groups:
        tag, serial = group.split("-")
        members = [f"{tag}{int(serial) + i:08d}".rjust(15, "0") for i in (1, 2, 3)]
        assert count == 3 - sum(id in gone for id in members), f"half a batch: {group} has {count}"
