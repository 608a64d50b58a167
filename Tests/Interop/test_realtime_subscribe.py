"""Realtime: connecting, the subscribe request, which topics fire and what their options do.
(Not here: the limits of 5 idle minutes and 30 minutes in all; topics with line breaks, which the reference echoes raw.)"""
import json
import re

import pytest

from cases import C, Fresh, field, number, records, text, values
from files import MULTI, body as multipart, file, payload, word
from fixture_records import member, rid, tag
from streams import MARKER, REALTIME, Stream, Wire, marks, options

FORM, JSON = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json"}
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
HEADERS = ("content-type", "cache-control", "x-accel-buffering", "vary", "content-length", "transfer-encoding", "connection",
    "content-encoding", "access-control-allow-origin", "x-content-type-options", "x-frame-options", "x-xss-protection",
    "cross-origin-opener-policy", "content-security-policy", "etag", "last-modified", "location")


@pytest.fixture(scope="module")
def things(pair):
    m = Fresh(pair)
    marks(m)
    m.create({"id": "pbc_things", "name": "things", "type": "base", **OPEN, "fields": [text("t"), number("n"), field("editor",
        "ed"), text("hush", hidden=True), field("json", "js"), field("geoPoint", "g"), field("date", "d"), field("relation", "by",
        collectionId="pbc_members"), field("relation", "tags", collectionId="pbc_tags", maxSelect=3), field("relation", "vault",
        collectionId="pbc_vault"), field("password", "pw", cost=4), field("autodate", "made", onCreate=True)]})
    m("parts", [text("t"), field("relation", "thing", collectionId="pbc_things")], **OPEN)
    yield
    m.clean()


@pytest.fixture
def wire(pair, things):
    with Wire(pair) as w:
        yield w


# ---- connecting
@pytest.mark.parametrize("request_", values({}, {"path": REALTIME + "?fields=a&token=x"}, {"headers": [("Origin", "http://x")]},
    {"headers": [("Accept", "application/json"), ("Accept-Encoding", "gzip"), ("Last-Event-ID", "abc")]}, {"headers":
    [("Authorization", "garbage")]}, {"headers": [("Content-Length", "2"), ("Content-Type", "application/json")], "body": b"{}"},
    {"headers": [("Connection", "close")]}, {"headers": [("X-Forwarded-For", "1.2.3.4"), ("Cookie", "a=b")]}))
def test_connect(wire, request_):
    listener = wire.connect(**request_)
    ref, mart = listener.streams
    assert ref.status == mart.status == 200
    for name in HEADERS:
        assert ref.headers.get_all(name) == mart.headers.get_all(name), name
    for stream in (ref, mart):
        assert re.fullmatch("[A-Za-z0-9]{40}", stream.client), stream.client
        id = stream.client.encode()
        assert stream.bytes == b'id:%s\nevent:PB_CONNECT\ndata:{"clientId":"%s"}\n\n' % (id, id)
        assert not stream.ended
    listener.subscribe("things/*")
    listener.told(0)


def test_connect_head(pair):
    """(Whether the connection stays open after a HEAD is nobody's business: the reference's does.)"""
    streams = [Stream(side.server, "HEAD") for side in (pair.ref, pair.mart)]
    assert [s.status for s in streams] == [200, 200]
    for name in HEADERS:
        if name not in ("connection", "transfer-encoding", "content-length"):
            assert streams[0].headers.get_all(name) == streams[1].headers.get_all(name), name
    for s in streams:
        assert s.bytes == b""
        s.close()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods(pair, method):
    pair.same(method, REALTIME, auth=None)


def test_many_connections(pair, wire):
    """Each is a client of its own; one that leaves takes nothing along."""
    listeners = [wire.listen("things/*") for _ in range(6)]
    for which in (0, 1):
        assert len({listener.streams[which].client for listener in listeners}) == 6
    pair.same("POST", records("things"), {"id": rid("many", 1)}, expect=200)
    for events in wire.told(*listeners, count=1):
        assert events[0][1]["action"] == "create"
    for stream in listeners[2].streams:
        stream.close()
    pair.same("DELETE", records("things", rid("many", 1)), expect=204)
    rest = listeners[:2] + listeners[3:]
    assert [e[0][1]["action"] for e in wire.told(*rest, count=1)] == ["delete"] * 5
    wire.gone(listeners[2])


# ---- the subscribe request: $c$ is the client, $m$ the marker's topic, $f$ the same percent-encoded again
ONE = '{"clientId":"$c$","subscriptions":'
LONG = "x" * 2501
BODIES = [
    (JSON, None), (JSON, ""), (JSON, "{}"), (JSON, "{"), (JSON, "[]"), (JSON, "null"), (JSON, '"x"'), (JSON, "5"), ({}, None),
    (JSON, '{"clientId":""}'), (JSON, '{"clientId":null}'), (JSON, '{"clientId":5}'), (JSON, '{"clientId":"nope"}'), (JSON,
    '{"clientId":["$c$"]}'), (JSON, '{"clientId":" $c$"}'), (JSON, '{"clientId":"' + "x" * 255 + '"}'), (JSON, '{"clientId":"' +
    "x" * 256 + '"}'), (JSON, '{"clientId":"' + "é" * 128 + '"}'), (JSON, '{"clientId":"$c$","x":1}'), (JSON,
    '{"clientid":"$c$","SUBSCRIPTIONS":["$m$"]}'), (JSON, ONE + '["$m$"]} x'), (JSON, ONE + '["$m$"]}{"clientId":"nope"}'), (JSON,
    ONE + '"$m$"}'), (JSON, ONE + "null}"), (JSON, ONE + '[1,"$m$"]}'), (JSON, ONE + '[null,"$m$"]}'), (JSON, ONE + "{}}"), (JSON,
    ONE + '{"0":"$m$"}}'), (JSON, ONE + '[["$m$"]]}'), (JSON, ONE + '[true]}'), (JSON, ONE + '["$m$"'), (JSON, ONE +
    '["","$m$",""," "]}'), (JSON, ONE + '["$m$","$m$"]}'), (JSON, ONE + '["nope/*","/","*","@oauth2","$m$"]}'), ({"Content-Type":
    "application/json; charset=utf-8"}, ONE + '["$m$"]}'), ({"Content-Type": "text/plain"}, ONE + '["$m$"]}'), ({}, ONE +
    '["$m$"]}'), ({"Content-Type": "application/xml"}, "<a/>"),
    (FORM, "clientId=$c$&subscriptions=$f$"), (FORM, "clientId=$c$&subscriptions=nope&subscriptions=$f$"), (FORM,
    "clientId=$c$&subscriptions[]=$f$"), (FORM, "clientid=$c$"), (FORM, "clientId=%zz"), (FORM, "clientId=nope"), (FORM,
    "clientId=12345"), (FORM, "clientId=$c$&subscriptions=5&subscriptions=true"), (FORM, "clientId=$c$&subscriptions=5"), (FORM,
    "subscriptions=$f$"), (FORM, ""), (FORM, '@jsonPayload={"clientId":"$c$","subscriptions":["$f$"]}'), (FORM,
    'clientId=$c$&subscriptions=["things/*"]'), (MULTI, multipart(word("clientId", "$c$"), word("subscriptions", "$m$"))), (MULTI,
    multipart(word("clientId", "$c$"), word("subscriptions", "nope/*"), word("subscriptions", "$m$"))), (MULTI,
    multipart(payload({"clientId": "$c$", "subscriptions": ["$m$"]}))), (MULTI, multipart(word("clientId", "$c$"),
    file("subscriptions", "a.txt", "$m$"))), (MULTI, multipart(word("subscriptions", "$m$"))), (MULTI, b"no parts"),
    (JSON, json.dumps({"clientId": "$c$", "subscriptions": ["$m$"] * 1000})), (JSON, json.dumps({"clientId": "$c$",
    "subscriptions": ["$m$"] * 1001})), (JSON, json.dumps({"clientId": "$c$", "subscriptions": [""] * 1001})), (JSON,
    json.dumps({"clientId": "$c$", "subscriptions": [f"t{i}" for i in range(999)] + ["$m$"]})), (JSON, ONE + f'["{LONG[1:]}"]}}'),
    (JSON, ONE + f'["{LONG}"]}}'), (JSON, ONE + f'["a","{LONG}","b","{LONG}"]}}'), (JSON, ONE + '["' + "é" * 1250 + '"]}'), (JSON,
    ONE + '["' + "é" * 1251 + '"]}'), (JSON, '{"clientId":"","subscriptions":["' + LONG + '"]}'), (JSON,
    '{"clientId":"nope","subscriptions":["' + LONG + '"]}'), (JSON, json.dumps({"clientId": "", "subscriptions": [LONG] + ["a"] * 1000})),
]


@pytest.mark.parametrize("headers,raw", [pytest.param(*b, id=f"{i:03d}") for i, b in enumerate(BODIES)])
def test_subscribe_bodies(pair, wire, headers, raw):
    listener = wire.listen("things/*")
    for side in (pair.ref, pair.mart):
        side.kept.update(c=side.kept[listener.key], m=MARKER, f=MARKER.replace("%", "%25"))
    answer = pair.same("POST", REALTIME, auth=None, headers=headers, raw=raw)
    topics = str(raw)
    if answer.status == 204 and ("$m$" in topics or "$f$" in topics) and "subscriptions[]" not in topics and "a.txt" not in topics:
        listener.told(0)                                                            # took the marker
    pair.same("POST", records("things"), {"id": rid("body", 1)}, expect=200)
    pair.same("DELETE", records("things", rid("body", 1)), expect=204)
    if answer.status == 204:        # replaced: nothing told
        listener.subscribe()
        listener.told(0)
    else:
        listener.told(2)


def test_subscribe_reads_no_query(pair, wire):
    key = wire.connect().key
    for raw, headers in ((None, {}), ("{}", JSON), ("", FORM), ("subscriptions=a", FORM)):
        pair.same("POST", REALTIME + f"?clientId=${key}$", raw=raw, headers=headers, auth=None)


def test_subscriptions_are_replaced(pair, wire):
    a = wire.listen("things/*", "parts/*")

    def change(n):
        for name in ("things", "parts"):
            pair.same("POST", records(name), {"id": rid(f"repl{n}x", len(name))}, expect=200)
    change(1)
    a.told(2)
    a.subscribe("parts/*")
    change(2)
    assert [topic for topic, _ in a.told(1)] == ["parts/*"]
    a.subscribe("parts/*", "parts", "parts/*", "pbc_things/*")
    change(3)
    a.told(3)
    for raw in ('{"clientId":"$c$","subscriptions":[]}', '{"clientId":"$c$"}', '{"clientId":"$c$","subscriptions":["",null]}'):
        for side in (pair.ref, pair.mart):
            side.kept["c"] = side.kept[a.key]
        a.subscribe("things/*")
        pair.same("POST", REALTIME, raw=raw, headers=JSON, auth=None, expect=204)
        change(4 + len(raw))
        a.subscribe("things/*")
        a.told(0)
    a.subscribe("things/*", LONG, expect=400)       # a refused request changes nothing
    change(5)
    a.told(1)
    for name in ("things", "parts"):
        pair.same("DELETE", f"{C}/{name}/truncate", expect=204)
    a.told(7)


def test_closed_client(pair, wire):
    a = wire.listen("things/*")
    wire.gone(a)
    for auth in (None, "user1", "su"):
        a.subscribe("things/*", auth=auth, expect=404)


STEPS = [None, "user1", "user1", "garbage", None, "user2", "boss", "su", "user1"]


@pytest.mark.parametrize("steps", [STEPS, STEPS[1:], ["su", "su", None, "user1"], ["boss", "clerk", "boss"], ["x", "Bearer x",
    None, "clerk", "clerk", None]], ids=lambda s: "-".join(str(x)[:5] for x in s))
def test_who_may_subscribe(wire, steps):
    a = wire.connect()
    for auth in steps:
        a.subscribe("things/*", auth=auth, expect=None)
        a.subscribe("x" * 2501, auth=auth, expect=400)
    a.told()


def test_other_address(pair, wire):
    """The client's address, as a trusted proxy tells it, has to stay the same; it is looked at before the account."""
    pair.same("PATCH", "/api/settings", {"trustedProxy": {"headers": ["X-Real"]}}, expect=200)
    try:
        a, plain = wire.connect(headers=[("X-Real", "10.1.1.1")]), wire.connect()
        for ip, auth, status in (("10.1.1.1", "user1", 204), ("10.1.1.2", "user1", 400), ("10.1.1.2", None, 400), ("bad", "user1", 400),
                ("10.1.1.1", "user2", 403), (" 10.1.1.1 ", "user1", 204), ("10.1.1.2, 10.1.1.1", "user1", None), ("10.1.1.1", "user1", 204)):
            a.subscribe("things/*", auth=auth, headers={"X-Real": ip}, expect=status)
        a.subscribe("things/*", auth="user1", expect=400)
        plain.subscribe("things/*", headers={"X-Real": "10.1.1.1"}, expect=400)
        plain.subscribe("things/*", expect=204)
        wire.told(a, plain)
    finally:
        pair.same("PATCH", "/api/settings", {"trustedProxy": {"headers": []}}, expect=200)


def test_renewed_token(pair, wire):
    a = wire.listen("things/*", auth="user3")
    pair.sign_in("user3again", "members", "cyd@example.com", "secret-pass-1")
    a.subscribe("things/*", auth="user3again")
    for side, answer in zip((pair.ref, pair.mart), pair.send("POST", f"{C}/members/auth-refresh", auth="user3")):
        side.tokens["user3new"] = "Bearer " + answer.json["token"]
    a.subscribe("things/*", auth="user3new")
    a.subscribe("things/*", auth="user1", expect=403)


# ---- topics
def q(name="things/*", **query):
    return options(name, query=query)


ID = rid("topic", 1)
O = "things/*?options="
TOPICS = [
    "things/*", "things", "pbc_things/*", "pbc_things", f"things/{ID}", f"pbc_things/{ID}", "things/*?", "things/*?options=",
    "things/*?foo=1", "things?options={}", "Things/*", "PBC_things/*", "THINGS", "things/", "/things", "/things/*", "things/*/",
    "things/**", "*", "*/*", "", " things/*", "things/* ", f"things/{ID.upper()}", f"things/{ID}/", f"things/{ID}/*", f"things/{ID} ",
    "things%2F*", "things/*%3Foptions={}", "things/*#x", "things.*", "things/topic", "nope/*", "members/*", f"things/{rid('topic', 2)}",
    # options as they are
    O + '{"query":{"fields":"id"}}', O + "%7B%22query%22%3A%7B%22fields%22%3A%22id%22%7D%7D", O + '{"query":{"fields":"id"}}#x',
    O + '{"query":{"fields":"id"}}&options={"query":{"fields":"t"}}', 'things/*?x=1&options={"query":{"fields":"id"}}',
    'things/*?OPTIONS={"query":{"fields":"id"}}', 'things/*?a;b&options={"query":{"fields":"id"}}',
    'things/*?%zz&options={"query":{"fields":"id"}}', 'things/*?options[]={"query":{"fields":"id"}}', "things/*?options=%",
    O + '{"query":{"fields":"id"}}?options={"query":{"fields":"t"}}', 'things?options={"query":{"fields":"id"}}',
    f'things/{ID}?options={{"query":{{"fields":"id"}}}}', f'pbc_things/{ID}?options={{"query":{{"fields":"id"}}}}',
    *(O + text_ for text_ in ("[]", "5", '"x"', "null", "true", "%7Bbroken", '{"query":5}', '{"query":null}', '{"query":[]}',
        '{"Query":{"fields":"id"}}', '{"query":{"FIELDS":"id"}}', '{"headers":5}', '{"headers":{"x-token":"abc"}}', '{"body":{"a":1}}',
        ' {"query":{"fields":"id"}}', '{"query":{"fields":"i\\u0064"}}', '[{"query":{"fields":"id"}}]', "{'query':{'fields':'id'}}")),
    # numbers, lists and others in options
    *(q(fields=value) for value in (5, 1.5, True, None, "", "nope", ["id", "t"], {"a": 1}, "t:nope(1)", "id,", " id , t ", "*",
        "*,expand.by.id", "t:excerpt(2,true),ed:excerpt(3)", "*:excerpt(2)", "hush,id", "js.a", "g.lon", "pw", "collectionName")),
    *(q(filter=value) for value in (5, True, None, "", " ", [], "n=5", "n=6", "n >", "nope=6", "hush='h'", "@request.auth.id!=''",
        "@request.query.filter!=''", "@collection.things.n?=5", "@now>'2020'", "t='a b'", "t='a+b'", "n=5 && by.name='Ann'",
        "by.email='ann@example.com'", "by.secret='s1'", "parts_via_thing.t='p'", "parts_via_thing.id=''", "js.a.0=1", "vault.name='gold'",
        "geoDistance(g.lon,g.lat,1,2)=0", f"id='{ID}'", "collectionName='things'", "tags.name?='t1'", "tags:length=2", "d>'2024'", "pw!=''")),
    *(q(expand=value) for value in ("by", "by,tags", "nope", "by.team", "tags,vault", "parts_via_thing", "by,", " by ", ["by"], 5)),
    q(expand="by.team", fields="id,expand.by.expand.team.name"), q(filter="n=5", fields="id", expand="by"), q(sort="nope", page="x"),
    options("things/*", headers={"a": {"b": 1}}, query={"fields": "id"}), options("things/*"), options("things/*", x=[1]),
]
# the reference keeps what it read before an error of the JSON, or at a key that comes twice
HALF = [O + x for x in ('{"query":{"fields":"id"}', '{"query":{"fields":"id"', '{"query":{"fields":"id",', '{"query":{"fields":"id"},"headers":5}',
    '{"query":{"fields":"id"}} x', '{"query":{"fields":"id"},"query":{"fields":"t"}}', '{"headers":5,"query":{"fields":"id"}}',
    '{"a":1,"a":2,"query":{"fields":"id"}}', '{"query":{"fields":"id","fields":"t"}}', '{"query":{"fields":"id"},"zz":nope}')]


def changes(pair):
    one = {"id": ID, "t": "a b", "n": 5, "ed": "<p>Hello <b>World</b></p>", "hush": "h", "js": {"b": 1, "a": [1]}, "g": {"lon": 1,
        "lat": 2}, "d": "2024-05-06", "by": member(1), "tags": [tag(2), tag(1)], "vault": rid("vault", 1), "pw": "12345678"}
    pair.same("POST", records("things"), one, expect=200)
    pair.same("POST", records("parts"), {"id": rid("part", 1), "t": "p", "thing": ID}, expect=200)
    pair.same("PATCH", records("things", ID), {"hush": "h"}, expect=200)
    pair.same("DELETE", records("things", ID), expect=204)
    pair.same("DELETE", records("parts", rid("part", 1)), expect=204)


@pytest.mark.parametrize("caller", [None, "user1", "boss", "su"])
def test_topics(pair, wire, caller):
    listener = wire.listen(*TOPICS, auth=caller)
    changes(pair)
    events = listener.told()
    assert len({topic for topic, _ in events}) > 80 and len(events) > 250
    assert not {topic for topic, _ in events} & set(TOPICS[10:35])


@pytest.mark.parametrize("topic", values(*HALF))
def test_half_read_options(pair, wire, topic):
    listener = wire.listen(topic)
    changes(pair)
    listener.told(3)


def test_long_and_strange_topics(pair, wire):
    """The event's name is the topic to the letter."""
    long = q(fields="id", x="y" * 2300)
    assert len(long) < 2500
    topics = [long, "things/*?ä=ö%20&options={}", "things/*?\u2028", "things/*?a:b: c", 'things/*?"\\', "things/*?\x01\x7f"]
    listener = wire.listen(*topics)
    changes(pair)
    assert {topic for topic, _ in listener.told(3 * len(topics))} == set(topics)
