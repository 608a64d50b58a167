"""ID tokens that must not pass, against a real OpenID provider (Authlib): signatures, nonces, audiences."""

import base64
import hashlib
import http.client
import json
import pathlib
import socket
import sys
import threading
import time
import urllib.parse

import pytest
from servers import Server

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Peers"))
from openid_provider import Provider                            # noqa: E402
from profile_provider import ProfileProvider                    # noqa: E402

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
BACK = "http://127.0.0.1/back"


@pytest.fixture(scope="module", params=["RS256", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"])
def provider(request):
    running = Provider(algorithm=request.param)
    yield running
    running.close()


@pytest.fixture(scope="module")
def shapes():
    running = ProfileProvider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.must("POST", "/api/collections", {"name": "birds", "type": "auth", **OPEN})
        yield running


def offer(server, *entries):
    server.must("PATCH", "/api/collections/birds", {"oauth2": {"enabled": True, "providers": [{"extra": {}, **entry} for entry in entries]}})


def code_from(provider, **more):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    query = {"client_id": "bird", "response_type": "code", "scope": "openid email profile", "state": "s", "redirect_uri": BACK,
             "code_challenge": challenge, "code_challenge_method": "S256", **more}
    connection = http.client.HTTPConnection(provider.url.removeprefix("http://"))
    connection.request("GET", "/authorize?" + urllib.parse.urlencode(query))
    location = connection.getresponse().getheader("location")
    return urllib.parse.parse_qs(urllib.parse.urlparse(location).query)["code"][0]


def sign_in(server, code, **more):
    body = {"provider": "oidc", "code": code, "codeVerifier": "v" * 43, "redirectURL": BACK, **more}
    return server.call("POST", "/api/collections/birds/auth-with-oauth2", body, token="")


def test_every_algorithm(server, provider):
    offer(server, provider.id_token_entry())
    answer = sign_in(server, code_from(provider))
    assert answer.status == 200 and answer.json()["meta"]["email"] == "ada@example.com", answer


def test_nonces(server, provider):
    offer(server, provider.id_token_entry())
    assert sign_in(server, code_from(provider, nonce="n1"), nonce="n1").status == 200
    assert sign_in(server, code_from(provider, nonce="n1"), nonce="n2").status == 400
    assert sign_in(server, code_from(provider), nonce="n1").status == 400
    offer(server, provider.entry())
    assert sign_in(server, code_from(provider, nonce="n1"), nonce="n2").status == 400, "also beside a profile"


def test_keys_of_others(server, provider):
    other = Provider(algorithm=provider.algorithm)
    try:
        other.turn_key(provider.key.kid)
        offer(server, provider.id_token_entry(extra={"jwksURL": other.url + "/keys"}))
        assert sign_in(server, code_from(provider)).problem(400)["message"] == "Failed to fetch OAuth2 user."
    finally:
        other.close()


def test_forged_tokens(server, provider, shapes):
    """What a token endpoint hands out is believed only when the key set bears it out."""
    entry = shapes.entry("oidc", userInfoURL="", extra={"jwksURL": provider.url + "/keys"})
    offer(server, provider.id_token_entry())
    token = None
    original = provider.app.view_functions["token"]

    def remember(*args, **kwargs):
        nonlocal token
        answer = original(*args, **kwargs)
        token = answer.get_json()["id_token"]
        return answer
    provider.app.view_functions["token"] = remember
    try:
        assert sign_in(server, code_from(provider)).status == 200
    finally:
        provider.app.view_functions["token"] = original
    head, payload, signature = token.split(".")

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    forged = part({**claims, "sub": "somebody else"})
    offer(server, entry)

    def tried(text):
        return sign_in(server, shapes.code(token={"id_token": text})).status
    assert tried(token) == 200
    for text in (f"{head}.{forged}.{signature}", f"{part({**header, 'alg': 'none'})}.{forged}.", f"{part({**header, 'alg': 'none'})}.{payload}.{signature}",
                 f"{part({**header, 'alg': 'HS256'})}.{payload}.{signature}", f"{part({**header, 'kid': 'unknown'})}.{payload}.{signature}",
                 f"{head}.{payload}.{signature[:-8]}AAAAAAAA", f"{head}.{payload}.", f"{head}.{payload}", f"{head}.{part({**claims, 'aud': 'other'})}.{signature}"):
        assert tried(text) == 400, text


def test_other_parties(server, shapes):
    """With several audiences, the one that the token was made for counts."""
    def token(**claims):
        def part(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
        return f"{part({'alg': 'RS256'})}.{part({'sub': 's', 'email': 'e@example.com', 'email_verified': True, **claims})}.AAAA"
    offer(server, shapes.entry("oidc", userInfoURL=""))
    assert sign_in(server, shapes.code(token={"id_token": token(aud=["x", "bird"], azp="bird")})).status == 200
    assert sign_in(server, shapes.code(token={"id_token": token(aud=["x", "bird"], azp="x")})).status == 400


def test_a_profile_of_somebody_else(server, provider):
    offer(server, provider.entry())
    provider.claims = {}
    original = provider.app.view_functions["userinfo"]
    provider.app.view_functions["userinfo"] = lambda: {"sub": "somebody else", "email": "x@example.com", "email_verified": True}
    try:
        assert sign_in(server, code_from(provider)).status == 400
    finally:
        provider.app.view_functions["userinfo"] = original


def test_a_provider_that_drips(server):
    """An answer that begins and never ends holds nobody for longer than the exchange may take."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        stop = threading.Event()

        def drip():
            connection, _ = listener.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
            while not stop.wait(0.2):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return
        threading.Thread(target=drip, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        offer(server, {"name": "oidc", "clientId": "bird", "clientSecret": "s", "authURL": url, "tokenURL": url, "userInfoURL": url})
        start = time.monotonic()
        answer = server.call("POST", "/api/collections/birds/auth-with-oauth2", {"provider": "oidc", "code": "x"}, token="", timeout=60)
        stop.set()
        assert answer.status == 400 and 28 < time.monotonic() - start < 35


@pytest.mark.parametrize("url", ["http+unix://%2Ftmp%2Fx/", "unix:///tmp/x", "file:///etc/passwd", "ftp://127.0.0.1/", "http://127.0.0.1:1/", "", "x"])
def test_addresses_that_are_none(server, url):
    entry = {"name": "oidc", "clientId": "bird", "clientSecret": "s", "authURL": "http://a.example", "tokenURL": url, "userInfoURL": "http://a.example"}
    if server.call("PATCH", "/api/collections/birds", {"oauth2": {"enabled": True, "providers": [entry]}}).status == 200:
        assert sign_in(server, "x").problem(400)["message"] == "Failed to fetch OAuth2 token."
