"""What accounts do by mail, through a real SMTP server, with the Python client of the reference server where it can."""

import itertools
import re
import time

import pytest
from pocketbase import PocketBase

PASSWORD = "a-good-password"
NUMBERS = itertools.count()


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def token_in(mail):
    return re.search(r"/auth/confirm-[a-z-]+/([\w.-]+)", text_of(mail))[1]


@pytest.fixture
def person(server):
    """A signed-up, unverified record, and a client for it."""
    address = f"person{next(NUMBERS)}@example.com"
    client = PocketBase(f"http://127.0.0.1:{server.port}")
    record = client.collection("people").create({"email": address, "password": PASSWORD, "passwordConfirm": PASSWORD, "name": "<b>Åsa</b>"})
    return address, record, client


def call(server, step, body, collection="people", token=None):
    return server.call("POST", f"/api/collections/{collection}/{step}", body, token=token)


def sign_in(server, address, password=PASSWORD, collection="people", **more):
    return call(server, "auth-with-password", {"identity": address, "password": password, **more}, collection)


def test_verification(server, mailbox, person):
    address, record, client = person
    assert client.collection("people").request_verification(address)
    mail = mailbox.wait(address)
    assert mail["Subject"] == "Verify your Bird & Co email"
    assert mail["From"] == "Vögel <mail@birds.example>" and mail["Message-ID"].endswith("@birds.example>")
    assert "[Verify](https://birds.example/_/#/auth/confirm-verification/" in text_of(mail)
    assert 'class="btn"' in mail.get_body(("html",)).get_content()
    token = token_in(mail)
    assert call(server, "request-verification", {"email": address}).status == 204, "a second one answers alike"
    assert client.collection("people").confirm_verification(token)
    assert call(server, "confirm-verification", {"token": token}).status == 204, "and so does a second confirmation"
    assert server.must("GET", f"/api/collections/people/records/{record.id}")["verified"] is True
    time.sleep(0.5)
    assert len([mail for mail in mailbox.mails if mail["To"] == address]) == 1, "one mail in two minutes"


def test_long_codes(server, mailbox, person):
    """Codes longer than the form takes are not sent."""
    address = person[0]
    server.must("PATCH", "/api/collections/people", {"otp": {"length": 100}})
    try:
        answer = call(server, "request-otp", {"email": address})
        assert answer.status == 200
        code = re.search(r"\d{60,}", text_of(mailbox.wait(address)))[0]
        assert len(code) == 71
        assert call(server, "auth-with-otp", {"otpId": answer.json()["otpId"], "password": code}).status == 200
    finally:
        server.must("PATCH", "/api/collections/people", {"otp": {"length": 8}})


def test_no_secret_is_logged(server):
    """Addresses are logged, what lets somebody in is not."""
    mark = f"secret{next(NUMBERS)}"
    server.call("GET", f"/api/oauth2-redirect?code={mark}&state={mark}&x=kept", headers={"Referer": f"http://a.example/?token={mark}&y=kept"})
    server.call("POST", f"/api/collections/people/auth-with-password?mfaId={mark}&%74oken={mark}", {"identity": "x", "password": mark})
    for _ in range(60):
        items = server.must("GET", "/api/logs?perPage=100")["items"]
        if sum("oauth2-redirect" in str(item) or "mfaId" in str(item) for item in items) >= 2:
            break
        time.sleep(0.1)
    text = str(items)
    assert "x=kept" in text and "y=kept" in text and "mfaId=***" in text
    assert mark not in text and mark not in server.log(1000)


def test_password_reset(server, mailbox, person):
    address, record, client = person
    old = sign_in(server, address).json()["token"]
    assert call(server, "request-password-reset", {"email": address}).status == 204
    token = token_in(mailbox.wait(address))
    refused = call(server, "confirm-password-reset", {"token": token, "password": "short", "passwordConfirm": "other"})
    assert refused.status == 400 and set(refused.json()["data"]) == {"password", "passwordConfirm"}
    new = "another-password"
    assert call(server, "confirm-password-reset", {"token": token, "password": new, "passwordConfirm": new}).status == 204
    again = call(server, "confirm-password-reset", {"token": token, "password": new, "passwordConfirm": new})
    assert again.json()["data"]["token"]["code"] == "validation_invalid_token", "a token is good for one password"
    assert sign_in(server, address).status == 400
    assert sign_in(server, address, new).json()["record"]["verified"] is True
    assert call(server, "auth-refresh", None, token=old).status == 401


def test_email_change(server, mailbox, person):
    address, record, client = person
    session = sign_in(server, address).json()["token"]
    new = f"new-{address}"
    assert call(server, "request-email-change", {"newEmail": new}).status == 401
    assert call(server, "request-email-change", {"newEmail": address}, token=session).json()["data"]["newEmail"]["code"] == "validation_not_in_invalid"
    assert call(server, "request-email-change", {"newEmail": new}, token=session).status == 204
    token = token_in(mailbox.wait(new))
    wrong = call(server, "confirm-email-change", {"token": token, "password": "wrong"})
    assert wrong.json()["data"]["password"]["code"] == "validation_invalid_password"
    assert call(server, "confirm-email-change", {"token": token, "password": PASSWORD}).status == 204
    assert sign_in(server, new).json()["record"]["verified"] is True
    assert sign_in(server, address).status == 400
    assert call(server, "auth-refresh", None, token=session).status == 401


def test_tokens_are_good_for_one_thing(server, mailbox, person):
    address, record, client = person
    call(server, "request-verification", {"email": address})
    verification = token_in(mailbox.wait(address))
    session = sign_in(server, address).json()["token"]
    for token in (verification, session, "a.b.c", ""):
        answer = call(server, "confirm-password-reset", {"token": token, "password": PASSWORD, "passwordConfirm": PASSWORD})
        assert answer.status == 400 and "token" in answer.json()["data"]
    assert call(server, "confirm-verification", {"token": session}).status == 400
    assert call(server, "confirm-verification", {"token": verification}, "guards").status == 400
    assert call(server, "auth-refresh", None, token=verification).status == 401


def code(server, mailbox, address, collection="people", count=1):
    answer = call(server, "request-otp", {"email": address}, collection)
    assert answer.status == 200, answer
    password = re.search(r"\b(\d{8})\b", text_of(mailbox.wait(address, count)))[1]
    return answer.json()["otpId"], password


def test_one_time_password(server, mailbox, person):
    address, record, client = person
    id, password = code(server, mailbox, address)
    time.sleep(0.3)
    wrong = call(server, "auth-with-otp", {"otpId": id, "password": "00000000"})
    assert wrong.status == 400 and wrong.json()["message"] == "Invalid or expired OTP."
    good = call(server, "auth-with-otp", {"otpId": id, "password": password})
    assert good.status == 200 and good.json()["record"]["verified"] is True
    assert call(server, "auth-with-otp", {"otpId": id, "password": password}).status == 400, "it is spent"
    assert sign_in(server, address).status == 400, "an unproved password is gone"


def test_one_time_passwords_cannot_be_guessed(server, mailbox, person):
    address, record, client = person
    id, password = code(server, mailbox, address)
    answers = [call(server, "auth-with-otp", {"otpId": id, "password": "00000000"}).status for _ in range(6)]
    assert answers == [400] * 5 + [429]
    assert call(server, "auth-with-otp", {"otpId": id, "password": password}).status == 429


def test_unknown_addresses_answer_alike(server, mailbox):
    nobody = "nobody@example.com"
    before = len(mailbox.mails)
    for step in ("request-verification", "request-password-reset"):
        assert call(server, step, {"email": nobody}).status == 204
    answer = call(server, "request-otp", {"email": nobody})
    assert re.fullmatch("[a-z0-9]{15}", answer.json()["otpId"])
    time.sleep(0.5)
    assert len(mailbox.mails) == before


def test_second_factor(server, mailbox):
    address = "guard@example.com"
    server.must("POST", "/api/collections/guards/records", {"email": address, "password": PASSWORD, "passwordConfirm": PASSWORD})
    first = sign_in(server, address, collection="guards")
    assert first.status == 401 and list(first.json()) == ["mfaId"]
    session = first.json()["mfaId"]
    same = sign_in(server, address, collection="guards", mfaId=session)
    assert same.status == 400 and same.json()["message"] == "A different authentication method is required."
    id, password = code(server, mailbox, address, "guards")
    assert call(server, "auth-with-otp", {"otpId": id, "password": password, "mfaId": "nope"}, "guards").json()["message"] == "Invalid or expired MFA session."
    id, password = code(server, mailbox, address, "guards", 2)
    done = call(server, "auth-with-otp", {"otpId": id, "password": password, "mfaId": session}, "guards")
    assert done.status == 200 and done.json()["token"]
    id, password = code(server, mailbox, address, "guards", 3)
    assert call(server, "auth-with-otp", {"otpId": id, "password": password, "mfaId": session}, "guards").status == 400, "a session is spent"


def test_a_new_place_is_told(server, mailbox, person):
    address, record, client = person
    server.call("POST", "/api/collections/people/auth-with-password", {"identity": address, "password": PASSWORD}, token=None)
    one = server.must("GET", f"/api/collections/_authOrigins/records?filter=recordRef='{record.id}'")
    assert one["totalItems"] == 1 and re.fullmatch("[0-9a-f]{32}", one["items"][0]["fingerprint"])
    from servers import Client
    other = Client(server.port)
    other.call("POST", "/api/collections/people/auth-with-password", {"identity": address, "password": PASSWORD},
               headers={"User-Agent": "Elsewhere <script>"})
    mail = mailbox.wait(address)
    assert mail["Subject"] == "Login from a new location"
    assert "127.0.0.1 Elsewhere &lt;script&gt;" in mail.get_body(("html",)).get_content()
