"""Signing in, refreshing, auth-methods, impersonation, tokens. Mail, OTP, MFA and OAuth2 flows are not here:
they need a mail or provider server."""
import base64
import hashlib
import hmac
import json

import pytest

from cases import C, NOW, Fresh, field, q, records, text, values
from fixture_records import AUTH, PASSWORD, member, rid

LOGIN = C + "/{}/auth-with-password"
BODIES = [
    ("members", {}), ("members", {"identity": ""}), ("members", {"identity": "ann@example.com"}), ("members",
    {"identity": "ann@example.com", "password": "wrong"}), ("members", {"identity": "nobody@example.com", "password": "wrong"}),
    ("members", {"identity": "ann@example.com", "password": PASSWORD}), ("members", {"identity": "ANN@example.com",
    "password": PASSWORD}),
    ("members", {"identity": " ann@example.com", "password": PASSWORD}), ("members", {"identity": "Ann", "password": PASSWORD}),
    ("members", {"identity": "Dan@Example.com", "password": PASSWORD}), ("members", {"identity": "dan@example.com",
    "password": PASSWORD}), ("members", {"identity": member(1), "password": PASSWORD}), ("members",
    {"identity": "ann@example.com", "password": PASSWORD, "identityField": "email"}),
    ("members", {"identity": "ann@example.com", "password": PASSWORD, "identityField": "name"}), ("members",
    {"identity": "ann@example.com", "password": PASSWORD, "identityField": ""}), ("members", {"identity": "ann@example.com",
    "password": PASSWORD, "identityField": "id"}), ("members", {"identity": "x" * 256, "password": "y" * 256}), ("members",
    {"identity": "x" * 255, "password": "y" * 255}), ("members", {"identity": "ä" * 128, "password": "x"}),
    ("members", {"identity": "ann@example.com", "password": PASSWORD, "mfaId": "x"}), ("members",
    {"identity": "ann@example.com", "password": PASSWORD, "extra": 1}), ("members", {"identity": "ann@example.com",
    "password": PASSWORD.upper()}), ("members", {"identity": "ann@example.com", "password": PASSWORD + " "}),
    ("staff", {"identity": "boss1", "password": PASSWORD}), ("staff", {"identity": "BOSS1", "password": PASSWORD}), ("staff",
    {"identity": "clerk", "password": PASSWORD}), ("staff", {"identity": "Clerk", "password": PASSWORD,
    "identityField": "username"}), ("staff", {"identity": "Clerk", "password": PASSWORD, "identityField": "email"}), ("staff",
    {"identity": "clerk@example.com", "password": PASSWORD}), ("staff", {"identity": "CLERK@example.com",
    "password": PASSWORD}),
    ("staff", {"identity": "boss@example.com", "password": PASSWORD, "identityField": "username"}), ("staff",
    {"identity": "gone1", "password": PASSWORD}), ("staff", {"identity": "gone1", "password": "wrong"}), ("_superusers",
    {"identity": "admin@example.com", "password": PASSWORD}), ("_superusers", {"identity": "admin@example.com",
    "password": "x"}), ("users", {"identity": "a@b.c", "password": "x"}), ("posts", {"identity": "a", "password": "b"}),
    ("v_posts", {"identity": "a", "password": "b"}), ("nope", {"identity": "a", "password": "b"}), ("MEMBERS",
    {"identity": "ann@example.com", "password": PASSWORD}), ("pbc_members", {"identity": "ann@example.com",
    "password": PASSWORD}), ("_mfas", {}),
]


@pytest.mark.parametrize("item", values(*BODIES))
def test_password_login(pair, item):
    collection, body = item
    for caller in (None, "user1", "su"):
        pair.same("POST", LOGIN.format(collection), body, auth=caller)


@pytest.mark.parametrize("query", ["?fields=token", "?fields=record.id,record.email",
    "?expand=team,profiles_via_member&fields=record", "?fields=*,record.expand.team.name&expand=team", "?mfaId=x",
    "?fields=token:excerpt(3)", "?expand=nope"])
def test_login_options(pair, query):
    pair.same("POST", LOGIN.format("members") + query, {"identity": "bob@example.com", "password": PASSWORD}, auth=None)
    pair.same("POST", f"{C}/members/auth-refresh{query}", auth="user1")


@pytest.mark.parametrize("collection", ["members", "staff", "_superusers", "users", "posts", "nope", "v_posts"])
@pytest.mark.parametrize("caller", [None, "user1", "boss", "su", "bad.token.x"])
def test_refresh_and_methods(pair, collection, caller):
    pair.same("POST", f"{C}/{collection}/auth-refresh", auth=caller)
    pair.same("POST", f"{C}/{collection}/auth-refresh", {"x": 1}, auth=caller)
    pair.same("GET", f"{C}/{collection}/auth-methods", auth=caller)
    pair.same("GET", f"{C}/{collection}/auth-refresh", auth=caller)
    pair.same("HEAD", f"{C}/{collection}/auth-methods", auth=caller)
    pair.same("POST", f"{C}/{collection}/impersonate/{member(1)}", {"duration": 100}, auth=caller)


@pytest.mark.parametrize("body", values(None, {}, {"duration": 0}, {"duration": 50}, {"duration": -1}, {"duration": "60"},
    {"duration": 1.5}, {"duration": "x"}, {"duration": 10**12}))
def test_impersonate(pair, body):
    answer = pair.same("POST", f"{C}/members/impersonate/{member(1)}", body)
    pair.same("POST", f"{C}/members/impersonate/nope", body)
    if answer.status == 200:
        for side, got in zip((pair.ref, pair.mart), pair.send("POST", f"{C}/members/impersonate/{member(1)}", body)):
            side.tokens["tmp"] = (got.json or {}).get("token", "x")
        pair.same("POST", f"{C}/members/auth-refresh", auth="tmp")
        pair.same("GET", records("notes") + "?sort=id", auth="tmp")


ROUTES = ["request-otp", "auth-with-otp", "request-password-reset", "confirm-password-reset", "request-verification",
    "confirm-verification", "request-email-change", "confirm-email-change", "auth-with-oauth2"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", values({}, {"email": "bad", "token": "x", "newEmail": "bad", "otpId": "x", "password": "x",
    "passwordConfirm": "y", "provider": "nope", "code": "x", "redirectURL": "x", "codeVerifier": "x"},
    {"email": "nobody@example.com", "token": "", "provider": "google"}))
def test_other_auth_routes_refuse_alike(pair, route, body):
    for collection in ("members", "posts", "nope", "_superusers"):
        for caller in (None, "user1"):
            # an OTP id of an unknown email is random
            pair.same("POST", f"{C}/{collection}/{route}", body, auth=caller, ignore=("otpId",))


@pytest.mark.parametrize("caller", [None, "user1", "boss", "su", "bad.token.x"])
def test_file_tokens(pair, caller):
    answer = pair.same("POST", "/api/files/token", auth=caller)
    pair.same("POST", "/api/files/token?fields=x", {"x": 1}, auth=caller)
    pair.same("GET", "/api/files/token", auth=caller)
    if answer.status == 200:
        for side, got in zip((pair.ref, pair.mart), pair.send("POST", "/api/files/token", auth=caller)):
            side.tokens["file"] = got.json["token"]
        pair.same("POST", f"{C}/members/auth-refresh", auth="file")
        pair.same("POST", "/api/files/token", auth="file")


def sign(secret, claims, header=None):
    def part(x):
        return base64.urlsafe_b64encode(json.dumps(x).encode()).rstrip(b"=")
    head = part(header or {"alg": "HS256", "typ": "JWT"}) + b"." + part(claims)
    kind = {"HS512": hashlib.sha512}.get((header or {}).get("alg"), hashlib.sha256)
    return (head + b"." + base64.urlsafe_b64encode(hmac.new(secret, head, kind).digest()).rstrip(b"=")).decode()


LATER = NOW + 3600
GOOD = {"id": rid("tok", 1), "collectionId": "pbc_tok", "type": "auth", "exp": LATER, "refreshable": True}
CLAIMS = [GOOD, {**GOOD, "exp": LATER - 7200}, {**GOOD, "exp": None}, {k: v for k, v in GOOD.items() if k != "exp"}, {**GOOD,
    "exp": LATER + 0.5}, {**GOOD, "exp": str(LATER)}, {**GOOD, "iat": LATER}, {**GOOD, "nbf": LATER}, {**GOOD, "iat": 1,
    "nbf": 1}, {**GOOD, "type": "file"}, {**GOOD, "type": ""}, {k: v for k, v in GOOD.items() if k != "type"}, {**GOOD,
    "collectionId": "tok"}, {**GOOD, "collectionId": "TOK"},
          {**GOOD, "collectionId": "pbc_members"}, {**GOOD, "id": "nope"}, {**GOOD, "id": None}, {k: v for k,
          v in GOOD.items() if k != "refreshable"}, {**GOOD, "refreshable": "true"}, {**GOOD, "refreshable": False}, {**GOOD,
          "refreshable": 1}, {**GOOD, "extra": "x"}, {**GOOD, "aud": "x", "iss": "y", "sub": "z"}, {**GOOD, "id": 5}]
HEADERS = [{"alg": "HS512", "typ": "JWT"}, {"alg": "none", "typ": "JWT"}, {"alg": "HS256"}, {"alg": "HS256", "typ": "JWS"},
    {"typ": "JWT"}, {"alg": "hs256"}, {"alg": "HS256", "typ": "JWT", "kid": "x"}, {"alg": "HS256", "crit": ["x"]}]


@pytest.fixture(scope="module")
def known_secret(pair):
    """An auth collection whose token secret and record key are chosen: tokens can be made here."""
    m = Fresh(pair)
    m("tok", [text("t")], id="pbc_tok", type="auth", authToken={"secret": "s" * 40, "duration": 600},
        listRule="@request.auth.id != ''")
    pair.same("POST", records("tok"), {"id": rid("tok", 1), "email": "tok@example.com", "tokenKey": "k" * 40, **AUTH},
        expect=200)
    yield b"k" * 40 + b"s" * 40
    m.clean()


@pytest.mark.parametrize("claims", values(*CLAIMS))
def test_made_tokens(pair, known_secret, claims):
    token = sign(known_secret, claims)
    for path in (records("tok"), records("notes") + "?fields=id"):
        pair.same("GET", path, auth=token)
    pair.same("POST", f"{C}/tok/auth-refresh", auth=token)


@pytest.mark.parametrize("header", values(*HEADERS))
def test_made_token_headers(pair, known_secret, header):
    pair.same("POST", f"{C}/tok/auth-refresh", auth=sign(known_secret, GOOD, header))
    pair.same("POST", f"{C}/tok/auth-refresh", auth=sign(b"wrong", GOOD))


def test_what_ends_a_token(pair, known_secret):
    one, token = records("tok", rid("tok", 1)), sign(known_secret, GOOD)
    for change in ({"verified": True}, {"t": "x"}, {"email": "tok@example.com"}, {"password": "new-pass-1",
        "passwordConfirm": "new-pass-1", "tokenKey": "k" * 40}, {"email": "tok2@example.com"}, {"tokenKey": "k" * 40},
        {"tokenKey:autogenerate": ""}):
        pair.same("PATCH", one, change)
        pair.same("POST", f"{C}/tok/auth-refresh", auth=token)
    pair.same("PATCH", one, {"tokenKey": "k" * 40})
    for rule in ("verified = true", "verified = false", None, ""):
        pair.same("PATCH", f"{C}/tok", {"authRule": rule, "authToken": {"secret": "s" * 40}})
        pair.same("POST", f"{C}/tok/auth-refresh", auth=token)
        for caller in (None, "su"):
            pair.same("POST", LOGIN.format("tok"), {"identity": "tok2@example.com", "password": "new-pass-1"}, auth=caller)
    pair.same("PATCH", f"{C}/tok", {"passwordAuth": {"enabled": False}})
    pair.same("POST", LOGIN.format("tok"), {"identity": "tok2@example.com", "password": "new-pass-1"}, auth=None)
    pair.same("GET", f"{C}/tok/auth-methods", auth=None)
