"""Forms: what is sent, checked, shown again; and what others try with them."""
import json
import re
import time
import urllib.parse

import pytest

from conftest import PASSWORD


def test_a_form(site, visitor):
    visitor.sign_in("ann")
    page = visitor.submit("/articles/one", {"text": "Well written."})
    assert (page.status, page.headers["Location"]) == (303, "/articles/one")
    shown = visitor.get("/articles/one").text
    assert '<p class="flash good">Thank you, Ann.</p>' in shown
    assert "Thank you" not in visitor.get("/articles/one").text, "messages are shown once"
    [comment] = site.su("GET", "/api/collections/comments/records?filter=" + "text='Well%20written.'")["items"]
    assert comment["author"]


def test_what_is_wrong_is_shown_with_what_was_typed(visitor):
    visitor.sign_in("ann")
    page = visitor.submit("/articles/one", {"text": "<i>a</i>"[:4], "password": "typed"})
    assert page.status == 422
    assert "<p class=\"error\">Must be at least 5 character(s).</p>" in page.text
    assert "&lt;i&gt;a</textarea>" in page.text and 'name="password" value=""' in page.text
    assert page.token


def test_rules_hold(site, visitor):
    page = visitor.submit("/articles/one", {"text": "a guest writes"})
    assert page.status == 422 and 'class="error"' in page.text
    assert site.su("GET", "/api/collections/comments/records?filter=" + "text='a guest writes'".replace(" ", "%20"))["items"] == []


@pytest.mark.parametrize("case", ["no token", "no cookie", "another's token", "guest's token", "cross-site", "nonsense", "other cookie"])
def test_forged_requests(site, case):
    ann = site.visitor().sign_in("ann")
    token = ann.get("/articles/one").token
    fields, headers, cookies = {"text": "forged text", "_csrf": token}, {}, True
    if case == "no token":
        del fields["_csrf"]
    elif case == "no cookie":
        ann.cookies.pop("martlet_form")
    elif case == "another's token":
        bob = site.visitor().sign_in("bob")
        fields["_csrf"] = bob.get("/articles/one").token
    elif case == "guest's token":
        guest = site.visitor()
        fields["_csrf"] = guest.get("/articles/one").token
        ann.cookies["martlet_form"] = guest.cookies["martlet_form"]
    elif case == "cross-site":
        headers["Sec-Fetch-Site"] = "cross-site"
    elif case == "other cookie":
        ann.cookies["martlet_form"] = "x" * 32
    else:
        fields["_csrf"] = "x"
    page = ann.post("/articles/one", fields, headers, cookies=cookies)
    assert page.status == 403, page.text
    assert site.su("GET", "/api/collections/comments/records?filter=" + "text='forged%20text'")["items"] == []


def test_the_token_as_a_header(visitor):
    visitor.sign_in("ann")
    token = visitor.get("/articles/one").token
    assert visitor.post("/articles/one", {"text": "by script"}, {"X-CSRF-Token": token}).status == 303


def test_uploads(site, visitor):
    token = visitor.get("/upload").token

    def send(content, name):
        body = (f'--B\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n{token}\r\n'
                '--B\r\nContent-Disposition: form-data; name="title"\r\n\r\nWith a file\r\n'
                f'--B\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n').encode() + content + b"\r\n--B--\r\n"
        return visitor.send("POST", "/upload", body, {"Content-Type": "multipart/form-data; boundary=B"})
    page = send(b"plain words", "words.txt")
    assert page.status == 303, page.text
    name = page.headers["Location"].split("=")[1]
    [record] = site.su("GET", "/api/collections/articles/records?filter=slug='uploaded'")["items"]
    assert record["image"] == name and record["title"] == "With a file"
    assert visitor.get(f"/api/files/articles/{record['id']}/{name}").body == b"plain words"
    refused = send(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "x.png")
    assert refused.status == 422 and "image" in json.loads(re.search(r"\{.*\}", refused.text)[0].replace("&#34;", '"'))
    assert send(b"", "").status == 303, "a field that was left empty is no file"


# MARK: sessions

def test_sessions(site, visitor):
    page = visitor.submit("/sign-in", {"email": "ann@example.com", "password": "wrong"})
    assert page.status == 422 and "Failed to authenticate." in page.text and 'value="ann@example.com"' in page.text
    page = visitor.submit("/sign-in", {"email": "ann@example.com", "password": PASSWORD})
    [cookie] = [line for line in page.headers.get_all("Set-Cookie") if line.startswith("martlet_session=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=" in cookie and "Secure" not in cookie
    assert "ann@example.com" in visitor.get("/me").text
    old = dict(visitor.cookies)
    assert visitor.submit("/me", {}).headers["Location"] == "/"
    assert "martlet_session" not in visitor.cookies and visitor.get("/me").status == 403
    # the API does not know the cookie
    visitor.cookies = old
    assert visitor.get("/api/collections/users/records").json()["items"] == []
    # a changed password ends all sessions
    [ann] = site.su("GET", "/api/collections/users/records?filter=name='Ann'")["items"]
    site.su("PATCH", f"/api/collections/users/records/{ann['id']}", {"password": PASSWORD, "passwordConfirm": PASSWORD})
    page = visitor.get("/me")
    assert page.status == 403 and "martlet_session" not in visitor.cookies


@pytest.mark.parametrize("value", ["x", "a.b.c", "", "%00", "eyJhbGciOiJub25lIn0.eyJpZCI6IngifQ."])
def test_cookies_that_are_none(site, value):
    visitor = site.visitor()
    visitor.cookies["martlet_session"] = value
    visitor.cookies["martlet_flash"] = value
    assert visitor.get("/me").status == 403 and visitor.get("/").status == 200


def test_a_session_goes_on_while_it_is_used(site, visitor):
    visitor.sign_in("bob")
    token = visitor.cookies["martlet_session"]
    visitor.get("/me")
    assert visitor.cookies["martlet_session"] == token
    users = site.su("GET", "/api/collections/users")
    # the token is older than half of what tokens are given now
    site.su("PATCH", "/api/collections/users", {"authToken": {"duration": 94670856}})
    try:
        visitor.get("/me")
        assert visitor.cookies["martlet_session"] != token and visitor.get("/me").status == 200
    finally:
        site.su("PATCH", "/api/collections/users", {"authToken": {"duration": users["authToken"]["duration"]}})


def test_where_redirects_may_go(site):
    visitor = site.visitor()
    for target, fine in (("/a", True), ("https://example.com/", True), ("//evil.example", False), ("/\\evil.example", False),
                         ("javascript:alert(1)", False), ("evil", False), ("/\t/evil.example", False), ("/\r\n/evil.example", False),
                         ("https:evil.example", False), ("https://\tevil.example", False)):
        (site.pages / "go.html").write_text(f'<script server>export function get({{ redirect, query }}) {{ return redirect(query.to) }}</script>')
        end = time.time() + 10
        while (page := visitor.get("/go?to=" + urllib.parse.quote(target))).status == 404:
            assert time.time() < end
        assert page.status == (303 if fine else 400), target
        if fine:
            assert page.headers["Location"] == target


def test_fields_are_texts(site):
    """Whatever they look like; a form is no way to send objects."""
    fields = [("a", "123"), ("b", "true"), ("c", "-0"), ("d", "1"), ("d", "2"), ("@jsonPayload", '{"o":{"x":1}}'), ("__proto__", "x")]
    got = site.visitor().post("/webhook?query=1", fields).json()["got"]
    assert got == {"a": "123", "b": "true", "c": "-0", "d": ["1", "2"], "@jsonPayload": '{"o":{"x":1}}', "__proto__": "x"} or \
        {k: v for k, v in got.items() if k != "__proto__"} == {"a": "123", "b": "true", "c": "-0", "d": ["1", "2"], "@jsonPayload": '{"o":{"x":1}}'}


def test_forms_of_other_sites_get_no_token(site):
    text = site.visitor().get("/foreign").text
    assert text.count("_csrf") == 1 and '<form method="post" action="/here"><input type="hidden" name="_csrf"' in text
