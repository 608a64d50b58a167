"""Guessing is slowed down, owners are not."""

import concurrent.futures

import pytest
from servers import Server

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


@pytest.fixture
def guarded(monkeypatch):
    """A server with tight limits that believes what a header says of addresses."""
    monkeypatch.setenv("MARTLET_AUTH_ATTEMPTS", "5")
    monkeypatch.setenv("MARTLET_AUTH_WINDOW", "8")
    with Server() as running:
        running.must("PATCH", "/api/settings", {"trustedProxy": {"headers": ["X-From"]}})
        made = running.must("POST", "/api/collections", {"name": "people", "type": "auth", "otp": {"enabled": True}, **OPEN})
        # Quick hashes: the tests are about counting.
        fields = [{**field, "cost": 4} if field["name"] == "password" else field for field in made["fields"]]
        running.must("PATCH", "/api/collections/people", {"fields": fields})
        running.collection_id = made["id"]
        for name in ("ann", "bob"):
            body = {"email": f"{name}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
            running.must("POST", "/api/collections/people/records", body)
        yield running


def sign_in(server, name, password=PASSWORD, address="9.9.9.9"):
    body = {"identity": f"{name}@example.com", "password": password}
    return server.call("POST", "/api/collections/people/auth-with-password", body, token="", headers={"X-From": address})


def test_one_account_from_one_address(guarded):
    token = sign_in(guarded, "ann").json()["token"]
    assert [sign_in(guarded, "ann", "wrong").status for _ in range(7)] == [400] * 5 + [429] * 2
    refused = sign_in(guarded, "ann")
    assert refused.status == 429 and 1 <= int(refused.headers["retry-after"]) <= 8
    assert refused.problem(429)["message"] == "Too Many Requests."
    assert sign_in(guarded, "ANN", "wrong").status == 429, "upper case is no way around"
    assert sign_in(guarded, "bob").status == 200, "others sign in"
    assert sign_in(guarded, "ann", address="9.9.9.8").status == 200, "and so does the owner from elsewhere"
    refreshed = guarded.call("POST", "/api/collections/people/auth-refresh", token=token, headers={"X-From": "9.9.9.9"})
    assert refreshed.status == 200, "whoever is signed in stays so"


def test_other_spellings_of_the_collection_are_no_way_around(guarded):
    body = {"identity": "ann@example.com", "password": "wrong"}
    names = ["people", "People", "PEOPLE", guarded.collection_id] * 3
    answers = [guarded.call("POST", f"/api/collections/{name}/auth-with-password", body, token="", headers={"X-From": "9.9.9.9"}).status for name in names]
    assert answers == [400] * 5 + [429] * 7


def test_a_blocked_account_does_not_block_its_network(guarded):
    assert [sign_in(guarded, "ann", "wrong").status for _ in range(200)].count(429) == 195
    assert sign_in(guarded, "bob").status == 200


def test_long_names_are_counted_like_others(guarded):
    body = {"identity": "x" * 1_000_000, "password": "wrong"}
    answers = [guarded.call("POST", "/api/collections/people/auth-with-password", body, token="", headers={"X-From": "9.9.9.9"}).status for _ in range(7)]
    assert answers == [400] * 5 + [429] * 2


def test_it_ends(guarded):
    import time
    for _ in range(6):
        last = sign_in(guarded, "ann", "wrong")
    time.sleep(int(last.headers["retry-after"]) + 0.1)
    assert sign_in(guarded, "ann").status == 200


def test_success_forgives(guarded):
    for _ in range(3):
        assert [sign_in(guarded, "ann", "wrong").status for _ in range(4)] == [400] * 4
        assert sign_in(guarded, "ann").status == 200


def test_many_at_once_gain_nothing(guarded):
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: sign_in(guarded, "ann", "wrong").status, range(20)))
    assert answers.count(400) == 5 and answers.count(429) == 15, answers


def test_one_account_from_many_addresses(guarded):
    assert sign_in(guarded, "ann", address="7.7.7.7").status == 200
    answers = [sign_in(guarded, "ann", "wrong", f"8.8.{n}.1").status for n in range(60)]
    assert answers[:50] == [400] * 50 and 429 in answers[50:]
    assert sign_in(guarded, "ann", address="7.7.7.7").status == 200, "where the owner came from before, the owner comes in"


def test_many_accounts_from_one_network(guarded):
    """One machine has all addresses of an IPv6 network of 64 bits."""
    answers = [guarded.call("POST", "/api/collections/people/auth-with-otp", {"otpId": f"unknown{n}", "password": "12345678"},
                            token="", headers={"X-From": f"2001:db8::{n:x}"}).status for n in range(130)]
    assert answers[:125] == [400] * 125 and answers[125:] == [429] * 5
    assert sign_in(guarded, "ann", address="2001:db8:0:1::1").status == 200


@pytest.mark.parametrize("step, body", [
    ("auth-with-otp", {"otpId": "x" * 15, "password": "12345678"}), ("confirm-verification", {"token": "a.b.c"}),
    ("confirm-password-reset", {"token": "a.b.c", "password": PASSWORD, "passwordConfirm": PASSWORD}),
    ("confirm-email-change", {"token": "a.b.c", "password": PASSWORD}), ("request-otp", {"email": "nobody@example.com"}),
    ("request-verification", {"email": "nobody@example.com"}), ("request-password-reset", {"email": "nobody@example.com"})])
def test_every_step_is_limited(guarded, step, body):
    answers = [guarded.call("POST", f"/api/collections/people/{step}", body, token="", headers={"X-From": "6.6.6.6"}).status
               for _ in range(130)]
    assert 429 not in answers[:5] and answers[-1] == 429


def test_no_limits(monkeypatch):
    monkeypatch.setenv("MARTLET_AUTH_ATTEMPTS", "0")
    with Server() as running:
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", **OPEN})
        assert {sign_in(running, "ann", "wrong").status for _ in range(30)} == {400}


def test_old_passwords(guarded):
    """A stolen token does not guess the password either."""
    token = sign_in(guarded, "ann").json()
    path = f"/api/collections/people/records/{token['record']['id']}"
    body = {"password": "another-password", "passwordConfirm": "another-password", "oldPassword": "wrong"}

    def change(**more):
        return guarded.call("PATCH", path, {**body, **more}, token=token["token"], headers={"X-From": "5.5.5.5"})
    assert [change().status for _ in range(7)] == [400] * 5 + [429] * 2
    assert change(oldPassword=PASSWORD).status == 429


def test_ipv4_in_ipv6(guarded):
    """Addresses that come as IPv6 are as many as they are."""
    body = {"otpId": "x" * 15, "password": "12345678"}
    answers = [guarded.call("POST", "/api/collections/people/auth-with-otp", {**body, "otpId": f"x{n}"}, token="",
                            headers={"X-From": "::ffff:1.2.3.4"}).status for n in range(126)]
    assert answers[-1] == 429
    assert sign_in(guarded, "ann", address="::ffff:1.2.3.5").status == 200
    assert sign_in(guarded, "ann", address="1.2.3.4").status == 429
