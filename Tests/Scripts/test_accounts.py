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
        self.mails, self.recipients = [], []

    async def handle_DATA(self, _, session, envelope):
        self.recipients += envelope.rcpt_tos
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


def described(mail):
    """What is compared of a mail: parts in their order, and who is named."""
    parts = [(part.get_content_type(), part.get_content_disposition(), part.get_filename(), part["Content-ID"], part.get_payload(decode=True))
             for part in mail.walk() if not part.is_multipart()]
    return {name: mail[name] for name in ("From", "To", "Cc", "Bcc", "Subject", "X-Own", "Reply-To")}, sorted(parts, key=str)


@pytest.mark.parametrize("members", [
    "to: [{ address: 'a@example.com' }]",
    "to: [{ address: 'a@example.com', name: 'An A' }, { address: 'b@example.com' }], cc: [{ address: 'c@example.com', name: 'Cé' }], bcc: [{ address: 'd@example.com' }]",
    "to: [{ address: 'a@example.com' }], headers: { 'X-Own': 'yes', 'Reply-To': 'other@example.com' }",
    "to: [{ address: 'a@example.com' }], attachments: { 'a.txt': $filesystem.fileFromBytes('some text', 'x').reader.open() }",
    "to: [{ address: 'a@example.com' }], attachments: { 'data.bin': $filesystem.fileFromBytes(new Array(5000).fill(7), 'x').reader.open() },"
    " inlineAttachments: { 'p.png': $filesystem.fileFromBytes([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82], 'x').reader.open() }",
])
def test_mails_with_all_that_belongs_to_them(pair, mailbox, members):
    seen = []
    for client in pair:
        mailbox.mails.clear()
        mailbox.recipients.clear()
        answer = client.eval(f"""$app.newMailClient().send(new MailerMessage({{
            from: {{ address: "from@example.com", name: "Us" }}, subject: "The subject", html: "<p>Hello</p>", {members} }})); return 1""")
        assert answer == {"value": 1}
        seen.append((described(mailbox.mails[0]), sorted(mailbox.recipients)))
    assert seen[1] == seen[0]


def test_headers_of_mails_cannot_be_forged(pair, mailbox):
    _, martlet = pair
    mailbox.mails.clear()
    assert martlet.eval("""$app.newMailClient().send(new MailerMessage({ from: { address: "from@example.com" }, to: [{ address: "a@example.com" }],
        subject: "s", html: "h", headers: { "X-A": "1\\r\\nBcc: x@example.com", "X B": "2", "Bcc": "y@example.com", "Subject": "other" },
        attachments: { 'a"b\\r\\nX-C: 1': $filesystem.fileFromBytes("t", "x").reader.open() } })); return 1""") == {"value": 1}
    mail = mailbox.mails[0]
    assert mail.get_all("Subject") == ["s"] and mail["Bcc"] is None and mail["X B"] is None
    assert mail["X-A"] == "1Bcc: x@example.com"
    assert all(part["X-C"] is None for part in mail.walk())


@pytest.mark.parametrize("address", ["a@example.com>\\r\\nRCPT TO:<b@example.com", "a b@example.com", "<a@example.com>"])
@pytest.mark.parametrize("member", ["to", "cc", "bcc"])
def test_addresses_that_are_none_reach_no_server(pair, mailbox, member, address):
    _, martlet = pair
    mailbox.mails.clear()
    others = "" if member == "to" else 'to: [{ address: "z@example.com" }],'
    answer = martlet.eval(f"""$app.newMailClient().send(new MailerMessage({{ from: {{ address: "from@example.com" }}, subject: "s", html: "h",
        {others} {member}: [{{ address: "{address}" }}] }})); return 1""")
    assert "thrown" in answer and mailbox.mails == []


def test_a_hook_adds_to_a_mail(tmp_path, pair, mailbox):
    """The message of a hook is written back with all that it has."""
    _, martlet = pair
    mailbox.mails.clear()
    mailbox.recipients.clear()
    assert martlet.json("POST", "/mail-with-hook", {})[0] == 200
    mail = mailbox.mails[0]
    assert mail["X-Hook"] == "yes" and mail["Cc"] == "copy@example.com"
    names = sorted(part.get_filename() for part in mail.iter_attachments())
    assert names == ["first.txt", "second.txt"]
    assert [part.get_content() for part in mail.iter_attachments() if part.get_filename() == "first.txt"] == ["first"]


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
