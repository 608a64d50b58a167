"""Signing in with accounts elsewhere: every provider's profile, whose record it is, and the OpenID checks. Both servers
ask the same providers on loopback."""
import base64
import hashlib
import http.client
import json
import pathlib
import sys
import time
import urllib.parse

import pytest

from cases import C, NOW, Fresh, q, records, text, values

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Peers"))
from openid_provider import Provider                            # noqa: E402
from profile_provider import ProfileProvider                    # noqa: E402

BACK = "http://127.0.0.1/back"


@pytest.fixture(scope="module")
def shapes():
    provider = ProfileProvider()
    yield provider
    provider.close()


@pytest.fixture(scope="module", params=["RS256", "EdDSA"])
def openid(request):
    provider = Provider(algorithm=request.param)
    yield provider
    provider.close()


OPEN = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")


def people(fresh, *providers, name="birds", mapped=None, **rest):
    fields = [text("name"), text("nick", max=10), text("photo"), text("outer")]
    fresh.create({"name": name, "type": "auth", "fields": fields, **OPEN,
                  "oauth2": {"enabled": True, "providers": list(providers), "mappedFields": mapped or {}}, **rest}, compare=False)
    return f"{C}/{name}/auth-with-oauth2"


E, V = "bird@example.com", {"verified": True, "primary": True}
PROFILES = [
    ("google", {"sub": "7", "name": "Ada F", "picture": "https://x/y.png", "email": E, "email_verified": True}),
    ("google", {"sub": "7", "email": E, "email_verified": False}), ("google", {"sub": "7", "email": E}), ("google", {}),
    ("google", {"sub": "", "name": "x"}), ("google", {"sub": "7", "given_name": "A", "extra": [1, {"a": None}]}),
    ("microsoft", {"id": "m", "displayName": "Ada", "mail": E}), ("microsoft", {"id": "m", "userPrincipalName": E}),
    ("yandex", {"id": "1", "login": "ada", "real_name": "Ada F", "default_email": E, "default_avatar_id": "av", "is_avatar_empty": False}),
    ("yandex", {"id": "1", "is_avatar_empty": True, "default_avatar_id": "av"}),
    ("facebook", {"id": "1", "name": "Ada", "email": E, "picture": {"data": {"url": "https://x/p"}}}), ("facebook", {"id": "1"}),
    ("instagram2", {"id": "2", "user_id": "1", "username": "ada", "name": "Ada", "profile_picture_url": "https://x/p"}),
    ("gitlab", {"id": 5, "name": "Ada", "username": "ada", "email": E, "avatar_url": "https://x/p", "confirmed_at": "2020-01-01T10:00:00.000Z"}),
    ("gitlab", {"id": 5, "email": E, "confirmed_at": ""}), ("gitlab", {"id": 5, "email": E, "confirmed_at": "2020-01-01"}), ("gitlab", {"id": 5, "email": E, "confirmed_at": None}),
    ("discord", {"id": "9", "username": "ada", "discriminator": "0", "global_name": "Ada", "avatar": "h", "email": E, "verified": True}),
    ("discord", {"id": "9", "username": "ada", "discriminator": "1234", "avatar": "h", "email": E, "verified": False}),
    ("discord", {"id": "9", "username": "ada", "discriminator": "0"}), ("discord", {"id": "9", "username": "ada", "global_name": ""}),
    ("twitter", {"data": {"id": "3", "name": "Ada", "username": "ada", "profile_image_url": "https://x/p", "confirmed_email": E}}),
    ("twitter", {"data": {}}), ("twitter", {}),
    ("kakao", {"id": 4, "properties": {"nickname": "ada", "profile_image": "https://x/p"},
               "kakao_account": {"email": E, "is_email_valid": True, "is_email_verified": True}}),
    ("kakao", {"id": 4, "kakao_account": {"email": E, "is_email_valid": True, "is_email_verified": False}}),
    ("vk", {"response": [{"id": 8, "first_name": "Ada", "last_name": "F", "screen_name": "ada", "photo_max": "https://x/p"}]}),
    ("vk", {"response": [{"id": 8, "first_name": "", "last_name": "F"}]}), ("vk", {"response": []}),
    ("linear", {"data": {"viewer": {"id": "l", "displayName": "ada", "name": "Ada", "email": E, "avatarUrl": "https://x/p", "active": True}}}),
    ("linear", {"data": {"viewer": {"id": "l", "active": False}}}),
    ("notion", {"bot": {"owner": {"type": "user", "user": {"id": "n", "name": "Ada", "avatar_url": "https://x/p", "person": {"email": E}}}}}),
    ("monday", {"data": {"me": {"id": "6", "name": "Ada", "email": E, "is_verified": True, "enabled": True, "photo_small": "https://x/p"}}}),
    ("monday", {"data": {"me": {"id": "6", "email": E, "is_verified": False, "enabled": True}}}),
    ("monday", {"data": {"me": {"id": "6", "enabled": False}}}),
    ("lark", {"data": {"union_id": "u", "name": "Ada", "avatar_url": "https://x/p"}}),
    ("box", {"id": "b", "name": "Ada", "login": E, "avatar_url": "https://x/p", "status": "active"}), ("box", {"id": "b", "status": "inactive"}),
    ("spotify", {"id": "s", "display_name": "Ada", "images": [{"url": "https://x/p"}]}), ("spotify", {"id": "s", "images": []}),
    ("trakt", {"user": {"username": "ada", "name": "Ada", "ids": {"uuid": "t", "slug": "x"}, "images": {"avatar": {"full": "https://x/p"}}}}),
    ("twitch", {"data": [{"id": "t", "login": "ada", "display_name": "Ada", "email": E, "profile_image_url": "https://x/p"}]}),
    ("twitch", {"data": []}),
    ("patreon", {"data": {"id": "p", "attributes": {"full_name": "Ada", "vanity": "ada", "email": E, "is_email_verified": True, "image_url": "https://x/p"}}}),
    ("patreon", {"data": {"id": "p", "attributes": {"email": E, "is_email_verified": False}}}),
    ("strava", {"id": 11, "firstname": "Ada", "lastname": "F", "username": "ada", "profile": "https://x/p"}),
    ("strava", {"id": 11, "firstname": "", "lastname": "F"}), ("strava", {"id": 0}),
    ("wakatime", {"data": {"id": "w", "display_name": "Ada", "username": "ada", "email": E, "is_email_confirmed": True, "photo": "https://x/p",
                           "photo_public": True}}),
    ("wakatime", {"data": {"id": "w", "email": E, "is_email_confirmed": False, "photo": "https://x/p", "photo_public": False}}),
    ("livechat", {"account_id": "a", "name": "Ada", "email": E, "email_verified": True, "avatar_url": "https://x/p"}),
    ("livechat", {"account_id": "a", "email": E, "email_verified": False}),
    ("mailcow", {"id": "m", "username": "ada@mail.example", "email": E, "full_name": "Ada", "active": 1}),
    ("mailcow", {"id": "m", "username": "ada", "active": 0}),
    ("planningcenter", {"data": {"id": "pc", "attributes": {"name": "Ada", "avatar": "https://x/p", "status": "active"}}}),
    ("planningcenter", {"data": {"id": "pc", "attributes": {"status": "inactive"}}}),
    ("oidc", {"sub": "o", "name": "Ada", "preferred_username": "ada", "picture": "https://x/p", "email": E, "email_verified": True}),
    ("oidc", {"sub": "o", "email": E, "email_verified": "true"}), ("oidc2", {"sub": "o", "email": E, "email_verified": "false"}),
    ("oidc", {"sub": "o", "email": E, "email_verified": 1}), ("oidc3", {"sub": "o", "email": E, "email_verified": 0}),
    ("oidc", {"sub": "o", "email": E}), ("oidc", {"sub": ""}), ("oidc", []), ("google", "text"), ("google", None),
]
EMAILS = [
    ("github", {"id": 1, "login": "ada", "name": "Ada", "avatar_url": "https://x/p", "email": "other@example.com"},
     [{"email": "b@example.com", "verified": True, "primary": False}, {"email": E, **V}], 200),
    ("github", {"id": 1}, [{"email": E, "verified": False, "primary": True}], 200), ("github", {"id": 1}, [], 200),
    ("github", {"id": 1}, {}, 404), ("github", {"id": 1}, {}, 403), ("github", {"id": 1}, {}, 500),
    ("gitea", {"id": 1, "login": "ada", "full_name": "Ada", "active": True, "avatar_url": "https://x/p"}, [{"email": E, **V}], 200),
    ("gitea", {"id": 1, "active": False}, [], 200), ("gitea", {"id": 1, "active": True}, {}, 401),
    ("bitbucket", {"uuid": "{b}", "username": "ada", "display_name": "Ada", "account_status": "active", "links": {"avatar": {"href": "https://x/p"}}},
     {"values": [{"email": E, "is_primary": True, "is_confirmed": True}]}, 200),
    ("bitbucket", {"uuid": "{b}", "account_status": "active"}, {"values": [{"email": E, "is_primary": True, "is_confirmed": False}]}, 200),
    ("bitbucket", {"uuid": "{b}", "account_status": "active"}, {}, 500), ("bitbucket", {"uuid": "{b}", "account_status": "x"}, {}, 200),
    ("gitee", {"id": 1, "login": "ada", "name": "Ada", "avatar_url": "https://x/p", "email": E}, [], 200),
]


@pytest.mark.parametrize("item", values(*PROFILES))
def test_profiles(pair, shapes, fresh, item):
    name, profile = item
    route = people(fresh, shapes.entry(name))
    token = {"email": "reply@example.com"} if name == "vk" else {}
    body = {"provider": name, "code": shapes.code(profile, token=token), "codeVerifier": "v", "redirectURL": BACK,
            "createData": {"email": "new@example.com"}}
    pair.same("POST", route, body, auth=None)
    pair.same("POST", route, {**body, "code": shapes.code(profile, token=token)}, auth=None)
    pair.same("GET", records("_externalAuths") + "?filter=collectionRef!=''&fields=provider,providerId")


@pytest.mark.parametrize("item", values(*EMAILS))
def test_profiles_with_lists_of_addresses(pair, shapes, fresh, item):
    name, profile, emails, status = item
    route = people(fresh, shapes.entry(name))
    code = shapes.code(profile, emails, emails_status=status)
    pair.same("POST", route, {"provider": name, "code": code, "codeVerifier": "v", "redirectURL": BACK}, auth=None)


def body_of(**more):
    return {"provider": "google", "codeVerifier": "v", "redirectURL": BACK, **more}


GOOGLE = {"sub": "7", "name": "Ada", "picture": "https://x/p", "email": E, "email_verified": True}


@pytest.mark.parametrize("body", values({}, {"provider": "google"}, {"code": "x"}, {"provider": "nope", "code": "x"},
    {"provider": "github", "code": "x"}, {"provider": "x" * 101, "code": "x"}, {"provider": "google", "code": "x"}, {"provider": "google",
    "code": 1}, {"provider": None, "code": None}, {"provider": "google", "code": "x", "createData": []}, {"provider": "google", "code": "x",
    "createData": "x"}, {"provider": "google", "code": "", "createData": None}, {"provider": " google", "code": "x"}))
def test_refusals(pair, shapes, fresh_module_people, body):
    pair.same("POST", fresh_module_people, body, auth=None)
    pair.same("POST", fresh_module_people, body)


@pytest.fixture(scope="module")
def fresh_module_people(pair, shapes):
    maker = Fresh(pair)
    yield people(maker, shapes.entry("google"), name="refusers")
    maker.clean()


def test_switched_off_and_closed(pair, shapes, fresh):
    route = people(fresh, shapes.entry("google"), createRule=None)
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=403)
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), expect=200)
    pair.same("PATCH", f"{C}/birds", {"oauth2": {"enabled": False}}, expect=200)
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=403)


@pytest.mark.parametrize("reply", values({"token_status": 500}, {"token_status": 400, "raw": '{"error":"invalid_grant"}'},
    {"raw": "{}"}, {"raw": "no json"}, {"raw": '{"access_token":""}'}, {"status": 500}, {"status": 302}, {"status": 204},
    {"raw": "access_token=CODE&token_type=bearer&scope=x", "token_type": "application/x-www-form-urlencoded"},
    {"token": {"token_type": "bearer", "refresh_token": "r"}}, {"token": {"token_type": ""}}, {"token": {"refresh_token": None}}))
def test_replies(pair, shapes, fresh, reply):
    route = people(fresh, shapes.entry("google"))
    code = shapes.code(GOOGLE, **reply)
    answer = shapes.answers[code]["token"]
    shapes.answers[code]["token"] = (*answer[:2], answer[2].replace(b"CODE", code.encode()))
    pair.same("POST", route, body_of(code=code), auth=None)


def test_expiry(pair, shapes, fresh):
    route = people(fresh, shapes.entry("google"))
    for seconds in (3600, "3600", 0, -5):
        pair.same("POST", route, body_of(code=shapes.code(GOOGLE, token={"expires_in": seconds})), auth=None, ignore=("expiry",))
        if seconds != -5:
            first, second = (answer.json["meta"]["expiry"] for answer in pair.last)
            assert first[:15] == second[:15] and len(first) == len(second), (first, second)


def test_secret_in_the_body(pair, shapes, fresh):
    route = people(fresh, shapes.entry("google", tokenURL=shapes.url + "/token-body"))
    for _ in range(2):
        pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=200)
    pair.same("PATCH", f"{C}/birds", {"oauth2": {"providers": [shapes.entry("google", pkce=False)]}}, expect=200)
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=200)
    forms = [request[3] for request in shapes.requests if request[1].startswith("/token")]
    assert [("code_verifier" in form) for form in forms[-2:]] == [False, False]


# ---- whose record

def sign_up(pair, fresh_name, email, verified=False, **more):
    body = {"email": email, "password": "12345678", "passwordConfirm": "12345678", "verified": verified, **more}
    pair.same("POST", records(fresh_name), body, expect=200)
    pair.keep("id", lambda answer: answer["id"])


def links(pair):
    pair.same("GET", records("_externalAuths") + "?fields=provider,providerId,recordRef&sort=provider,providerId")


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("profile", values(GOOGLE, {**GOOGLE, "email": "other@example.com"}, {**GOOGLE, "email_verified": False},
    {**GOOGLE, "email": "BIRD@example.com"}))
@pytest.mark.parametrize("caller", ["guest", "self", "su"])
def test_existing_records(pair, shapes, fresh, verified, profile, caller):
    route = people(fresh, shapes.entry("google"), shapes.entry("github"), mapped={"name": "name"})
    sign_up(pair, "birds", E, verified, name="Kept")
    pair.sign_in("bird", "birds", E, "12345678")
    auth = {"guest": None, "self": "bird", "su": "su"}[caller]
    pair.same("POST", route, body_of(code=shapes.code(profile)), auth=auth)
    links(pair)
    pair.same("POST", f"{C}/birds/auth-refresh", auth="bird")
    pair.same("POST", f"{C}/birds/auth-with-password", {"identity": E, "password": "12345678"}, auth=None)
    pair.same("POST", route, body_of(code=shapes.code({**profile, "name": "New"})), auth=None)
    pair.same("POST", route, body_of(code=shapes.code({**profile, "sub": "8"})), auth=None)
    github = shapes.code({"id": 5, "login": "x"}, [{"email": E, **V}])
    pair.same("POST", route, {**body_of(code=github), "provider": "github"}, auth=None)
    links(pair)
    pair.same("GET", records("birds") + "?sort=email&fields=email,verified,name")


def test_unlinking_and_deleting(pair, shapes, fresh):
    route = people(fresh, shapes.entry("google"))
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=200)
    for side, answer in zip((pair.ref, pair.mart), pair.last):
        side.tokens["bird"] = answer.json["token"]
    listing = records("_externalAuths")
    pair.same("GET", listing, auth="bird")
    pair.keep("link", lambda answer: answer["items"][0]["id"])
    pair.same("GET", listing, auth=None)
    pair.same("DELETE", listing + "/$link$", auth=None)
    pair.same("DELETE", listing + "/$link$", auth="bird", expect=204)
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=200)
    pair.keep("id", lambda answer: answer["record"]["id"])
    pair.same("DELETE", records("birds") + "/$id$", expect=204)
    links(pair)


CREATE = [
    ({}, {}, {}), ({"name": "name", "username": "nick", "avatarURL": "photo", "id": "outer"}, {}, {}),
    ({"name": "name", "username": "nick"}, {"name": "Chosen", "nick": "mine"}, {}), ({"name": "nope", "username": "nope"}, {}, {}),
    ({"username": "nick"}, {}, {"preferred_username": "much-too-long-for-it"}), ({"name": "name"}, {"name": ""}, {}),
    ({"name": "email", "id": "id"}, {}, {}), ({}, {"email": "chosen@example.com"}, {}), ({}, {"email": E}, {}), ({}, {"email": "bad"}, {}),
    ({}, {"password": "12345678"}, {}), ({}, {"password": "12345678", "passwordConfirm": "12345678"}, {}), ({}, {"password": "1", "passwordConfirm": "1"}, {}),
    ({}, {"verified": True}, {}), ({}, {"verified": True, "email": "chosen@example.com"}, {}), ({}, {"id": "chosenid0000001"}, {}),
    ({}, {"tokenKey": "x" * 40}, {}), ({}, {"emailVisibility": True}, {}), ({}, {}, {"email_verified": False}),
    ({}, {"email": ""}, {"email_verified": False}), ({"avatarURL": "photo"}, {}, {"picture": ""}), ({"username": "nick"}, {"nick": None}, {}),
]


@pytest.mark.parametrize("item", values(*CREATE))
@pytest.mark.parametrize("rule", ["", "@request.context = 'oauth2'", "@request.context = 'default'", "name = 'Ada' && verified = false",
    "@request.body.email:isset = true"])
def test_new_records(pair, shapes, fresh, item, rule):
    mapped, data, changes = item
    route = people(fresh, shapes.entry("oidc"), mapped=mapped, createRule=rule)
    profile = {**GOOGLE, "preferred_username": "ada", **changes}
    pair.same("POST", route, {**body_of(code=shapes.code(profile), createData=data), "provider": "oidc"}, auth=None)
    pair.same("GET", records("birds"))
    links(pair)


def test_taken_names_and_required_addresses(pair, shapes, fresh):
    index = ["CREATE UNIQUE INDEX nicks ON birds (nick COLLATE NOCASE) WHERE nick != ''"]
    route = people(fresh, shapes.entry("oidc"), mapped={"username": "nick"}, indexes=index)
    sign_up(pair, "birds", "first@example.com", nick="ADA")
    for nick in ("ada", "eve"):
        profile = {**GOOGLE, "sub": nick, "email": f"{nick}@example.com", "preferred_username": nick}
        pair.same("POST", route, {**body_of(code=shapes.code(profile)), "provider": "oidc"}, auth=None)
    fields = pair.send("GET", f"{C}/birds")[0].json["fields"]
    required = [{**field, "required": True} if field["name"] == "email" else field for field in fields]
    assert [answer.status for answer in pair.send("PATCH", f"{C}/birds", {"fields": required})] == [200, 200]
    pair.same("POST", route, {**body_of(code=shapes.code({"sub": "n", "name": "x"})), "provider": "oidc"}, auth=None)


def test_second_factors(pair, shapes, fresh):
    route = people(fresh, shapes.entry("google"), mfa={"enabled": True, "duration": 600})
    sign_up(pair, "birds", E, True)
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=401)
    pair.keep("mfa", lambda answer: answer["mfaId"])
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE), mfaId="$mfa$"), auth=None, expect=400)
    pair.same("POST", f"{C}/birds/auth-with-password", {"identity": E, "password": "12345678", "mfaId": "$mfa$"}, auth=None, expect=200)
    pair.same("POST", f"{C}/birds/auth-with-password", {"identity": E, "password": "12345678"}, auth=None, expect=401)
    pair.keep("mfa", lambda answer: answer["mfaId"])
    pair.same("POST", route + "?mfaId=$mfa$", body_of(code=shapes.code(GOOGLE)), auth=None, expect=200)


def test_auth_rule(pair, shapes, fresh):
    route = people(fresh, shapes.entry("google"), authRule="name = 'nobody'")
    pair.same("POST", route, body_of(code=shapes.code(GOOGLE)), auth=None, expect=403)
    pair.same("GET", records("birds"))


# ---- auth-methods

def test_methods(pair, shapes, fresh):
    entries = [shapes.entry("google"), shapes.entry("apple"), shapes.entry("oidc", displayName="Nest"), shapes.entry("notion", pkce=True),
               shapes.entry("github", pkce=False, authURL=shapes.url + "/auth?a=b"), shapes.entry("microsoft", extra={"idTokenEmailClaim": "email"})]
    people(fresh, *entries)
    pair.same("GET", f"{C}/birds/auth-methods", ignore=("logo",), auth=None)
    pair.same("GET", f"{C}/birds/auth-methods?fields=oauth2.providers.authURL,mfa", auth=None)
    defaults = {"authURL": "", "tokenURL": "", "userInfoURL": ""}
    every = [name for name in dict.fromkeys(name for name, *_ in PROFILES + EMAILS)]
    body = {"oauth2": {"enabled": True, "providers": [{**shapes.entry(name), **defaults} for name in every]}}
    pair.same("PATCH", f"{C}/birds", body, expect=200)
    pair.same("GET", f"{C}/birds/auth-methods", ignore=("logo",), auth=None)


# ---- OpenID Connect with a real provider

def code_from(provider, verifier, **more):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {"client_id": "bird", "response_type": "code", "scope": "openid email profile", "state": "s", "redirect_uri": BACK,
             "code_challenge": challenge, "code_challenge_method": "S256", **more}
    connection = http.client.HTTPConnection(provider.url.removeprefix("http://"))
    connection.request("GET", "/authorize?" + urllib.parse.urlencode(query))
    location = connection.getresponse().getheader("location")
    return urllib.parse.parse_qs(urllib.parse.urlparse(location).query)["code"][0]


def exchange(pair, provider, route, verifier="v" * 43, sent=None, **more):
    """Each server brings a code of its own: a provider takes each once."""
    for side in (pair.ref, pair.mart):
        side.kept["code"] = code_from(provider, verifier)
    body = {"provider": "oidc", "code": "$code$", "codeVerifier": sent or verifier, "redirectURL": BACK}
    return pair.same("POST", route, {**body, **more}, auth=None, ignore=("accessToken", "expiry", "at_hash", "iat", "exp", "auth_time"))


def test_openid_profile(pair, openid, fresh):
    route = people(fresh, openid.entry())
    assert exchange(pair, openid, route).status == 200
    assert exchange(pair, openid, route, sent="w" * 43).status == 400
    assert exchange(pair, openid, route, redirectURL=BACK + "/x").status == 400


@pytest.mark.parametrize("extra", values({}, {"jwksURL": "/keys"}, {"jwksURL": "/keys", "issuers": ["URL"]}, {"issuers": ["https://x"]},
    {"issuers": []}, {"jwksURL": "/nokeys"}, {"jwksURL": "/keys", "issuers": ["https://x", "URL"]}))
def test_openid_tokens(pair, openid, fresh, extra):
    extra = json.loads(json.dumps(extra).replace("URL\"]", openid.url + "\"]").replace('"/', f'"{openid.url}/'))
    route = people(fresh, openid.entry(userInfoURL="", extra=extra))
    exchange(pair, openid, route)


@pytest.mark.parametrize("claims", values({"email_verified": False}, {"sub": ""}, {"email_verified": "true"}, {"name": None}))
def test_openid_claims(pair, openid, fresh, claims):
    route = people(fresh, openid.entry(userInfoURL="", extra={"jwksURL": openid.url + "/keys"}))
    openid.claims = claims
    try:
        exchange(pair, openid, route)
    finally:
        openid.claims = {}


def test_key_rotation(pair, openid, fresh):
    route = people(fresh, openid.entry(userInfoURL="", extra={"jwksURL": openid.url + "/keys"}))
    assert exchange(pair, openid, route).status == 200
    openid.turn_key(f"k{time.time()}")
    time.sleep(10.1)        # the keys are not asked for more often than that
    assert exchange(pair, openid, route).status == 200


def forged(claims, header=None):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    return f"{part(header or {'alg': 'none'})}.{part(claims)}.{base64.urlsafe_b64encode(b'x' * 64).rstrip(b'=').decode()}"


CLAIMS = [
    {"sub": "f", "aud": "bird"}, {"sub": "f", "aud": ["x", "bird"]}, {"sub": "f", "aud": "other"}, {"sub": "f"}, {"sub": "f", "aud": []},
    {"sub": "f", "aud": "bird", "exp": NOW - 10}, {"sub": "f", "aud": "bird", "exp": NOW - 1000}, {"sub": "f", "aud": "bird", "exp": NOW + 100},
    {"sub": "f", "aud": "bird", "iat": NOW + 1000}, {"sub": "f", "aud": "bird", "iat": NOW + 200}, {"sub": "f", "aud": "bird", "nbf": NOW + 1000},
    {"sub": "f", "aud": "bird", "nbf": NOW + 10}, {"sub": "f", "aud": "bird", "exp": "x"}, {"sub": "f", "aud": "bird", "iss": "https://x"},
    {"aud": "bird"}, {"sub": 5, "aud": "bird"},
]


@pytest.mark.parametrize("claims", values(*CLAIMS))
def test_id_tokens_by_hand(pair, shapes, fresh, claims):
    """Without a key set, the way from the token endpoint vouches for a token."""
    route = people(fresh, shapes.entry("oidc", userInfoURL=""))
    for token in (forged(claims), forged(claims, {"alg": "RS256", "kid": "k"})):
        pair.same("POST", route, {**body_of(code=shapes.code(token={"id_token": token})), "provider": "oidc"}, auth=None)


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", forged({"aud": "bird", "sub": "s"})[:-90], None])
def test_broken_id_tokens(pair, shapes, fresh, token):
    route = people(fresh, shapes.entry("oidc", userInfoURL=""))
    pair.same("POST", route, {**body_of(code=shapes.code(token={"id_token": token})), "provider": "oidc"}, auth=None)


@pytest.mark.parametrize("claim", ["", "any_verified", "verified_primary_email", "email_and_xms_edov", "email", "nope"])
@pytest.mark.parametrize("more", values({"email": E}, {"email": E, "xms_edov": True}, {"email": E, "xms_edov": "1"}, {"email": E, "xms_edov": 0},
    {"verified_primary_email": ["a@example.com"], "email": E}, {"verified_primary_email": "a@example.com"}, {}))
def test_microsoft(pair, shapes, fresh, claim, more):
    route = people(fresh, shapes.entry("microsoft", extra={"idTokenEmailClaim": claim}))
    token = {"id_token": forged({"aud": "bird", "sub": "s", **more})}
    code = shapes.code({"id": "m", "mail": "mail@example.com"}, token=token)
    pair.same("POST", route, {**body_of(code=code), "provider": "microsoft"}, auth=None)


# ---- the way back

@pytest.mark.parametrize("code", ["123456", "true", "-1", "1.5", "0012"])
def test_forms_with_codes_that_look_like_numbers(pair, shapes, fresh, code):
    route = people(fresh, shapes.entry("google"))
    shapes.answers[code] = shapes.answers[shapes.code(GOOGLE, token={"access_token": "t" + code})]
    shapes.answers["t" + code] = shapes.answers[code]
    form = f"provider=google&codeVerifier=12345&redirectURL={BACK}&code={code}"
    pair.same("POST", route, auth=None, raw=form, headers={"Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?state=&code=y", "?state=x", "?state=x&error=denied", "?code=y&state=" + "x" * 40])
def test_redirects_of_unknown_clients(pair, query):
    pair.same("GET", "/api/oauth2-redirect" + query, auth=None)
    pair.same("HEAD", "/api/oauth2-redirect" + query, auth=None)
    pair.same("POST", "/api/oauth2-redirect", auth=None, raw=query[1:], headers={"Content-Type": "application/x-www-form-urlencoded"})
    pair.same("POST", "/api/oauth2-redirect" + query, auth=None)
