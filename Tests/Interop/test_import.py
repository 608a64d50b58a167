"""PUT /api/collections/import and truncate side effects. Only collections named imp_* are touched;
deleteMissing=true (removes everything else) runs on a pair of servers of its own."""
import pytest

from cases import C, collection, field, number, records, text, values
from compare import Pair
from fixture_records import rid
from servers import MARTLET_BIN, REFERENCE_BIN, SU_EMAIL, SU_PASS, Server

IMP = f"{C}/import"
BASE = {"id": "pbc_imp_a", "name": "imp_a", "type": "base", "fields": [text("t", id="f1"), number("n", id="f2")],
    "listRule": ""}

BODIES = [
    {}, {"collections": []}, {"collections": None}, {"collections": "x"}, {"collections": [5]}, {"collections": [{}]},
    {"collections": [{"name": ""}]}, {"collections": [{"name": "imp_b"}]}, {"collections": [{"name": "imp_b", "type": "nope"}]},
    {"collections": [{"name": "imp b"}]}, {"collections": [{"name": "imp_b", "fields": [{"type": "nope", "name": "x"}]}]},
    {"collections": [{"name": "imp_b", "fields": [{"name": "x"}]}]},
    {"collections": [{"name": "imp_b", "fields": [text("a b"), number("n", min=5, max=1)]}]}, {"collections": [{"name": "imp_b",
    "listRule": "nope = 1"}]}, {"collections": [{"name": "imp_b", "fields": [text("t")],
    "indexes": ["CREATE INDEX idx_imp ON imp_b (t)"]}]}, {"collections": [{"name": "imp_b", "indexes": ["x"]}]},
    {"collections": [{"name": "imp_b", "indexes": ["CREATE INDEX idx_imp ON imp_b (nope)"]}]},
    {"collections": [{"name": "imp_a", "fields": [text("t2")]}]}, {"collections": [{"name": "imp_a", "fields": [number("t")]}]},
    {"collections": [{"name": "imp_a", "fields": [text("t"), text("z")]}]}, {"collections": [{"id": "pbc_imp_a",
    "name": "imp_renamed"}]}, {"collections": [{"id": "pbc_other", "name": "imp_a"}]}, {"collections": [{"name": "imp_a",
    "type": "auth"}]}, {"collections": [{"name": "imp_a", "type": "view", "viewQuery": "SELECT id FROM posts"}]},
    {"collections": [{"name": "imp_a", "listRule": None}]}, {"collections": [{"name": "imp_a", "fields": []}]},
    {"collections": [{"name": "imp_b", "type": "auth"}]}, {"collections": [{"name": "imp_v", "type": "view",
    "viewQuery": "SELECT id, t FROM imp_b"}, {"name": "imp_b", "fields": [text("t")]}]}, {"collections": [{"name": "imp_v",
    "type": "view", "viewQuery": "SELECT id, t FROM imp_nope"}]},
    {"collections": [{"name": "imp_b", "fields": [field("relation", "r", collectionId="pbc_imp_c")]}, {"id": "pbc_imp_c",
    "name": "imp_c"}]}, {"collections": [{"name": "imp_b", "fields": [field("relation", "r", collectionId="nope")]}]},
    {"collections": [{"name": "imp_b"}, {"name": "imp_b"}]}, {"collections": [{"name": "imp_b"}, {"name": "imp_bad name"}]},
    {"collections": [{"name": "_mfas", "listRule": ""}]}, {"collections": [{"name": "_mfas", "fields": [text("x")]}]},
    {"collections": [{"name": "imp_b", "fields": [text("x", id="f1"), text("y", id="f1")]}]}, {"collections": [{"name": "imp_b",
    "created": "2020-01-01 00:00:00.000Z", "updated": "2020-01-01 00:00:00.000Z"}]}, {"collections": [{"name": "imp_b"}],
    "deleteMissing": "x"}, {"collections": [{"id": "pbc_imp_a", "name": "imp_a", "fields": [text("t", id="f1", max=3)]}]},
    {"collections": [{"id": "pbc_imp_a", "name": "imp_a", "fields": [text("renamed", id="f1")]}]},
]


@pytest.mark.parametrize("body", values(*BODIES))
def test_import(pair, fresh, body):
    fresh.create(BASE)
    for name in ("imp_renamed", "imp_c", "imp_b", "imp_v"):
        fresh.add(name)
    pair.same("POST", records("imp_a"), {"id": rid("imp", 1), "t": "x", "n": 5}, expect=200)
    pair.same("PUT", IMP, body)
    pair.same("GET", C + "?filter=name~%22imp_%25%22&sort=name")
    pair.same("GET", records("imp_a") + "?sort=id")
    pair.same("GET", f"{C}/_mfas?fields=listRule,fields.name")


@pytest.fixture(scope="module")
def own():
    with Server(REFERENCE_BIN, "reference_import") as a, Server(MARTLET_BIN, "martlet_import") as b:
        p = Pair(a, b)
        p.sign_in("su", "_superusers", SU_EMAIL, SU_PASS)
        yield p


def check(own):
    own.same("GET", C + "?sort=name&perPage=100")
    for name in ("one", "two"):
        own.same("GET", records(name) + "?sort=id")


def test_delete_missing(own):
    one, two = collection("one", [text("t"), number("n")]), collection("two", [text("t"), field("relation", "r",
        collectionId="pbc_one")])
    own.same("PUT", IMP, {"collections": [{"id": "pbc_one", **one}, {"id": "pbc_two", **two}]}, expect=204)
    own.same("POST", records("one"), {"id": rid("one", 1), "t": "a", "n": 1}, expect=200)
    own.same("POST", records("two"), {"id": rid("two", 1), "t": "b", "r": rid("one", 1)}, expect=200)
    check(own)
    for body in ({"collections": [{"id": "pbc_one", "name": "one"}, {"id": "pbc_two", "name": "two", "fields": [text("t")]}],
        "deleteMissing": True}, {"collections": [{"id": "pbc_two", "name": "two"}], "deleteMissing": True},
        {"collections": [{"name": "bad name"}], "deleteMissing": True}, {"collections": [one], "deleteMissing": True}):
        own.same("PUT", IMP, body)
        check(own)


def test_export_and_import_again(own):
    exported = own.send("GET", C + "?perPage=100&sort=created")[0].json["items"]
    own.same("PUT", IMP, {"collections": exported, "deleteMissing": False})
    check(own)
