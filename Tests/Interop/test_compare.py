"""The comparison itself: what counts as equal and what must not be masked away."""
import base64
import datetime
import json
import time

import pytest

from compare import Pair


class NoServer:
    label = "none"


@pytest.fixture
def empty_pair():
    return Pair(NoServer, NoServer)


def now(seconds=0.0):
    t = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return t.strftime("%Y-%m-%d %H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"


def jwt(**claims):
    def part(x):
        return base64.urlsafe_b64encode(json.dumps(x).encode()).decode().rstrip("=")
    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part(claims), "c2lnbmF0dXJlc2lnbmF0dXJl"))


def differs(p, a, b):
    out = []
    p.walk("", a, b, out, set())
    return bool(out)


EQUAL = [(1, 1.0), ({"a": [1]}, {"a": [1.0]}), ({"created": now()}, {"created": now(0.5)}), ({"id": "a" * 15},
    {"id": "b" * 15}), ({"id": "_clone_abcd"}, {"id": "_clone_WXYZ"}), ({"token": jwt(id="x", exp=time.time() + 100)},
    {"token": jwt(id="x", exp=time.time() + 101)}),
         ("CREATE UNIQUE INDEX `idx_email_abcdefghij` ON x", "CREATE UNIQUE INDEX `idx_email_0123456789` ON x"),
         ({"execTime": 1}, {"execTime": 2.5})]
DIFFERENT = [(1, 2), (1, True), (0, False), (None, ""), ("a", "b"), ([1, 2], [2, 1]), ([], {}), ({"a": 1}, {}), ({"a": None},
    {}), ({"created": now()}, {"created": "2020-01-01 00:00:00.000Z"}), ({"created": "2020-01-01 00:00:00.000Z"},
    {"created": "2020-01-01 00:00:00.001Z"}), ({"created": now()}, {"created": ""}),
             ({"created": now()}, {"created": now().replace(" ", "T")}), ({"id": "a" * 15}, {"id": "b" * 14}),
             ({"id": "a" * 15}, {"id": "B" * 15}), ({"token": jwt(id="x")}, {"token": jwt(id="y")}), ({"token": jwt(id="x",
             exp=time.time() + 100)}, {"token": jwt(id="x", exp=time.time() + 200)}), ({"execTime": 1}, {}), ("1", 1),
             ({"expand": {}}, {})]


@pytest.mark.parametrize("n", range(len(EQUAL)))
def test_equal(empty_pair, n):
    assert not differs(empty_pair, *EQUAL[n])


@pytest.mark.parametrize("n", range(len(DIFFERENT)))
def test_different(empty_pair, n):
    assert differs(empty_pair, *DIFFERENT[n])


def test_generated_ids_map_one_to_one(empty_pair):
    assert not differs(empty_pair, "a" * 15, "b" * 15)
    assert not differs(empty_pair, ["a" * 15, "c" * 15], ["b" * 15, "d" * 15])
    assert differs(empty_pair, "a" * 15, "d" * 15)
    assert differs(empty_pair, "e" * 15, "b" * 15)


def test_chosen_ids_are_not_masked(empty_pair):
    empty_pair.sent.add("post00000000001")
    assert differs(empty_pair, "post00000000001", "z" * 15)
    assert differs(empty_pair, "z" * 15, "post00000000001")
