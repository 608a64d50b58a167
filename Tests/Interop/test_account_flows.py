"""What accounts do with tokens and codes, compared step by step: right, too early, too late, twice, in the wrong order, in
the wrong collection, and tampered with. Secrets are chosen, so tokens are made here and no mail is needed."""
import base64
import hashlib
import hmac
import json
import time

import pytest

from cases import C, NOW, Fresh, records, text, values
from fixture_records import rid

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
KINDS = ("auth", "verification", "passwordReset", "emailChange", "file")


def secret(collection, kind):
    return f"{collection}-{kind}-".ljust(40, "s")


def key(person):
    return f"{person}-key-".ljust(40, "k")


def token(person="ann", kind="verification", collection="flow", type=None, signed=None, **claims):
    """A token as the server would make it, with changes."""
    body = {"collectionId": "pbc_" + collection, "exp": NOW + 3000, "id": person_id(person), "type": type or kind,
            "email": f"{person}@example.com", **claims}
    body = {name: value for name, value in body.items() if value is not None}

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    message = part({"alg": "HS256", "typ": "JWT"}) + "." + part(body)
    with_key = signed or key(person) + secret(collection, kind)
    return message + "." + base64.urlsafe_b64encode(hmac.new(with_key.encode(), message.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()


ROUND = [0]         # attempts are counted by record, so each test has people of its own


def person_id(person):
    return rid("fl", 10 * ROUND[0] + ["ann", "bob", "cid", "eve"].index(person))


@pytest.fixture
def flow(pair, fresh):
    """Two auth collections with chosen secrets and people with chosen keys; `flow` takes changes of its options."""
    def make(**options):
        ROUND[0] += 1
        for name in ("flow", "side"):
            secrets = {kind + "Token": {"secret": secret(name, kind), "duration": 1800} for kind in KINDS}
            fresh.create({"name": name, "id": "pbc_" + name, "type": "auth", "fields": [text("t")], **OPEN, **secrets,
                          "otp": {"enabled": True, "duration": 180, "length": 8}, **options}, compare=False)
        for person in ("ann", "bob"):
            body = {"id": person_id(person), "email": f"{person}@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD, "tokenKey": key(person)}
            pair.same("POST", records("flow"), body, expect=200)
        return Steps(pair)
    return make


class Steps:
    def __init__(self, pair):
        self.pair = pair

    def post(self, step, body, collection="flow", auth=None, **more):
        return self.pair.same("POST", f"{C}/{collection}/{step}", body, auth=auth, **more)

    def sign_in(self, person="ann", password=PASSWORD, **more):
        return self.post("auth-with-password", {"identity": f"{person}@example.com", "password": password, **more})

    def people(self):
        self.pair.same("GET", records("flow") + "?sort=id&fields=id,email,verified")

    def change(self, person, **values):
        self.pair.same("PATCH", records("flow", person_id(person)), values, expect=200)

    def otp(self, person="ann", password="12345678", **more):
        """A code as the server would keep it; its id differs between the servers."""
        body = {"collectionRef": "pbc_flow", "recordRef": person_id(person), "password": password, "sentTo": f"{person}@example.com", **more}
        self.pair.send("POST", records("_otps"), body)
        self.pair.last = self.pair.send("GET", records("_otps") + "?sort=-@rowid&perPage=1")
        self.pair.keep("otp", lambda answer: answer["items"][0]["id"])


TAMPERED = [{}, {"exp": NOW - 10}, {"exp": None}, {"type": "auth"}, {"type": "passwordReset"}, {"collection": "side"}, {"signed": "wrong"},
            {"person": "eve"}, {"email": "other@example.com"}, {"email": None}, {"email": ""}, {"email": "ANN@example.com"}, {"id": None}, {"iat": NOW + 900},
            {"collectionId": "pbc_members"}, {"signed": key("bob") + secret("flow", "verification")}, {"signed": key("ann") + secret("flow", "auth")}]


@pytest.mark.parametrize("changes", values(*TAMPERED))
def test_verification(pair, flow, changes):
    steps = flow()
    body = {"token": token(**changes)}      # after `flow`: people are of this test
    for collection in ("flow", "side", "flow"):
        steps.post("confirm-verification", body, collection)
    steps.people()
    steps.post("confirm-verification", body, auth="su")


def test_verification_of_changed_people(pair, flow):
    steps = flow()
    good = token()
    steps.change("ann", email="new@example.com")
    steps.post("confirm-verification", {"token": good})
    steps.change("ann", email="ann@example.com", tokenKey=key("ann"))
    steps.post("confirm-verification", {"token": good})
    steps.post("confirm-verification", {"token": good})
    steps.people()
    pair.same("DELETE", records("flow", person_id("ann")), expect=204)
    steps.post("confirm-verification", {"token": good})


PASSWORDS = [{"password": "another-pass", "passwordConfirm": "another-pass"}, {}, {"password": "another-pass"}, {"password": "short", "passwordConfirm": "short"},
             {"password": "another-pass", "passwordConfirm": "other"}, {"password": "x" * 72, "passwordConfirm": "x" * 72},
             {"password": PASSWORD, "passwordConfirm": PASSWORD}]


@pytest.mark.parametrize("passwords", values(*PASSWORDS))
@pytest.mark.parametrize("changes", values({}, {"exp": NOW - 10}, {"collection": "side"}, {"type": "verification"}, {"email": "other@example.com"}, {"email": None}))
def test_password_reset(pair, flow, passwords, changes):
    steps = flow()
    old = steps.sign_in().json["token"]
    body = {"token": token(kind="passwordReset", **changes), **passwords}
    steps.post("confirm-password-reset", body)
    steps.post("confirm-password-reset", body)
    steps.sign_in()
    steps.sign_in(password="another-pass")
    steps.people()
    assert old


CHANGES = [{"newEmail": "new@example.com"}, {"newEmail": "bob@example.com"}, {"newEmail": "bad"}, {"newEmail": ""}, {"newEmail": None}, {"newEmail": "ann@example.com"},
           {"newEmail": "new@example.com", "exp": NOW - 10}, {"newEmail": "new@example.com", "collection": "side"},
           {"newEmail": "new@example.com", "type": "verification"}, {"newEmail": "new@example.com", "email": "other@example.com"}, {"newEmail": 5}]


@pytest.mark.parametrize("changes", values(*CHANGES))
@pytest.mark.parametrize("password", [PASSWORD, "wrong", ""])
def test_email_change(pair, flow, changes, password):
    steps = flow()
    body = {"token": token(kind="emailChange", **changes), "password": password}
    for _ in range(2):
        steps.post("confirm-email-change", body)
    steps.people()
    steps.sign_in()
    pair.same("POST", f"{C}/flow/auth-with-password", {"identity": "new@example.com", "password": PASSWORD}, auth=None)


@pytest.mark.parametrize("email", ["new@example.com", "ann@example.com", "bob@example.com", "bad", "", None, 5, "x" * 260 + "@example.com"])
@pytest.mark.parametrize("caller", ["ann", "su", None])
def test_asking_for_an_email_change(pair, flow, email, caller):
    steps = flow()
    pair.sign_in("ann", "flow", "ann@example.com", PASSWORD)
    if email == "new@example.com" and caller == "ann":
        return                          # it would be mailed
    steps.post("request-email-change", {"newEmail": email}, auth=caller)
    steps.post("request-email-change", {"newEmail": email}, "side", auth=caller)


# ---- codes

@pytest.mark.parametrize("body", values({"password": "12345678"}, {"password": "87654321"}, {"password": ""}, {"password": "x" * 72}, {"password": 12345678},
    {"password": "12345678", "otpId": "unknown"}, {"password": "12345678", "otpId": ""}, {"password": "12345678 "}))
def test_codes(pair, flow, body):
    steps = flow()
    steps.otp()
    steps.post("auth-with-otp", {"otpId": "$otp$", **body}, "side")
    for _ in range(2):
        steps.post("auth-with-otp", {"otpId": "$otp$", **body})
    pair.same("GET", records("_otps") + "?fields=recordRef")
    steps.people()
    steps.sign_in()


def test_codes_that_are_over(pair, flow):
    steps = flow(otp={"enabled": True, "duration": 10, "length": 8})
    steps.otp()
    time.sleep(10.2)
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})


@pytest.mark.parametrize("change", values({"password": "another-pass", "passwordConfirm": "another-pass"}, {"email": "new@example.com"}, {"t": "x"}, {"verified": True}))
def test_codes_of_changed_people(pair, flow, change):
    steps = flow()
    steps.otp()
    steps.change("ann", **change)
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})
    steps.people()


@pytest.mark.parametrize("sent", ["ann@example.com", "", "other@example.com"])
@pytest.mark.parametrize("verified", [True, False])
def test_codes_verify_an_address(pair, flow, sent, verified):
    steps = flow()
    steps.change("ann", verified=verified)
    steps.otp(sentTo=sent)
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})
    steps.people()
    steps.sign_in()


def test_codes_where_they_are_off(pair, flow):
    steps = flow()
    steps.otp()
    pair.same("PATCH", f"{C}/flow", {"otp": {"enabled": False}}, expect=200)
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})
    steps.post("request-otp", {"email": "ann@example.com"})


def test_too_many_attempts(pair, flow):
    steps = flow()
    steps.otp()
    for _ in range(7):
        steps.post("auth-with-otp", {"otpId": "$otp$", "password": "00000000"})
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})
    steps.otp("bob")
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})


@pytest.mark.parametrize("attempts", ["wwwwwr", "wwwwr", "wwrwwwr", "uuuuuur", "wwwwwwr"])
def test_how_attempts_count(pair, flow, attempts):
    """w: wrong, r: right, u: of an unknown code."""
    steps = flow()
    steps.otp()
    for attempt in attempts:
        body = {"otpId": "unknown" if attempt == "u" else "$otp$", "password": "12345678" if attempt == "r" else "00000000"}
        steps.post("auth-with-otp", body)
        if attempt == "r":
            steps.otp()


# ---- two factors

MFA = {"enabled": True, "duration": 600, "rule": ""}


def first(steps, person="ann"):
    steps.sign_in(person)
    steps.pair.keep("mfa", lambda answer: answer["mfaId"])


def test_two_factors(pair, flow):
    steps = flow(mfa=MFA)
    steps.otp()
    first(steps)
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678", "mfaId": "$mfa$"}, expect=200)
    steps.otp()
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678", "mfaId": "$mfa$"})
    pair.same("GET", records("_mfas") + "?fields=method,recordRef")


def test_the_other_order(pair, flow):
    steps = flow(mfa=MFA)
    steps.otp()
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"}, expect=401)
    pair.keep("mfa", lambda answer: answer["mfaId"])
    steps.sign_in(password="wrong", mfaId="$mfa$")
    steps.sign_in("bob", mfaId="$mfa$")
    steps.sign_in(mfaId="unknown")
    steps.sign_in(mfaId="$mfa$")
    steps.sign_in(mfaId="$mfa$")


def test_the_same_twice(pair, flow):
    steps = flow(mfa=MFA)
    first(steps)
    steps.sign_in(mfaId="$mfa$")
    steps.post("auth-with-password?mfaId=$mfa$", {"identity": "ann@example.com", "password": PASSWORD})


def test_sessions_that_are_over(pair, flow):
    steps = flow(mfa={**MFA, "duration": 10})
    steps.otp()
    first(steps)
    time.sleep(10.2)
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678", "mfaId": "$mfa$"})
    pair.same("GET", records("_mfas") + "?fields=method")


@pytest.mark.parametrize("change", values({"password": "another-pass", "passwordConfirm": "another-pass"}, {"email": "new@example.com"}, {"verified": True}))
def test_sessions_of_changed_people(pair, flow, change):
    steps = flow(mfa=MFA)
    first(steps)
    steps.change("ann", **change)
    steps.otp()
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678", "mfaId": "$mfa$"})


@pytest.mark.parametrize("rule", ["verified = true", "verified = false", "@request.auth.id != ''", "t = 'x'", "@request.context = 'password'", "email ~ 'ann'"])
def test_rules_of_second_factors(pair, flow, rule):
    steps = flow(mfa={**MFA, "rule": rule})
    steps.sign_in()
    steps.sign_in("bob")
    steps.post("auth-refresh", {}, auth=None)


@pytest.mark.parametrize("rule", ["verified = true", "@request.body.identity = 'ann@example.com'", "@request.context = 'otp'", "@request.headers.x = 'y'"])
def test_rules_of_sign_ins(pair, flow, rule):
    steps = flow(authRule=rule)
    steps.sign_in()
    pair.same("POST", f"{C}/flow/auth-with-password", {"identity": "ann@example.com", "password": PASSWORD}, auth=None, headers={"X": "y"})
    steps.otp()
    steps.post("auth-with-otp", {"otpId": "$otp$", "password": "12345678"})


# ---- origins

@pytest.mark.parametrize("agent", ["one", "", "x" * 199, "x" * 200, "x" * 201, "x" * 300, "ü" * 150])
def test_origins(pair, flow, agent):
    """The first sign-in's, which needs no mail."""
    steps = flow()
    for _ in range(2):
        pair.same("POST", f"{C}/flow/auth-with-password", {"identity": "ann@example.com", "password": PASSWORD}, auth=None,
                  headers={"User-Agent": agent})
        pair.same("GET", records("_authOrigins") + "?fields=fingerprint,recordRef&sort=fingerprint&filter=collectionRef='pbc_flow'")
    steps.change("ann", password="another-pass", passwordConfirm="another-pass")
    pair.same("GET", records("_authOrigins") + "?filter=collectionRef='pbc_flow'")
