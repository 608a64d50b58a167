"""Generated rules, set on a collection shaped like `posts` and exercised by several callers on every action."""
import pytest

from cases import C, records
from fixture_records import POSTS, member, post, rid, tag
from grammar import rules

RULES = rules(160)
NAMES = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")
KEEP = {"listRule": "", "viewRule": "", "createRule": None, "updateRule": None, "deleteRule": None}


@pytest.fixture(scope="module", autouse=True)
def restore(pair):
    """The rules are set on `posts` itself (relations and back-relations point there) and taken back at the end."""
    yield
    pair.send("PATCH", f"{C}/posts", KEEP)
    for side in (pair.ref, pair.mart):
        su = [("Authorization", side.tokens["su"]), ("Content-Type", "application/json")]
        side.request("DELETE", records("posts", rid("gen", 1)), su, None)


@pytest.mark.parametrize("i", range(len(RULES)))
def test_rule(pair, i):
    rule = RULES[i]
    answer = pair.same("PATCH", f"{C}/posts?fields=listRule,deleteRule", {**dict.fromkeys(NAMES, rule), "deleteRule": None})
    if answer.status != 200:
        return
    problems = []

    def ask(method, path, body=None, caller=None):
        out = pair.differences(method, path, body, auth=caller, headers={"X-Key": "k"})
        if out:
            problems.append(pair.report(method, path, body, caller, {"X-Key": "k"}, None, out))
        return pair.last[0].status

    try:
        for caller in (None, "user1", "user2", "boss"):
            ask("GET", records("posts") + "?sort=id&perPage=100&fields=id&key=k", caller=caller)
            for n in (1, 3 + i % 9):
                ask("GET", records("posts", post(n)) + "?fields=id", caller=caller)
            new = {"id": rid("gen", 1), "title": "Hello", "n": 7, "author": member(1), "tags": [tag(1), tag(3)], "labels": ["a",
                "c"], "js": {"a": 1}, "flag": True, "secret": "s", "kind": "news"}
            if ask("POST", records("posts") + "?fields=id,title,n", new, caller) == 200:
                pair.send("DELETE", records("posts", rid("gen", 1)))
            n = 1 + i % 12
            if ask("PATCH", records("posts", post(n)) + "?fields=id,title,n", {"title": "changed", "n+": 1, "tags": [tag(2)]},
                caller) == 200:
                before = {"title": "", "n": 0, "tags": [], **POSTS[n - 1]}
                pair.send("PATCH", records("posts", post(n)), {k: before[k] for k in ("title", "n", "tags")})
    finally:
        pair.send("PATCH", f"{C}/posts", KEEP)
    assert not problems, f"rule: {rule}\n" + "\n".join(problems[:4])
