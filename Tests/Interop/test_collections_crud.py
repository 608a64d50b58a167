"""Collections: list, view, create, update, delete, truncate, scaffolds; who may call."""
import pytest

from cases import C, Fresh, case, collection, field, number, q, records, run, table, text
from fixture_records import CALLERS, rid

READS = [
    case("list", "GET", q(C, sort="name")), case("list page", "GET", q(C, sort="name", perPage=3, page=2)),
    case("list skipTotal", "GET", q(C, sort="name", perPage=2, skipTotal=1)), case("list fields", "GET", q(C, sort="name",
    fields="name,fields.name")),
    case("list bad sort", "GET", q(C, sort="fields")), case("list sort type", "GET", q(C, sort="type,-name", fields="name")),
    case("list rowid", "GET", q(C, sort="-@rowid", fields="name")), case("list unsorted", "GET", q(C, fields="name",
    perPage=200)), case("list created", "GET", q(C, sort="-name,created", fields="name")),
    case("list bad page", "GET", q(C, page="x")), case("list bad filter", "GET", q(C, filter="x")), case("by id", "GET",
    f"{C}/pbc_posts"), case("by name", "GET", f"{C}/posts"), case("upper case name", "GET", f"{C}/POSTS"), case("upper case id",
    "GET", f"{C}/PBC_POSTS"), case("unknown", "GET", f"{C}/nope"),
    case("fields", "GET", f"{C}/members?fields=name,type,passwordAuth.identityFields"), case("superusers", "GET",
    f"{C}/_superusers"), case("users by id", "GET", f"{C}/_pb_users_auth_"), case("oauth2 providers", "GET",
    f"{C}/meta/oauth2-providers?fields=name,displayName"), case("scaffolds", "GET", f"{C}/meta/scaffolds"),
    case("scaffolds fields", "GET", f"{C}/meta/scaffolds?fields=base.type,auth.indexes"), case("meta alone", "GET",
    f"{C}/meta"), case("meta nope", "GET", f"{C}/meta/nope"), case("trailing slash", "GET", f"{C}/"), case("put list", "PUT", C,
    body={}), case("post one", "POST", f"{C}/posts", body={}), case("put one", "PUT", f"{C}/posts", body={}),
    case("delete unknown", "DELETE", f"{C}/nope"), case("patch unknown", "PATCH", f"{C}/nope", body={"name": "x"}),
    case("truncate unknown", "DELETE", f"{C}/nope/truncate"), case("delete system", "DELETE", f"{C}/_mfas"),
    case("delete superusers", "DELETE", f"{C}/_superusers"), case("delete referenced", "DELETE", f"{C}/tags"),
    case("delete used by view", "DELETE", f"{C}/posts"), case("truncate view", "DELETE", f"{C}/v_posts/truncate"),
    case("delete members", "DELETE", f"{C}/members"), case("truncate GET", "GET", f"{C}/posts/truncate"), case("create empty",
    "POST", C, body={}), case("create nobody", "POST", C), case("create array", "POST", C, body=[]),
    case("create null", "POST", C, raw="null", headers={"Content-Type": "application/json"}), case("create bad json", "POST", C,
    raw="{", headers={"Content-Type": "application/json"}), case("create text", "POST", C, raw="x",
    headers={"Content-Type": "text/plain"}), case("patch bad json", "PATCH", f"{C}/posts", raw="[",
    headers={"Content-Type": "application/json"}),
    case("patch array", "PATCH", f"{C}/posts", body=[]), case("patch id", "PATCH", f"{C}/posts", body={"id": "other"}),
    case("patch type", "PATCH", f"{C}/posts", body={"type": "auth"}), case("patch bad type", "PATCH", f"{C}/posts",
    body={"type": "nope"}), case("patch nothing", "PATCH", f"{C}/tags", body={}), case("patch system flag", "PATCH",
    f"{C}/tags", body={"system": True}),
    case("patch system rule", "PATCH", f"{C}/_mfas", body={"listRule": ""}), case("patch system name", "PATCH", f"{C}/_mfas",
    body={"name": "mfas"}), case("patch superusers rule", "PATCH", f"{C}/_superusers", body={"authRule": "id != ''",
    "listRule": ""}), case("patch system off", "PATCH", f"{C}/_mfas", body={"system": False}), case("patch wrong kind", "PATCH",
    f"{C}/tags", body={"name": 5}),
    case("patch system field", "PATCH", f"{C}/_mfas", body={"fields": []}), case("patch superusers oauth", "PATCH",
    f"{C}/_superusers", body={"oauth2": {"enabled": True}, "passwordAuth": {"enabled": False}}), case("patch unknown key",
    "PATCH", f"{C}/tags", body={"nope": 1}), case("patch created", "PATCH", f"{C}/tags",
    body={"created": "2020-01-01 00:00:00.000Z"}),
]


@table(READS)
def test_read_and_refused_writes(pair, c):
    run(pair, c)


GUARDED = [("GET", C), ("POST", C), ("GET", f"{C}/posts"), ("PATCH", f"{C}/posts"), ("DELETE", f"{C}/posts"), ("DELETE",
    f"{C}/posts/truncate"), ("PUT", f"{C}/import"), ("GET", f"{C}/meta/scaffolds"), ("GET", f"{C}/meta/oauth2-providers"),
    ("POST", f"{C}/meta/dry-run-view"), ("GET", f"{C}/nope"),
           ("GET", "/api/settings"), ("PATCH", "/api/settings"), ("GET", "/api/logs"), ("GET", "/api/logs/stats"), ("GET",
           "/api/logs/x"), ("DELETE", "/api/logs"), ("GET", "/api/crons"), ("POST", "/api/crons/x"), ("POST", "/api/sql"),
           ("POST", f"{C}/members/impersonate/x"), ("GET", "/api/backups"), ("POST", "/api/settings/test/email")]


@pytest.mark.parametrize("method,path", GUARDED)
@pytest.mark.parametrize("caller", [None, "user1", "boss", "invalid.token.here", "Bearer x", ""])
def test_needs_a_superuser(pair, caller, method, path):
    pair.same(method, path, auth=caller)


NAMES = ["", " ", "a", "1", "_", "a b", "a-b", "ä", "a" * 255, "a" * 256, "x_via_y", "X_VIA_Y", "_via_", "posts", "POSTS",
    "pbc_posts", "_collections", "_PARAMS", "_logs", "sqlite_x", "sqlite_sequence", "_migrations", "true", "null", "id",
    "select", "_newsys", "pbc_1", "a.b", "idx_profiles_member", "meta", "import", None, "expand", "v_posts"]


@pytest.mark.parametrize("name", NAMES)
def test_names(pair, fresh, name):
    fresh.add(name or "none")
    if name in ("posts", "POSTS", "v_posts", "_collections", "_PARAMS", "_migrations", "pbc_posts"):
        fresh.names.clear()             # never delete a fixture collection
    pair.same("POST", C, {"name": name, "fields": [text("t")]})


BODIES = {
    "plain": {}, "with id": {"id": "my_own_id"}, "bad id": {"id": "a b"}, "long id": {"id": "x" * 101},
    "id 100": {"id": "x" * 100}, "taken id": {"id": "pbc_posts"}, "empty id": {"id": ""}, "number id": {"id": 5},
    "id like a name": {"id": "posts"}, "type null": {"type": None}, "type empty": {"type": ""}, "type nope": {"type": "nope"},
    "type Base": {"type": "Base"},
    "system": {"system": True}, "rules": {"listRule": "", "viewRule": None, "createRule": "@request.auth.id != ''",
    "updateRule": "t = 'x'", "deleteRule": "1=1"}, "rule number": {"listRule": 5},
    "created": {"created": "2020-01-01 00:00:00.000Z", "updated": "2020-01-01 00:00:00.000Z"}, "unknown keys": {"nope": 1,
    "fields": [text("t", nope=1)]},
    "view keys on base": {"viewQuery": "select 1"}, "auth keys on base": {"authRule": "", "passwordAuth": {"enabled": False}},
    "no fields": {"fields": []}, "null fields": {"fields": None}, "fields object": {"fields": {}},
    "fields of texts": {"fields": ["t"]}, "fields of nulls": {"fields": [None]}, "indexes null": {"indexes": None},
    "indexes text": {"indexes": "x"},
    "own id field": {"fields": [text("id", min=3, max=30, pattern="", autogeneratePattern="[a-z]{5}"), text("t")]},
    "id not text": {"fields": [number("id")]}, "id hidden": {"fields": [text("id", hidden=True, required=False,
    primaryKey=False, system=False)]}, "two pks": {"fields": [text("other", primaryKey=True)]},
    "id last": {"fields": [text("t"), text("id")]},
    "created updated": {"fields": [field("autodate", "created", onCreate=True), field("autodate", "updated", onCreate=True,
    onUpdate=True)]}, "presentable help": {"fields": [text("t", presentable=True, help="some help")]},
    "auth plain": {"type": "auth"}, "auth null authRule": {"type": "auth", "authRule": None}, "view no query": {"type": "view"},
    "empty": {"name": None}, "upper keys": {"ListRule": ""}, "trailing blank name": {"name": "ccb_x "},
}


@pytest.mark.parametrize("label", BODIES)
def test_create_bodies(pair, fresh, label):
    name = "ccb_system" if label == "system" else "ccb"        # a system collection can't be removed again
    fresh.add(name)
    pair.same("POST", C, {"name": name, "fields": [text("t")], **BODIES[label]})
    pair.same("GET", f"{C}/{name}")
    pair.same("POST", records(name), {"t": "x", "id": rid("ccb", 1)})


def test_life_of_a_collection(pair, fresh):
    first = fresh("Life", [text("t"), number("n")], listRule="")
    assert first.json["id"].startswith("pbc_")
    for path in ("life", "LIFE", "Life", first.json["id"]):
        pair.same("GET", f"{C}/{path}", expect=200)
    pair.same("POST", records("life"), {"id": rid("life", 1), "t": "a", "n": 2}, expect=200)
    pair.same("PATCH", f"{C}/life", {"name": "LIFE"})
    pair.same("PATCH", f"{C}/LIFE", {"name": "Life2", "listRule": None}, expect=200)
    fresh.add("Life2")
    pair.same("GET", f"{C}/life")
    pair.same("GET", records("life2"), expect=200)
    pair.same("GET", records("life2"), auth=None)
    pair.same("POST", C, collection("life2"))
    pair.same("POST", C, collection("Life"), expect=200)      # derived id of the old name is free again or not
    pair.same("DELETE", f"{C}/life2/truncate", expect=204)
    pair.same("GET", records("life2"))
    pair.same("DELETE", f"{C}/life2", expect=204)
    pair.same("GET", f"{C}/life2")
    pair.same("GET", records("life2"))


def test_truncate_with_required_reference(pair, fresh):
    a = fresh("trunc_a", [text("t")]).json["id"]
    fresh("trunc_b", [field("relation", "r", collectionId=a, required=True), text("t")])
    for i in (1, 2):
        pair.same("POST", records("trunc_a"), {"id": rid("tr", i), "t": "x"})
    pair.same("POST", records("trunc_b"), {"id": rid("trb", 1), "r": rid("tr", 2)})
    pair.same("DELETE", f"{C}/trunc_a/truncate")
    pair.same("GET", records("trunc_a"))
    pair.same("DELETE", f"{C}/trunc_a")
    pair.same("DELETE", f"{C}/trunc_b/truncate")
    pair.same("DELETE", f"{C}/trunc_a/truncate")


def test_delete_order_and_self_reference(pair, fresh):
    fresh("selfref", [text("t")])
    got = pair.same("GET", f"{C}/selfref").json
    pair.same("PATCH", f"{C}/selfref", {"fields": got["fields"] + [field("relation", "up", collectionId=got["id"])]},
        expect=200)
    pair.same("DELETE", f"{C}/selfref", expect=204)


@pytest.mark.parametrize("caller", CALLERS)
def test_record_routes_of_missing_collection(pair, caller):
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/x"), ("PATCH", "/x"), ("DELETE", "/x")):
        pair.same(method, f"{C}/nope/records{path}", auth=caller)
        pair.same(method, f"{C}/v_posts/records{path}", auth=caller)


@pytest.fixture(scope="module")
def maker(pair):
    m = Fresh(pair)
    yield m
    m.clean()
