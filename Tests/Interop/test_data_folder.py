"""One data folder in turn under the reference and Martlet, and the schema text both write."""
import os
import shutil
import sqlite3
import time

import pytest

from cases import C, collection, field, listing, number, records, text
from compare import Pair, Side
from fixtures import build
from fixture_records import CALLERS, PASSWORD, VIEWERS, rid
from servers import MARTLET_BIN, REFERENCE_BIN, SU_EMAIL, SU_PASS, Server

LISTS = ["teams", "members", "staff", "tags", "vault", "guarded", "posts", "comments", "profiles", "notes", "v_posts",
    "v_stats", "from_martlet", "from_reference"]


class Single:
    """Requests to one server, with its own sign-ins."""

    def __init__(self, server):
        self.side = Side(server)
        self.token = self.login("_superusers", SU_EMAIL, SU_PASS)

    def ask(self, method, path, body=None, token=None):
        import json
        headers = [("Authorization", token or self.__dict__.get("token", "")), ("Content-Type", "application/json")]
        return self.side.request(method, path, headers, json.dumps(body).encode() if body is not None else None)

    def login(self, name, identity, password):
        answer = self.ask("POST", f"{C}/{name}/auth-with-password", {"identity": identity, "password": password}, token="x")
        assert answer.status == 200, (name, identity, answer.status, answer.body[:300])
        return answer.json["token"]

    def snapshot(self):
        """Everything readable, without what changes by reading (logs, auth origins)."""
        out = {"settings": self.ask("GET", "/api/settings").json, "collections": self.ask("GET",
            C + "?perPage=200&sort=name").json}
        for name in LISTS:
            for caller in CALLERS:
                token = self.token if caller == "su" else self.login(*VIEWERS[caller]) if caller else "x"
                answer = self.ask("GET", listing(name, perPage=200), token=token)
                out[f"{name} as {caller}"] = (answer.status, answer.value())
        return out


def integrity(folder):
    for name in ("data.db", "auxiliary.db"):
        with sqlite3.connect(os.path.join(folder, name)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_folder_goes_back_and_forth(tmp_path):
    folder = str(tmp_path / "pb_data")
    # 1. made and filled by the reference
    with Server(REFERENCE_BIN, "folder1", folder) as s:
        filler = Pair(s, s)
        filler.ref.kept = {}
        build_once(s)
        one = Single(s)
        one.ask("PATCH", "/api/settings", {"meta": {"appName": "Travelling"}, "batch": {"enabled": True}})
        first = one.snapshot()
    integrity(folder)
    # 2. served by Martlet unchanged, written by Martlet
    with Server(MARTLET_BIN, "folder2", folder, superuser=False) as s:
        two = Single(s)
        assert_same(first, two.snapshot())
        write(two, "from_martlet")
        second = two.snapshot()
    integrity(folder)
    # 3. again by the reference, written by it
    with Server(REFERENCE_BIN, "folder3", folder, superuser=False) as s:
        three = Single(s)
        assert_same(second, three.snapshot())
        write(three, "from_reference")
        third = three.snapshot()
    integrity(folder)
    # 4. and by Martlet once more; the command line works on it too
    server = Server(MARTLET_BIN, "folder4", folder, superuser=False)
    code, output = server.command("superuser", "upsert", "cli@example.com", "cli-password-1")
    assert code == 0, output
    with server as s:
        four = Single(s)
        assert_same(third, four.snapshot())
        four.login("_superusers", "cli@example.com", "cli-password-1")
    integrity(folder)


def build_once(server):
    """fixtures.build sends to two servers; here both sides of the pair are one, the second one idle."""
    pair = Pair(server, server)
    pair.mart.start = lambda *a: None
    pair.mart.finish = lambda *a: pair_answer(pair)
    original = pair.ref.finish

    def finish(*a):
        pair.answer = original(*a)
        return pair.answer
    pair.ref.finish = finish
    problems = build(pair)
    assert not problems, "\n".join(problems)


def pair_answer(pair):
    return pair.answer


def write(one, name):
    assert one.ask("POST", C, collection(name, [text("t"), number("n"), field("select", "m", values=["a", "b"], maxSelect=2),
        field("autodate", "made", onCreate=True), field("relation", "tag", collectionId="pbc_tags", maxSelect=1)],
                                         listRule="", indexes=[f"CREATE INDEX `idx_{name}` ON `{name}` (`t`)"])).status == 200
    for i in range(5):
        assert one.ask("POST", records(name), {"id": rid("row", i), "t": f"row {i}", "n": i / 2, "m": ["a"],
            "tag": "tag000000000001"}).status == 200
    assert one.ask("PATCH", records("posts", "post00000000001"), {"title": f"changed in {name}", "n+": 1}).status == 200
    assert one.ask("PATCH", records("members", "member000000001"), {"name": name}).status == 200
    assert one.ask("DELETE", records("comments", rid("comm", 1 if name == "from_martlet" else 2))).status == 204
    stored = one.ask("GET", f"{C}/teams").json["fields"]
    assert one.ask("PATCH", f"{C}/teams", {"fields": stored + [text("extra_" + name)]}).status == 200
    assert one.ask("PATCH", "/api/settings", {"meta": {"senderName": name}}).status == 200
    if name == "from_martlet":
        changed = one.ask("PATCH", records("members", "member000000003"), {"password": PASSWORD, "passwordConfirm": PASSWORD})
        assert changed.status == 200


def assert_same(before, after):
    for key in before:
        assert before[key] == after[key], key


# ---- schema text
STEPS = [
    ("POST", C, collection("shape", [text("t", id="f1"), number("n", id="f2"), field("bool", "b"), field("email", "e"),
    field("url", "u"), field("editor", "ed"), field("date", "d"), field("autodate", "a", onCreate=True), field("select", "s1",
    id="f3", values=["a", "b"]), field("select", "s2", values=["a", "b"], maxSelect=2),
                                     field("file", "f"), field("file", "fs", maxSelect=2), field("json", "j"), field("geoPoint",
                                     "g"), field("password", "p")], indexes=["CREATE INDEX idx_shape_1 ON shape (t, n DESC)",
                                     "create unique index if not exists idx_shape_2 on other (e collate nocase) where e != ''"])),
    ("POST", C, collection("shape_auth", [text("x")], type="auth",
    indexes=["CREATE UNIQUE INDEX `idx_sa_tk` ON `shape_auth` (`tokenKey`)",
    "CREATE UNIQUE INDEX `idx_sa_em` ON `shape_auth` (`email`) WHERE `email` != ''"])),
    ("POST", C, collection("shape_view", type="view", viewQuery="SELECT id, t, count(n) as c FROM shape GROUP BY t;")),
    ("POST", C, collection("shape_view2", type="view", viewQuery="SELECT (ROW_NUMBER() OVER()) as id, t FROM shape")),
    ("PATCH", f"{C}/shape", {"name": "Shape2"}),
    ("PATCH", f"{C}/shape2", {"fields": [text("t2", id="f1"), number("n", id="f2"), field("select", "s1", id="f3", values=["a",
    "b"], maxSelect=2), text("added")], "indexes": ["CREATE INDEX idx_shape_3 ON Shape2 (added)"]}),
    ("DELETE", f"{C}/shape_view", None), ("DELETE", f"{C}/shape_view2", None),
    ("PATCH", f"{C}/shape2", {"fields": [text("t2", id="f1"), number("n", id="f2"), field("select", "s1", id="f3", values=["a",
    "b"], maxSelect=2), text("added")], "indexes": ["CREATE INDEX idx_shape_3 ON Shape2 (added)"]}),
    ("PATCH", f"{C}/shape2", {"fields": [text("t2", id="f1"), field("select", "s1", id="f3", values=["a", "b"], maxSelect=1),
    number("n", id="f2")]}),
    ("DELETE", f"{C}/shape_auth", None),
]


def schema(folder):
    """Schema of both databases from a copy (the servers keep running)."""
    copy = folder + "_copy"
    shutil.rmtree(copy, ignore_errors=True)
    out = {}
    for name in ("data.db", "auxiliary.db"):
        os.makedirs(copy, exist_ok=True)
        for end in ("", "-wal"):
            if os.path.exists(os.path.join(folder, name + end)):
                shutil.copy(os.path.join(folder, name + end), copy)
        db = sqlite3.connect(os.path.join(copy, name))
        rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name").fetchall()
        out[name] = [[mask_index(" ".join(str(v).split())) for v in row] for row in rows]
        if name == "data.db":
            out["columns"] = {t: db.execute(f"SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{t}')").fetchall() for _,
                t, _, _ in rows if _ and t}
            out["migrations"] = [r[0] for r in db.execute("SELECT file FROM _migrations ORDER BY file") if not r[0].endswith(".js")]
            out["collections"] = [[mask_index(str(v)) for v in row] for row in db.execute("SELECT id, system, type, name, indexes, listRule, viewRule, createRule, updateRule, deleteRule FROM _collections ORDER BY name")]
            out["kinds"] = db.execute("SELECT DISTINCT type, typeof(id), typeof(system), typeof(fields), typeof(indexes), typeof(options), typeof(listRule), typeof(created) FROM _collections ORDER BY 1, 7").fetchall()
            out["settings"] = db.execute("SELECT id, typeof(value), typeof(created) FROM _params ORDER BY id").fetchall()
        out[name + " pragmas"] = [db.execute(f"PRAGMA {p}").fetchone() for p in ("page_size", "encoding", "user_version",
            "journal_mode", "application_id", "auto_vacuum")]
        db.close()
    shutil.rmtree(copy, ignore_errors=True)
    return out


def mask_index(text):
    from compare import RANDOM_PARTS
    for pattern, to in RANDOM_PARTS:
        text = pattern.sub(to, text)
    return text


@pytest.fixture(scope="module")
def shapes():
    with Server(REFERENCE_BIN, "shape_ref") as a, Server(MARTLET_BIN, "shape_mart") as b:
        p = Pair(a, b)
        p.sign_in("su", "_superusers", SU_EMAIL, SU_PASS)
        yield p


def same_schema(p, label):
    time.sleep(0.05)
    one, two = schema(p.ref.server.data), schema(p.mart.server.data)
    for key in one:
        assert one[key] == two[key], f"{label}: {key}\nreference {one[key]}\nmartlet   {two[key]}"


def test_fresh_folder_has_the_same_schema(shapes):
    same_schema(shapes, "fresh")


def test_schema_text_after_each_step(shapes):
    for method, path, body in STEPS:
        shapes.same(method, path, body)
        same_schema(shapes, f"after {method} {path}")


def test_files_of_a_fresh_folder(shapes):
    names = [sorted(n for n in os.listdir(side.server.data) if n.endswith(".db")) for side in (shapes.ref, shapes.mart)]
    assert names[0] == names[1] == ["auxiliary.db", "data.db"]


def test_command_line(tmp_path):
    """Same exit codes and (apart from the time) the same last line."""
    for words in (("superuser", "upsert", "a@b.de", "12345678"), ("superuser", "create", "a@b.de", "12345678"), ("superuser",
        "create", "c@b.de", "12345678"), ("superuser", "update", "a@b.de", "87654321"), ("superuser", "update", "zz@b.de",
        "87654321"), ("superuser", "upsert", "bad", "12345678"), ("superuser", "upsert", "a@b.de", "x"),
                  ("superuser", "delete", "c@b.de"), ("superuser", "delete", "c@b.de"), ("superuser", "delete", "a@b.de"),
                  ("superuser", "upsert", "a@b.de"), ("superuser", "nope"), ("nope",), ("--version",)):
        results = []
        for label, program in (("r", REFERENCE_BIN), ("m", MARTLET_BIN)):
            server = Server(program, "cli_" + label, str(tmp_path / label / "pb_data"), superuser=False)
            results.append(server.command(*words)[0])
            server.close()
        assert results[0] == results[1], words
