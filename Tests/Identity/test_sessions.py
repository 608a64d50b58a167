"""Sign-ins that are kept and can be ended."""

import time

import pytest
from servers import Server

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
BASE = "/api/collections/people"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", "sessions": {"enabled": True}, **OPEN})
        running.must("POST", "/api/collections", {"name": "plain", "type": "auth", **OPEN})
        for name in ("people", "plain"):
            for person in ("ann", "bob"):
                body = {"email": f"{person}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
                running.must("POST", f"/api/collections/{name}/records", body)
        yield running


@pytest.fixture(autouse=True)
def nobody_signed_in(server):
    for row in server.must("GET", "/api/collections/_sessions/records?perPage=500")["items"]:
        server.must("DELETE", f"/api/collections/_sessions/records/{row['id']}")


def sign_in(server, person="ann", agent="phone", collection="people"):
    body = {"identity": f"{person}@example.com", "password": PASSWORD}
    answer = server.call("POST", f"/api/collections/{collection}/auth-with-password", body, token="", headers={"User-Agent": agent})
    assert answer.status == 200, answer
    return answer.json()["token"]


def works(server, token):
    return server.call("POST", f"{BASE}/auth-refresh", token=token).status == 200


def test_listing_and_ending_one(server):
    phone, desk = sign_in(server), sign_in(server, agent="desk")
    items = server.call("GET", f"{BASE}/sessions", token=desk).json()["items"]
    assert [(item["device"], item["method"], item["current"]) for item in items] == [("phone", "password", False), ("desk", "password", True)]
    assert all(item["address"] == "127.0.0.1" and item["created"] <= item["lastUsed"] for item in items)
    assert server.call("DELETE", f"{BASE}/sessions/{items[0]['id']}", token=desk).status == 204
    assert not works(server, phone) and works(server, desk)
    assert server.call("DELETE", f"{BASE}/sessions/{items[0]['id']}", token=desk).status == 404


def test_ending_all_or_all_others(server):
    tokens = [sign_in(server) for _ in range(3)]
    other = sign_in(server, "bob")
    assert server.call("DELETE", f"{BASE}/sessions?except=current", token=tokens[1]).status == 204
    assert [works(server, token) for token in tokens] == [False, True, False]
    assert server.call("DELETE", f"{BASE}/sessions", token=tokens[1]).status == 204
    assert not works(server, tokens[1]) and works(server, other)


def test_refreshing_stays_in_the_session(server):
    token = sign_in(server)
    later = server.call("POST", f"{BASE}/auth-refresh", token=token).json()["token"]
    items = server.call("GET", f"{BASE}/sessions", token=later).json()["items"]
    assert len(items) == 1 and items[0]["current"]
    server.call("DELETE", f"{BASE}/sessions/{items[0]['id']}", token=token)
    assert not works(server, token) and not works(server, later)


def test_nobody_ends_others_sessions(server):
    ann, bob = sign_in(server), sign_in(server, "bob")
    mine = server.call("GET", f"{BASE}/sessions", token=ann).json()["items"][0]["id"]
    assert server.call("DELETE", f"{BASE}/sessions/{mine}", token=bob).status == 404
    assert server.call("DELETE", f"/api/collections/_sessions/records/{mine}", token=bob).status == 404
    assert server.call("GET", f"/api/collections/_sessions/records/{mine}", token=bob).status == 404
    assert works(server, ann)


def test_a_new_password_ends_all(server):
    token, row = sign_in(server), server.must("GET", f"{BASE}/records?filter=email='ann@example.com'")["items"][0]
    server.must("PATCH", f"{BASE}/records/{row['id']}", {"password": PASSWORD, "passwordConfirm": PASSWORD})
    assert not works(server, token)
    assert server.must("GET", "/api/collections/_sessions/records")["totalItems"] == 0


def test_impersonation_can_be_ended(server):
    row = server.must("GET", f"{BASE}/records?filter=email='ann@example.com'")["items"][0]
    token = server.must("POST", f"{BASE}/impersonate/{row['id']}", {"duration": 100})["token"]
    items = server.call("GET", f"{BASE}/sessions", token=token).json()["items"]
    assert [item["method"] for item in items] == ["impersonation"]
    server.must("DELETE", f"/api/collections/_sessions/records/{items[0]['id']}")
    assert server.call("GET", f"{BASE}/sessions", token=token).status == 401


def test_a_session_lasts_as_long_as_its_token(server):
    """The clean-up ends no impersonation that was made for longer than a sign-in of the collection."""
    row = server.must("GET", f"{BASE}/records?filter=email='ann@example.com'")["items"][0]
    token = server.must("POST", f"{BASE}/impersonate/{row['id']}", {"duration": 10**8})["token"]
    server.must("POST", "/api/sql", {"query": "UPDATE _sessions SET created = '2020-01-01 00:00:00.000Z', lastUsed = created"})
    old = sign_in(server)
    server.must("POST", "/api/sql", {"query": "UPDATE _sessions SET ends = '2020-01-01 00:00:00.000Z' WHERE method = 'password'"})
    server.must("POST", "/api/crons/__pbMFACleanup__")
    for _ in range(50):
        if not works(server, old):
            break
        time.sleep(0.1)
    assert not works(server, old) and server.call("GET", f"{BASE}/sessions", token=token).status == 200


def test_off_by_default(server):
    token = sign_in(server, collection="plain")
    assert server.call("GET", "/api/collections/plain/sessions", token=token).status == 403
    assert "sessions" not in server.must("GET", "/api/collections/plain")


def test_switching_on_ends_older_tokens(server):
    """A token without a session could not be ended."""
    body = {"email": "ann@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    server.must("POST", "/api/collections", {"name": "later", "type": "auth", **OPEN})
    server.must("POST", "/api/collections/later/records", body)
    token = sign_in(server, collection="later")
    server.must("PATCH", "/api/collections/later", {"sessions": {"enabled": True}})
    assert server.call("POST", "/api/collections/later/auth-refresh", token=token).status == 401
    token = sign_in(server, collection="later")
    assert server.call("POST", "/api/collections/later/auth-refresh", token=token).status == 200


@pytest.mark.parametrize("agent", ["a" + "\u0301" * 3000, "x" * 5000, "tab\tin it", "\u00e9" * 300])
def test_odd_user_agents(server, agent):
    """They are cut and kept; no device is too odd to sign in from."""
    body = {"identity": "ann@example.com", "password": PASSWORD}
    answer = server.call("POST", f"{BASE}/auth-with-password", body, token="", headers={"User-Agent": agent.encode()})
    assert answer.status == 200, answer
    device = server.call("GET", f"{BASE}/sessions", token=answer.json()["token"]).json()["items"][0]["device"]
    assert 0 < len(device) <= 203 and "\t" not in device
