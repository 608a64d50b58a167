"""Realtime: what is told of which change, and to whom (rules)."""
import time
import pytest

from cases import C, Fresh, collection, field, number, records, text, values
from files import MULTI, body as multipart, file, word
from fixture_records import AUTH, member, post, rid, tag
from fixtures import CHEAP_PASSWORD
from streams import Wire, marks, options

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
ITEM, OTHER = rid("item", 1), rid("item", 2)
KIDS = {"cascade": {"cascadeDelete": True}, "keep": {"maxSelect": 3}, "must": {"required": True}}
LOGINS = ("_authOrigins/*", "_mfas/*", "_otps/*", "_externalAuths/*", "_superusers/*", "people/*")


@pytest.fixture(scope="module")
def world(pair):
    m = Fresh(pair)
    marks(m)
    m.create({"id": "pbc_people", "name": "people", "type": "auth", **OPEN, "fields": [CHEAP_PASSWORD, text("name"), text("hush",
        hidden=True)], "manageRule": "@request.auth.collectionName = 'staff'"})
    m.create({"id": "pbc_items", "name": "items", "type": "base", **OPEN, "fields": [text("t"), number("n"), text("hush", hidden=True),
        field("editor", "ed"), field("json", "js"), field("select", "s", values=["a", "b"], maxSelect=2), field("relation", "by",
        collectionId="pbc_people"), field("relation", "tags", collectionId="pbc_tags", maxSelect=4), field("relation", "vault",
        collectionId="pbc_vault"), field("relation", "owner", collectionId="pbc_members"), field("autodate", "made", onCreate=True),
        field("autodate", "touched", onCreate=True, onUpdate=True), field("geoPoint", "g"), field("file", "docs", maxSelect=2)],
        "indexes": ["CREATE UNIQUE INDEX idx_items_t ON items (t) WHERE t != ''"]})
    for name, rest in KIDS.items():
        m.create({"id": f"pbc_kids_{name}", **collection(f"kids_{name}", [text("t"), field("relation", "item",
            collectionId="pbc_items", **rest)]), **OPEN})
    m.create({**collection("kids_deep", [field("relation", "kid", cascadeDelete=True, collectionId="pbc_kids_cascade")]), **OPEN})
    for n, name in ((1, "ann"), (2, "bob")):
        pair.same("POST", records("people"), {"id": rid("people", n), "email": f"{name}@people.com", "name": name, "hush": "h",
            "verified": n == 1, **AUTH}, expect=200)
        pair.sign_in(name, "people", f"{name}@people.com", AUTH["password"])
    pair.same("PATCH", "/api/settings", {"batch": {"enabled": True}}, expect=200)
    yield
    pair.send("PATCH", "/api/settings", {"batch": {"enabled": False}})
    m.clean()


@pytest.fixture
def wire(pair, world):
    with Wire(pair) as w:
        yield w
    for name in ("kids_must", "kids_deep", "kids_cascade", "kids_keep", "items"):
        pair.send("DELETE", f"{C}/{name}/truncate")


def make(pair, name, id, /, expect=200, auth="su", **values_):
    return pair.same("POST", records(name), {"id": id, **values_}, expect=expect, auth=auth)


def change(pair, name, id, /, expect=200, auth="su", **values_):
    return pair.same("PATCH", records(name, id), values_, expect=expect, auth=auth)


def remove(pair, name, id, /, expect=204, auth="su"):
    return pair.same("DELETE", records(name, id), expect=expect, auth=auth)


def actions(events):
    return sorted(data["action"] for _, data in events)


# ---- the record
CONTENT = ["items/*", f"items/{ITEM}", options("items/*", query={"expand": "by,tags,vault,owner.team,kids_keep_via_item"}),
    options("items", query={"fields": "id,hush,ed:excerpt(4,true),js.a"}), options("items/*", query={"expand": "by,vault,tags",
    "fields": "t,expand.by.name,expand.by.email,expand.vault.name,expand.tags.note"}), options(f"items/{ITEM}", query={"fields":
    "*,expand.owner.name", "expand": "owner"})]
FULL = {"t": "first", "n": 1.5, "hush": "h", "ed": "<p>Hello <b>World</b></p>", "js": {"b": 1, "a": [1, {"c": None}]}, "s": ["b"], "by":
    rid("people", 1), "tags": [tag(2), tag(1)], "vault": rid("vault", 1), "owner": member(1), "g": {"lon": 1.5, "lat": 2}}


def test_content(pair, wire):
    everybody = [wire.listen(*CONTENT, auth=auth) for auth in (None, "ann", "bob", "user1", "boss", "su")]
    make(pair, "items", ITEM, **FULL)
    wire.told(*everybody, count=6)
    make(pair, "kids_keep", rid("kid", 1), t="k", item=[ITEM])
    change(pair, "items", ITEM, **{"n+": 2, "tags-": tag(1), "hush": "new", "ed": "", "js": None})
    wire.told(*everybody, count=6)
    change(pair, "items", ITEM)
    wire.told(*everybody, count=6)
    pair.same("PATCH", records("items", ITEM) + "?fields=id&expand=by", {"t": "Ünï \u2028 <&> \" \\"}, expect=200)
    wire.told(*everybody, count=6)
    remove(pair, "items", ITEM)
    for events in wire.told(*everybody, count=6):
        assert actions(events) == ["delete"] * 6


def test_accounts(pair, wire):
    """Hidden fields and e-mail addresses: owner, manager, superuser, others."""
    id = rid("people", 3)
    topics = ("people/*", f"people/{id}", options("people/*", query={"fields": "email,hush,verified"}), f"people/{rid('people', 1)}",
        options("people/*", query={"filter": "email!=''", "fields": "id"}), options("people/*", query={"filter": "hush='h'", "fields": "id"}))
    everybody = [wire.listen(*topics, auth=auth) for auth in (None, "ann", "boss", "su")]
    make(pair, "people", id, email="cyd@people.com", hush="h", **AUTH)
    wire.told(*everybody)
    for values_ in ({"emailVisibility": True}, {"emailVisibility": False}, {"verified": True}, {"hush": "x"}, {"email": "c@people.com"}):
        change(pair, "people", id, **values_)
        wire.told(*everybody)
    change(pair, "people", rid("people", 1), auth="ann", name="Ann")
    assert len(wire.told(*everybody)[1]) == 3         # the filter does not see a hidden address, not even the owner's
    change(pair, "people", rid("people", 1), name="ann")
    wire.told(*everybody)
    remove(pair, "people", id)
    wire.told(*everybody)


def test_files(pair, wire):
    listeners = [wire.listen("items/*", auth=auth) for auth in (None, "su")]
    pair.same("POST", records("items"), raw=multipart(word("id", ITEM), file("docs", "one.txt"), file("docs", "two.txt")),
        headers=MULTI, expect=200)
    wire.told(*listeners, count=1)
    pair.keep("doc", lambda json: json["docs"][0])
    change(pair, "items", ITEM, docs=["$doc$"])
    wire.told(*listeners, count=1)
    remove(pair, "items", ITEM)
    wire.told(*listeners, count=1)


def test_large_and_many(pair, wire):
    listeners = [wire.listen("items/*", auth=auth) for auth in (None, "su")]
    make(pair, "items", ITEM, ed="x\n\r\u2028ü" * 60_000)
    wire.told(*listeners, count=1)
    for n in range(60):
        change(pair, "items", ITEM, n=n, ed="")
    for events in wire.told(*listeners, count=60):
        assert {data["record"]["n"] for _, data in events} == set(range(60))


# ---- where changes come from
def test_refused_writes(pair, wire):
    a = wire.listen("items/*", "kids_must/*", "notes/*", "people/*", auth="su")
    make(pair, "items", ITEM, t="taken")
    a.told(1)
    make(pair, "items", "short", expect=400)
    make(pair, "items", ITEM, expect=400)
    make(pair, "items", OTHER, t="taken", expect=400)
    make(pair, "kids_must", rid("kid", 1), expect=400)
    make(pair, "notes", rid("note", 9), auth=None, expect=400)
    change(pair, "items", ITEM, s="zz", expect=400)
    change(pair, "people", rid("people", 1), auth="bob", password="12345678", expect=400)
    remove(pair, "items", OTHER, expect=404)
    pair.same("POST", f"{C}/people/auth-with-password", {"identity": "ann@people.com", "password": "wrong"}, auth=None, expect=400)
    a.told(0)


def request(method, id=None, collection_="items", **body):
    return {"method": method, "url": records(collection_, id), "body": body}


def test_batch(pair, wire):
    listeners = [wire.listen("items/*", f"items/{ITEM}", auth=auth) for auth in (None, "su")]
    steps = [request("POST", id=None, t="1") | {"body": {"id": ITEM, "t": "1"}}, request("PATCH", ITEM, t="2"), {"method": "PUT",
        "url": records("items"), "body": {"id": ITEM, "t": "3"}}, {"method": "PUT", "url": records("items"), "body": {"id": OTHER,
        "t": "4"}}, request("PATCH", ITEM, t="5")]
    pair.same("POST", "/api/batch", {"requests": steps}, expect=200, ignore=("made", "touched"))
    for events in wire.told(*listeners, count=9):
        assert sorted(data["record"]["t"] for topic, data in events if topic == "items/*") == ["1", "2", "3", "4", "5"]
    remove(pair, "items", OTHER)
    wire.told(*listeners, count=1)
    for last in (request("POST", t="new"), request("DELETE", OTHER), request("PATCH", ITEM, s="zz")):     # all undone
        pair.same("POST", "/api/batch", {"requests": [request("POST", t="new"), request("PATCH", ITEM, t="x"), last]}, expect=400)
    assert wire.told(*listeners) == [[], []]
    pair.same("POST", "/api/batch", {"requests": [request("PATCH", ITEM, t="6"), request("DELETE", ITEM)]}, expect=200,
        ignore=("made", "touched"))
    assert [actions(events) for events in wire.told(*listeners, count=4)] == [["delete"] * 2 + ["update"] * 2] * 2


def kids(pair):
    for id in (ITEM, OTHER):
        make(pair, "items", id)
    make(pair, "kids_cascade", rid("kidc", 1), item=ITEM)
    make(pair, "kids_deep", rid("kidd", 1), kid=rid("kidc", 1))
    make(pair, "kids_keep", rid("kidk", 1), item=[OTHER, ITEM])
    make(pair, "kids_keep", rid("kidk", 2), item=[OTHER])


def test_cascades(pair, wire):
    """A relation that has to be there stops everything; else events of all records that went or lost a value."""
    topics = ["items/*", f"items/{ITEM}", "kids_deep/*", f"kids_cascade/{rid('kidc', 1)}", *(f"kids_{name}/*" for name in KIDS)]
    listeners = [wire.listen(*topics, auth=auth) for auth in (None, "su")]
    kids(pair)
    make(pair, "kids_must", rid("kidm", 1), item=ITEM)
    wire.told(*listeners, count=9)
    remove(pair, "items", ITEM, expect=400)
    assert wire.told(*listeners) == [[], []]
    remove(pair, "kids_must", rid("kidm", 1))
    wire.told(*listeners, count=1)
    remove(pair, "items", ITEM)
    for events in wire.told(*listeners, count=6):
        assert actions(events) == ["delete"] * 5 + ["update"]
    pair.same("DELETE", f"{C}/items/truncate", expect=204)
    for events in wire.told(*listeners, count=3):
        assert actions(events) == ["delete"] + ["update"] * 2


def test_truncate(pair, wire):
    listeners = [wire.listen("items/*", f"items/{OTHER}", "kids_keep/*", "kids_cascade/*", "kids_deep/*", auth=auth) for auth in (None, "su")]
    kids(pair)
    wire.told(*listeners, count=7)
    pair.same("DELETE", f"{C}/kids_keep/truncate", expect=204)
    wire.told(*listeners, count=2)
    pair.same("DELETE", f"{C}/items/truncate", expect=204)
    for events in wire.told(*listeners, count=5):
        assert actions(events) == ["delete"] * 5
    pair.same("DELETE", f"{C}/items/truncate", expect=204)
    assert wire.told(*listeners) == [[], []]


def test_account_of_a_relation_is_deleted(pair, wire):
    make(pair, "people", rid("people", 5), email="eve@people.com", **AUTH)
    pair.sign_in("eve", "people", "eve@people.com", AUTH["password"])
    make(pair, "items", ITEM, by=rid("people", 5))
    listeners = [wire.listen("items/*", *LOGINS, auth=auth) for auth in (None, "su")]
    remove(pair, "people", rid("people", 5), auth="eve")
    assert [actions(events) for events in wire.told(*listeners)] == [["delete", "update"], ["delete", "delete", "update"]]


def test_sign_ins(pair, wire):
    """What the flows of accounts save. (OTPs need a mail server, providers are elsewhere.)"""
    id, login = rid("people", 6), f"{C}/people/auth-with-password"
    listeners = [wire.listen(*LOGINS, auth=auth) for auth in (None, "ann", "su")]

    def step():
        return [len(events) for events in wire.told(*listeners)]
    make(pair, "people", id, email="flo@people.com", **AUTH)
    assert step() == [1, 1, 1]
    pair.sign_in("flo", "people", "flo@people.com", AUTH["password"])
    assert step() == [0, 0, 1]
    pair.sign_in("flo", "people", "flo@people.com", AUTH["password"])
    pair.same("POST", f"{C}/people/auth-refresh", auth="flo", expect=200)
    pair.same("POST", f"{C}/people/impersonate/{id}", {"duration": 60}, expect=200)
    pair.same("POST", "/api/files/token", auth="flo", expect=200)
    assert step() == [0, 0, 1]      # the known place is saved again
    change(pair, "people", id, auth="flo", oldPassword=AUTH["password"], password="new-password-1", passwordConfirm="new-password-1")
    assert step() == [1, 1, 2]
    pair.sign_in("flo", "people", "flo@people.com", "new-password-1")
    change(pair, "people", id, password="new-password-2", passwordConfirm="new-password-2")
    step()
    change(pair, "people", id, email="new@people.com")
    change(pair, "people", id, verified=True)
    change(pair, "people", id, **{"tokenKey:autogenerate": ""})
    assert step() == [3, 3, 3]
    pair.same("POST", records("_externalAuths"), {"id": rid("ext", 1), "collectionRef": "pbc_people", "recordRef": id, "provider": "google",
        "providerId": "7"}, expect=200)
    pair.sign_in("flo", "people", "new@people.com", "new-password-2")
    step()
    pair.same("DELETE", records("_externalAuths", rid("ext", 1)), auth="flo", expect=204)
    step()
    pair.same("PATCH", f"{C}/people", {"otp": {"enabled": True, "duration": 180, "length": 8}, "mfa": {"enabled": True,
        "duration": 600}}, expect=200)
    pair.same("POST", login, {"identity": "new@people.com", "password": "new-password-2"}, auth=None, expect=401)
    assert step() == [0, 0, 1]
    pair.same("PATCH", f"{C}/people", {"otp": {"enabled": False}, "mfa": {"enabled": False}}, expect=200)
    remove(pair, "people", id)
    step()


def test_superusers(pair, wire):
    listeners = [wire.listen("_superusers/*", auth=auth) for auth in (None, "boss", "su")]
    id = rid("superuser", 9)
    make(pair, "_superusers", id, email="nine@example.com", **AUTH)
    change(pair, "_superusers", id, email="ten@example.com")
    for side in (pair.ref, pair.mart):      # another process: nothing is told here
        assert side.server.command("superuser", "upsert", "cli@example.com", "cli-password-1")[0] == 0
        assert side.server.command("superuser", "update", "ten@example.com", "cli-password-2")[0] == 0
    assert [len(events) for events in wire.told(*listeners)] == [0, 0, 2]
    for side in (pair.ref, pair.mart):
        assert side.server.command("superuser", "delete", "cli@example.com")[0] == 0
    remove(pair, "_superusers", id)
    assert [len(events) for events in wire.told(*listeners)] == [0, 0, 1]


# ---- collections
def test_views_and_sql(pair, wire, fresh):
    fresh("items_view", type="view", viewQuery="SELECT id, t, touched FROM items", listRule="", viewRule="")
    a = wire.listen("items_view/*", "items_view", f"items_view/{ITEM}", "v_posts/*", "items/*", auth="su")
    make(pair, "items", ITEM, t="x")
    assert [topic for topic, _ in a.told(1)] == ["items/*"]
    pair.same("POST", "/api/sql", {"query": f"UPDATE items SET t = 'sql' WHERE id = '{ITEM}'"}, expect=200)
    pair.same("POST", "/api/sql", {"query": f"INSERT INTO items (id) VALUES ('{OTHER}')"}, expect=200)
    a.told(0)
    remove(pair, "items", OTHER)
    remove(pair, "items", ITEM)
    a.told(2)


def test_changes_of_a_collection(pair, wire, fresh):
    """Rename, new field, other rules, import, deletion: while subscribed."""
    fresh.add("moved")
    fresh.create({"id": "pbc_moving", **collection("moving", [text("t")]), **OPEN})
    a = wire.listen("moving/*", "moved/*", "pbc_moving/*", "Moving/*", f"moving/{ITEM}", f"pbc_moving/{ITEM}")
    guest = wire.listen(options("moving/*", query={"fields": "collectionName,extra"}), options("pbc_moving/*", query={"filter": "extra='x'"}))
    make(pair, "moving", ITEM, t="1")
    wire.told(a, guest)
    fields = pair.same("GET", f"{C}/moving", expect=200).json["fields"]
    pair.same("PATCH", f"{C}/moving", {"fields": fields + [text("extra"), text("hid", hidden=True)]}, expect=200)
    assert wire.told(a, guest) == [[], []]
    change(pair, "moving", ITEM, extra="x")
    wire.told(a, guest)
    pair.same("PATCH", f"{C}/moving", {"name": "moved"}, expect=200)
    change(pair, "moved", ITEM, t="2")
    wire.told(a, guest)
    pair.same("PATCH", f"{C}/moved", {"name": "moving", "listRule": None}, expect=200)
    change(pair, "moving", ITEM, t="3")
    assert {topic for topic, _ in wire.told(a, guest)[0]} == {f"moving/{ITEM}", f"pbc_moving/{ITEM}"}
    pair.same("PATCH", f"{C}/moving", {"listRule": "t = '4'", "viewRule": "t != '4'"}, expect=200)
    change(pair, "moving", ITEM, t="4")
    assert {topic for topic, _ in wire.told(a, guest)[0]} == {"moving/*", "pbc_moving/*"}
    pair.same("DELETE", f"{C}/moving", expect=204)
    fresh.create({"id": "pbc_moving", **collection("moving", [text("t")]), **OPEN})
    assert wire.told(a, guest) == [[], []]
    make(pair, "moving", ITEM, t="5")
    wire.told(a, guest)


# ---- rules
RULES = [
    None, "", "id = ''", "t = 'one'", "t != 'two'", "n > 1", "hush = 'h'", "t = 'nope' || n = 1", "@request.auth.id != ''",
    "@request.auth.id = ''", "owner = @request.auth.id", "owner.name = @request.auth.name", "@request.auth.collectionName = 'staff'",
    "@request.auth.role = 'boss'", "@request.auth.team.name = 'red'", "@request.auth.secret = 's1'", "@request.auth.nope = null",
    "@request.auth.verified = true", "@request.auth.email = 'ann@example.com'", "owner.secret = 's1'", "owner.email ~ 'example'",
    "@request.query.token = 'abc'", "@request.query.page = '5'", "@request.query.page = 5", "@request.query.nope = null",
    "@request.query.expand != ''", "@request.query.fields = 'id'", "@request.query.list != ''", "@request.query.flag = true",
    "@request.headers.x_token = 'abc'", "@request.headers.x_number = '5'", "@request.headers.authorization != ''",
    "@request.headers.X_Token = 'abc'", "@request.headers.user_agent != ''", "@request.headers.a_b_c = 'd'", "@request.context = 'realtime'",
    "@request.context != 'realtime'", "@request.context = 'default'", "@request.method = 'GET'", "@request.method = 'POST'",
    "@request.body.t:isset = true", "@request.body.t != ''", "@request.body.t:isset = false", "tags.name ?= 't1'", "tags:length = 2",
    "tags:each ~ 'tag'", "vault.name = 'gold'", "kids_keep_via_item.t = 'kid'", "kids_keep_via_item.id = ''", "@collection.kids_keep.t ?= 'kid'",
    "@collection.kids_keep.item:length = 1 && @collection.items.id ?= id", "@collection.members.id ?= owner && owner != ''", "@collection.nothing.id = ''",
    "by.name = 'ann'", "owner.team.city = 'Rome'", "js.a = 1", "geoDistance(g.lon, g.lat, 0, 0) > 0", "made <= @now", "touched > made",
    "@now > '2020-01-01'", "strftime('%Y', made) > '2000'", "s:each = 'a'", "t:lower = 'one'", "collectionName = 'items'",
]
QUERY = {"query": {"token": "abc", "page": 5, "list": [1], "flag": True, "fields": "id"}, "headers": {"X-Token": "abc", "x-number": 5,
    "A-b_C": "d"}}


@pytest.fixture(scope="module")
def rule_listeners(pair, world):
    with Wire(pair) as wire:
        topics = ("items/*", f"items/{ITEM}", options("items/*", **QUERY), options(f"pbc_items/{ITEM}", query={"expand": "by", "fields": "t"}))
        yield wire, [wire.listen(*topics, auth=auth) for auth in (None, "user1", "user2", "boss", "su")]


def ruled(pair, wire, listeners, list_rule, view_rule):
    # rules that cannot be saved are refused alike and leave the old ones
    pair.same("PATCH", f"{C}/items", {"listRule": list_rule, "viewRule": view_rule})
    make(pair, "items", ITEM, t="one", n=1, hush="h", owner=member(1), by=rid("people", 1), tags=[tag(1), tag(2)], js={"a": 1},
        vault=rid("vault", 1), g={"lon": 1, "lat": 1}, s=["a"])
    # Rules that look at other records see them as they are when a change is told, which Martlet may do 20 ms later.
    time.sleep(0.06)
    make(pair, "kids_keep", rid("kid", 1), item=[ITEM], t="kid")
    change(pair, "items", ITEM, t="two", n=2)
    change(pair, "items", ITEM, t="three", owner=member(2), by="", tags=[], vault="", js=None, hush="")
    remove(pair, "items", ITEM)
    wire.told(*listeners, count=[None] * 4 + [16])      # the superuser gets all


def put_back(pair):
    pair.send("PATCH", f"{C}/items", {"listRule": "", "viewRule": ""})
    for name in ("kids_keep", "items"):
        pair.send("DELETE", f"{C}/{name}/truncate")


@pytest.mark.parametrize("rule", values(*RULES))
def test_rule(pair, rule_listeners, rule):
    wire, listeners = rule_listeners
    try:
        ruled(pair, wire, listeners, rule, rule)
    finally:
        put_back(pair)


@pytest.mark.parametrize("rules", values(("", None), (None, ""), ("n = 1", "n = 2"), ("@request.auth.id != ''", "@request.auth.id = ''")))
def test_list_rule_and_view_rule(pair, rule_listeners, rules):
    wire, listeners = rule_listeners
    try:
        ruled(pair, wire, listeners, *rules)
    finally:
        put_back(pair)


def test_rules_of_fixture_collections(pair, wire):
    """`notes`: live ones for all, drafts for their owners; `vault`: nobody."""
    listeners = [wire.listen("notes/*", f"notes/{rid('note', 9)}", "vault/*", auth=auth) for auth in (None, "user1", "user2", "su")]
    make(pair, "notes", rid("note", 9), auth="user2", owner=member(2), state="draft", post=post(1))
    wire.told(*listeners)
    for state in ("live", "draft"):
        change(pair, "notes", rid("note", 9), state=state)
        wire.told(*listeners)
    make(pair, "vault", rid("vault", 9), name="tin")
    remove(pair, "vault", rid("vault", 9))
    remove(pair, "notes", rid("note", 9), auth="user2")
    assert [len(events) for events in wire.told(*listeners)] == [0, 0, 2, 4]
