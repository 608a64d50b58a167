"""How passwords are hashed, and what the time of an answer tells."""

import statistics
import time

import pytest
from servers import Server

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


@pytest.fixture(scope="module")
def plain():
    with Server() as running:
        yield running


def collection(server, name, **auth):
    server.must("POST", "/api/collections", {"name": name, "type": "auth", "passwordAuth": {"enabled": True, "identityFields": ["email"], **auth},
                                             **OPEN})


def sign_up(server, name, email="ann@example.com", password=PASSWORD):
    return server.must("POST", f"/api/collections/{name}/records", {"email": email, "password": password, "passwordConfirm": password})


def sign_in(server, name, email="ann@example.com", password=PASSWORD):
    return server.call("POST", f"/api/collections/{name}/auth-with-password", {"identity": email, "password": password}, token="")


def stored(server, name):
    return server.must("POST", "/api/sql", {"query": f"SELECT password, tokenKey FROM {name}"})["rows"][0]


def test_argon2id(plain):
    collection(plain, "argon", hash="argon2id")
    sign_up(plain, "argon")
    assert stored(plain, "argon")[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(plain, "argon").status == 200
    assert sign_in(plain, "argon", password="wrong").status == 400
    assert plain.must("GET", "/api/collections/argon")["passwordAuth"]["hash"] == "argon2id"


def test_the_default_stays_as_it_is(plain):
    collection(plain, "bcrypt")
    sign_up(plain, "bcrypt")
    assert stored(plain, "bcrypt")[0].startswith("$2a$10$")
    assert "hash" not in plain.must("GET", "/api/collections/bcrypt")["passwordAuth"]
    assert plain.call("PATCH", "/api/collections/bcrypt", {"passwordAuth": {"hash": "md5"}}).status == 400


@pytest.mark.parametrize("before, after, form", [("bcrypt", "argon2id", "$argon2id$"), ("argon2id", "bcrypt", "$2a$10$")])
def test_a_changed_choice(plain, before, after, form):
    name = f"from_{before}"
    collection(plain, name, hash=before)
    sign_up(plain, name)
    token, (old, key) = sign_in(plain, name).json()["token"], stored(plain, name)
    plain.must("PATCH", f"/api/collections/{name}", {"passwordAuth": {"hash": after}})
    assert sign_in(plain, name, password="wrong").status == 400
    assert stored(plain, name) == [old, key], "a wrong password changes nothing"
    assert sign_in(plain, name).status == 200
    new, new_key = stored(plain, name)
    assert new.startswith(form) and new_key == key
    assert plain.call("POST", f"/api/collections/{name}/auth-refresh", token=token).status == 200, "nobody is signed out"
    assert sign_in(plain, name).status == 200
    assert stored(plain, name)[0] == new, "once is enough"


def test_a_changed_cost(plain):
    collection(plain, "costly")
    sign_up(plain, "costly")
    fields = plain.must("GET", "/api/collections/costly")["fields"]
    fields = [{**field, "cost": 6} if field["name"] == "password" else field for field in fields]
    plain.must("PATCH", "/api/collections/costly", {"fields": fields})
    assert sign_in(plain, "costly").status == 200
    assert stored(plain, "costly")[0].startswith("$2a$06$")
    assert sign_in(plain, "costly").status == 200


@pytest.mark.parametrize("hashing, later", [("bcrypt", "bcrypt"), ("argon2id", "argon2id"), ("bcrypt", "argon2id")])
def test_time_tells_nothing(plain, hashing, later):
    """A wrong password takes as long as an unknown address: the medians of both, measured in turn, differ by less than a
    quarter of what hashing takes, also when the collection has chosen another way since. The failures are fewer than the
    limits on guessing allow."""
    name = f"timed_{hashing}_{later}"
    collection(plain, name, hash=hashing)
    sign_up(plain, name)
    plain.must("PATCH", f"/api/collections/{name}", {"passwordAuth": {"hash": later}})
    times = {"known": [], "unknown": []}
    for turn in range(18):
        for kind, email in (("known", "ann@example.com"), ("unknown", f"nobody{turn}@example.com")):
            start = time.perf_counter()
            assert sign_in(plain, name, email, "wrong").status == 400
            times[kind].append(time.perf_counter() - start)
    known, unknown = (statistics.median(times[kind]) for kind in ("known", "unknown"))
    print(f"{hashing}: known {known * 1000:.1f} ms, unknown {unknown * 1000:.1f} ms")
    assert abs(known - unknown) < known / 4, (known, unknown)
