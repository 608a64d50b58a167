"""Records of the fixture collections, all with client-chosen ids; and the callers."""


def rid(prefix, n):
    """'post', 3 -> 'post00000000003' (15 chars)"""
    return f"{prefix}{n:0{15 - len(prefix)}d}"


def post(n):
    return rid("post", n)


def tag(n):
    return rid("tag", n)


def member(n):
    return rid("member", n)


def team(n):
    return rid("team", n)


PASSWORD = "secret-pass-1"
AUTH = {"password": PASSWORD, "passwordConfirm": PASSWORD}

# caller name -> how to sign in
VIEWERS = {
    "user1": ("members", "ann@example.com", PASSWORD),
    "user2": ("members", "bob@example.com", PASSWORD),
    "user3": ("members", "cyd@example.com", PASSWORD),
    "boss": ("staff", "boss1", PASSWORD),
    "clerk": ("staff", "clerk@example.com", PASSWORD),
}
CALLERS = [None, "user1", "user2", "clerk", "boss", "su"]

TEAMS = [
    {"id": team(1), "name": "red", "city": "Rome", "level": 1, "geo": {"lon": 12.49, "lat": 41.89}, "active": True,
    "motto": "one"},
    {"id": team(2), "name": "Blue", "city": "Berlin", "level": 2, "geo": {"lon": 13.4, "lat": 52.52}, "motto": "two"},
    {"id": team(3), "name": "gr_een%", "city": "", "level": 3, "active": True},
]
MEMBERS = [
    {"id": member(1), "email": "ann@example.com", "name": "Ann", "rank": 1, "emailVisibility": True, "verified": True,
     "secret": "s1", "team": team(1), "prefs": {"lang": "en", "n": 1}, **AUTH},
    {"id": member(2), "email": "bob@example.com", "name": "Bob", "rank": 2, "secret": "s2", "team": team(2),
     "prefs": {"lang": "de", "list": [1, 2]}, **AUTH},
    {"id": member(3), "email": "cyd@example.com", "name": "cyd", "rank": 3, "emailVisibility": False, "verified": True, **AUTH},
    {"id": member(4), "email": "Dan@Example.com", "name": "Dan", "rank": 0, "emailVisibility": True, "team": team(3), **AUTH},
]
STAFF = [
    {"id": rid("staff", 1), "email": "boss@example.com", "username": "boss1", "role": "boss", "team": team(1), **AUTH},
    {"id": rid("staff", 2), "email": "clerk@example.com", "username": "Clerk", "role": "clerk", **AUTH},
    {"id": rid("staff", 3), "email": "gone@example.com", "username": "gone1", "role": "clerk", "blocked": True, **AUTH},
]
TAGS = [{"id": tag(i), "name": name, "weight": weight, "note": f"note {i}"} for i, (name, weight) in
        enumerate([("t1", 1), ("t2", 2), ("T1", 3), ("deep", 0), ("100%", -1), ("", 5)], 1)]
VAULT = [{"id": rid("vault", 1), "name": "gold", "worth": 9}, {"id": rid("vault", 2), "name": "tin", "worth": 1}]
GUARDED = [{"id": rid("guard", i), "name": f"g{i}", "level": i} for i in (1, 2, 3)]
POSTS = [
    {"id": post(1), "title": "Hello", "body": "<p>Hello <b>World</b></p>", "n": 1, "flag": True, "mail": "x@a.com",
     "link": "http://a.com", "when": "2024-01-02 03:04:05.678Z", "kind": "news", "labels": ["a", "b"], "author": member(1),
     "team": team(1), "tags": [tag(1), tag(2)], "vault": rid("vault", 1), "guards": [rid("guard", 1)],
     "js": {"a": 1, "b": {"c": "x", "d": [1, {"e": 2}]}, "list": ["p", "q"]}, "geo": {"lon": 12.5, "lat": 41.9},
     "secret": "sesame", "ghost": tag(1)},
    {"id": post(2), "title": "hello", "n": 2.5, "when": "2024-06-01 00:00:00.000Z", "kind": "blog", "labels": ["a"],
     "author": member(2), "team": team(2), "tags": [tag(2)], "guards": [rid("guard", 2), rid("guard", 3)], "js": [1, "two",
     None],
     "geo": {"lon": 13.4, "lat": 52.5}},
    {"id": post(3), "title": "100% sure", "n": -3, "flag": True, "kind": "wiki", "labels": ["b", "c", "d"], "author": member(1),
     "tags": [tag(1)], "js": "text", "when": "1999-12-31 23:59:59.999Z", "secret": "x"},
    {"id": post(4), "title": "under_score", "n": 10, "tags": [tag(3), tag(4)], "js": 5, "team": team(1)},
    {"id": post(5), "title": "back\\slash", "n": 0, "labels": [], "js": None, "vault": rid("vault", 2)},
    {"id": post(6), "title": "Ünïcode ß 漢字", "n": 7, "flag": True, "author": member(3), "team": team(3), "tags": [tag(5),
    tag(6)],
     "js": {"a": "1", "A": 2, "null": None, "t": True}, "kind": "news"},
    {"id": post(7), "title": "quote ' and \" here", "n": 7, "labels": ["d"], "author": member(4), "js": True,
    "parent": post(1)},
    {"id": post(8), "title": "", "n": 1000000, "when": "2030-01-01 00:00:00.000Z", "js": [], "parent": post(1),
     "related": [post(1), post(2)], "geo": {"lon": -180, "lat": -90}},
    {"id": post(9), "title": "5", "n": 5, "js": "5", "kind": "blog", "labels": ["a", "c"], "tags": [tag(1), tag(2), tag(3)],
     "parent": post(2), "related": [post(3)], "author": member(2), "team": team(2), "guards": [rid("guard", 1), rid("guard",
     3)]},
    {"id": post(10), "title": "5.0", "n": 5.5, "js": {"a": None, "b": False}, "mail": "Y@B.org", "tags": [tag(4)],
    "parent": post(9)},
    {"id": post(11), "title": "true", "n": 1, "js": {"a": [1, 2, 3], "list": []}, "flag": True, "kind": "wiki", "labels": ["c"],
     "link": "https://b.org/x?y=1", "parent": post(10)},
    {"id": post(12), "title": "line\nbreak\ttab", "n": 0.1, "js": {"deep": {"deep": {"deep": "x"}}}, "author": member(1)},
]
COMMENTS = [{"id": rid("comm", i), **row} for i, row in enumerate([
    {"text": "first", "score": 1, "post": post(1), "by": member(1), "mentions": [member(2), member(3)]},
    {"text": "second", "score": 5, "post": post(1), "by": member(2), "spam": True},
    {"text": "third", "score": 3, "post": post(2), "by": member(1), "mentions": [member(1)]},
    {"text": "first", "score": 0, "post": post(3), "by": member(3), "whisper": post(1)},
    {"text": "", "score": -2, "post": post(3), "by": member(4), "mentions": [member(4), member(1)]},
    {"text": "orphan", "score": 9, "by": member(2)},
    {"text": "Third", "score": 3, "post": post(9), "whisper": post(2)},
], 1)]
PROFILES = [
    {"id": rid("prof", 1), "bio": "about ann", "member": member(1), "likes": [post(1), post(2)]},
    {"id": rid("prof", 2), "bio": "about bob", "member": member(2), "likes": []},
    {"id": rid("prof", 3), "bio": "", "member": member(3), "likes": [post(3)]},
]
NOTES = [
    {"id": rid("note", 1), "text": "live one", "post": post(1), "owner": member(1), "state": "live"},
    {"id": rid("note", 2), "text": "draft of ann", "post": post(1), "owner": member(1), "state": "draft"},
    {"id": rid("note", 3), "text": "draft of bob", "post": post(2), "owner": member(2), "state": "draft"},
    {"id": rid("note", 4), "text": "live two", "post": post(9), "owner": member(2), "state": "live"},
]
for _row in MEMBERS + STAFF:        # chosen token keys: sorting by them is equal on both sides
    _row["tokenKey"] = "key-of-" + _row["id"] * 2
RECORDS = [("teams", TEAMS), ("members", MEMBERS), ("staff", STAFF), ("tags", TAGS), ("vault", VAULT), ("guarded", GUARDED),
           ("posts", POSTS), ("comments", COMMENTS), ("profiles", PROFILES), ("notes", NOTES)]
