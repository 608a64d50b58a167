"""Passkeys: signed by a software authenticator of ours, in all the ways that must be refused too."""

import base64
import concurrent.futures
import hashlib
import json
import os
import time

import pyotp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import ES256, RS256, EdDSA
from servers import Server

from tokens import made

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
BASE, ORIGIN = "/api/collections/people", "http://localhost:8090"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """An authenticator with one key."""

    def __init__(self, kind="ES256", counts=True):
        self.kind, self.id, self.counter, self.counts = kind, os.urandom(20), 0, counts
        if kind == "ES256":
            self.key, self.cose = ec.generate_private_key(ec.SECP256R1()), ES256
        elif kind == "EdDSA":
            self.key, self.cose = ed25519.Ed25519PrivateKey.generate(), EdDSA
        else:
            self.key, self.cose = rsa.generate_private_key(65537, 2048), RS256

    def sign(self, message):
        if self.kind == "ES256":
            return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        if self.kind == "EdDSA":
            return self.key.sign(message)
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def data(self, flags, domain, credential=b""):
        self.counter += self.counts
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big") + credential

    def client(self, kind, options, origin, **more):
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": origin, **more}).encode()

    def create(self, options, flags=0x45, origin=ORIGIN, domain="localhost", kind="webauthn.create", key=None, **more):
        self.handle = options["user"]["id"]
        key = cbor.encode(dict(self.cose.from_cryptography_key(self.key.public_key()))) if key is None else key
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": self.data(flags, domain, credential)})
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
                "response": {"clientDataJSON": b64(self.client(kind, options, origin, **more)), "attestationObject": b64(attestation),
                             "transports": ["internal"]}}

    def get(self, options, flags=0x05, origin=ORIGIN, domain="localhost", kind="webauthn.get", handle=None, signature=None, **more):
        client, data = self.client(kind, options, origin, **more), self.data(flags, domain)
        signature = self.sign(data + hashlib.sha256(client).digest()) if signature is None else signature
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
                "response": {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
                             "userHandle": self.handle if handle is None else handle}}


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", "passkey": {"enabled": True}, "totp": {"enabled": True}, **OPEN})
        running.must("POST", "/api/collections", {"name": "strict", "type": "auth", **OPEN, "passkey": {
            "enabled": True, "userVerification": "required", "rpId": "birds.example", "origins": ["https://birds.example/", "https://app.birds.example"]}})
        yield running


class Person:
    numbers = iter(range(1000))

    def __init__(self, server, collection="people"):
        self.server, self.base, self.email = server, f"/api/collections/{collection}", f"bird{next(self.numbers)}@example.com"
        body = {"email": self.email, "password": PASSWORD, "passwordConfirm": PASSWORD}
        self.id = server.must("POST", f"{self.base}/records", body)["id"]
        self.token = self.password().json()["token"]

    def password(self, **more):
        return self.server.call("POST", f"{self.base}/auth-with-password", {"identity": self.email, "password": PASSWORD, **more}, token="")

    def call(self, method, path, body=None):
        return self.server.call(method, self.base + path, body, token=self.token)

    def creation(self):
        return self.call("POST", "/passkeys/register-options").json()["publicKey"]

    def add(self, device, name="Laptop", **how):
        return self.call("POST", "/passkeys", {"name": name, "credential": device.create(self.creation(), **how)})

    def request(self, **body):
        return self.server.call("POST", f"{self.base}/passkeys/options", body, token="").json()["publicKey"]

    def use(self, credential, **more):
        return self.server.call("POST", f"{self.base}/auth-with-passkey", {"credential": credential, **more}, token="")


@pytest.fixture
def person(server):
    return Person(server)


@pytest.mark.parametrize("kind", ["ES256", "EdDSA", "RS256"])
def test_register_and_sign_in(server, person, kind):
    device = Device(kind)
    options = person.creation()
    assert options["rp"] == {"id": "localhost", "name": "Acme"} and options["attestation"] == "none"
    assert [entry["alg"] for entry in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert person.email not in base64.urlsafe_b64decode(options["user"]["id"] + "==").decode("latin-1")
    added = person.call("POST", "/passkeys", {"name": "Laptop", "credential": device.create(options)})
    assert added.status == 200 and added.json()["name"] == "Laptop" and added.json()["transports"] == ["internal"], added
    for _ in range(2):
        answer = person.use(device.get(person.request()))
        assert answer.status == 200 and answer.json()["record"]["id"] == person.id, answer
    assert server.call("POST", f"{BASE}/auth-refresh", token=answer.json()["token"]).status == 200
    assert person.call("GET", "/passkeys").json()["items"][0]["lastUsed"]


def test_listing_renaming_removing(server, person):
    device = Device()
    key = person.add(device).json()
    assert person.creation()["excludeCredentials"] == [{"type": "public-key", "id": b64(device.id), "transports": ["internal"]}]
    assert person.call("PATCH", f"/passkeys/{key['id']}", {"name": "Phone"}).json()["name"] == "Phone"
    assert person.call("PATCH", f"/passkeys/{key['id']}", {"name": ""}).status == 400
    thief = Person(server)
    for method, body in (("PATCH", {"name": "Mine"}), ("DELETE", None)):
        assert thief.call(method, f"/passkeys/{key['id']}", body).status == 404
    assert thief.call("GET", "/passkeys").json()["items"] == []
    assert person.call("DELETE", f"/passkeys/{key['id']}").status == 204
    assert person.use(device.get(person.request())).status == 400


@pytest.mark.parametrize("how", [{"origin": "http://evil.example"}, {"origin": "http://localhost:8091"}, {"origin": "https://localhost:8090"},
                                 {"domain": "evil.example"}, {"kind": "webauthn.get"}, {"flags": 0x44}, {"flags": 0x05}, {"challenge": "AAAA"},
                                 {"crossOrigin": True}, {"key": b""}, {"key": b"\xa0"}, {"key": b"\xff" * 50}, {"key": cbor.encode({1: 2, 3: -7, -1: 1})},
                                 {"key": cbor.encode({1: 2, 3: -35, -1: 2, -2: b"x" * 48, -3: b"y" * 48})},
                                 {"key": cbor.encode({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})}])
def test_registrations_that_are_refused(person, how):
    assert person.add(Device(), **how).problem(400)["data"]["credential"]["code"] == "validation_invalid_credential"
    assert person.call("GET", "/passkeys").json()["items"] == []


@pytest.mark.parametrize("how", [{"origin": "http://evil.example"}, {"domain": "evil.example"}, {"kind": "webauthn.create"}, {"flags": 0x04},
                                 {"challenge": "AAAA"}, {"crossOrigin": True}, {"handle": b64(b"x" * 32)}, {"handle": ""}, {"signature": b""},
                                 {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"}, {"flags": 0x85}, {"flags": 0x45}])
def test_sign_ins_that_are_refused(person, how):
    device = Device()
    assert person.add(device).status == 200
    assert person.use(device.get(person.request(), **how)).problem(400)["message"] == "Failed to authenticate."
    assert person.use(device.get(person.request())).status == 200


def test_a_signature_with_another_key(person):
    device, forged = Device(), Device()
    person.add(device)
    forged.id, forged.handle = device.id, device.handle
    assert person.use(forged.get(person.request())).status == 400


def test_a_challenge_is_good_once(server, person):
    device = Device(counts=False)
    options = person.creation()
    assert person.call("POST", "/passkeys", {"name": "a", "credential": device.create(options)}).status == 200
    assert person.call("POST", "/passkeys", {"name": "b", "credential": Device(counts=False).create(options)}).status == 400
    credential = device.get(person.request())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = sorted(answer.status for answer in pool.map(lambda _: person.use(credential), range(8)))
    assert answers == [200] + [400] * 7


def test_challenges_of_others(server, person):
    """A challenge is for one purpose, and a registration's for one record."""
    device, other = Device(), Person(server)
    credential = device.create(other.creation())
    assert person.call("POST", "/passkeys", {"name": "a", "credential": credential}).status == 400
    person.add(device)
    assert person.use(device.get(person.creation())).status == 400
    assert person.call("POST", "/passkeys", {"name": "a", "credential": Device().create({**person.creation(), **person.request()})}).status == 400
    strict = Person(server, "strict")
    assert person.use(device.get(strict.request())).status == 400


def test_a_key_belongs_to_one_record(server, person):
    device = Device()
    person.add(device)
    assert Person(server).add(device).status == 400
    assert person.add(device).status == 400


def test_copied_keys(person):
    device = Device()
    person.add(device)
    assert person.use(device.get(person.request())).status == 200
    device.counter -= 1
    assert person.use(device.get(person.request())).status == 400, "the counter stood still"
    assert person.use(device.get(person.request())).status == 200


def test_domain_origins_and_user_verification(server):
    person, device = Person(server, "strict"), Device()
    where = {"origin": "https://app.birds.example", "domain": "birds.example"}
    assert person.creation()["authenticatorSelection"]["userVerification"] == "required"
    assert person.add(device, flags=0x41, **where).status == 400, "the user was not verified"
    assert person.add(device, **{**where, "origin": "https://birds.example.evil"}).status == 400
    assert person.add(device, **where).status == 200
    assert person.use(device.get(person.request(), flags=0x01, **where)).status == 400
    assert person.use(device.get(person.request(), **{**where, "origin": "https://birds.example"})).status == 200


# ---- two factors

def test_as_a_second_factor(server, person):
    device = Device()
    assert person.add(device).status == 200
    server.must("PATCH", BASE, {"mfa": {"enabled": True, "duration": 600}, "otp": {"enabled": True}})
    try:
        mfa = person.password().json()["mfaId"]
        options = person.request(mfaId=mfa)
        assert [entry["id"] for entry in options["allowCredentials"]] == [b64(device.id)]
        assert person.use(device.get(options, flags=0x01, handle=""), mfaId=mfa).status == 200, "an old key knows no names"
        first = person.use(device.get(person.request(), flags=0x01))
        assert first.status == 401 and "mfaId" in first.json(), "a touch alone is one factor"
        assert person.password(mfaId=first.json()["mfaId"]).status == 200
        assert person.use(device.get(person.request(), flags=0x05)).status == 200, "with a finger or a PIN it is two"
    finally:
        server.must("PATCH", BASE, {"mfa": {"enabled": False}, "otp": {"enabled": False}})


def test_a_stolen_token_adds_no_key_beside_an_app(server, person):
    """A passkey can replace the app, so the app has a say in it."""
    app = pyotp.TOTP(person.call("POST", "/totp").json()["secret"])
    codes = person.call("POST", "/totp/confirm", {"code": app.now()}).json()["recoveryCodes"]
    device = Device()

    def add(**more):
        return person.call("POST", "/passkeys", {"credential": device.create(person.creation()), **more})
    assert add().problem(400)["data"]["code"]["code"] == "validation_required"
    assert add(code="123456").status == 400 and add(code=codes[0]).status == 200
    first = person.password()
    assert first.status == 401 and first.json()["methods"] == ["totp", "passkey"]
    mfa = first.json()["mfaId"]
    assert person.use(device.get(person.request(mfaId=mfa), flags=0x01), mfaId=mfa).status == 200
    first = person.use(device.get(person.request(), flags=0x01))
    assert first.status == 401 and first.json()["methods"] == ["totp"]


@pytest.mark.parametrize("options", [{"rpId": "127.0.0.1"}, {"rpId": "::1"}, {"rpId": "a b"}, {"origins": ["nope"]}, {"userVerification": "never"}, {"enabled": 1}])
def test_options_that_are_refused(server, options):
    assert server.call("PATCH", BASE, {"passkey": options}).status == 400


def test_large_bodies(server, person):
    body = {"credential": {"type": "public-key", "id": "x", "response": {"clientDataJSON": "A" * 100_000}}}
    for path in ("/passkeys", "/auth-with-passkey", "/passkeys/options"):
        assert person.call("POST", path, body).status == 413


@pytest.mark.parametrize("body", [{}, {"credential": None}, {"credential": {}}, {"credential": "x"}, {"credential": {"type": "public-key", "id": "x"}},
                                  {"credential": {"type": "public-key", "id": "x", "response": {}}}, {"credential": {"type": "x", "id": 1}},
                                  {"credential": {"type": "public-key", "id": "x", "response": {"clientDataJSON": "!", "authenticatorData": "", "signature": 1}}}, []])
def test_bad_forms(server, person, body):
    for path in ("/passkeys", "/auth-with-passkey"):
        person.call("POST", path, body).problem(400)


def test_random_attestations(person):
    """Whatever the bytes are, the answer is a refusal."""
    for size in list(range(60)) + [500, 70000]:
        options = person.creation()
        credential = Device().create(options)
        credential["response"]["attestationObject"] = b64(os.urandom(size))
        person.call("POST", "/passkeys", {"credential": credential}).problem(400, 413)
    for data in (b"\x9b" + b"\xff" * 8, b"\xbb" + b"\x7f" + b"\xff" * 7, b"\x5b\x7f" + b"\xff" * 7, b"\x81" * 40000, b"\xa1" * 40000):
        credential["response"]["attestationObject"] = b64(data)
        person.call("POST", "/passkeys", {"credential": credential}).problem(400, 413)


def test_off_by_default_and_announced(server):
    server.must("POST", "/api/collections", {"name": "plain", "type": "auth", **OPEN})
    person = Person(server, "plain")
    assert person.call("GET", "/passkeys").status == 403
    assert person.server.call("POST", "/api/collections/plain/passkeys/options", {}, token="").status == 403
    assert "passkey" not in server.guest("GET", "/api/collections/plain/auth-methods").json()
    assert server.guest("GET", f"{BASE}/auth-methods").json()["passkey"] == {"enabled": True}


def test_a_hijacked_sign_up_loses_its_keys(server):
    """Whoever signs up with somebody else's address keeps no way in once the owner verifies it."""
    person, device = Person(server), Device()
    person.add(device)
    server.must("PATCH", f"{BASE}/records/{person.id}", {"verified": True})
    assert person.use(device.get(person.request())).status == 400


def test_a_reset_password_ends_all_keys(server, person):
    server.must("PATCH", BASE, {"passwordResetToken": {"secret": "s" * 40}})
    server.must("PATCH", f"{BASE}/records/{person.id}", {"tokenKey": "k" * 30 + person.id, "verified": True})
    device = Device()
    person.token = person.password().json()["token"]
    assert person.add(device).status == 200
    claims = {"id": person.id, "collectionId": server.must("GET", BASE)["id"], "type": "passwordReset", "email": person.email,
              "exp": int(time.time()) + 600}
    body = {"token": made(claims, "k" * 30 + person.id + "s" * 40), "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert server.call("POST", f"{BASE}/confirm-password-reset", body, token="").status == 204
    assert person.use(device.get(person.request())).status == 400


def test_acting_for_somebody_leaves_no_key_behind(server, person):
    person.token = server.must("POST", f"{BASE}/impersonate/{person.id}", {"duration": 100})["token"]
    assert person.call("POST", "/passkeys/register-options").status == 403
    assert person.call("GET", "/passkeys").status == 200
