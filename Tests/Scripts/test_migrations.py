"""Migrations: both servers write and apply the same; what fails leaves nothing behind."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import Client
from servers import MARTLET_BIN, REFERENCE_BIN, Server

PROGRAMS = {"reference": REFERENCE_BIN, "martlet": MARTLET_BIN}
FIELDS = [{"name": "a", "type": "text", "id": "text3904355907"}, {"name": "b", "type": "number"}]
ID = {"autogeneratePattern": "[a-z0-9]{15}", "id": "text3208210256", "max": 15, "min": 15, "name": "id", "pattern": "^[a-z0-9]+$",
      "primaryKey": True, "required": True, "system": True, "type": "text"}
STEPS = [
    ("POST", "", {"name": "cats", "type": "base", "fields": FIELDS, "listRule": "", "indexes": ["CREATE INDEX x ON cats (a)"]}),
    ("PATCH", "/cats", {"name": "dogs", "listRule": "c = true", "viewRule": "", "indexes": [], "fields": [
        ID, {"name": "c", "type": "bool"}, {"name": "a2", "type": "text", "max": 5, "id": "text3904355907"}]}),
    ("PATCH", "/dogs", {"name": "dogs"}),
    ("POST", "", {"name": "people", "type": "auth", "authToken": {"duration": 600}, "oauth2": {"enabled": True, "providers": [
        {"name": "google", "clientId": "x", "clientSecret": "SECRET"}]}}),
    ("POST", "", {"name": "seen", "type": "view", "viewQuery": "select id, a2 from dogs"}),
    ("PATCH", "/users", {"authRule": "id != null", "passwordAuth": {"enabled": False}}),
    ("DELETE", "/seen", None), ("DELETE", "/dogs", None),
]


def run(program, folder, *words, answer=None, data="pb_data"):
    done = subprocess.run([PROGRAMS[program], *words, "--dir", data], cwd=folder, input=answer or "", capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def collections(program, folder, data="pb_data"):
    """All that a data folder says of its collections."""
    import sqlite3
    with sqlite3.connect(folder / data / "data.db") as db:
        rows = db.execute("select id, name, type, system, fields, indexes, listRule, viewRule, createRule, updateRule, deleteRule, options from _collections order by name")
        shown = [[json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value for value in row] for row in rows if not row[3]]
    # secrets are made up, and new ones with each change of the rule of sign-ins
    return json.loads(re.sub(r'("secret": ")\w*|_clone_\w+', r"\1", json.dumps(shown)))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What each server writes for the same changes: texts by the action, in their order."""
    result = {}
    for program, path in PROGRAMS.items():
        with Server(path, program) as server:
            client = Client(server).sign_in()
            for method, name, body in STEPS:
                status, answer = client.json(method, f"/api/collections{name}", body)
                assert status in (200, 204), answer
                if program == "reference":      # two of its files within a second have names without order
                    import time
                    time.sleep(1.05)
            folder = pathlib.Path(server.root) / "pb_migrations"
            result[program] = {path.name: path.read_text() for path in sorted(folder.iterdir())}
    return result


def plain(text):
    """Without what is made up, and with steps in one order."""
    text = re.sub(r"_clone_\w+", "", text).replace(";", "")
    halves = text.strip().split("}, (app) => {")
    return [sorted(half.strip().split("\n\n")) for half in halves]


def test_both_write_the_same(written):
    names = [[re.sub(r"^\d+_", "", name) for name in files] for files in written.values()]
    assert names[1] == names[0]
    assert names[1] == ["created_cats.js", "updated_cats.js", "created_people.js", "created_seen.js", "updated_users.js", "deleted_seen.js", "deleted_dogs.js"]
    for theirs, ours in zip(written["reference"].values(), written["martlet"].values()):
        assert plain(ours) == plain(theirs)
    assert "SECRET" not in "".join(written["martlet"].values())


@pytest.mark.parametrize("author", PROGRAMS)
def test_both_apply_what_either_wrote(written, tmp_path, author):
    states = []
    for program in PROGRAMS:
        folder = tmp_path / program
        (folder / "pb_migrations").mkdir(parents=True)
        for name, text in written[author].items():
            (folder / "pb_migrations" / name).write_text(text)
        code, out, error = run(program, folder, "migrate", "up")
        assert code == 0, error
        assert out.split() == [word for name in written[author] for word in ("Applied", name)]
        up = collections(program, folder)
        code, out, error = run(program, folder, "migrate", "down", "4", answer="y\n")
        assert code == 0, error
        states.append((up, collections(program, folder)))
        assert run(program, folder, "migrate", "up")[0] == 0
        assert collections(program, folder) == up
    theirs, ours = states
    assert ours == theirs


GOOD = """migrate((app) => {
    const things = new Collection({ type: "base", name: "things", fields: [{ name: "t", type: "text" }, { name: "made", type: "autodate", onCreate: true }] })
    app.save(things)
    const record = new Record(things, { t: greeting })
    record.setRaw("made", "2020-01-02 03:04:05.000Z")
    app.save(record)
    app.db().newQuery("CREATE TABLE own (a)").execute()
}, (app) => {
    app.delete(app.findCollectionByNameOrId("things"))
    app.db().newQuery("DROP TABLE own").execute()
})
const greeting = "from outside"
"""
BAD = ["migrate((app) => { app.db().newQuery('CREATE TABLE gone (a)').execute(); throw new Error('oops') })", "migrate((app) => { nonsense() })",
       "syntax ( error", "migrate(async (app) => { app.db().newQuery('CREATE TABLE gone (a)').execute(); await 1; throw new Error('oops') })",
       "migrate((app) => { $app.save(null) })"]


def tables(folder, data="pb_data"):
    import sqlite3
    with sqlite3.connect(folder / data / "data.db") as db:
        return {name for name, in db.execute("select name from sqlite_master where type = 'table'")}


@pytest.mark.parametrize("bad", BAD)
def test_one_that_fails(tmp_path, bad):
    """Nothing of the others is done, and the server does not start."""
    (tmp_path / "pb_migrations").mkdir()
    (tmp_path / "pb_migrations" / "1_good.js").write_text(GOOD)
    (tmp_path / "pb_migrations" / "2_bad.js").write_text(bad)
    for words in (("migrate", "up"), ("serve", "--http", "127.0.0.1:0")):
        code, _, error = run("martlet", tmp_path, *words)
        assert code == 1 and "failed to apply migration 2_bad.js" in error, error
    assert not {"things", "own", "gone"} & tables(tmp_path)


def test_commands(tmp_path):
    assert run("martlet", tmp_path, "migrate", "up")[1] == "No new migrations to apply.\n"
    code, out, _ = run("martlet", tmp_path, "migrate", "create", "Add some Things", answer="y\n")
    [file] = (tmp_path / "pb_migrations").iterdir()
    assert code == 0 and re.fullmatch(r"\d+_add_some_things\.js", file.name) and str(file.name) in out
    assert run("martlet", tmp_path, "migrate", "create", "Nothing", answer="n\n")[1].endswith("The command has been cancelled\n")
    file.write_text(GOOD)
    (tmp_path / "pb_migrations" / "types.d.ts").write_text("not a migration")
    assert run("martlet", tmp_path, "migrate")[1] == f"Applied {file.name}\n"
    assert {"things", "own"} <= tables(tmp_path)
    import sqlite3
    with sqlite3.connect(tmp_path / "pb_data" / "data.db") as db:
        assert list(db.execute("select t, made from things")) == [("from outside", "2020-01-02 03:04:05.000Z")]
    code, out, _ = run("martlet", tmp_path, "migrate", "collections", answer="y\n")
    [snapshot] = (tmp_path / "pb_migrations").glob("*_collections_snapshot.js")
    assert code == 0 and run("martlet", tmp_path, "migrate", "up")[1] == "No new migrations to apply.\n"
    code, out, _ = run("martlet", tmp_path, "migrate", "down", "2", answer="y\n")
    assert code == 0 and f"Reverted {snapshot.name}\nReverted {file.name}" in out
    assert not {"things", "own"} & tables(tmp_path)
    file.unlink()
    assert run("martlet", tmp_path, "migrate", "up")[1] == f"Applied {snapshot.name}\n"
    assert "things" in tables(tmp_path), "the snapshot has it"
    snapshot.unlink()
    assert "was synced" in run("martlet", tmp_path, "migrate", "history-sync")[1]
    with sqlite3.connect(tmp_path / "pb_data" / "data.db") as db:
        assert not [name for name, in db.execute("select file from _migrations") if name.endswith(".js")]


def test_switched_off(tmp_path):
    with Server(MARTLET_BIN, "martlet", args=("--automigrate=false",)) as server:
        client = Client(server).sign_in()
        assert client.json("POST", "/api/collections", STEPS[0][2])[0] == 200
        assert not (pathlib.Path(server.root) / "pb_migrations").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    with Server(MARTLET_BIN, "martlet", args=("--migrationsDir", "/proc/nothing")) as server:
        client = Client(server).sign_in()
        assert client.json("POST", "/api/collections", STEPS[0][2])[0] == 200
        assert "A migration was not written" in server.log_tail()
