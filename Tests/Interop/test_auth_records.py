"""Create/update/delete of auth records: passwords, email, verified, manageRule, superusers."""
import pytest

from cases import C, Fresh, field, records, text, values
from fixture_records import CALLERS, PASSWORD, member, rid

P = {"password": "12345678", "passwordConfirm": "12345678"}
E1 = "new@example.com"


@pytest.fixture(scope="module", autouse=True)
def accounts(pair):
    m = Fresh(pair)
    cheap = {"name": "password", "type": "password", "cost": 4, "min": 8, "hidden": True, "required": True, "system": True}
    m("acc", [cheap, text("name", max=5), text("hush", hidden=True), field("select", "level", values=["a", "b"])], type="auth",
        listRule="", viewRule="", createRule="", updateRule="@request.auth.id != ''", deleteRule="@request.auth.id != ''",
        manageRule="@request.auth.collectionName = 'staff' && @request.auth.role = 'boss'")
    pair.same("POST", records("acc"), {"id": rid("acc", 1), "email": "one@example.com", "tokenKey": "k" * 30, **P}, expect=200)
    pair.sign_in("acc1", "acc", "one@example.com", "12345678")
    yield
    m.clean()


CREATE = [
    {}, {"email": E1}, {"email": E1, "password": "12345678"}, {"email": E1, **P}, {"email": "", **P}, {**P}, {"email": "bad",
    **P}, {"email": "one@example.com", **P}, {"email": "ONE@example.com", **P}, {"email": E1, "password": "12345678",
    "passwordConfirm": "x"}, {"email": E1, "password": "short", "passwordConfirm": "short"}, {"email": E1, "password": "x" * 72,
    "passwordConfirm": "x" * 72},
    {"email": E1, "password": "x" * 71, "passwordConfirm": "x" * 71}, {"email": E1, "password": "ä" * 40,
    "passwordConfirm": "ä" * 40}, {"email": E1, "password": "ä" * 8, "passwordConfirm": "ä" * 8}, {"email": E1,
    "verified": True, **P}, {"email": E1, "verified": "true", **P}, {"email": E1, "emailVisibility": True, **P}, {"email": E1,
    "name": "too long", **P}, {"email": "bad", "name": "too long", "verified": True},
    {"email": E1, "tokenKey": "k" * 20, **P}, {"email": E1, "tokenKey": "k" * 30, **P}, {"email": E1, "tokenKey": "t" * 35,
    **P}, {"email": E1, "tokenKey": "t" * 61, **P}, {"email": E1, "oldPassword": "x", **P}, {"email": E1, "id": member(1), **P},
    {"email": E1, "id": "superuser000001", **P}, {"email": E1, "id": rid("acc", 1), **P}, {"email": E1, "id": rid("acc", 7),
    **P}, {"email": E1, "hush": "x", "level": "z", **P},
    {"email": E1, "password": 12345678, "passwordConfirm": 12345678}, {"email": E1, "password": None, "passwordConfirm": None},
    {"email": E1, "password": ["12345678"], "passwordConfirm": "12345678"}, {"email": ["a@b.de"], **P}, {"email": E1,
    "password:autogenerate": "", **P}, {"email": E1, "password+": "x", **P}, {"email": E1, "passwordConfirm": "12345678"},
]


@pytest.mark.parametrize("body", values(*CREATE))
def test_create(pair, body):
    for caller in (None, "user1", "boss", "su"):
        pair.same("POST", records("acc"), body, auth=caller)
        for side in (pair.ref, pair.mart):
            su = [("Authorization", side.tokens["su"])]
            for row in side.request("GET", records("acc") + "?fields=id", su, None).json["items"]:
                if row["id"] != rid("acc", 1):
                    side.request("DELETE", records("acc", row["id"]), su, None)


UPDATE = [
    {}, {"name": "n"}, {"email": "one@example.com"}, {"email": "two@example.com"}, {"email": ""}, {"email": "bad"},
    {"verified": True}, {"verified": False}, {"emailVisibility": True}, {"password": "abcdefgh"}, {"password": "abcdefgh",
    "passwordConfirm": "abcdefgh"}, {"password": "abcdefgh", "passwordConfirm": "x"}, {"passwordConfirm": "abcdefgh"},
    {"oldPassword": "12345678"}, {"oldPassword": "wrong"},
    {"oldPassword": "12345678", "password": "abcdefgh", "passwordConfirm": "abcdefgh"}, {"oldPassword": "wrong",
    "password": "abcdefgh", "passwordConfirm": "abcdefgh"}, {"oldPassword": "12345678", "password": "abcdefgh"},
    {"oldPassword": "12345678", "password": "short", "passwordConfirm": "short"}, {"password": "", "passwordConfirm": ""},
    {"password": None}, {"tokenKey": "x" * 30}, {"tokenKey": "x"}, {"tokenKey": ""},
    {"name": "too long", "email": "two@example.com", "verified": True}, {"name": "too long"}, {"hush": "x"}, {"id": "other"},
    {"email+": "x"}, {"EMAIL": "x@y.de"}, {"verified": 1, "email": "one@example.com"},
]


@pytest.mark.parametrize("body", values(*UPDATE))
@pytest.mark.parametrize("caller", [None, "acc1", "user1", "boss", "clerk", "su"])
def test_update(pair, body, caller):
    pair.same("PATCH", records("acc", rid("acc", 1)), body, auth=caller)
    pair.same("GET", records("acc", rid("acc", 1)), auth=caller)
    pair.same("POST", f"{C}/acc/auth-refresh", auth="acc1")
    pair.same("POST", f"{C}/acc/auth-with-password", {"identity": "one@example.com", "password": "12345678"}, auth=None)
    pair.send("PATCH", records("acc", rid("acc", 1)), {"name": "", "hush": "", "emailVisibility": False, "verified": False,
        "email": "one@example.com", "tokenKey": "k" * 30, **P})


@pytest.mark.parametrize("caller", CALLERS + ["acc1"])
def test_lists_and_manager_views(pair, caller):
    for path in (records("acc") + "?sort=id", records("acc", rid("acc", 1)),
        records("acc") + "?filter=email%3D%22one%40example.com%22", records("acc") + "?sort=email"):
        pair.same("GET", path, auth=caller)


def test_superuser_records(pair):
    S = records("_superusers")
    for body in ({}, {"email": "s2@example.com"}, {"email": "s2@example.com", "verified": False, **P},
        {"email": "s2@example.com", **P}, {"id": rid("sup", 2), "email": "s3@example.com", "verified": False, **P}):
        for caller in (None, "user1", "su"):
            pair.same("POST", S, body, auth=caller)
    two = records("_superusers", rid("sup", 2))
    for body in ({"email": "s4@example.com"}, {"verified": False}, {"password": "abcdefgh"}, {"password": "abcdefgh",
        "passwordConfirm": "abcdefgh"}):
        pair.same("PATCH", two, body)
    pair.same("GET", S + "?sort=email&fields=email,verified")
    pair.same("GET", S, auth=None)
    pair.same("DELETE", two, expect=204)
    pair.same("DELETE", two)


def test_delete_and_helper_rows(pair):
    pair.send("POST", records("acc"), {"id": rid("acc", 5), "email": "five@example.com", **P})
    pair.sign_in("five", "acc", "five@example.com", "12345678")
    pair.same("GET", records("_authOrigins") + f"?filter=recordRef%3D%22{rid('acc', 5)}%22&fields=collectionRef,recordRef")
    pair.same("GET", records("_authOrigins") + "?fields=recordRef&sort=recordRef", auth="five")
    pair.same("DELETE", records("acc", rid("acc", 5)), auth="five", expect=204)
    pair.same("GET", records("_authOrigins") + f"?filter=recordRef%3D%22{rid('acc', 5)}%22&fields=collectionRef,recordRef")
    pair.same("POST", f"{C}/acc/auth-refresh", auth="five")


HELPERS = [("_mfas", {}), ("_mfas", {"collectionRef": "nope", "recordRef": "x", "method": "password"}), ("_mfas",
    {"collectionRef": "pbc_members", "recordRef": "nope", "method": "password"}), ("_mfas", {"collectionRef": "pbc_posts",
    "recordRef": "x", "method": "x"}), ("_mfas", {"id": rid("mfa", 1), "collectionRef": "pbc_members", "recordRef": member(1),
    "method": "password"}),
           ("_otps", {"collectionRef": "pbc_members", "recordRef": member(1), "password": ""}), ("_otps", {"id": rid("otp", 1),
           "collectionRef": "pbc_members", "recordRef": member(1), "password": "123456", "sentTo": "x"}), ("_externalAuths",
           {"collectionRef": "pbc_members", "recordRef": member(1), "provider": "nope", "providerId": "1"}),
           ("_externalAuths", {"id": rid("ext", 1), "collectionRef": "pbc_members", "recordRef": member(1),
           "provider": "google", "providerId": "1"}), ("_externalAuths", {"collectionRef": "pbc_members",
           "recordRef": member(2), "provider": "google", "providerId": "1"}), ("_authOrigins", {"collectionRef": "pbc_members",
           "recordRef": member(1), "fingerprint": ""}), ("_authOrigins", {"id": rid("org", 1), "collectionRef": "pbc_members",
           "recordRef": member(1), "fingerprint": "x"})]


@pytest.mark.parametrize("item", values(*HELPERS))
def test_helper_collections(pair, item):
    name, body = item
    for caller in (None, "user1", "su"):
        pair.same("POST", records(name), body, auth=caller)
    if "id" in body:
        for caller in ("user1", "user2", None, "su"):
            pair.same("GET", records(name, body["id"]), auth=caller)
        pair.same("PATCH", records(name, body["id"]), {"recordRef": "nope"})
        pair.same("DELETE", records(name, body["id"]), auth="user2")
        pair.same("DELETE", records(name, body["id"]), auth="user1")
        pair.send("DELETE", records(name, body["id"]))
