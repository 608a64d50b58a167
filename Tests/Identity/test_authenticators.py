"""Authenticator apps as a second factor: pyotp stands for the app."""

import concurrent.futures
import time
import urllib.parse

import pyotp
import pytest
from servers import Server

from tokens import made

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
BASE = "/api/collections/people"


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", "totp": {"enabled": True}, **OPEN})
        running.must("POST", "/api/collections", {"name": "others", "type": "auth", **OPEN})
        yield running


class Person:
    numbers = iter(range(1000))

    def __init__(self, server):
        self.server, self.email = server, f"person{next(self.numbers)}@example.com"
        body = {"email": self.email, "password": PASSWORD, "passwordConfirm": PASSWORD}
        self.id = server.must("POST", f"{BASE}/records", body)["id"]
        self.token = self.sign_in().json()["token"]

    def sign_in(self, **more):
        return self.server.call("POST", f"{BASE}/auth-with-password", {"identity": self.email, "password": PASSWORD, **more}, token="")

    def call(self, method, path, body=None):
        return self.server.call(method, BASE + path, body, token=self.token)

    def enroll(self):
        """Sets an app up; its first code is that of the period before, so that tests need not wait for the next."""
        while time.time() % 30 > 25:        # not across the end of a period
            time.sleep(0.5)
        self.setup = self.call("POST", "/totp").json()
        self.app = pyotp.TOTP(self.setup["secret"])
        answer = self.call("POST", "/totp/confirm", {"code": self.app.at(time.time() - 30)})
        assert answer.status == 200, answer
        self.codes = answer.json()["recoveryCodes"]
        return self

    def second(self, code, mfa=None):
        mfa = mfa or self.sign_in().json()["mfaId"]
        return self.server.call("POST", f"{BASE}/auth-with-totp", {"mfaId": mfa, "code": code}, token="")


@pytest.fixture
def person(server):
    return Person(server)


def test_set_up_and_sign_in(server, person):
    assert person.call("GET", "/totp").json() == {"enabled": False, "recoveryCodes": 0}
    person.enroll()
    uri = urllib.parse.urlparse(person.setup["uri"])
    assert (uri.scheme, uri.netloc, urllib.parse.unquote(uri.path)) == ("otpauth", "totp", f"/Acme:{person.email}")
    assert pyotp.parse_uri(person.setup["uri"]).secret == person.setup["secret"]
    assert len(set(person.codes)) == 10 and person.call("GET", "/totp").json() == {"enabled": True, "recoveryCodes": 10}
    first = person.sign_in()
    assert first.status == 401 and set(first.json()) == {"mfaId", "methods"} and first.json()["methods"] == ["totp"]
    answer = person.second(person.app.now(), first.json()["mfaId"])
    assert answer.status == 200 and answer.json()["record"]["id"] == person.id
    assert server.call("POST", f"{BASE}/auth-refresh", token=answer.json()["token"]).status == 200


def test_not_in_force_before_a_code(person):
    setup = person.call("POST", "/totp").json()
    assert person.sign_in().status == 200
    assert person.call("POST", "/totp/confirm", {"code": "000000"}).problem(400)["data"]["code"]["code"] == "validation_invalid_code"
    assert person.sign_in().status == 200
    again = person.call("POST", "/totp").json()
    assert again["secret"] != setup["secret"]
    assert person.call("POST", "/totp/confirm", {"code": pyotp.TOTP(setup["secret"]).now()}).status == 400
    assert person.call("POST", "/totp/confirm", {"code": pyotp.TOTP(again["secret"]).now()}).status == 200
    assert person.call("POST", "/totp").status == 400, "one at a time"


@pytest.mark.parametrize("offset, status", [(-90, 400), (-60, 400), (-30, 400), (0, 200), (30, 200), (90, 400)])
def test_clocks(person, offset, status):
    """One period off is accepted; that of the enrolment is used up."""
    person.enroll()
    assert person.second(person.app.at(time.time() + offset)).status == status


def test_each_code_is_good_once(person):
    person.enroll()
    code = person.app.now()
    sessions = [person.sign_in().json()["mfaId"] for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = sorted(answer.status for answer in pool.map(lambda mfa: person.second(code, mfa), sessions))
    assert answers == [200] + [400] * 7


def test_recovery_codes(person):
    person.enroll()
    code = person.codes[3]
    assert person.second(code.upper().replace("-", " ")).status == 200
    assert person.second(code).status == 400, "each once"
    assert person.call("GET", "/totp").json()["recoveryCodes"] == 9
    fresh = person.call("POST", "/totp/recovery-codes", {"code": person.codes[4]}).json()["recoveryCodes"]
    assert person.second(person.codes[5]).status == 400 and person.second(fresh[0]).status == 200


def test_guessing(server, person):
    person.enroll()
    answers = [person.second(f"{n:06}").status for n in range(12)]
    assert answers == [400] * 10 + [429] * 2
    refused = person.second(person.app.now())
    assert refused.status == 429 and int(refused.headers["retry-after"]) > 0
    assert person.call("POST", "/auth-refresh").status == 200, "whoever is signed in stays so"


def test_removing(server, person):
    person.enroll()
    for body in ({}, {"code": ""}, {"code": "123456"}, {"code": "nope-nope"}):
        assert person.call("DELETE", "/totp", body).status == 400
    assert person.call("DELETE", "/totp", {"code": person.app.now()}).status == 204
    assert person.sign_in().status == 200


@pytest.mark.parametrize("body", [{}, {"mfaId": "x"}, {"code": "123456"}, {"mfaId": "x" * 15, "code": "123456"}, {"mfaId": 1, "code": 2},
                                  {"mfaId": "", "code": "x" * 200}, []])
def test_bad_forms(server, body):
    server.call("POST", f"{BASE}/auth-with-totp", body, token="").problem(400)


def test_other_peoples_apps(server, person):
    """A code of one's own does not finish somebody else's sign-in, nor does a token of another collection."""
    person.enroll()
    thief = Person(server).enroll()
    mfa = person.sign_in().json()["mfaId"]
    assert person.second(thief.app.now(), mfa).status == 400
    assert person.second(thief.codes[0], mfa).status == 400
    body = {"email": "x@example.com", "password": PASSWORD, "passwordConfirm": PASSWORD}
    server.must("POST", "/api/collections/others/records", body)
    other = server.call("POST", "/api/collections/others/auth-with-password", {"identity": "x@example.com", "password": PASSWORD}, token="").json()["token"]
    assert server.call("GET", f"{BASE}/totp", token=other).status == 403
    assert server.call("GET", f"{BASE}/totp", token=None).status == 401
    assert server.call("GET", "/api/collections/others/totp", token=other).status == 403, "where it is off"


def test_nobody_reads_secrets(server, person):
    person.enroll()
    for token in (person.token, None):
        answer = server.call("GET", "/api/collections/_totps/records", token=token)
        assert person.setup["secret"].encode() not in answer.body and b"recoveryCodes" not in answer.body


def test_deleted_with_the_record(server, person):
    person.enroll()
    server.must("DELETE", f"{BASE}/records/{person.id}")
    rows = server.must("GET", f"/api/collections/_totps/records?filter=recordRef='{person.id}'")
    assert rows["totalItems"] == 0


# ---- what other ways in may not get around

def mailed(server, person, kind):
    """What a mail would bring: a token of that kind."""
    server.must("PATCH", BASE, {f"{kind}Token": {"secret": "s" * 40}})
    server.must("PATCH", f"{BASE}/records/{person.id}", {"tokenKey": "k" * 30 + person.id})
    collection = server.must("GET", BASE)["id"]
    claims = {"id": person.id, "collectionId": collection, "type": kind, "email": person.email, "exp": int(time.time()) + 600}
    return made(claims, "k" * 30 + person.id + "s" * 40)


def test_a_verified_address_does_not_get_around_an_app(server, person):
    person.enroll()
    token = mailed(server, person, "verification")
    assert server.call("POST", f"{BASE}/confirm-verification", {"token": token}, token="").status == 204
    assert server.must("GET", f"{BASE}/records/{person.id}")["verified"] is True and person.sign_in().status == 401


@pytest.mark.parametrize("verified", [True, False])
def test_a_reset_password_does_not_get_around_an_app(server, person, verified):
    person.enroll()
    server.must("PATCH", f"{BASE}/records/{person.id}", {"verified": verified})
    body = {"token": mailed(server, person, "passwordReset"), "password": PASSWORD, "passwordConfirm": PASSWORD}
    assert server.call("POST", f"{BASE}/confirm-password-reset", body, token="").status == 204
    assert person.sign_in().status == 401 and person.second(person.codes[0]).status == 200


def test_codes_sent_as_a_form(server, person):
    """Digits are a text, also in a form, where they look like a number."""
    person.enroll()
    for code in (person.app.now(), person.codes[0]):
        form = f"mfaId={person.sign_in().json()['mfaId']}&code={code}".encode()
        answer = server.call("POST", f"{BASE}/auth-with-totp", form, token="", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 200, answer


def test_recovery_while_others_guess(person):
    person.enroll()
    for n in range(12):
        person.second(f"{n:06}")
    assert person.second(person.app.now()).status == 429
    assert person.second(person.codes[0]).status == 200


def test_durations_that_nobody_checked(server, person):
    """Options of what is switched off are stored as they are; no request may end the process over them."""
    person.enroll()
    for duration in (0, 9_000_000_000_000_000_000, -2**63):
        server.must("PATCH", BASE, {"mfa": {"enabled": False, "duration": duration}, "otp": {"enabled": False, "duration": duration}})
        assert person.second(person.codes.pop()).status == 200
        for job in ("__pbOTPCleanup__", "__pbMFACleanup__"):
            server.must("POST", f"/api/crons/{job}")
        time.sleep(0.2)
        server.assert_healthy()


def test_acting_for_somebody_leaves_no_app_behind(server, person):
    token = server.must("POST", f"{BASE}/impersonate/{person.id}", {"duration": 100})["token"]
    assert server.call("POST", f"{BASE}/totp", token=token).status == 403


def test_superusers_see_no_secrets(server, person):
    person.enroll()
    rows = server.must("GET", "/api/collections/_totps/records?fields=*,secret,recoveryCodes")["items"]
    assert rows and not any({"secret", "recoveryCodes", "lastStep"} & set(row) for row in rows)
