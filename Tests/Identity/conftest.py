"""A running program with an auth collection, and a real mail server that it sends through."""

import email
import email.policy
import os
import pathlib
import ssl
import sys
import threading

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Robustness"))
from servers import Server, free_port                        # noqa: E402

USER, SECRET = b"mailer", b"mailer-secret"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


class Mailbox:
    """Keeps what it is sent."""

    def __init__(self):
        self.mails, self.arrived, self.refusals, self.methods = [], threading.Condition(), [], []

    async def handle_DATA(self, server, session, envelope):
        if self.refusals:
            return self.refusals.pop(0)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail.session = session
        with self.arrived:
            self.mails.append(mail)
            self.arrived.notify_all()
        return "250 OK"

    def wait(self, to, count=1, seconds=15):
        """The last mail to an address, once so many have come."""
        def found():
            return [mail for mail in self.mails if mail["To"] == to]
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(found()) >= count, seconds), f"no mail to {to}: {[m['To'] for m in self.mails]}"
            return found()[-1]

    def authenticate(self, server, session, envelope, mechanism, data):
        self.methods.append((mechanism, session.ssl is not None))
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, SECRET)
        return AuthResult(success=good)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    os.environ["SSL_CERT_FILE"] = str(path)
    return authority


@pytest.fixture(scope="session")
def certificate(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def mailbox(certificate):
    """STARTTLS, and a name and password that it takes over TLS only."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), tls_context=certificate, require_starttls=True,
                            authenticator=box.authenticate, auth_required=True)
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


def smtp(port, **options):
    return {"smtp": {"enabled": True, "host": "127.0.0.1", "port": port, "username": USER.decode(), "password": SECRET.decode(), **options},
            "meta": {"appName": "Bird & Co", "appURL": "https://birds.example", "senderName": "Vögel", "senderAddress": "mail@birds.example"}}


@pytest.fixture(scope="session")
def server(mailbox):
    with Server() as running:
        running.must("PATCH", "/api/settings", smtp(mailbox.port))
        fields = [{"name": "name", "type": "text"}, {"name": "secret", "type": "text", "hidden": True}]
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", "fields": fields, "otp": {"enabled": True}, **OPEN})
        running.must("POST", "/api/collections", {"name": "guards", "type": "auth", "otp": {"enabled": True}, "mfa": {"enabled": True}, **OPEN})
        yield running
