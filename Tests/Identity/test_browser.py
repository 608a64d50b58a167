"""Accounts in a real browser: headless Chromium with its virtual authenticator, through the DevTools protocol.
With SCREENSHOTS set to a folder, pictures of the way are kept there."""

import os
import pathlib
import re
import sys
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.support.ui import WebDriverWait
from servers import Server

from conftest import smtp

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Peers"))
import chromium                                               # noqa: E402

pytestmark = chromium.needed

PASSWORD = "a-good-password"
OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "passkeys"


@pytest.fixture(scope="module")
def server(mailbox):
    with Server("--publicDir", str(EXAMPLE)) as running:
        url = f"http://localhost:{running.port}"
        settings = smtp(mailbox.port)
        settings["meta"] = {**settings["meta"], "appURL": url, "appName": "Bird House"}
        running.must("PATCH", "/api/settings", settings)
        running.must("POST", "/api/collections", {"name": "people", "type": "auth", "passkey": {"enabled": True}, "totp": {"enabled": True}, **OPEN})
        running.url = url
        yield running


class Browser:
    def __init__(self):
        self.driver = chromium.start("--window-size=720,640")

    def find(self, selector):
        return WebDriverWait(self.driver, 10).until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def click(self, selector):
        self.find(selector).click()

    def fill(self, selector, text):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def says(self, text, selector="[role=status]"):
        WebDriverWait(self.driver, 10).until(lambda _: text in self.find(selector).text, f"{text!r} never came, but {self.find(selector).text!r}")

    def picture(self, name):
        if folder := os.environ.get("SCREENSHOTS"):
            self.driver.save_screenshot(str(pathlib.Path(folder) / f"{name}.png"))

    def authenticator(self, **changes):
        options = VirtualAuthenticatorOptions()
        options.transport, options.has_resident_key = "internal", True
        options.has_user_verification = options.is_user_verified = True
        for name, value in changes.items():
            setattr(options, name, value)
        self.driver.add_virtual_authenticator(options)


@pytest.fixture
def browser():
    running = Browser()
    yield running
    running.driver.quit()


def sign_up(browser, server, email):
    browser.driver.get(server.url + "/")
    browser.fill("[name=email]", email)
    browser.fill("[name=password]", PASSWORD)
    browser.click("#sign-up button")
    browser.says("Signed up.")


def test_sign_up_to_passkey_sign_in(browser, server):
    browser.authenticator()
    sign_up(browser, server, "ada@example.com")
    browser.picture("passkey-1-signed-up")
    browser.fill("#name", "Ada's laptop")
    browser.click("#add")
    browser.says("The passkey was added.")
    browser.picture("passkey-2-added")
    assert "Ada's laptop" in browser.find("#passkeys").text
    browser.click("#sign-out")
    browser.says("Signed out.")
    browser.click("#sign-in-passkey")
    browser.says("Signed in with a passkey.")
    assert browser.find("#who").text == "ada@example.com" and "last used" in browser.find("#passkeys").text
    browser.picture("passkey-3-signed-in")
    rows = server.must("GET", "/api/collections/_passkeys/records")["items"]
    assert len(rows) == 1 and rows[0]["lastUsed"]
    assert len(browser.driver.get_credentials()) == 1
    browser.click("#add")
    browser.says("credentials already registered")       # the browser's own words
    browser.click("#passkeys button")
    browser.says("The passkey was removed.")
    browser.click("#sign-out")
    browser.click("#sign-in-passkey")
    browser.says("Failed to authenticate.")


def test_a_key_without_a_screen_lock_is_one_factor(browser, server):
    """An old key that only wants to be touched: with a second factor demanded, the password comes first."""
    server.must("PATCH", "/api/collections/people", {"otp": {"enabled": True}})
    browser.authenticator(has_user_verification=False, is_user_verified=False, has_resident_key=False, transport="usb", protocol="ctap1/u2f")
    sign_up(browser, server, "bea@example.com")
    browser.click("#add")
    browser.says("The passkey was added.")
    server.must("PATCH", "/api/collections/people", {"mfa": {"enabled": True}})
    try:
        browser.click("#sign-out")
        browser.click("#sign-in-password")
        browser.says("Signed in with both factors.")
    finally:
        server.must("PATCH", "/api/collections/people", {"mfa": {"enabled": False}})


# ---- the pages that mails link to

def link_in(mail):
    return re.search(r"\((http://localhost[^)]+)\)", mail.get_body(("plain",)).get_content())[1]


def person(server, email, **more):
    return server.must("POST", "/api/collections/people/records", {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, **more})


def test_verification_page(browser, server, mailbox):
    record = person(server, "cid@example.com")
    server.guest("POST", "/api/collections/people/request-verification", {"email": "cid@example.com"})
    link = link_in(mailbox.wait("cid@example.com"))
    browser.driver.get(link)
    browser.says("Your email address is verified.")
    browser.picture("account-verification")
    assert server.must("GET", f"/api/collections/people/records/{record['id']}")["verified"] is True
    browser.driver.get("about:blank")
    browser.driver.get(link[:-3] + "xxx")
    browser.says("token")


def test_reset_page(browser, server, mailbox):
    person(server, "dan@example.com")
    server.guest("POST", "/api/collections/people/request-password-reset", {"email": "dan@example.com"})
    browser.driver.get(link_in(mailbox.wait("dan@example.com")))
    browser.fill("[name=password]", "another-password")
    browser.fill("[name=passwordConfirm]", "other-password")
    browser.click("button")
    browser.says("Values don't match.")
    browser.fill("[name=passwordConfirm]", "another-password")
    browser.picture("account-reset")
    browser.click("button")
    browser.says("Your password is changed.")
    body = {"identity": "dan@example.com", "password": "another-password"}
    assert server.guest("POST", "/api/collections/people/auth-with-password", body).status == 200


def test_email_change_page(browser, server, mailbox):
    person(server, "eve@example.com")
    body = {"identity": "eve@example.com", "password": PASSWORD}
    token = server.guest("POST", "/api/collections/people/auth-with-password", body).json()["token"]
    server.call("POST", "/api/collections/people/request-email-change", {"newEmail": "eva@example.com"}, token=token)
    browser.driver.get(link_in(mailbox.wait("eva@example.com")))
    browser.fill("[name=password]", PASSWORD)
    browser.click("button")
    browser.says("Your email address is changed.")
    assert server.guest("POST", "/api/collections/people/auth-with-password", {**body, "identity": "eva@example.com"}).status == 200


def test_first_superuser(browser, mailbox, tmp_path):
    """The link that a fresh server prints, in a browser."""
    running = Server(folder=tmp_path)
    running.token = ""                  # No superuser is made for the test.
    with running:
        link = None
        for _ in range(50):             # It is printed once the server listens.
            if link := re.search(r"http://\S+/_/#/pbinstall/\S+", running.log()):
                break
            time.sleep(0.1)
        link = link[0]
        browser.driver.get(link)
        browser.fill("[name=email]", "first@example.com")
        browser.fill("[name=password]", "first-password")
        browser.fill("[name=passwordConfirm]", "first-password")
        browser.picture("installer")
        browser.click("button")
        browser.says("The superuser first@example.com is made.")
        body = {"identity": "first@example.com", "password": "first-password"}
        answer = running.guest("POST", "/api/collections/_superusers/auth-with-password", body)
        assert answer.status == 200
        emails = running.call("GET", "/api/collections/_superusers/records", token=answer.json()["token"]).json()["items"]
        assert [item["email"] for item in emails] == ["first@example.com"], "the placeholder is gone"
        browser.driver.get("about:blank")
        browser.driver.get(link)
        browser.fill("[name=email]", "second@example.com")
        browser.fill("[name=password]", "second-password")
        browser.fill("[name=passwordConfirm]", "second-password")
        browser.click("button")
        browser.says("The link is over.")


def test_where_providers_send_people_back(browser, server):
    browser.driver.get(server.url + "/api/oauth2-redirect?state=unknown&code=x")
    browser.says("The sign-in did not work")
    assert browser.driver.current_url.endswith("/_/#/auth/oauth2-redirect-failure")


def test_no_scripts_of_others(server):
    answer = server.guest("GET", "/_/")
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["referrer-policy"] == "no-referrer"
