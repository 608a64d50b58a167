"""Create, update, delete; value modifiers; unique errors; cascade on delete; autodates."""
import pytest

from cases import C, Fresh, field, number, records, text, values
from fixture_records import member, post, rid, tag

W = "written"


@pytest.fixture(scope="module")
def written(pair):
    m = Fresh(pair)
    m(W, [text("t"), number("n"), field("bool", "b"), field("select", "s1", values=["a", "b", "c"]), field("select", "sm",
        values=["a", "b", "c", "d"], maxSelect=4), field("relation", "r1", collectionId="pbc_tags"),
          field("relation", "rm", collectionId="pbc_tags", maxSelect=4), field("json", "js"), field("date", "d"),
          text("gen_code", autogeneratePattern="X[0-9]{4}"), text("hush", hidden=True), text("u1"), text("u2"), text("u3"),
          field("geoPoint", "g")],
      indexes=["CREATE UNIQUE INDEX idx_w_1 ON written (u1) WHERE u1 != ''",
          "CREATE UNIQUE INDEX idx_w_2 ON written (u2, n) WHERE u2 != ''",
          "CREATE UNIQUE INDEX idx_w_3 ON written (lower(u3)) WHERE u3 != ''",
          "CREATE UNIQUE INDEX idx_w_4 ON written (t COLLATE NOCASE) WHERE t != ''"],
      listRule="", viewRule="", createRule="", updateRule="", deleteRule="")
    pair.same("POST", records(W), {"id": rid("w", 1), "n": 5, "s1": "a", "sm": ["a", "b"], "r1": tag(1), "rm": [tag(1), tag(2)],
        "js": {"a": 1}, "hush": "h", "u1": "taken", "u2": "pair", "u3": "Low", "t": "Nocase"})
    yield
    m.clean()


MODIFIERS = [
    {"n+": 1}, {"n-": 2}, {"n+": "3"}, {"n+": "x"}, {"n+": None}, {"n+": [1]}, {"n": 1, "n+": 1}, {"n+": 1, "n": 10}, {"n+": 1,
    "n-": 3}, {"+n": 1}, {"n+": 0.1}, {"n+": True}, {"sm+": "c"}, {"sm+": ["c", "d"]}, {"+sm": "c"}, {"+sm": ["d", "c"]},
    {"sm-": "a"}, {"sm-": ["a", "b"]}, {"sm-": "zz"}, {"sm+": "a"}, {"+sm": "b"}, {"sm+": "zz"}, {"sm": ["d"], "sm+": "a"},
    {"sm+": "c", "sm-": "a"},
    {"sm+": "", "sm-": None}, {"+sm": "c", "sm+": "d"}, {"sm": [], "sm-": "a"}, {"s1+": "b"}, {"+s1": "b"}, {"s1-": "a"},
    {"s1-": "b"}, {"s1": "c", "s1+": "b"}, {"s1+": ["b", "c"]}, {"r1+": tag(2)}, {"+r1": tag(2)}, {"r1-": tag(1)},
    {"r1-": tag(2)}, {"rm+": tag(3)}, {"+rm": tag(3)}, {"rm-": tag(1)}, {"rm-": [tag(1), tag(2)]}, {"rm+": "nope"},
    {"rm+": [tag(2), tag(3), tag(4)]}, {"rm+": [tag(3), tag(4), tag(5)]},
    {"t+": "x"}, {"+t": "x"}, {"t-": "x"}, {"js+": 1}, {"b+": True}, {"d+": "2024-01-01"}, {"g+": {"lon": 1}}, {"nope+": 1},
    {"id+": "x"}, {"gen_code:autogenerate": "P"}, {"gen_code:autogenerate": ""}, {"t:autogenerate": "abc"},
    {"hush:autogenerate": "zz"}, {"n:autogenerate": "5"}, {"hush+": "x"}, {"hush": "new"}, {"n:foo": 1}, {"n++": 1}, {"n+-": 1},
    {"+n+": 1}, {"N+": 1}, {"N": 1}, {"T": "x"},
]


@pytest.mark.parametrize("body", values(*MODIFIERS))
def test_modifier(pair, written, body):
    for caller in ("su", None):
        pair.same("PATCH", records(W, rid("w", 1)), body, auth=caller)
        pair.same("POST", records(W), body, auth=caller)
        pair.same("POST", records(W), {"n": 5, "sm": ["a", "b"], "rm": [tag(1)], **body, "id": rid("wm", 1)}, auth=caller)
        pair.send("DELETE", records(W, rid("wm", 1)))
    pair.send("PATCH", records(W, rid("w", 1)), {"n": 5, "s1": "a", "sm": ["a", "b"], "r1": tag(1), "rm": [tag(1), tag(2)],
        "t": "Nocase", "hush": "h"})


UNIQUE = [{"u1": "taken"}, {"u1": "Taken"}, {"u1": ""}, {"u2": "pair", "n": 5}, {"u2": "pair", "n": 6}, {"u3": "LOW"},
    {"t": "NOCASE"}, {"u1": "taken", "u2": "pair", "n": 5, "u3": "low", "t": "nocase"}, {"id": rid("w", 1)}, {"id": rid("w",
    1).upper()}, {"id": rid("w", 1), "u1": "taken"}, {"u1": "taken", "s1": "zz"}]


@pytest.mark.parametrize("body", values(*UNIQUE))
def test_unique(pair, written, body):
    pair.same("POST", records(W), body, auth=None)
    pair.send("POST", records(W), {"id": rid("w", 2)})
    pair.same("PATCH", records(W, rid("w", 2)), body, auth=None)
    pair.send("DELETE", records(W, rid("w", 2)))
    pair.same("GET", records(W) + "?sort=u1,u2,u3,t,n&fields=u1,u2,u3,t,n&filter=u1!=''||u2!=''||u3!=''||t!=''".replace("!",
        "%21").replace("|", "%7C").replace("'", "%27"))
    for answer_side in (pair.ref, pair.mart):       # drop rows made by passing cases
        rows = answer_side.request("GET", records(W) + "?perPage=500&fields=id", [("Authorization", answer_side.tokens["su"])],
            None).json["items"]
        for row in rows:
            if row["id"] != rid("w", 1):
                answer_side.request("DELETE", records(W, row["id"]), [("Authorization", answer_side.tokens["su"])], None)


BODIES = [{}, {"id": "x"}, {"id": None}, {"id": rid("w", 7)}, {"collectionId": "x", "collectionName": "y", "expand": {"a": 1}},
    {"t": "a", "nope": 1}, {"n": "x", "b": "x", "d": "x", "js": "x"}, {"created": "2020-01-01"}, {"t": None, "n": None,
    "b": None, "sm": None, "r1": None, "js": None, "d": None, "g": None}, {"": 1}, {" t": 1}]


@pytest.mark.parametrize("body", values(*BODIES))
def test_bodies(pair, written, body):
    pair.same("POST", records(W) + "?expand=r1,rm&fields=*,expand.rm.name", {"id": rid("w", 3), "r1": tag(1), **body})
    pair.same("PATCH", records(W, rid("w", 1)) + "?expand=r1,rm", body)
    pair.same("PATCH", records(W, rid("w", 1)) + "?fields=nope:bad()", {"n": 77})
    pair.same("GET", records(W, rid("w", 1)))
    pair.send("PATCH", records(W, rid("w", 1)), {"n": 5, "s1": "a", "sm": ["a", "b"], "r1": tag(1), "rm": [tag(1), tag(2)],
        "t": "Nocase", "hush": "h"})
    for one in (rid("w", 3), rid("w", 7)):
        pair.send("DELETE", records(W, one))


def test_life(pair, written):
    one = records(W, rid("w", 9))
    pair.same("POST", records(W) + "?expand=rm", {"id": rid("w", 9), "rm": [tag(2)]}, expect=200)
    pair.same("PATCH", one, {"id": rid("w", 8)})
    pair.same("PATCH", one, {"id": ""})
    pair.same("PATCH", one, {"id": rid("w", 9), "n": 3}, expect=200)
    pair.same("PATCH", one)
    pair.same("DELETE", one, expect=204)
    pair.same("DELETE", one)
    pair.same("PATCH", one, {})
    pair.same("GET", one)


def test_autodates(pair, fresh):
    fresh("dated", [text("t"), field("autodate", "c", onCreate=True), field("autodate", "u", onUpdate=True), field("autodate",
        "cu", onCreate=True, onUpdate=True)])
    pair.same("POST", records("dated"), {"id": rid("d", 1), "c": "2020-01-01", "u": "2020-01-01", "cu": "2020-01-01"},
        expect=200)
    pair.same("PATCH", records("dated", rid("d", 1)), {"c": "2020-01-01", "u": "2020-01-01"}, expect=200)
    pair.same("PATCH", records("dated", rid("d", 1)), {}, expect=200)
    for text_ in ("u >= c", "cu > c", "c < @now"):
        pair.same("GET", records("dated") + "?filter=" + text_.replace(" ", "%20").replace("@", "%40").replace("<",
            "%3C").replace(">", "%3E"), expect=200)


# ---- cascade
@pytest.fixture
def family(pair, fresh):
    a = fresh("fam_a", [text("t")]).json["id"]
    for name, options in (("fam_cascade", {"cascadeDelete": True}), ("fam_keep", {}), ("fam_required", {"required": True}),
        ("fam_multi", {"maxSelect": 3, "cascadeDelete": True}), ("fam_multi_req", {"maxSelect": 3, "required": True}),
        ("fam_both", {"required": True, "cascadeDelete": True})):
        b = fresh(name, [field("relation", "r", collectionId=a, **options), text("t"), field("autodate", "up",
            onUpdate=True)]).json["id"]
        if name == "fam_cascade":
            fresh("fam_deep", [field("relation", "r", collectionId=b, cascadeDelete=True), text("t", max=2)])
    for i in range(1, 6):
        pair.same("POST", records("fam_a"), {"id": rid("fa", i)}, expect=200)


@pytest.mark.parametrize("name", ["fam_cascade", "fam_keep", "fam_required", "fam_multi", "fam_multi_req", "fam_both"])
def test_cascade(pair, family, name):
    multi = "multi" in name
    pair.same("POST", records(name), {"id": rid("fb", 1), "r": [rid("fa", 1), rid("fa", 2)] if multi else rid("fa", 1)},
        expect=200)
    pair.same("POST", records(name), {"id": rid("fb", 2), "r": rid("fa", 2)}, expect=200)
    if name == "fam_cascade":
        pair.same("POST", records("fam_deep"), {"id": rid("fd", 1), "r": rid("fb", 1)}, expect=200)
    for i in (1, 2, 3):
        pair.same("DELETE", records("fam_a", rid("fa", i)))
        pair.same("GET", records(name) + "?sort=id")
        pair.same("GET", records("fam_deep") + "?sort=id")
        pair.same("GET", records("fam_a") + "?sort=id")


def test_one_blocked_reference_undoes_all(pair, family):
    pair.same("POST", records("fam_cascade"), {"id": rid("fb", 1), "r": rid("fa", 1)})
    pair.same("POST", records("fam_required"), {"id": rid("fb", 2), "r": rid("fa", 1)})
    pair.same("DELETE", records("fam_a", rid("fa", 1)), expect=400)
    pair.same("GET", records("fam_cascade"))
    pair.same("DELETE", records("fam_required", rid("fb", 2)), expect=204)
    pair.same("DELETE", records("fam_a", rid("fa", 1)), expect=204)
    pair.same("GET", records("fam_cascade"))


def test_unique_back_relation_in_expand(pair):
    for path in (records("members", member(1)) + "?expand=profiles_via_member", records("posts",
        post(1)) + "?expand=profiles_via_likes", records("members", member(4)) + "?expand=profiles_via_member"):
        pair.same("GET", path, expect=200)


def test_delete_collection_with_records_gone(pair, fresh):
    fresh("gone_soon", [text("t")])
    pair.same("POST", records("gone_soon"), {"t": "x"}, expect=200)
    pair.same("DELETE", f"{C}/gone_soon", expect=204)
    pair.same("GET", records("gone_soon"))
