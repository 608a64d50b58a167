"""Every record validation code of collections.md 5.3 (collection `strict`)."""
import pytest

from cases import Fresh, field, records, text, values
from fixture_records import rid, tag

GOOD = {"treq": "x", "nreq": 1, "breq": True, "s1": "a", "r1": tag(1), "jreq": {"a": 1}, "greq": {"lon": 1, "lat": 1},
    "dreq": "2024-02-02",
        "ereq": "a@b.de", "ureq": "http://a.b", "edreq": "x", "pwreq": "secret"}

BAD = [
    {}, {"t": "a"}, {"t": "abcdef"}, {"t": "ab1"}, {"t": "AB"}, {"t": "äöü"}, {"t": "ab cd"}, {"t": "xabc1"}, {"treq": ""},
    {"treq": " "}, {"treq": None}, {"gen_code": ""}, {"gen_code": "mine"}, {"gen_code:autogenerate": "P-"},
    {"gen_code:autogenerate": ""}, {"t:autogenerate": "abc"},
    {"n": -6}, {"n": 11}, {"n": 10}, {"n": -5}, {"n": 0}, {"n": 10.5}, {"n": "inf"}, {"n": "NaN"}, {"n": "-Infinity"},
    {"ni": 1.5}, {"ni": 1.0}, {"ni": "2.5"}, {"ni": 1e300}, {"nreq": 0}, {"nreq": "x"}, {"nreq": "inf"},
    {"breq": False}, {"breq": 0}, {"breq": "x"},
    {"e_only": "x@a.com"}, {"e_only": "x@c.com"}, {"e_only": "x@A.com"}, {"e_only": "x@sub.a.com"}, {"e_only": "bad"},
    {"e_except": "x@bad.com"}, {"e_except": "x@BAD.com"}, {"e_except": "x@sub.bad.com"},
    {"u_only": "http://a.com"}, {"u_only": "http://a.com:80"}, {"u_only": "http://b.com"}, {"u_only": "a.com"},
    {"u_only": "a.com/x"}, {"u_except": "http://bad.com/x"}, {"u_except": "https://user@bad.com"},
    {"u_except": "bad.com"}, {"u_except": "http://x.bad.com"},
    {"ed": "1234567890"}, {"ed": "12345678901"}, {"ed": "ääääää"}, {"d": "2023-12-31"}, {"d": "2024-01-01"},
    {"d": "2024-12-31"}, {"d": "2025-01-01"}, {"d": "x"},
    {"s1": "c"}, {"s1": ""}, {"s1": ["a", "b"]}, {"s1": []}, {"sm": ["a", "b", "c"]}, {"sm": ["a", "z"]}, {"sm": ["z", "y"]},
    {"sm": ["a", "b", "z"]}, {"sm": "a"},
    {"r1": ""}, {"r1": "nope"}, {"r1": [tag(1), tag(2)]}, {"rm": [tag(1)]}, {"rm": [tag(1), tag(2)]}, {"rm": [tag(1), tag(1)]},
    {"rm": [tag(i) for i in (1, 2, 3, 4)]}, {"rm": [tag(1), "nope"]}, {"rm": ["nope"]},
    {"js": "x" * 18}, {"js": "x" * 19}, {"js": {"a": "1234567890123"}}, {"js": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]},
    {"js": "ääääääääää"}, {"jreq": None}, {"jreq": ""}, {"jreq": []}, {"jreq": {}}, {"jreq": 0}, {"jreq": False},
    {"jreq": "null"}, {"jreq": "[]"}, {"jreq": '""'}, {"jreq": " "}, {"g": {"lon": 181, "lat": 0}}, {"g": {"lon": 0,
    "lat": -91}}, {"g": {"lon": 999, "lat": 999}}, {"greq": {"lon": 0, "lat": 0}}, {"greq": None},
    {"greq": {"lon": 0, "lat": 1}}, {"dreq": ""}, {"dreq": "2024-02-30"}, {"ereq": ""}, {"ureq": ""}, {"edreq": ""},
    {"pw": "abc"}, {"pw": "abcdefghi"}, {"pw": "abcdefgh"}, {"pw": "abc1"}, {"pwreq": ""}, {"pwreq": "x" * 71},
    {"pwreq": "x" * 72}, {"pwreq": "ä" * 40}, {"pw": None}, {"pw": 12345},
    {"treq": "x" * 5000}, {"treq": "x" * 5001}, {"treq": "ä" * 5000}, {"treq": "😀" * 5001},
]


@pytest.mark.parametrize("change", values(*BAD))
def test_create(pair, change):
    pair.same("POST", records("strict"), {**GOOD, **change})


@pytest.mark.parametrize("change", values(*BAD))
def test_update(pair, row, change):
    pair.same("PATCH", records("strict", row), change)


@pytest.fixture(scope="module")
def row(pair):
    row_id = rid("strict", 1)
    pair.same("POST", records("strict"), {**GOOD, "id": row_id}, expect=200)
    return row_id


def test_all_errors_together(pair):
    pair.same("POST", records("strict"), {})
    pair.same("POST", records("strict"), {k: "!" for k in ("t", "n", "ni", "e_only", "u_only", "ed", "d", "s1", "sm", "r1",
        "rm", "js", "g", "pw")})


@pytest.fixture(scope="module")
def keyed(pair):
    maker = Fresh(pair)
    maker("keyed", [text("id", pattern="^.+$", min=1, max=20, autogeneratePattern="k[0-9]{9}"), text("t")], listRule="",
        createRule="")
    maker("strictkey", [text("id", pattern="^[a-z]{2}-[0-9]+$", min=0, max=0, autogeneratePattern=""), text("t")])
    yield
    maker.clean()


KEYS = ["plain", "Plain", "PLAIN", "a.b", "a/b", "a\\b", "a|b", 'a"b', "a'b", "a`b", "a<b", "a>b", "a:b", "a?b", "a*b", "a%b",
    "a$b", "a\u0000b", "a\tb", "a\nb", "a\rb", "a b", " ", "con", "CON", "Nul", "COM1", "com0", "COM10", "LPT9",
        "ünï", "x" * 20, "x" * 21, "a-b", "a_b", "(a)", "a#b", "a@b", "a=b", "a&b", "a;b", "..", "-", "aux", "prn", 5, True, "",
        "a.b:c"]


@pytest.mark.parametrize("value", values(*KEYS))
def test_custom_primary_key(pair, keyed, value):
    pair.same("POST", records("keyed"), {"id": value})


@pytest.mark.parametrize("value", values("ab-1", "ab-1", "AB-1", "ab", "", None, "ab-99999999999999999999999"))
def test_custom_key_pattern_without_generator(pair, keyed, value):
    pair.same("POST", records("strictkey"), {"id": value})


def test_custom_key_update(pair, keyed):
    pair.send("POST", records("keyed"), {"id": "Mixed", "t": "x"})
    for rid_ in ("Mixed", "mixed", "MIXED", "nope"):
        pair.same("GET", records("keyed", rid_))
    pair.same("PATCH", records("keyed", "Mixed"), {"id": "Other"})
    pair.same("PATCH", records("keyed", "Mixed"), {"id": "mixed"})
    pair.same("PATCH", records("keyed", "Mixed"), {"id": ""})
    pair.same("PATCH", records("keyed", "Mixed"), {"id": None})
    pair.same("PATCH", records("keyed", "Mixed"), {"id": "Mixed", "t": "y"})
    pair.same("DELETE", records("keyed", "mixed"))
    pair.same("DELETE", records("keyed", "Mixed"))


def test_autogenerate_patterns(pair, fresh):
    """Generated values are random: only their format is checked, by the field's own pattern."""
    fresh("autogen", [text("a", autogeneratePattern="ab{2}c?", pattern="^ab{2}c?$"), text("b",
        autogeneratePattern="(x|y)[0-9]{3}"), field("bool", "z")])
    pair.same("POST", records("autogen"), {"a": "abbc", "b": "q"})
    pair.same("POST", records("autogen"), {}, ignore=("a", "b"))
    pair.same("POST", records("autogen"), {"a": "zzz"})


def test_unchanged_bad_value_is_checked_again_on_update(pair, fresh):
    fresh("recheck", [text("t"), text("u")])
    pair.same("POST", records("recheck"), {"id": rid("re", 1), "t": "long text"})
    pair.same("PATCH", "/api/collections/recheck", {"fields": [text("t", max=3), text("u")]})
    pair.same("PATCH", records("recheck", rid("re", 1)), {"u": "x"})
    pair.same("PATCH", records("recheck", rid("re", 1)), {"t": "ab"})
