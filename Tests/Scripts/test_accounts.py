"""Scripts sign people in and send them mails, on both servers."""
import email
import email.policy
import json
import re

import pytest
from aiosmtpd.controller import Controller

from servers import free_port

ANN = '$app.findRecordById("users", "ann000000000001")'
ALERT = {"authAlert": {"enabled": True}}


class Mailbox:
    """Keeps what it is sent."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _, session, envelope):
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture(scope="module")
def mailbox(pair):
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    for client in pair:
        status, answer = client.json("PATCH", "/api/settings", {
            "smtp": {"enabled": True, "host": "127.0.0.1", "port": controller.port, "username": "", "password": "", "tls": False}})
        assert status == 200, answer
    yield box
    controller.stop()


@pytest.mark.parametrize("method, meta", [("", None), ("custom", {"from": "elsewhere"})])
def test_a_script_signs_somebody_in(pair, method, meta):
    shown = []
    for client in pair:
        answer = client.eval(f"$apis.recordAuthResponse(e, {ANN}, '{method}', {json.dumps(meta)})")
        status, again = client.json("POST", "/api/collections/users/auth-refresh", token=answer.pop("token"))
        assert status == 200 and again["record"]["id"] == "ann000000000001"
        answer["record"].pop("created"), answer["record"].pop("updated")
        shown.append(answer)
    assert shown[0] == shown[1]
    assert shown[1].get("meta") == meta


def test_the_rule_of_the_collection_decides(pair):
    answers = []
    for client in pair:
        assert client.json("PATCH", "/api/collections/users", {"authRule": "verified = true"})[0] == 200
        answers.append(client.json("POST", "/eval", {"code": f"$apis.recordAuthResponse(e, {ANN}, '', null)"}, token=False)[1]["thrown"])
        assert client.json("PATCH", "/api/collections/users", {"authRule": ""})[0] == 200
    assert answers[0] == answers[1]


@pytest.mark.parametrize("call, recipient", [
    ("sendRecordVerification($app, ann)", "ann@example.com"),
    ("sendRecordPasswordReset($app, ann)", "ann@example.com"),
    ("sendRecordChangeEmail($app, ann, 'new@example.com')", "new@example.com"),
    ("sendRecordOTP($app, ann, 'the-id', '123456')", "ann@example.com"),
    ("sendRecordAuthAlert($app, ann, 'from <afar>')", "ann@example.com"),
])
def test_mails_of_accounts(pair, mailbox, call, recipient):
    mails = []
    for client in pair:
        mailbox.mails.clear()
        assert client.eval(f"const ann = {ANN}; return $mails.{call}") in ({}, {"value": None}), call
        assert [mail["To"] for mail in mailbox.mails] in ([recipient], [f"<{recipient}>"])
        text = mailbox.mails[0].get_body(("plain",)).get_content()
        mails.append((mailbox.mails[0]["Subject"], re.sub(r"eyJ[\w.-]+", "TOKEN", text).split()))
    assert mails[0] == mails[1]
