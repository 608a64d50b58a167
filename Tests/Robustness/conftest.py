"""A running program with a small, known schema for every test file, checked for health after every test."""

import shutil

import pytest

import servers

HIDDEN, VAULT, OWNED, ADDRESS = "canary-hidden-7f3a", "canary-vault-91bc", "canary-owned-c04d", "canary-address@example.com"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


def pytest_configure(config):
    config.addinivalue_line("markers", "martlet(why): a promise of Martlet alone; skipped when another program is under test")
    if not shutil.which(servers.PROGRAM):
        pytest.exit(f"no program at {servers.PROGRAM}: build it, or set MARTLET_BIN", returncode=2)


def pytest_runtest_setup(item):
    promise = item.get_closest_marker("martlet")
    if promise and not servers.IS_MARTLET:
        pytest.skip(f"only Martlet promises this. The reference: {promise.args[0]}")


def seed(server):
    """posts and inbox: open to everybody; vault: superusers only; owned: behind a rule; members: an auth collection."""
    vault = collection(server, "vault", [{"name": "word", "type": "text"}])
    members = collection(server, "members", [{"name": "hint", "type": "text", "hidden": True}], type="auth", **OPEN)
    posts_fields = [
        {"name": "title", "type": "text"}, {"name": "body", "type": "text", "max": 2_000_000},
        {"name": "n", "type": "number"}, {"name": "data", "type": "json", "maxSize": 2_000_000},
        {"name": "day", "type": "date"}, {"name": "place", "type": "geoPoint"},
        {"name": "tags", "type": "select", "values": ["a", "b", "c"], "maxSelect": 3},
        {"name": "secret", "type": "text", "hidden": True},
        {"name": "hush", "type": "relation", "collectionId": vault["id"]},
        {"name": "author", "type": "relation", "collectionId": members["id"], "maxSelect": 5},
    ]
    collection(server, "posts", posts_fields, **OPEN)
    collection(server, "inbox", posts_fields, **OPEN)
    rule = "owner != '' && owner = @request.auth.id"
    collection(server, "owned", [{"name": "owner", "type": "text"}, {"name": "word", "type": "text"}], listRule=rule, viewRule=rule)
    server.must("PATCH", "/api/settings", {"batch": {"enabled": True}})

    word = record(server, "vault", word=VAULT)
    who = record(server, "members", email=ADDRESS, password="member-pass-1", passwordConfirm="member-pass-1", hint=HIDDEN)
    for i in range(20):
        record(server, "posts", title=f"post {i}", n=i, data={"a": i}, tags=["a"], secret=HIDDEN, hush=word["id"], author=[who["id"]])
        record(server, "owned", owner=who["id"], word=OWNED)


def collection(server, name, fields, type="base", **options):
    return server.must("POST", "/api/collections", {"name": name, "type": type, "fields": fields, **options})


def record(server, into, **values):
    return server.must("POST", f"/api/collections/{into}/records", values)


@pytest.fixture(scope="module")
def server():
    with servers.Server() as running:
        seed(running)
        yield running


@pytest.fixture(autouse=True)
def goes_on(request):
    """After every test on the shared server: it still runs, as the same process, and answers."""
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").assert_healthy()
