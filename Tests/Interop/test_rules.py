"""Rules per action with several callers. Each rule is set on all five actions of one collection,
then every caller tries every action."""
import pytest

from cases import C, Fresh, field, number, records, text, values
from fixture_records import CALLERS, member, post, rid, tag

ROWS = [{"id": rid("ruled", 1), "title": "one", "n": 1, "owner": member(1), "others": [member(1), member(2)], "post": post(1),
    "state": "live"},
        {"id": rid("ruled", 2), "title": "two", "n": 2, "owner": member(2), "post": post(2), "tags": [tag(1), tag(2)],
        "state": "draft"},
        {"id": rid("ruled", 3), "title": "", "n": 0, "tags": [tag(3)], "others": [member(3)], "js": {"a": 1}}]


@pytest.fixture(scope="module")
def ruled(pair):
    maker = Fresh(pair)
    maker("ruled", [text("title"), number("n"), field("relation", "owner", collectionId="pbc_members"), field("relation",
        "others", collectionId="pbc_members", maxSelect=5),
                    field("relation", "post", collectionId="pbc_posts"), field("relation", "tags", collectionId="pbc_tags",
                    maxSelect=5), field("select", "state", values=["draft", "live"]),
                    field("json", "js"), text("hush", hidden=True), field("autodate", "made", onCreate=True)])
    for row in ROWS:
        pair.same("POST", records("ruled"), row, expect=200)
    yield "ruled"
    maker.clean()


RULES = [
    None, "", "id != ''", "1 = 2", "@request.auth.id != ''", "@request.auth.id = ''", "owner = @request.auth.id",
        "owner.id = @request.auth.id", "@request.auth.id = owner && state = 'live'", "others.id ?= @request.auth.id",
        "others.id = @request.auth.id", "others ~ @request.auth.id", "others:each ?= @request.auth.id",
    "@request.auth.collectionName = 'members'", "@request.auth.collectionName = 'staff' && @request.auth.role = 'boss'",
    "@request.auth.name = 'Ann'", "@request.auth.rank > 1", "@request.auth.secret = 's1'", "@request.auth.team.name = 'red'",
    "@request.auth.team.level >= n", "@request.auth.prefs.lang = 'en'", "@request.auth.posts_via_author.n ?> 1",
    "@request.auth.profiles_via_member.bio != ''", "@request.auth.email = owner.email", "@request.auth.verified = true",
    "@request.auth.nope = null", "@request.auth.nope = 'x'", "owner.name = 'Ann'", "owner.team.name = 'red'",
    "post.author = @request.auth.id", "post.title = 'Hello'", "post.comments_via_post.by ?= @request.auth.id",
    "post.vault.worth > 1", "tags.name ?= 't1'", "tags.name = ''", "tags:length = 0", "hush = ''", "n > 0", "n = 0",
    "state = 'live' || owner = @request.auth.id", "@request.method = 'GET'", "@request.method != 'DELETE'",
    "@request.context = 'default'", "@request.query.key = 'k'", "@request.headers.x_key = 'k'",
    "@request.headers.x_key:isset = true",
    "@request.body.title = 'new'", "@request.body.title:isset = true", "@request.body.title:isset = false",
    "@request.body.title:changed = true", "@request.body.title:changed = false", "@request.body.n > 1",
    "@request.body.n:isset = true", "@request.body.n = n", "@request.body.hush:isset = true", "@request.body.hush = 'x'",
    "@request.body.extra = 'e'",
    "@request.body.extra:isset = true", "@request.body.extra.deep.0 = 'e'", "@request.body.owner = @request.auth.id",
    "@request.body.owner.name = 'Ann'", "@request.body.tags.name ?= 't1'", "@request.body.tags:length > 1",
    f"@request.body.tags:each ?= '{tag(1)}'", "@request.body.others.team.name ?= 'red'", "@request.body.state = 'live'",
    "@request.body.js.a = 1",
    "@request.body.js = '{\"a\":1}'", "@request.body.made:isset = true", "made != ''", "made = ''", "title = 'new'",
    "title:lower = 'new'", "title ~ 'n'", "id = ''", f"id = '{rid('ruled', 1)}'", "@collection.members.name ?= title",
    "@collection.ruled.title ?= title", "@collection.ruled.owner ?= @request.auth.id",
    "@collection.notes.owner ?= @request.auth.id",
    "@collection.vault.worth > 100", "@collection.ruled:x.n ?> n && @collection.ruled:x.state ?= 'draft'", "@now > '2024'",
    "made > @yearStart", "js.a = 1", "js.a = null",
    "@request.auth.id != '' && (owner = @request.auth.id || @request.auth.collectionName = 'staff') // note",
    "@request.body.title:lower = 'new'", "@request.query.filter:isset = false",
    "geoDistance(post.geo.lon, post.geo.lat, 12.5, 41.9) < 1", "strftime('%Y', post.when) = '2024'",
    "owner.profiles_via_member.bio = 'about ann'", "@request.auth.tokenKey != ''", "@request.auth.collectionId = 'pbc_members'",
    "@request.auth.created != ''", "@request.body.title != title", "@request.body.tags:changed = true",
    "owner = null && tags.name != 't1'",
]
NEW = {"title": "new", "n": 5, "owner": member(1), "tags": [tag(1), tag(2)], "others": [member(2)], "state": "live",
    "js": {"a": 1}, "hush": "x", "made": "2020-01-01", "extra": {"deep": ["e"]}}


@pytest.mark.parametrize("rule", values(*RULES))
def test_rule(pair, ruled, rule):
    pair.same("PATCH", f"{C}/ruled", {k: rule for k in ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")},
        expect=200)
    headers = {"X-Key": "k"}
    problems = []

    def ask(method, path, body=None, caller=None):
        out = pair.differences(method, path, body, auth=caller, headers=headers)
        if out:
            problems.append(pair.report(method, path, body, caller, headers, None, out))
        return pair.last[0]

    for caller in CALLERS:
        ask("GET", records("ruled") + "?sort=id&key=k&fields=*,made:excerpt(2)", caller=caller)
        ask("GET", records("ruled", rid("ruled", 2)), caller=caller)
        created = ask("POST", records("ruled") + "?key=k&fields=*", {"id": rid("made", 1), **NEW}, caller)
        if created.status == 200:
            pair.send("DELETE", records("ruled", rid("made", 1)))
        ask("POST", records("ruled"), {"title": "bad", "state": "nope"}, caller)
        for i, body in ((1, {"title": "new", "n+": 1}), (2, {"owner": member(1), "extra": "e"}), (3, {})):
            changed = ask("PATCH", records("ruled", rid("ruled", i)), body, caller)
            if changed.status == 200:
                pair.send("PATCH", records("ruled", rid("ruled", i)), {"title": "", "n": 0, "owner": "", **ROWS[i - 1]})
        for i in (1, 3):
            if ask("DELETE", records("ruled", rid("ruled", i)), caller=caller).status == 204:
                pair.send("POST", records("ruled"), ROWS[i - 1])
    ask("GET", records("ruled") + "?sort=id", caller="su")
    assert not problems, f"{len(problems)} differ\n" + "\n".join(problems[:5])


def test_rule_naming_a_deleted_collection(pair, ruled, fresh):
    fresh("short_lived", [text("t")])
    pair.same("PATCH", f"{C}/ruled", {k: "@collection.short_lived.t ?= title" for k in ("listRule", "viewRule", "createRule",
        "updateRule", "deleteRule")}, expect=200)
    pair.same("DELETE", f"{C}/short_lived", expect=204)
    for method, path, body in (("GET", "", None), ("GET", "/" + rid("ruled", 1), None), ("POST", "", {"title": "x"}), ("PATCH",
        "/" + rid("ruled", 1), {"title": "x"}), ("DELETE", "/" + rid("ruled", 1), None)):
        for caller in (None, "user1", "su"):
            if caller == "su" and method != "GET":
                continue
            pair.same(method, records("ruled") + path, body, auth=caller)
    pair.same("PATCH", f"{C}/ruled", {"fields": []})       # rules are checked again on every save


ORDER = [("POST", records("vault"), None, "{"), ("POST", records("vault"), {"name": "x"}, None), ("PATCH", records("vault",
    "nope"), None, "{"), ("PATCH", records("vault", "nope"), {}, None), ("PATCH", records("notes", "nope"), {}, None), ("PATCH",
    records("notes", rid("note", 1)), {"state": "bad"}, None),
         ("DELETE", records("vault", "nope"), None, None), ("GET", records("vault", "nope"), None, None), ("GET",
         records("vault"), None, None), ("POST", records("notes"), {"state": "bad"}, None), ("POST", records("notes"),
         {"owner": member(1), "state": "bad"}, None), ("PATCH", records("notes", rid("note", 1)), None, "{"),
         ("DELETE", records("notes", rid("note", 2)), None, None), ("POST", records("v_posts"), None, "{"), ("DELETE",
         records("nope", "x"), None, None), ("GET", records("guarded", rid("guard", 1)), None, None), ("GET",
         records("guarded"), None, None), ("GET", records("v_stats"), None, None), ("GET", records("v_stats",
         "team00000000001"), None, None)]


@pytest.mark.parametrize("request_", values(*ORDER))
def test_order_of_checks(pair, request_):
    method, path, body, raw = request_
    for caller in (None, "user2", "clerk"):
        pair.same(method, path, body, auth=caller, raw=raw, headers={"Content-Type": "application/json"} if raw else None)
