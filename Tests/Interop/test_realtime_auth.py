"""Realtime: what becomes of a connected client's account, and the message of the OAuth2 redirect."""
import pytest

from cases import C, Fresh, number, records, text, values
from files import MULTI, body as multipart, word
from fixture_records import AUTH, rid
from fixtures import CHEAP_PASSWORD
from streams import Wire, marks, options, until

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
PASSWORD = AUTH["password"]
GATED, MINE = "gated/*", f"mine/{rid('mine', 1)}"


@pytest.fixture(scope="module")
def world(pair):
    m = Fresh(pair)
    marks(m)
    # events for whoever is signed in, by the state of the account
    m("gated", [text("t")], **{**OPEN, "listRule": "@request.auth.id != ''"})
    m("mine", [text("t")], **{**OPEN, "viewRule": "@request.auth.name = 'Ann' && @request.auth.collectionName != ''"})
    m("open_", [text("t")], **OPEN)
    for name in ("gated", "mine", "open_"):
        pair.same("POST", records(name), {"id": rid(name.strip("_"), 1)}, expect=200)
    yield
    m.clean()


@pytest.fixture
def wire(pair, world):
    with Wire(pair) as w:
        yield w


ANN, BOB = rid("account", 1), rid("account", 2)


@pytest.fixture
def accounts(pair, fresh):
    """An auth collection with two accounts, signed in as ann and bob."""
    fresh.add("moved_accounts")
    fresh.create({"id": "pbc_accounts", "name": "accounts", "type": "auth", **OPEN, "fields": [CHEAP_PASSWORD, text("name"),
        number("n")]}, compare=False)
    for id, name in ((ANN, "Ann"), (BOB, "Bob")):
        pair.same("POST", records("accounts"), {"id": id, "email": f"{name}@accounts.com", "name": name, **AUTH}, expect=200)
        pair.sign_in(name.lower(), "accounts", f"{name}@accounts.com", PASSWORD)


def touch(pair):
    for name in ("gated", "mine", "open_"):
        pair.same("PATCH", records(name, rid(name.strip("_"), 1)), {"t": "x"}, expect=200)


TOPICS = (GATED, MINE, "open_/*", "accounts/*", f"accounts/{ANN}", options("accounts/*", query={"fields": "email,name"}))
ACCOUNT = records("accounts", ANN)
SELF = {"oldPassword": PASSWORD, "password": "new-password-1", "passwordConfirm": "new-password-1"}
RESET = {"password": "new-password-1", "passwordConfirm": "new-password-1"}
SECRET = "s" * 40
# label, caller, method, path, body, whether ann stays signed in
CHANGES = [
    ("nothing", "su", "GET", ACCOUNT, None, True), ("other field", "ann", "PATCH", ACCOUNT, {"n": 5}, True), ("name that the rule reads",
    "su", "PATCH", ACCOUNT, {"name": "Eve"}, True), ("verified", "su", "PATCH", ACCOUNT, {"verified": True}, True),
    ("visible address", "ann", "PATCH", ACCOUNT, {"emailVisibility": True}, True), ("own password", "ann", "PATCH", ACCOUNT, SELF, False),
    ("password by a superuser", "su", "PATCH", ACCOUNT, RESET, False), ("address by a superuser", "su", "PATCH", ACCOUNT, {"email":
    "new@accounts.com"}, False), ("token key", "su", "PATCH", ACCOUNT, {"tokenKey:autogenerate": ""}, False), ("chosen token key", "su",
    "PATCH", ACCOUNT, {"tokenKey": "k" * 40}, False), ("token key by herself", "ann", "PATCH", ACCOUNT, {"tokenKey": "k" * 40}, True),
    ("refused change", "bob", "PATCH", ACCOUNT, {**SELF, "oldPassword": "wrong"}, True), ("deleted", "su", "DELETE", ACCOUNT, None, False),
    ("deleted by herself", "ann", "DELETE", ACCOUNT, None, False), ("other account", "su", "PATCH", records("accounts", BOB), RESET, True),
    ("other account deleted", "su", "DELETE", records("accounts", BOB), None, True), ("token secret", "su", "PATCH", f"{C}/accounts",
    {"authToken": {"secret": SECRET}}, False), ("token duration", "su", "PATCH", f"{C}/accounts", {"authToken": {"duration": 600}}, True),
    ("other secrets", "su", "PATCH", f"{C}/accounts", {"fileToken": {"secret": SECRET}, "verificationToken": {"secret": SECRET},
    "passwordResetToken": {"secret": SECRET}, "emailChangeToken": {"secret": SECRET}}, True), ("auth rule", "su", "PATCH", f"{C}/accounts",
    {"authRule": "n = 0"}, False), ("auth rule as it was", "su", "PATCH", f"{C}/accounts", {"authRule": ""}, True), ("manage rule", "su",
    "PATCH", f"{C}/accounts", {"manageRule": "id = 'x'"}, True), ("rules", "su", "PATCH", f"{C}/accounts", {"viewRule": "id = @request.auth.id", "listRule": None}, True),
    ("truncated", "su", "DELETE", f"{C}/accounts/truncate", None, False), ("collection deleted", "su", "DELETE", f"{C}/accounts", None,
    False), ("new sign-in", None, "POST", f"{C}/accounts/auth-with-password", {"identity": "Ann@accounts.com", "password": PASSWORD},
    True), ("refresh", "ann", "POST", f"{C}/accounts/auth-refresh", None, True), ("batch", "su", "POST", "/api/batch", {"requests":
    [{"method": "PATCH", "url": ACCOUNT, "body": RESET}]}, False), ("rolled back batch", "su", "POST", "/api/batch", {"requests":
    [{"method": "PATCH", "url": ACCOUNT, "body": RESET}, {"method": "POST", "url": records("accounts"), "body": {}}]}, True),
    ("direct SQL", "su", "POST", "/api/sql", {"query": "UPDATE accounts SET tokenKey = 'direct' WHERE id = '" + ANN + "'"}, True),
]


@pytest.mark.parametrize("c", [pytest.param(c, id=c[0].replace(" ", "_")) for c in CHANGES])
def test_life_of_an_account(pair, wire, accounts, c):
    _, caller, method, path, body, stays = c
    ann, bob, guest = [wire.listen(*TOPICS, auth=auth) for auth in ("ann", "bob", None)]
    touch(pair)
    assert [len(events) for events in wire.told(ann, bob, guest, count=[3, 2, 1])] == [3, 2, 1]
    pair.send("PATCH", "/api/settings", {"batch": {"enabled": True}})
    pair.same(method, path, body, auth=caller)
    wire.told(ann, bob, guest)
    touch(pair)
    after, _, nobody = wire.told(ann, bob, guest)
    assert (GATED in [topic for topic, _ in after]) == stays and len(nobody) == 1
    # what each may do now
    pair.same("POST", f"{C}/accounts/auth-refresh", auth="ann")
    ann.subscribe(*TOPICS, expect=403 if stays else 204)
    ann.subscribe(*TOPICS, auth="ann", expect=None)
    touch(pair)
    wire.told(ann, bob, guest)
    if not stays:
        ann.subscribe(*TOPICS, auth="user1", expect=None)
        touch(pair)
        wire.told(ann)
    pair.send("PATCH", "/api/settings", {"batch": {"enabled": False}})


def test_renamed_accounts(pair, wire, accounts):
    """(Rules of the reference that read more than the id find nothing until the next subscribe request.)"""
    ann = wire.listen(GATED, "open_/*", "accounts/*", "moved_accounts/*", auth="ann")
    pair.same("PATCH", f"{C}/accounts", {"name": "moved_accounts"}, expect=200)
    touch(pair)
    ann.told(2)
    pair.same("PATCH", records("moved_accounts", ANN), {"n": 2}, expect=200)
    ann.told(1)
    ann.subscribe(*TOPICS, auth="ann", expect=204)
    touch(pair)
    ann.told(3)


def test_new_token_after_the_old_one_died(pair, wire, accounts):
    ann = wire.listen(*TOPICS, auth="ann")
    other = wire.listen(*TOPICS, auth="ann")
    pair.same("PATCH", ACCOUNT, SELF, auth="ann", expect=200)
    pair.sign_in("ann2", "accounts", "Ann@accounts.com", SELF["password"])
    ann.subscribe(*TOPICS, auth="ann2")
    touch(pair)
    told, old = wire.told(ann, other)
    assert GATED in [topic for topic, _ in told] and GATED not in [topic for topic, _ in old]
    ann.subscribe(*TOPICS, auth="bob", expect=403)
    other.subscribe(*TOPICS, auth="bob", expect=204)


def test_state_of_the_account_is_fresh(pair, wire, accounts):
    """The rule of `mine` reads the name; changes of it count at once and without another subscribe request."""
    ann, bob = wire.listen(*TOPICS, auth="ann"), wire.listen(*TOPICS, auth="bob")
    for name_of_ann, name_of_bob in (("Ann", "Ann"), ("x", "Ann"), ("Ann", "x")):
        pair.same("PATCH", ACCOUNT, {"name": name_of_ann}, auth="ann", expect=200)
        pair.same("PATCH", records("accounts", BOB), {"name": name_of_bob}, expect=200)
        touch(pair)
        told = wire.told(ann, bob)
        assert [MINE in [topic for topic, _ in events] for events in told] == [name_of_ann == "Ann", name_of_bob == "Ann"]


def test_expired_token(pair, wire, accounts):
    pair.same("POST", f"{C}/accounts/impersonate/{ANN}", {"duration": 4}, expect=200)
    for side, answer in zip((pair.ref, pair.mart), pair.last):
        side.tokens["short"] = answer.json["token"]
    ann = wire.listen(*TOPICS, auth="short")
    until(lambda: [a.status for a in pair.send("POST", "/api/files/token", auth="short")] == [401, 401])
    touch(pair)
    assert GATED in [topic for topic, _ in ann.told(3)]
    ann.subscribe(*TOPICS, auth="short", expect=403)        # a guest now
    ann.subscribe(*TOPICS, auth="ann", expect=204)


def test_first_verification(pair, wire, accounts):
    """With a linked account elsewhere it changes the token key."""
    pair.same("POST", records("_externalAuths"), {"collectionRef": "pbc_accounts", "recordRef": ANN, "provider": "google", "providerId":
        "7"}, expect=200)
    ann, su = wire.listen(*TOPICS, auth="ann"), wire.listen("_externalAuths/*", "accounts/*", auth="su")
    pair.same("PATCH", ACCOUNT, {"verified": True}, expect=200)
    wire.told(ann, su)
    touch(pair)
    wire.told(ann, su)
    pair.same("POST", f"{C}/accounts/auth-refresh", auth="ann")


def test_superuser_loses_the_account(pair, wire):
    id = rid("superuser", 8)
    pair.same("POST", records("_superusers"), {"id": id, "email": "eight@example.com", **AUTH}, expect=200)
    pair.sign_in("eight", "_superusers", "eight@example.com", PASSWORD)
    client, other = wire.listen(GATED, "vault/*", "open_/*", auth="eight"), wire.listen("vault/*", auth="eight")
    for step in (None, {"email": "acht@example.com"}):
        if step:
            pair.same("PATCH", records("_superusers", id), step, expect=200)
        pair.same("POST", records("vault"), {"id": rid("vault", 8)}, expect=200)
        touch(pair)
        wire.told(client, other)
        pair.same("DELETE", records("vault", rid("vault", 8)), expect=204)
        wire.told(client, other)
    for auth, status in ((None, 204), ("user1", 204), ("eight", 403)):
        client.subscribe("vault/*", auth=auth, expect=None)
    other.subscribe("vault/*", auth="su")
    pair.same("DELETE", records("_superusers", id), expect=204)
    client.told(0)


def test_password_by_the_command_line(pair, wire):
    """Another process: the connected client is not touched."""
    id = rid("superuser", 7)
    pair.same("POST", records("_superusers"), {"id": id, "email": "seven@example.com", **AUTH}, expect=200)
    pair.sign_in("seven", "_superusers", "seven@example.com", PASSWORD)
    client = wire.listen(GATED, "vault/*", "open_/*", auth="seven")
    for side in (pair.ref, pair.mart):
        assert side.server.command("superuser", "update", "seven@example.com", "other-password-1")[0] == 0
    pair.same("POST", f"{C}/_superusers/auth-refresh", auth="seven", expect=401)
    touch(pair)
    client.told(2)
    pair.same("DELETE", records("_superusers", id), expect=204)
    touch(pair)
    assert [topic for topic, _ in client.told(1)] == ["open_/*"]


# ---- the message of the OAuth2 redirect; $c$ is the client
REDIRECT = "/api/oauth2-redirect"
FORM, JSON = {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json"}
GETS = ["?state=$c$&code=abc", "?state=$c$&code=a%20b%2Bc&scope=x&error_description=y", "?state=$c$&code=", "?state=$c$", "?state=$c$&error=denied",
    "?state=$c$&error=denied&code=abc", "?state=$c$&code=abc&error=", "?STATE=$c$&code=abc", "?state=$c$&CODE=abc", "?state=$c$&code=a&code=b",
    "?state=$c$&state=x&code=a", "?state=x&state=$c$&code=a", "?state=$c$&code=5&user=x", "?state=$c$&code=%22%3C%3E%26%C3%A9%0A", "?state=$c$x&code=a",
    "?state=%20$c$&code=a", "?state=$c$&code=%zz", "?code=a", "", "?state=&code=a", "?state=$c$&code=" + "x" * 3000]
POSTS = [(FORM, "state=$c$&code=abc"), (FORM, "state=$c$&code=abc&user=%7B%22name%22%3A%7B%22firstName%22%3A%22A%22%7D%7D"), (FORM,
    "state=$c$&code=abc&error=denied"), (FORM, "state=$c$&code="), (FORM, "state=$c$"), (FORM, "code=123&state=$c$"), (FORM, "state=$c$&code=true"),
    (FORM, "State=$c$&code=123"), (FORM, "state=$c$&code=%zz"), (FORM, ""), (FORM, "code=a&code=b&state=$c$"), (JSON, '{"state":"$c$","code":"abc"}'),
    (JSON, '{"State":"$c$","CODE":"abc","error":"x"}'), (JSON, '{"state":"$c$","code":5}'), (JSON, '{"state":"$c$","code":"a"'), (JSON, "[]"), (JSON,
    '{"state":"$c$","code":null,"user":null}'), (JSON, '{"state":"$c$","code":"a","user":{"name":"x"}}'), ({"Content-Type": "text/plain"},
    "state=$c$&code=abc"), ({}, "state=$c$&code=abc"), ({}, None), (MULTI, multipart(word("state", "$c$"), word("code", "abc"))), (MULTI,
    multipart(word("state", "$c$"), word("code", "12"), word("error", "e")))]


def redirected(pair, wire, method, query="", topics=("@oauth2", "open_/*"), auth=None, **rest):
    """The call, what the client was told, whether it may be called again, and that other topics stay."""
    client = wire.listen(*topics, auth=auth)
    for side in (pair.ref, pair.mart):
        side.kept["c"] = side.kept[client.key]
    answer = pair.same(method, REDIRECT + query, auth=None, check=("cache-control",), **rest)
    told = client.told()
    pair.same("GET", REDIRECT + "?state=$c$&code=again", auth=None)
    again = client.told()
    pair.same("PATCH", records("open_", rid("open", 1)), {"t": "x"}, expect=200)
    assert len(client.told()) == topics.count("open_/*")
    client.subscribe("@oauth2", auth=auth)
    pair.same("GET", REDIRECT + "?state=$c$&code=third", auth=None, expect=307)
    assert client.told(1) == [("@oauth2", {"state": "<client>", "code": "third"})]
    if "@oauth2" in topics:
        assert len(told) + len(again) == 1
    return answer, told


@pytest.mark.parametrize("query", values(*GETS))
def test_redirect(pair, wire, query):
    redirected(pair, wire, "GET", query)


@pytest.mark.parametrize("query", values(*GETS[:4]))
def test_redirect_head(pair, wire, query):
    redirected(pair, wire, "HEAD", query)


@pytest.mark.parametrize("headers,raw", [pytest.param(*p, id=f"{i:02d}") for i, p in enumerate(POSTS)])
def test_redirect_post(pair, wire, headers, raw):
    redirected(pair, wire, "POST", headers=headers, raw=raw)


@pytest.mark.parametrize("query,raw", [("?state=$c$&code=abc", None), ("?state=$c$&code=abc", ""), ("?code=abc", "state=$c$"), ("?state=x",
    "state=$c$&code=abc"), ("?state=$c$&code=abc", "code=def")])
def test_redirect_post_with_a_query(pair, wire, query, raw):
    redirected(pair, wire, "POST", query, headers=FORM, raw=raw)


@pytest.mark.parametrize("topics", [("@oauth2?options={}", "open_/*"), ("@oauth2/*",), ("@OAUTH2", "open_/*"), ("open_/*",), ("oauth2",), (" @oauth2",)])
def test_redirect_without_the_topic(pair, wire, topics):
    answer, told = redirected(pair, wire, "GET", "?state=$c$&code=abc", topics)
    assert answer.headers.get("location").endswith("failure") and told == []


@pytest.mark.parametrize("auth", ["user1", "su"])
def test_redirect_of_a_signed_in_client(pair, wire, auth):
    assert redirected(pair, wire, "GET", "?state=$c$&code=abc", auth=auth)[1] == [("@oauth2", {"state": "<client>", "code": "abc"})]


def test_redirect_of_a_closed_client(pair, wire):
    client = wire.listen("@oauth2")
    wire.gone(client)
    assert pair.same("GET", f"{REDIRECT}?state=${client.key}$&code=a", auth=None, expect=307).headers.get("location").endswith("failure")


def test_redirect_from_elsewhere(pair, wire):
    pair.same("PATCH", "/api/settings", {"trustedProxy": {"headers": ["X-Real"]}}, expect=200)
    try:
        client, told = wire.connect(headers=[("X-Real", "10.1.1.1")]), []
        for ip in ("10.1.1.2", "bad", "10.1.1.1"):
            client.subscribe("@oauth2", headers={"X-Real": "10.1.1.1"})
            for own in (ip, "10.1.1.1"):        # a call from elsewhere also uses the topic up
                pair.same("GET", f"{REDIRECT}?state=${client.key}$&code=a", auth=None, headers={"X-Real": own}, expect=307)
                told.append(len(client.told()))
        assert told == [0, 0, 0, 0, 1, 0]
    finally:
        pair.same("PATCH", "/api/settings", {"trustedProxy": {"headers": []}}, expect=200)


def test_one_of_two_clients(pair, wire):
    one, two = wire.listen("@oauth2"), wire.listen("@oauth2")
    pair.same("GET", f"{REDIRECT}?state=${two.key}$&code=a", auth=None)
    assert [len(events) for events in wire.told(one, two)] == [0, 1]
