"""Mail goes out as the settings say, behind the request that asked for it, and again when it was not taken."""

import re
import time

import pytest
from aiosmtpd.controller import Controller

from conftest import Mailbox, smtp
from servers import Server, free_port

RESET = "/api/collections/people/request-password-reset"


def person(server, address):
    password = "a-good-password"
    server.must("POST", "/api/collections/people/records", {"email": address, "password": password, "passwordConfirm": password})
    return address


@pytest.mark.parametrize("method", ["", "PLAIN", "LOGIN"])
def test_sign_in_methods_over_starttls(server, mailbox, method):
    server.must("PATCH", "/api/settings", smtp(mailbox.port, authMethod=method))
    address = person(server, f"method-{method or 'none'}@example.com")
    mailbox.methods.clear()
    server.call("POST", RESET, {"email": address}, token=None)
    mailbox.wait(address)
    assert mailbox.methods == [(method or "PLAIN", True)]
    server.must("PATCH", "/api/settings", smtp(mailbox.port, authMethod=""))


def test_encrypted_from_the_first_byte(server, mailbox, certificate):
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, ssl_context=certificate)
    controller.start()
    try:
        server.must("PATCH", "/api/settings", smtp(port, tls=True, username="", password="", localName="birds.example"))
        address = person(server, "implicit@example.com")
        server.call("POST", RESET, {"email": address}, token=None)
        mail = box.wait(address)
        assert mail.session.host_name == "birds.example"
    finally:
        server.must("PATCH", "/api/settings", smtp(mailbox.port, tls=False, localName=""))
        controller.stop()


def test_a_mail_that_is_not_taken_is_tried_again_and_nobody_waits(server, mailbox):
    address = person(server, "again@example.com")
    mailbox.refusals.append("451 later")
    started = time.monotonic()
    assert server.call("POST", RESET, {"email": address}, token=None).status == 204
    assert time.monotonic() - started < 2
    mailbox.wait(address)
    assert time.monotonic() - started > 4, "after a pause"


def test_settings_can_be_tried_out(server, mailbox):
    def send(**body):
        return server.call("POST", "/api/settings/test/email", body)

    for template in ("verification", "password-reset", "email-change", "otp", "login-alert"):
        address = f"try-{template}@example.com"
        assert send(email=address, template=template, collection="people").status == 204
        mailbox.wait(address)
    assert set(send(email="x", template="y", collection="z").json()["data"]) == {"email", "template", "collection"}
    mailbox.refusals.append("550 never")
    refused = send(email="never@example.com", template="otp")
    assert refused.status == 400 and "550" in refused.json()["message"]
    assert server.call("POST", "/api/settings/test/email", {}, token=None).status == 401


def test_long_lines_and_odd_characters_arrive(server, mailbox):
    odd = "é" * 100 + " = . \t" + "x" * 300
    template = {"subject": "Grüße an {RECORD:name} {RECORD:secret} {NOPE}", "body": f"<p>{odd}</p><p>.</p><p>{{RECORD:name}} {{TOKEN}}</p>"}
    server.must("PATCH", "/api/collections/people", {"resetPasswordTemplate": template})
    password = "a-good-password"
    server.must("POST", "/api/collections/people/records", {"email": "odd@example.com", "password": password, "passwordConfirm": password,
                                                            "name": "<Å\r\nBcc: x@example.com>", "secret": "hush"})
    server.call("POST", RESET, {"email": "odd@example.com"}, token=None)
    mail = mailbox.wait("odd@example.com")
    assert mail["Subject"].startswith("Grüße an &lt;Å") and "{RECORD:secret} {NOPE}" in mail["Subject"]
    assert mail["Bcc"] is None
    body = mail.get_body(("html",)).get_content()
    assert odd in body and "&lt;Å" in body
    assert max(len(line) for line in mail.as_bytes().split(b"\n")) < 200


def test_development_writes_mails_to_a_folder():
    with Server("--dev") as server:
        server.must("POST", "/api/collections", {"name": "people", "type": "auth", "createRule": ""})
        address = person(server, "dev@example.com")
        server.call("POST", RESET, {"email": address}, token=None)
        end = time.monotonic() + 10
        while not (found := list((server.data / "outbox").glob("*.eml"))) and time.monotonic() < end:
            time.sleep(0.05)
        assert b"Reset your Acme password" in found[0].read_bytes()
        assert found[0].name in server.log(400)
        assert not re.search(r"confirm-password-reset/\w+\.", server.log(400)), "the log names no token"
