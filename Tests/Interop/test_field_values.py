"""What each field type stores for many JSON inputs (collection `loose`: no constraints), and
which inputs a constrained field refuses (collection `strict`)."""
import pytest

from cases import records, values
from fixture_records import rid, tag

PLAIN = ["", " ", "a", " a ", "0", "1", "-1", "1.5", "1e3", "0x10", "007", "inf", "NaN", "Infinity", "true", "TRUE", "t", "f",
    "false",
         "null", "[]", "{}", '["a"]', '["a","b"]', '[1]', '["a"', "a b", "1 ", "ünï", "a\nb", 0, 1, -1, 1.5, -0.0, 1e21, 1e-7,
         123456789012345678,
         9007199254740993, 0.1, 100.0, True, False, None, [], {}, ["a"], ["a", "b"], ["a", "a", ""], [1, "a"], [None], [["a"]],
             {"a": 1}, {"a": "b"},
         [True]]
FIELDS = ["t", "ed", "n", "b", "em", "u", "d", "s1", "sm", "r1", "rm", "js", "g", "pw", "f1", "fm", "made", "id", "nope"]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", values(*PLAIN))
def test_create_with(pair, name, value):
    pair.same("POST", records("loose"), {name: value})


@pytest.mark.parametrize("name", ["t", "n", "b", "s1", "sm", "js", "g", "made", "id"])
@pytest.mark.parametrize("value", values(*PLAIN))
def test_update_with(pair, row, name, value):
    pair.same("PATCH", records("loose", row), {name: value})


@pytest.fixture(scope="module")
def row(pair):
    row_id = rid("loose", 1)
    pair.send("POST", records("loose"), {"id": row_id, "t": "start", "n": 5, "sm": ["a"], "js": {"a": 1}})
    return row_id


DATES = ["2024-01-02 03:04:05.123456Z", "2024-01-02 03:04:05.1239Z", "2024-01-02 03:04:05,5Z", "2024-01-02 03:04:05Z",
    "2024-01-02 03:04:05", "2024-01-02 03:04:05.1",
         "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.5", "2024-01-02T03:04:05", "2024-01-02T03:04:05+02:00",
         "2024-01-02T03:04:05+0200", "2024-01-02T03:04:05.5+02:00",
         "2024-01-02 03:04:05+02:00", "2024-01-02 03:04:05 +0200", "2024-01-02 03:04:05 +0000 UTC",
         "2024-01-02 03:04:05 +0200 CEST",
         "2024-01-02 03:04:05.999999999 +0000 UTC", "2024-01-02", "2024-01-02Z", "Tue, 02 Jan 2024 03:04:05 GMT",
         "Tue, 02 Jan 2024 03:04:05 +0200",
         "02 Jan 24 03:04 UTC", "02 Jan 24 03:04 +0100", "Tuesday, 02-Jan-24 03:04:05 UTC", "Tue Jan  2 03:04:05 2024",
         "Tue Jan  2 03:04:05 UTC 2024",
         "02 Jan 2006", "3:04PM", "Jan  2 03:04:05", "2024-01-02 03:04", "2024-01-02T03:04", "2024-1-2", "20240102",
         "2024-02-30", "2024-13-01", "2024-01-02 24:00:00",
         "2024-02-29", "2023-02-29", "2024-01-02T03:04:05z", "2024-01-02t03:04:05Z", "2024-01-02 03:04:05.", " 2024-01-02",
         "2024-01-02 ", "1704164645", 1704164645, 1704164645000,
         "Jan 2, 2024", "January 2, 2024", "01/02/2024", "2024/01/02", "0001-01-01 00:00:00.000Z", "0000-01-01 00:00:00.000Z",
         "0001-01-02 00:00:00.000Z", "9999-12-31 23:59:59.999Z",
         "10000-01-01", "1969-12-31 23:59:59Z", "1582-10-10", "now", "2024-W01-1", "2024-01-02T03:04:05-23:59",
         "2024-01-02T03:04:05+24:00", "2024-12-31T23:59:59.9999Z",
         "2024-01-02T23:59:60Z", "2024-06-01T00:00:00.000000001Z", "24-01-02", "Tue, 2 Jan 2024 03:04:05 GMT",
         "Mon, 02 Jan 2024 03:04:05 GMT", "2024-01-02 3:04:05"]


@pytest.mark.parametrize("value", values(*DATES))
def test_date(pair, value):
    pair.same("POST", records("loose"), {"d": value})


JSONS = ['"text"', "{\"b\":1,\"a\":2}", "[1, 2 ,3]", "12345678901234567890", "1.50", "-0", "1e5", "1e400", "nul", "null",
    " null", "True", "\"a", "{a:1}", "[1,]", "\t1", "01",
         "1.2345675e+06", "0.00001", "100000000000000000000", "tru", "\"\"", "\"\\u00e9\"", "{\"a\":{\"b\":[{\"c\":null}]}}",
         {"z": 1, "a": [1.0, 2.5, 1e21, {"y": None, "b": "<&>"}]}, 1234567.5, 0.00001, 1e20, 12345678901234567890, 1.0, -0.0,
         [1e-7], "  x", {"": 1}, [[], {}], "\u2028", "a\u0000b",
         "//", "-", "--1", "-1", "+1", "9" * 30, 2**53, 2**53 + 1, 2**63, 2**64, 1e15, 1e16, 123456.789, 0.1 + 0.2]


@pytest.mark.parametrize("value", values(*JSONS))
def test_json(pair, value):
    pair.same("POST", records("loose"), {"js": value})
    pair.keep("jid", lambda j: j["id"])
    pair.same("GET", records("loose", "$jid$"))


@pytest.mark.parametrize("raw", values('{"js":1.0}', '{"js":1e2}', '{"js":12345678901234567890}', '{"js":{"a":1.0,"a2":1e2}}',
    '{"n":1e400}', '{"n":-0}', '{"n":1e308}',
                                       '{"n":0.1e1}', '{"js":"\\ud83d\\ude00"}', '{"t":"\\u0000"}', '{"t":"\\u001f\\b\\f"}',
                                       '{"g":{"lon":-0,"lat":-0.0}}', '{"n":1E5}',
                                       '{"js":[0.1,1E+2,-1.50]}', '{"n":123456789.123456789}', '{"n":5e-324}', '{"n":4e-400}',
                                       '{"n":1.7976931348623157e308}'))
def test_exact_number_text(pair, raw):
    """The text of numbers and escapes is compared too, not only their value."""
    pair.same("POST", records("loose"), raw=raw, headers={"Content-Type": "application/json"})
    pair.keep("jid", lambda j: j["id"])
    a, b = pair.send("GET", records("loose", "$jid$") + "?fields=js,n,t,g")
    assert sorted(a.body) == sorted(b.body)


# An object with one unusable and one usable part is left out: the reference keeps the usable part or
# not depending on its random map order.
GEO = [{"lon": 1, "lat": 2}, {"lon": 1.5}, {"lat": -1.5}, {"lon": "1", "lat": "2"}, {"lon": "x", "lat": "y"}, {"Lon": 1,
    "Lat": 2}, {"lon": None, "lat": 1}, '{"lon":3,"lat":4}',
       '{"lon":3', "1,2", [1, 2], {"lon": 180, "lat": 90}, {"lon": 180.1, "lat": 0}, {"lon": 0, "lat": 90.1}, {"lon": -181,
       "lat": -91}, {"lon": 1, "lat": 2, "x": 3}, {},
       {"lon": 1e300, "lat": 1}, '{"lon":"5","lat":6}', {"lon": [1]}, 5, "null"]


@pytest.mark.parametrize("name", ["g"])
@pytest.mark.parametrize("value", values(*GEO))
def test_geo_point(pair, name, value):
    pair.same("POST", records("loose"), {name: value})


EMAILS = ["a@b.c", "a@b", "a+b@c.de", "a.b@c.de", ".a@b.de", "a.@b.de", "a..b@c.de", "a@b_c.de", "ü@b.de", "a@ü.de", "a@b.de.",
    "a" * 65 + "@b.de", "\"a b\"@c.de", "a@1.2.3.4",
          "a@[1.2.3.4]", "a@b.123", "a@-b.de", "a@b-.de", "a b@c.de", "a@b.de\n", "a@b@c.de", "@b.de", "a@", "a", "A@B.DE",
          "a'b@c.de", "a/b@c.de", "a%b@c.de", "{a}@c.de", "a@b..de",
          "a@" + "b" * 64 + ".de", "a@" + "b." * 130 + "de", "a@b.c1", "a@xn--p1ai.ru", "<a@b.de>", "Ann <a@b.de>", "a,b@c.de",
          "a;b@c.de", "a@b,c", "a@b.d-e", "a@.de", "é.e@x.y"]
URLS = ["http://a", "http://a:99999", "http://user:pw@a.b", "http://1.2.3.4", "http://[::1]/", "a.b/c?d=e#f", "abc.d",
    "localhost:90", "ws://a.b", "ftp://x", "mailto:a@b.c", "http://a.b.",
        "http://ü.de/ä", "http://a.b/<>", "HTTP://A.B", "Http://a.b", "http://a b", "http://a.b/ c", "javascript:alert(1)",
        "//a.b", "custom://x", "tel:1", "http://", "http:///x", "-a.b", "a_b.c", "a..b",
        ".a.b", "localhost", "abc", "1.2", "/rel", "?x=1", "#a", "%zz", "http://a.b/" + "x" * 2100, "http://a.b/" + "x" * 2000,
        "a.com", "x", "http://localhost:90", "http://a_b.c", "https://a.b:0", "http://a.b:",
        "http://a.b?x", "http://a.b#x", "http://a.b/%zz", "http://.a", "a.b", "A.B", "http://256.1.1.1", "irc://a.b",
        "wss://a.b", "git://a.b", "file:///etc", "ftps://a.b", "data:text/plain,x", "http://a.b\n", "http://a.b\t",
        "http://a-.b", "a.b-c", "http://xn--a.b", "1.2.3.4", "1.2.3.4:80", "[::1]", "http://[::1", "http://a@b", "a@b.c",
        "http:a.b", "http:/a.b", "www.a", "a.1", "a.b1", "http://*.a.b", "http://a.b/'\"", "http://a.b/\\"]


@pytest.mark.parametrize("value", values(*EMAILS))
def test_email(pair, value):
    pair.same("POST", records("loose"), {"em": value})


@pytest.mark.parametrize("value", values(*URLS))
def test_url(pair, value):
    pair.same("POST", records("loose"), {"u": value})


RELATIONS = [tag(1), [tag(1)], [tag(1), tag(2)], [tag(2), tag(1), tag(2)], "tag000000009999", [tag(1), "nope"], "", [], None,
    [""], ["", tag(1)], f'["{tag(1)}","{tag(2)}"]', f'["{tag(1)}"', [[tag(1)]], [tag(1), 5],
             [tag(1), tag(2), tag(3), tag(4), tag(5)], {"id": tag(1)}, tag(1).upper(), f" {tag(1)}", f"{tag(1)},{tag(2)}",
             [{"id": tag(1)}]]


@pytest.mark.parametrize("name", ["r1", "rm"])
@pytest.mark.parametrize("value", values(*RELATIONS))
def test_relation(pair, name, value):
    pair.same("POST", records("loose"), {name: value})


SELECTS = ["a", "b", "1", 1, "A", "[x", ["a"], ["a", "b"], ["b", "a", "b"], ["a", "z"], "a,b", '["a","b"]', '["a", "z"]', "[]",
    ["a", "b", "c", "1"], ["a", "b", "c", "1", "x"], [1], [True], "", None, {"0": "a"}, [None, "a"], "[x]"]


@pytest.mark.parametrize("name", ["s1", "sm"])
@pytest.mark.parametrize("value", values(*SELECTS))
def test_select(pair, name, value):
    pair.same("POST", records("loose"), {name: value})


IDS = ["abcdefghij12345", "short", "x" * 16, "ABCDEFGHIJ12345", "abcdefghij1234_", "abcdefghij 2345", 123456789012345, "", None,
    "abcdefghij12345", ["abcdefghij12346"], "äbcdefghij12345"]


@pytest.mark.parametrize("value", values(*IDS))
def test_id(pair, value):
    pair.same("POST", records("loose"), {"id": value})
