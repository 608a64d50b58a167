"""Tokens that must not pass: a table, each tried on every kind of door."""

import hashlib
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from servers import Server

from tokens import encoded, made

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
SECRETS = {"authToken": "a" * 40, "verificationToken": "v" * 40, "passwordResetToken": "r" * 40, "emailChangeToken": "e" * 40, "fileToken": "f" * 40}
KEYS = {"ann": "k" * 40, "bob": "l" * 40}
NOW = int(time.time())


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        secrets = {name: {"secret": secret, "duration": 1000} for name, secret in SECRETS.items()}
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", **OPEN, **secrets, "listRule": "@request.auth.id != ''"})
        other = {**secrets, "authToken": {"secret": "o" * 40, "duration": 1000}}
        running.must("POST", "/api/collections", {"name": "others", "type": "auth", **OPEN, **other})
        running.must("POST", "/api/collections", {"name": "base", "type": "base", **OPEN})
        ids = {}
        for collection in ("people", "others"):
            for name, key in KEYS.items():
                body = {"email": f"{name}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD, "tokenKey": key}
                if collection == "others":
                    body["tokenKey"] = key[::-1] + "x"
                ids[collection, name] = running.must("POST", f"/api/collections/{collection}/records", body)["id"]
        running.ids = ids
        running.names = {name: running.must("GET", f"/api/collections/{name}")["id"] for name in ("people", "others", "base", "_superusers")}
        yield running


def claims(server, **changes):
    return {"id": server.ids["people", "ann"], "collectionId": server.names["people"], "type": "auth", "exp": NOW + 900, "refreshable": True, **changes}


GOOD_KEY = KEYS["ann"] + SECRETS["authToken"]


def rs256(server):
    key = rsa.generate_private_key(65537, 2048)
    text = encoded({"alg": "RS256", "typ": "JWT"}) + "." + encoded(claims(server))
    return text + "." + encoded(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))


def public_key_as_secret(server):
    key = rsa.generate_private_key(65537, 2048).public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    return made(claims(server), pem)


def pieces(server):
    return made(claims(server), GOOD_KEY).split(".")


ATTACKS = {
    "alg none, no signature": lambda s: encoded({"alg": "none", "typ": "JWT"}) + "." + encoded(claims(s)) + ".",
    "alg none, two parts": lambda s: encoded({"alg": "none"}) + "." + encoded(claims(s)),
    "alg none, right signature": lambda s: made(claims(s), GOOD_KEY, {"alg": "none", "typ": "JWT"}),
    "alg None": lambda s: made(claims(s), GOOD_KEY, {"alg": "None", "typ": "JWT"}),
    "alg HS512": lambda s: made(claims(s), GOOD_KEY, {"alg": "HS512", "typ": "JWT"}, hashlib.sha512),
    "alg RS256 with a key of one's own": rs256,
    "a public key as the secret": public_key_as_secret,
    "no key at all": lambda s: made(claims(s), ""),
    "the record's key alone": lambda s: made(claims(s), KEYS["ann"]),
    "the collection's secret alone": lambda s: made(claims(s), SECRETS["authToken"]),
    "somebody else's key": lambda s: made(claims(s), KEYS["bob"] + SECRETS["authToken"]),
    "the other collection's key": lambda s: made(claims(s), KEYS["ann"] + "o" * 40),
    "the other collection's id": lambda s: made(claims(s, collectionId=s.names["others"]), GOOD_KEY),
    "a base collection's id": lambda s: made(claims(s, collectionId=s.names["base"]), GOOD_KEY),
    "superusers' id": lambda s: made(claims(s, collectionId=s.names["_superusers"]), GOOD_KEY),
    "no collection": lambda s: made({k: v for k, v in claims(s).items() if k != "collectionId"}, GOOD_KEY),
    "no record": lambda s: made({k: v for k, v in claims(s).items() if k != "id"}, GOOD_KEY),
    "another record's id": lambda s: made(claims(s, id=s.ids["people", "bob"]), GOOD_KEY),
    "an unknown record": lambda s: made(claims(s, id="x" * 15), GOOD_KEY),
    "expired": lambda s: made(claims(s, exp=NOW - 10), GOOD_KEY),
    "an end that is a text": lambda s: made(claims(s, exp=str(NOW + 900)), GOOD_KEY),
    "issued in the future": lambda s: made(claims(s, iat=NOW + 900), GOOD_KEY),
    "not yet valid": lambda s: made(claims(s, nbf=NOW + 900), GOOD_KEY),
    "a changed claim": lambda s: ".".join([pieces(s)[0], encoded(claims(s, exp=NOW + 10**6)), pieces(s)[2]]),
    "a shortened signature": lambda s: made(claims(s), GOOD_KEY)[:-4],
    "a longer signature": lambda s: made(claims(s), GOOD_KEY) + "AAAA",
    "a padded signature": lambda s: made(claims(s), GOOD_KEY) + "=",
    "a fourth part": lambda s: made(claims(s), GOOD_KEY) + ".x",
    "an empty payload": lambda s: pieces(s)[0] + ".." + pieces(s)[2],
    "a payload that is a list": lambda s: made([], GOOD_KEY),
    "duplicate claims": lambda s: made(json.dumps(claims(s)).replace("{", '{"exp": 1, ', 1).encode(), GOOD_KEY),
    **{f"a {name} as an auth token": (lambda s, name=name: made(claims(s, type=name.removesuffix("Token")), KEYS["ann"] + SECRETS[name]))
       for name in SECRETS if name != "authToken"},
    **{f"a {name}'s key for type auth": (lambda s, name=name: made(claims(s), KEYS["ann"] + SECRETS[name])) for name in SECRETS if name != "authToken"},
    "no type": lambda s: made(claims(s, type=""), GOOD_KEY),
    "another type in other letters": lambda s: made(claims(s, type="AUTH"), GOOD_KEY),
}


def passes(server, token):
    """Through how many doors a token gets somebody."""
    doors = [server.call("POST", "/api/collections/people/auth-refresh", token=token).status == 200,
             server.call("GET", "/api/collections/people/records", token=token).json()["totalItems"] > 0,
             server.call("POST", "/api/files/token", token=token).status == 200,
             server.call("GET", "/api/collections", token=token).status == 200]
    return sum(doors)


def test_a_good_token_passes(server):
    assert passes(server, made(claims(server), GOOD_KEY)) == 3
    assert passes(server, "Bearer " + made(claims(server), GOOD_KEY)) == 3


@pytest.mark.parametrize("attack", ATTACKS)
def test_refused(server, attack):
    assert passes(server, ATTACKS[attack](server)) == 0


@pytest.mark.parametrize("step, kind, more", [
    ("confirm-verification", "verificationToken", {}), ("confirm-password-reset", "passwordResetToken", {"password": PASSWORD, "passwordConfirm": PASSWORD}),
    ("confirm-email-change", "emailChangeToken", {"password": PASSWORD})])
def test_steps_take_their_own_tokens_only(server, step, kind, more):
    for name, secret in SECRETS.items():
        if name == kind:
            continue
        for type in (name, kind):
            token = made(claims(server, type=type.removesuffix("Token"), email="ann@example.com", newEmail="new@example.com"), KEYS["ann"] + secret)
            assert server.call("POST", f"/api/collections/people/{step}", {"token": token, **more}, token="").status == 400, (name, type)


@pytest.mark.parametrize("change", ["password", "email", "tokenKey", "secret", "delete"])
def test_what_ends_a_token(server, change):
    body = {"email": f"{change}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    name = f"ending_{change.lower()}"
    server.must("POST", "/api/collections", {"name": name, "type": "auth", **OPEN})
    record = server.must("POST", f"/api/collections/{name}/records", body)
    sign_in = {"identity": body["email"], "password": PASSWORD}
    token = server.guest("POST", f"/api/collections/{name}/auth-with-password", sign_in).json()["token"]
    assert server.call("POST", f"/api/collections/{name}/auth-refresh", token=token).status == 200
    one = f"/api/collections/{name}/records/{record['id']}"
    if change == "password":
        server.must("PATCH", one, {"password": "another-password", "passwordConfirm": "another-password"})
    elif change == "email":
        server.must("PATCH", one, {"email": "other@example.com"})
    elif change == "tokenKey":
        server.must("PATCH", one, {"tokenKey:autogenerate": ""})
    elif change == "secret":
        server.must("PATCH", f"/api/collections/{name}", {"authToken": {"secret": "z" * 40}})
    else:
        server.must("DELETE", one)
    assert server.call("POST", f"/api/collections/{name}/auth-refresh", token=token).status == 401
