"""Validation codes of collections (collections.md 8), indexes (9), rules, auth options (7.2)."""
import pytest

from cases import C, field, number, records, text, values
from fixture_records import rid

NAME = "cval"


def create(pair, fresh, **body):
    fresh.add(NAME)
    pair.same("POST", C, {"name": NAME, "fields": [text("t"), number("n"), field("json", "js"), field("relation", "r",
        collectionId="pbc_tags", maxSelect=3)], **body})


RULES = ["", " ", "t = 'x'", "t", "t =", "nope = 1", "t.x = 1", "r.name = 'a'", "r.nope = 1", "js.a.b = 1",
    "@request.auth.id != ''", "@request.auth.nope = 1", "@request.auth.team.name = 'x'", "@request.auth.nope.x = 1",
    "@request.body.t = 'x'", "@request.body.nope = 1", "@request.body.t:isset = true", "@request.body.t:changed = true",
         "@request.body.t:length = 1", "@request.body.r:length = 1", "@request.body.x:foo = 1", "@request.body.t:each = 1",
         "@request.body.r:each = 'x'", "@request.nope = 1", "@request.query.a = ''", "@request.headers.x_y = ''",
         "@request.context = 'default'", "@request.method = 'GET'", "@collection.tags.name = t", "@collection.nope.id = 1",
         "@collection.tags.nope = 1",
         "@collection.tags:a.name = t", "@now > ''", "@nope > ''", "comments_via_post.id = 1", "cval_via_r.id = 1",
         "t:lower = 'x'", "t:foo = 'x'", "t = 'x' && (t = 'y'", "// c", "t = 'x' // c", "1 = 1", "geoDistance(1,2,3,4) > 1",
         "geoDistance(1) > 1", "strftime('%Y', t) = ''", "nope() = 1", " && ".join(["n=1"] * 200), " && ".join(["n=1"] * 201),
         "n = 1 || " * 3 + "n=2",
         "id = @request.auth.id", "collectionName = 'x'", "t = @request.body.r.name", "@request.body.r.name = 'x'",
         "@request.body.r.nope = 'x'", "t\r= 'x'", "t = 'ä'", "r ?= 'x'", "(((t='x')))"]


@pytest.mark.parametrize("rule", values(*RULES))
def test_rule(pair, fresh, rule):
    create(pair, fresh, **{k: rule for k in ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")})


@pytest.mark.parametrize("rule", values("", "t = 'x'", "nope = 1", "@request.auth.id != ''", "verified = true",
    "@request.context = 'password'", None))
def test_auth_rules(pair, fresh, rule):
    fresh.add(NAME)
    pair.same("POST", C, {"name": NAME, "type": "auth", "fields": [text("t")], "authRule": rule, "manageRule": rule})


I = "CREATE INDEX idx_cval_1 ON cval (t)"
INDEXES = [
    [I], ["create unique index idx_cval_1 on cval (t)"], ["CREATE INDEX `idx_cval_1` ON `cval` (`t`)"],
    ['CREATE INDEX "idx_cval_1" ON "cval" ("t")'], ["CREATE INDEX [idx_cval_1] ON [cval] ([t])"],
    ["CREATE INDEX 'idx_cval_1' ON 'cval' ('t')"], ["CREATE INDEX IF NOT EXISTS idx_cval_1 ON cval (t)"],
    ["CREATE INDEX main.idx_cval_1 ON cval (t)"],
    ["CREATE INDEX idx_cval_1 ON cval (t, n)"], ["CREATE INDEX idx_cval_1 ON other (t, n DESC)"],
    ["CREATE INDEX idx_cval_1 ON other (t COLLATE NOCASE asc, n DESC) WHERE n > 1"],
    ["CREATE UNIQUE INDEX idx_cval_1 ON other (lower(t))"], ["CREATE INDEX idx_cval_1 ON other (t || n)"],
    ["CREATE INDEX idx_cval_1 ON `` (`t`)"], ["CREATE INDEX idx_cval_1 ON cval (nope)"],
    ["CREATE INDEX idx_cval_1 ON cval ()"], ["CREATE INDEX idx_cval_1 ON cval"], ["DROP TABLE x"], [""], [" "], [I, I], [I,
    "CREATE INDEX IDX_CVAL_1 ON cval (n)"], [I, "CREATE INDEX idx_cval_2 ON cval (t)"], [I,
    "CREATE INDEX idx_cval_2 ON cval (t, n)"], ["CREATE INDEX idx_profiles_member ON cval (t)"],
    ["CREATE INDEX IDX_PROFILES_MEMBER ON cval (t)"], ["CREATE INDEX cval ON cval (t)"], ["CREATE INDEX posts ON cval (t)"],
    ["CREATE INDEX idx_cval_1 ON cval (t); DROP TABLE x"], ["CREATE INDEX idx_cval_1 ON cval (t) WHERE t != ''"],
    ["CREATE INDEX idx_cval_1 ON cval (json_extract(js, '$.a'))"], ["CREATE INDEX idx_cval_1 ON cval (t) WHERE nope = 1"],
    ["CREATE INDEX idx_cval_1\n ON\tcval\n(t)"], ["  CREATE INDEX idx_cval_1 ON cval (t)  ;"],
    ["CREATE INDEX idx_cval_1 ON CVAL (t)"], ["CREATE INDEX idx_cval_1 ON cval (T)"],
    ["CREATE INDEX " + "x" * 70 + " ON cval (t)"], ["CREATE INDEX `idx cval` ON cval (t)"],
    ["CREATE INDEX idx_cval_1 ON cval (t ASC, n desc, js)"], [5], [None], ["CREATE INDEX sqlite_x ON cval (t)"],
    ["create index idx_cval_1 on cval(t)"], ["CREATE INDEX ON cval (t)"], ["CREATE INDEX idx_cval_1 ON cval (t COLLATE nope)"],
    ["CREATE INDEX idx_cval_1 ON cval (random())"], ["-- c\nCREATE INDEX idx_cval_1 ON cval (t)"],
]


@pytest.mark.parametrize("indexes", values(*INDEXES))
def test_index(pair, fresh, indexes):
    create(pair, fresh, indexes=indexes)
    pair.same("PATCH", f"{C}/{NAME}", {"name": "cval_renamed"})
    fresh.add("cval_renamed")


def test_index_changes(pair, fresh):
    create(pair, fresh, indexes=[I])
    for i, row in enumerate(({"t": "x", "n": 1}, {"t": "x", "n": 1}, {"t": "", "n": 2})):
        pair.same("POST", records(NAME), {"id": rid("cv", i), **row})
    for indexes in (["CREATE UNIQUE INDEX idx_cval_1 ON cval (t)"], ["CREATE UNIQUE INDEX idx_cval_1 ON cval (t, n)"], [], [I,
        "CREATE INDEX idx_cval_2 ON cval (n)"], ["CREATE INDEX idx_cval_2 ON cval (t)"]):
        pair.same("PATCH", f"{C}/{NAME}", {"indexes": indexes})
        pair.same("GET", f"{C}/{NAME}")
    pair.same("PATCH", f"{C}/{NAME}", {"fields": [number("n")]})        # the index column goes away


AUTH = [
    {}, {"fields": [text("email")]}, {"fields": [text("password")]}, {"fields": [field("email", "email", hidden=True,
    system=False, required=False)]}, {"fields": [field("bool", "verified", hidden=True)]}, {"fields": [text("tokenKey", min=5,
    hidden=False)]}, {"fields": [field("password", "password", min=3, cost=20, hidden=False, required=False)]},
    {"fields": [text("passwordConfirm")]}, {"fields": [text("oldPassword")]},
    {"fields": [text("oldpassword")]}, {"fields": [text("x", hidden=True)], "passwordAuth": {"enabled": True,
    "identityFields": ["x"]}}, {"passwordAuth": {"enabled": True, "identityFields": []}}, {"passwordAuth": {"enabled": False,
    "identityFields": []}}, {"passwordAuth": {"enabled": False, "identityFields": ["nope"]}}, {"passwordAuth": {"enabled": True,
    "identityFields": ["nope"]}},
    {"passwordAuth": {"enabled": True, "identityFields": ["email", "id"]}}, {"passwordAuth": {"enabled": True,
    "identityFields": ["tokenKey"]}}, {"passwordAuth": {"identityFields": ["email", "email"]}}, {"passwordAuth": None},
    {"passwordAuth": 5}, {"passwordAuth": {"enabled": "x"}},
    {"mfa": {"enabled": True}}, {"mfa": {"enabled": True}, "otp": {"enabled": True}}, {"mfa": {"enabled": True, "duration": 9},
    "otp": {"enabled": True}}, {"mfa": {"enabled": True, "duration": 86401}, "otp": {"enabled": True}},
    {"mfa": {"enabled": True, "rule": "nope = 1"}, "otp": {"enabled": True}}, {"mfa": {"enabled": False, "rule": "nope = 1",
    "duration": 1}}, {"mfa": {"enabled": True, "rule": "verified = true", "duration": 10}, "otp": {"enabled": True,
    "duration": 10, "length": 4}},
    {"otp": {"enabled": True, "duration": 9}}, {"otp": {"enabled": True, "duration": 86401, "length": 3}},
    {"otp": {"enabled": True, "length": 0}}, {"otp": {"enabled": False, "length": 1, "duration": 1}}, {"otp": {"enabled": True,
    "emailTemplate": {"subject": "", "body": ""}}}, {"otp": {"enabled": True, "emailTemplate": {"subject": "s", "body": "b"}}},
    {"authToken": {"duration": 9}}, {"authToken": {"duration": 94670857}}, {"authToken": {"duration": 94670856}},
    {"authToken": {"secret": "short"}}, {"authToken": {"secret": "x" * 30, "duration": 10}},
    {"authToken": {"secret": "x" * 256}}, {"authToken": {"duration": 0}}, {"authToken": {"duration": "x"}},
    {"fileToken": {"duration": 0}, "verificationToken": {"duration": -1}, "passwordResetToken": {"secret": ""},
    "emailChangeToken": {"duration": 5}},
    {"verificationTemplate": {"subject": "", "body": ""}}, {"resetPasswordTemplate": {"subject": "s"}},
    {"confirmEmailChangeTemplate": {"body": ""}}, {"authAlert": {"enabled": True, "emailTemplate": {"subject": "",
    "body": ""}}}, {"authAlert": {"enabled": False, "emailTemplate": {"subject": "", "body": ""}}},
    {"oauth2": {"enabled": True}}, {"oauth2": {"enabled": True, "providers": [{"name": "google"}]}},
    {"oauth2": {"enabled": True, "providers": [{"name": "google", "clientId": "a", "clientSecret": "b"}]}},
    {"oauth2": {"enabled": True, "providers": [{"name": "nope", "clientId": "a", "clientSecret": "b"}]}},
    {"oauth2": {"enabled": True, "providers": [{"name": ""}]}}, {"oauth2": {"enabled": False, "providers": [{"name": "nope"}]}},
    {"oauth2": {"enabled": True, "providers": [{"name": "github", "clientId": "a", "clientSecret": "b"}, {"name": "github",
    "clientId": "c", "clientSecret": "d"}]}}, {"oauth2": {"enabled": True, "providers": [{"name": "oidc", "clientId": "a",
    "clientSecret": "b"}]}}, {"oauth2": {"enabled": True, "providers": [{"name": "oidc", "clientId": "a", "clientSecret": "b",
    "authURL": "x y", "tokenURL": "nope", "userInfoURL": "http://a.b", "displayName": "D", "pkce": True, "extra": {"k": 1}}]}},
    {"oauth2": {"enabled": True, "providers": [{"name": "oidc", "clientId": "a", "clientSecret": "b", "authURL": "http://a.b",
    "tokenURL": "http://a.b", "userInfoURL": "http://a.b", "pkce": False}]}}, {"oauth2": {"mappedFields": {"id": "nope",
    "name": "t", "username": "email", "avatarURL": "id"}}}, {"oauth2": {"mappedFields": {"name": "nope"}},
    "fields": [text("t")]}, {"oauth2": {"providers": None}},
    {"indexes": []}, {"indexes": ["CREATE UNIQUE INDEX `my_email` ON `cval` (`email`)",
    "CREATE UNIQUE INDEX my_tk ON cval (tokenKey)"]},
    {"indexes": ["CREATE UNIQUE INDEX my_email2 ON cval (email COLLATE NOCASE)"]},
    {"indexes": ["CREATE INDEX my_email3 ON cval (email)"]}, {"manageRule": ""}, {"manageRule": "id = @request.auth.id"},
    {"authRule": None}, {"authRule": "nope"},
]


@pytest.mark.parametrize("body", values(*AUTH))
def test_auth_collection(pair, fresh, body):
    fresh.add(NAME)
    pair.same("POST", C, {"name": NAME, "type": "auth", **body})


@pytest.mark.parametrize("body", values(*AUTH))
def test_auth_collection_update(pair, fresh, body):
    fresh(NAME, [text("t")], type="auth", compare=False)
    pair.same("PATCH", f"{C}/{NAME}", body)
    pair.same("GET", f"{C}/{NAME}/auth-methods", auth=None)


# FIELD index changes and field id rules
FIELD_LISTS = [
    [text("a", id="x1"), text("b", id="x1")], [text("a"), text("a")], [text("a"), text("A")], [text("a"), number("a")],
    [text("a", id="f1"), text("a", id="f2")], [text("a", id="f1"), text("A", id="f2")], [text("a", id="")], [text("a",
    id="x" * 101)], [text("a", id="a b")], [text("a", id="ä")], [text("a", id="text3208210256")], [text("id", id="other")],
    [number("id", id="text3208210256")],
    [text("")], [text("x" * 100)], [text("x" * 101)], [text("a b")], [text("a-b")], [text("ä")], [text("1a")], [text("rowid")],
    [text("_rowid_")], [text("oid")], [text("null")], [text("NULL")], [text("true")], [text("True")], [text("false")],
    [text("collectionId")], [text("collectionName")], [text("collectionid")], [text("expand")], [text("Expand")],
    [text("a_via_b")], [text("A_VIA_B")],
    [text("id"), text("ID")], [{"type": "text"}], [{"name": "a"}], [{"type": "nope", "name": "a"}], [{"type": "Text",
    "name": "a"}], [{"type": "", "name": "a"}], [{"type": "text", "name": None}], [{"type": "text", "name": 5}], [text("a",
    help="x" * 300)], [text("a", help="x" * 301)], [text("a", hidden="x")], [text("a", hidden=1)], [text("a", system=True)],
    [text("password"), text("email"), text("tokenKey")],
    [text("select"), text("from"), text("order"), text("group")], [text("a", required=None)], [text("created"),
    text("updated")], [text("_a")], [text("a" * 100, id="x" * 100)],
]


@pytest.mark.parametrize("fields", values(*FIELD_LISTS))
@pytest.mark.parametrize("type", ["base", "auth"])
def test_field_list(pair, fresh, fields, type):
    fresh.add(NAME)
    pair.same("POST", C, {"name": NAME, "type": type, "fields": fields})


def test_several_errors_at_once(pair, fresh):
    fresh.add(NAME)
    pair.same("POST", C, {"name": "a b", "type": "auth", "id": "a b", "listRule": "x", "manageRule": "", "fields": [text("a b"),
        number("n", min=5, max=1)], "indexes": ["x"], "otp": {"enabled": True, "length": 1}})
    pair.same("POST", C, {"name": "", "type": "view", "viewQuery": "", "createRule": "x=1", "indexes": [I]})
