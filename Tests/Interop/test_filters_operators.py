"""Operators x operand kinds on `posts`, as superuser, sort=id."""
import pytest

from cases import listing, values
from fixture_records import member, post, tag

OPERATORS = ["=", "!=", ">", ">=", "<", "<=", "~", "!~"]
LITERALS = ['""', "''", "null", "true", "false", "0", "1", "5", "5.0", "-3", "2.5", '"5"', '"5.0"', '"hello"', '"true"', '"1"',
    '"100%"', '"100\\%"', '"%o%"', '"_"', '"b_c"', '"\\\\"', '"[]"', "\"['a']\"",
            '"2024-01-02 03:04:05.678Z"', '"2024"', f'"{post(1)}"', f'"{member(1)}"', f'"{tag(1)}"', '"news"', '"a"',
            "'[\"a\"]'", '"x"']
REVERSED = ['""', "null", "5", '"5"', "true", '"a"']
FIELDS = ["id", "title", "n", "flag", "when", "kind", "labels", "author", "tags", "js", "js.a", "js.b.c", "js.list.0", "geo",
    "geo.lon", "parent", "secret", "pin", "pics",
          "parent.title", "author.rank", "labels:length", "labels:each", "tags:length", "tags.name", "title:lower", "n:lower",
          "author:length"]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("op", OPERATORS)
def test_field_op_literal(pair, name, op):
    problems = []
    for literal in LITERALS:
        for text in [f"{name} {op} {literal}"] + [f"{literal} {op} {name}"] * (literal in REVERSED):
            path = listing("posts", filter=text, fields="id", perPage=100)
            out = pair.differences("GET", path)
            if out:
                problems.append(text + pair.report("GET", path, None, "su", None, None, out))
    assert not problems, f"{len(problems)} filters differ:\n" + "\n".join(problems[:5])


ANY_LITERALS = ['""', "null", "1", '"t1"', '"a"', '"T1"', '"%"', "true", '"first"', "3"]
MULTI = ["labels:each", "tags.name", "tags.weight", "tags.id", "tags", "tags:each", "labels", "related.title", "related.n",
    "comments_via_post.text", "comments_via_post.score", "comments_via_post.by.name", "posts_via_parent.n",
         "guards.level", "profiles_via_likes.bio", "tags.name:lower", "comments_via_post.mentions:length",
         "comments_via_post.mentions.name", "parent.tags.name", "author.comments_via_by.score", "title", "n", "js.a",
         "comments_via_post.id", "comments_via_post.spam", "comments_via_post.created", "author.name", "comments_via_post",
         "tags:length"]


@pytest.mark.parametrize("name", MULTI)
@pytest.mark.parametrize("op", OPERATORS)
def test_any_and_all(pair, name, op):
    problems = []
    for any_ in ("", "?"):
        for literal in ANY_LITERALS:
            for text in [f"{name} {any_}{op} {literal}"] + [f"{literal} {any_}{op} {name}"] * (literal in ('""', '"t1"')):
                path = listing("posts", filter=text, fields="id", perPage=100)
                out = pair.differences("GET", path)
                if out:
                    problems.append(text + pair.report("GET", path, None, "su", None, None, out))
    assert not problems, f"{len(problems)} filters differ:\n" + "\n".join(problems[:5])


PAIRS = ["title", "n", "flag", "js.a", "geo.lon", "labels:length", "author.name", "tags.name", "tags.weight", "labels:each",
    "comments_via_post.score", "parent.n", "kind", "labels", "js", "when",  "related.n",
         "@monthStart", "strftime('%Y', when)", "geoDistance(geo.lon, geo.lat, 0, 0)", "@request.auth.id",
         "@collection.tags.name", "@collection.members.rank", "null", "''", "true"]


@pytest.mark.parametrize("op", ["=", "!=", ">", "<=", "~", "!~", "?=", "?!="])
@pytest.mark.parametrize("left", PAIRS)
def test_field_op_field(pair, left, op):
    problems = []
    for right in PAIRS:
        text = f"{left} {op} {right}"
        path = listing("posts", filter=text, fields="id", perPage=100, page=1)
        out = pair.differences("GET", path)
        if out:
            problems.append(text + pair.report("GET", path, None, "su", None, None, out))
    assert not problems, f"{len(problems)} filters differ:\n" + "\n".join(problems[:5])


LIKE = ['"100%"', '"100\\%"', '"%100"', '"%"', '"\\%"', '"_"', '"%_%"', '"under_"', '"under\\_"', '"\\\\"', '"back\\\\slash"',
    '"%back\\\\%"', '"H%o"', '"h_llo"', '"h_llo%"', '"ÜNÏ"', '"ünï"', '"漢"', '"\'"', "'\"'", '"\\""', '"line\nbreak"',
        '""', "5", "5.0", "0.1", "1000000", "-3", "true", "null", "title", "kind", "n", "secret", "'%%'", '"\\%%"',
        '"100\\\\%"', '"%\\%%"', '"\\\\\\\\"']


@pytest.mark.parametrize("right", values(*LIKE))
@pytest.mark.parametrize("op", ["~", "!~", "?~"])
def test_like(pair, op, right):
    for left in ("title", "n", "js", "tags.name", "labels"):
        pair.same("GET", listing("posts", filter=f"{left} {op} {right}", fields="id", perPage=100))


def test_dates_compare_as_text(pair):
    for op in ("=", ">", ">=", "<", "<=", "~"):
        for value in ("2024", "2024-01-02", "2024-01-02 03:04:05.678Z", "2024-01-02T03:04:05.678Z", "2024-01-02 03:04:05"):
            pair.same("GET", listing("posts", filter=f"when {op} '{value}'", fields="id,when", perPage=100))
