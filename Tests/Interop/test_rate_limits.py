"""Rate limits enabled for a moment (windows of 60 s, so counting is exact)."""
import pytest

from cases import C, records
from fixture_records import PASSWORD, post

S = "/api/settings"


@pytest.fixture
def limits(pair):
    before = pair.send("GET", S)[0].json["rateLimits"]

    def set_rules(*rules, **rest):
        items = [dict(zip(("label", "maxRequests", "audience"), r), duration=60) for r in rules]
        pair.same("PATCH", S, {"rateLimits": {"enabled": True, "rules": [{"audience": "", **i} for i in items], **rest}},
            expect=200)
    yield set_rules
    pair.send("PATCH", S, {"rateLimits": {**before, "enabled": False}})


def times(pair, n, method, path, body=None, auth=None, **rest):
    return [pair.same(method, path, body, auth=auth, check=("retry-after",), **rest).status for _ in range(n)]


def test_path_prefix(pair, limits):
    limits(("/api/", 3))
    assert times(pair, 5, "GET", "/api/health") == [200, 200, 200, 429, 429]
    times(pair, 2, "GET", records("tags"))
    times(pair, 3, "GET", "/api/health", auth="su")
    times(pair, 2, "GET", "/hello.txt")
    times(pair, 2, "GET", "/api/nope")
    times(pair, 2, "OPTIONS", "/api/health")
    times(pair, 2, "GET", "/api/health", auth="user1")


def test_exact_and_method(pair, limits):
    limits(("GET /api/health", 2), ("/api/health", 3), ("POST /api/", 1), ("/api/", 9))
    times(pair, 4, "GET", "/api/health")
    times(pair, 5, "HEAD", "/api/health")
    times(pair, 3, "POST", "/api/nope")
    times(pair, 3, "POST", "/api/batch", {})
    times(pair, 3, "GET", "/api/crons")


def test_tags(pair, limits):
    limits(("posts:list", 2), ("*:list", 3), ("*:view", 2), ("members:auth", 2), ("*:authWithPassword", 1), ("*:create", 1),
        ("*:listAuthMethods", 2))
    times(pair, 4, "GET", records("posts") + "?fields=id&sort=id")
    times(pair, 5, "GET", records("tags") + "?fields=id&sort=id")
    times(pair, 2, "GET", records("teams") + "?fields=id&sort=id")
    times(pair, 4, "GET", records("posts", post(1)))
    times(pair, 4, "POST", f"{C}/members/auth-with-password", {"identity": "ann@example.com", "password": PASSWORD})
    times(pair, 4, "POST", f"{C}/staff/auth-with-password", {"identity": "boss1", "password": "x"})
    times(pair, 3, "POST", records("vault"), {"name": "x"})
    times(pair, 3, "POST", records("nope"), {"name": "x"})
    times(pair, 4, "GET", f"{C}/members/auth-methods")


def test_audience(pair, limits):
    limits(("/api/health", 2, "@guest"), ("posts:list", 1, "@auth"), ("/api/", 4))
    times(pair, 4, "GET", "/api/health")
    times(pair, 6, "GET", "/api/health", auth="user1")
    times(pair, 3, "GET", records("posts") + "?fields=id", auth="user1")
    times(pair, 3, "GET", records("posts") + "?fields=id", auth="user2")
    times(pair, 6, "GET", records("posts") + "?fields=id")


def test_excluded_and_per_ip(pair, limits):
    pair.send("PATCH", S, {"trustedProxy": {"headers": ["X-Test-IP"]}})
    try:
        limits(("/api/", 1), excludedIPs=["5.5.5.5", "10.0.0.0/8"])
        for address in ("1.1.1.1", "2.2.2.2", "5.5.5.5", "10.1.2.3", "1.1.1.1"):
            times(pair, 2, "GET", "/api/health", headers={"X-Test-IP": address})
    finally:
        pair.send("PATCH", S, {"trustedProxy": {"headers": []}})


def test_batch_items_count(pair, limits):
    pair.send("PATCH", S, {"batch": {"enabled": True}})
    try:
        limits(("*:create", 2))
        one = {"method": "POST", "url": records("loose"), "body": {"t": "rl"}}
        times(pair, 3, "POST", "/api/batch", {"requests": [one]})
        times(pair, 1, "POST", "/api/batch", {"requests": [one, one]}, auth="user1")
        times(pair, 1, "POST", "/api/batch", {"requests": [one, one, one]}, auth="su")
    finally:
        pair.send("PATCH", S, {"batch": {"enabled": False}})
