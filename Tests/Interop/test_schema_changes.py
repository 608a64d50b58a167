"""Schema changes with stored records: rename, add, drop, swap, single <-> multiple, type change; physical schema text."""
import pytest

from cases import C, field, number, records, text, values
from fixture_records import rid, tag

ROWS = [{"id": rid("sc", 1), "t": "one", "n": 1, "s": "a", "m": ["a", "b"], "r": tag(1), "rs": [tag(1), tag(2)], "j": {"a": 1}},
    {"id": rid("sc", 2), "t": "", "s": "b", "m": ["c"], "rs": [tag(3)], "j": [1, 2]}, {"id": rid("sc", 3), "t": "5"}]


@pytest.fixture
def sc(pair, fresh):
    """-> function change(edit): edits a copy of the stored field list and PATCHes it, then compares everything."""
    fresh("sc", [text("t", id="ft"), number("n", id="fn"), field("select", "s", id="fs", values=["a", "b", "c"], maxSelect=1),
        field("select", "m", id="fm", values=["a", "b", "c"], maxSelect=3), field("relation", "r", id="fr",
        collectionId="pbc_tags", maxSelect=1),
                 field("relation", "rs", id="frs", collectionId="pbc_tags", maxSelect=3), field("json", "j", id="fj")],
                 indexes=["CREATE INDEX idx_sc_t ON sc (t)"], listRule="t != 'zzz'")
    for row in ROWS:
        pair.same("POST", records("sc"), row, expect=200)

    def change(edit, **rest):
        fields = pair.send("GET", f"{C}/sc")[0].json["fields"]
        edit(fields)
        out = [pair.same("PATCH", f"{C}/sc", {"fields": fields, **rest})]
        pair.same("GET", f"{C}/sc")
        out.append(pair.same("GET", records("sc") + "?sort=id"))
        pair.same("POST", "/api/sql", {"query": "SELECT * FROM sc ORDER BY id"})
        pair.same("POST", "/api/sql",
            {"query": "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'sc' ORDER BY type, name"})
        pair.same("POST", "/api/sql", {"query": "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('sc')"})
        return out
    return change


def by(fields, name):
    return next(f for f in fields if f["name"] == name)


def setter(name, /, **options):
    return lambda fields: by(fields, name).update(options)


CHANGES = {
    "rename": setter("n", name="num"), "rename case": setter("n", name="N"), "rename ruled field": setter("t", name="title"),
    "rename to other existing": setter("t", name="n"), "select to multiple": setter("s", maxSelect=2),
    "select to single": setter("m", maxSelect=1), "select to zero": setter("m", maxSelect=0), "rel to multiple": setter("r",
    maxSelect=2),
    "rel to single": setter("rs", maxSelect=1), "to multiple and rename": setter("s", maxSelect=3, name="s_many"),
    "to single and rename": setter("rs", maxSelect=1, name="r_one"), "fewer values": setter("m", values=["a"]),
    "type change same id": setter("n", type="text"), "type change new id": setter("n", type="text", id="fx"),
    "relation other target": setter("r", collectionId="pbc_teams"),
    "drop n": lambda f: f.remove(by(f, "n")), "drop indexed": lambda f: f.remove(by(f, "t")),
    "drop id": lambda f: f.remove(by(f, "id")), "rename id": setter("id", name="key"), "id options": setter("id", min=3, max=0,
    pattern="^.+$", autogeneratePattern=""), "id hidden": setter("id", hidden=True), "id other id": setter("id", id="zzz"),
    "add": lambda f: f.append(text("extra")),
    "add multi": lambda f: f.append(field("select", "extra", values=["x"], maxSelect=1)), "add in front": lambda f: f.insert(0,
    number("first")), "reverse": lambda f: f.reverse(), "swap names": lambda f: (by(f, "t").update(name="_x"), by(f,
    "s").update(name="t"), by(f, "_x").update(name="s")), "hide": setter("t", hidden=True),
    "all required": lambda f: [x.update(required=True) for x in f],
    "drop and add same name": lambda f: (f.remove(by(f, "t")), f.append(number("t"))),
    "drop and add same type": lambda f: (f.remove(by(f, "t")), f.append(text("t"))),
    "without id key": lambda f: [x.pop("id") for x in f], "duplicate": lambda f: f.append(dict(by(f, "t"))),
    "clear": lambda f: f.clear(), "system flag": setter("t", system=True), "autodate": lambda f: f.append(field("autodate",
    "made", onCreate=True)),
    "geo add": lambda f: f.append(field("geoPoint", "g")), "every type": lambda f: f.extend([field("bool", "x1"), field("email",
    "x2"), field("url", "x3"), field("date", "x4"), field("editor", "x5"), field("json", "x6"), field("password", "x7"),
    field("file", "x8"), field("file", "x9", maxSelect=2)]),
}


@pytest.mark.parametrize("label", CHANGES)
def test_change(pair, sc, label):
    sc(CHANGES[label])
    pair.same("PATCH", records("sc", rid("sc", 1)), {"t": "again", "m": ["a"]})
    pair.same("POST", records("sc"), {"id": rid("sc", 9), "t": "new"})


def test_there_and_back(pair, sc):
    sc(setter("s", maxSelect=3))
    sc(setter("s", maxSelect=1))
    sc(setter("rs", maxSelect=1))
    sc(setter("rs", maxSelect=2))
    sc(lambda f: f.remove(by(f, "j")), listRule=None, indexes=[])
    sc(lambda f: f.append(field("json", "j")), indexes=["CREATE UNIQUE INDEX `idx_sc_n` ON `sc` (`n`, `t`)"])


def test_rename_with_everything(pair, sc, fresh):
    fresh("sc_view", type="view", viewQuery="SELECT id, t, m FROM sc")
    fresh("sc_ref", [field("relation", "to_sc", collectionId=pair.send("GET", f"{C}/sc")[0].json["id"])],
        listRule="to_sc.t != ''")
    pair.same("PATCH", f"{C}/sc", {"name": "sc_new"})
    fresh.names.insert(0, "sc_new")
    pair.same("GET", records("sc_view") + "?sort=id")
    pair.same("GET", f"{C}/sc_view")
    pair.same("PATCH", f"{C}/sc_view", {"listRule": ""})
    pair.same("GET", records("sc_ref") + "?filter=sc_new_via_x.id%3D1")
    pair.same("POST", "/api/sql",
        {"query": "SELECT type, name, sql FROM sqlite_master WHERE sql LIKE '%sc_new%' ORDER BY type, name"})
    pair.same("PATCH", f"{C}/sc_new", {"name": "sc"})


def test_view_follows_and_breaks(pair, sc, fresh):
    fresh("sc_v", type="view", viewQuery="SELECT id, t, m, s as single FROM sc")
    sc(setter("m", maxSelect=1))
    pair.same("GET", f"{C}/sc_v")
    pair.same("GET", records("sc_v") + "?sort=id")
    sc(setter("t", name="title"))
    sc(lambda f: f.remove(by(f, "s")))
    sc(setter("t", max=99, hidden=True))
    pair.same("GET", f"{C}/sc_v")
    sc(lambda f: f.append(text("unrelated")))
    pair.same("DELETE", f"{C}/sc")


def test_rate_limit_labels_follow_a_rename(pair, fresh):
    before = pair.send("GET", "/api/settings")[0].json["rateLimits"]
    fresh("limited", [text("t")])
    try:
        pair.same("PATCH", "/api/settings", {"rateLimits": {"rules": [{"label": "limited:list", "duration": 5,
            "maxRequests": 5}, {"label": "limitedx:list", "duration": 5, "maxRequests": 5}]}})
        pair.same("PATCH", f"{C}/limited", {"name": "limited2"})
        fresh.add("limited2")
        pair.same("GET", "/api/settings?fields=rateLimits")
    finally:
        pair.send("PATCH", "/api/settings", {"rateLimits": before})


@pytest.mark.parametrize("body", values({"name": "aut2"}, {"fields": []}, {"indexes": []}, {"fields": [text("extra")]},
    {"authRule": "verified = true"}, {"authToken": {"duration": 100}}, {"authToken": {"secret": "s" * 30}},
    {"passwordAuth": {"enabled": False}}))
def test_auth_collection_change(pair, fresh, body):
    fresh("aut", [text("t")], type="auth")
    fresh.add("aut2")
    pair.same("POST", records("aut"), {"id": rid("aut", 1), "email": "z@z.de", "password": "12345678",
        "passwordConfirm": "12345678"}, expect=200)
    pair.sign_in("tmp", "aut", "z@z.de", "12345678")
    pair.same("PATCH", f"{C}/aut", body)
    name = body.get("name", "aut")
    pair.same("GET", f"{C}/{name}")
    pair.same("POST", f"{C}/{name}/auth-refresh", auth="tmp")
    pair.same("POST", f"{C}/{name}/auth-with-password", {"identity": "z@z.de", "password": "12345678"}, auth=None)
    pair.same("POST", "/api/sql", {"query": f"SELECT name, sql FROM sqlite_master WHERE tbl_name = '{name}' ORDER BY name"})
