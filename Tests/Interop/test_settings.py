"""Settings: read, patch (also refused), form bodies; everything is restored afterwards."""
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from cases import values

S = "/api/settings"
S3 = {"enabled": True, "bucket": "b", "region": "r", "endpoint": "http://s3.example.com", "accessKey": "a", "secret": "s"}
RESTORE = {"superuserIPs": [], "smtp": {"enabled": False, "port": 587, "host": "smtp.example.com", "username": "",
    "password": "", "authMethod": "", "tls": False, "localName": ""}, "backups": {"cron": "", "cronMaxKeep": 3,
    "s3": {"enabled": False, "bucket": "", "region": "", "endpoint": "", "accessKey": "", "secret": "",
    "forcePathStyle": False}},
           "s3": {"enabled": False, "bucket": "", "region": "", "endpoint": "", "accessKey": "", "secret": "",
           "forcePathStyle": False}, "meta": {"accentColor": "#1055c9", "appName": "Acme", "appURL": "http://localhost:8090",
           "senderName": "Support", "senderAddress": "support@example.com", "hideControls": False},
           "trustedProxy": {"headers": [], "useLeftmostIP": False},
           "batch": {"enabled": False, "maxRequests": 50, "timeout": 3, "maxBodySize": 0}, "logs": {"maxDataSize": 0,
           "maxDays": 5, "minLevel": 0, "logIP": True, "logAuthId": False}}


@pytest.fixture(autouse=True)
def restore(pair):
    limits = pair.send("GET", S)[0].json["rateLimits"]
    yield
    pair.same("PATCH", S, {**RESTORE, "rateLimits": limits}, expect=200)


def test_read(pair):
    pair.same("GET", S, expect=200)
    pair.same("GET", S + "?fields=meta.appName,rateLimits.rules.label")
    a, b = pair.send("GET", S)
    assert a.body == b.body


def rules(*items, **rest):
    return {"rateLimits": {"rules": list(items), **rest}}


def rule(label, audience="", duration=5, maxRequests=5):
    return {"label": label, "audience": audience, "duration": duration, "maxRequests": maxRequests}


PATCHES = [
    {}, {"nope": 1}, {"meta": {}}, {"meta": None}, {"meta": 5}, {"meta": {"appName": ""}}, {"meta": {"appName": "x" * 255}},
    {"meta": {"appName": "x" * 256}}, {"meta": {"appName": 5}}, {"meta": {"appURL": ""}}, {"meta": {"appURL": "nope"}},
    {"meta": {"appURL": "https://a.b/c"}}, {"meta": {"senderName": "", "senderAddress": ""}}, {"meta": {"senderAddress": "x"}},
    {"meta": {"senderName": "ä" * 128}},
    {"meta": {"accentColor": ""}}, {"meta": {"accentColor": "#fff"}}, {"meta": {"accentColor": "#zzzzzz"}},
    {"meta": {"accentColor": "#ABCDEF"}}, {"meta": {"accentColor": "abcdefg"}}, {"meta": {"hideControls": True}},
    {"meta": {"hideControls": "x"}}, {"META": {"APPNAME": "Upper"}}, {"Meta": {"appname": "Mixed"}},
    {"smtp": {"enabled": True}}, {"smtp": {"enabled": True, "host": "", "port": 0}}, {"smtp": {"host": "a b"}},
    {"smtp": {"host": "localhost", "port": -1}}, {"smtp": {"authMethod": "nope"}}, {"smtp": {"authMethod": "LOGIN",
    "password": "secret", "username": "u"}}, {"smtp": {"localName": "a b"}}, {"smtp": {"localName": "a.b"}},
    {"smtp": {"port": "25"}}, {"smtp": {"port": 1.5}}, {"smtp": {"port": 70000}}, {"smtp": {"authMethod": "plain"}},
    {"s3": {"enabled": True}}, {"s3": {**S3, "enabled": False, "endpoint": "not an url"}}, {"backups": {"s3": {"enabled": True,
    "endpoint": "x y"}}}, {"backups": {"cron": "x"}}, {"backups": {"cron": "* * * *"}}, {"backups": {"cron": "60 * * * *"}},
    {"backups": {"cron": "*/0 * * * *"}}, {"backups": {"cron": "0 0 * * 7"}}, {"backups": {"cron": "@daily"}},
    {"backups": {"cron": "@nope"}}, {"backups": {"cron": "0 0 1-5/2 1,2 *"}},
    {"backups": {"cron": "5-1 * * * *"}}, {"backups": {"cron": "a * * * *"}}, {"backups": {"cron": "@hourly",
    "cronMaxKeep": 0}}, {"backups": {"cronMaxKeep": -1}}, {"backups": {"cronMaxKeep": 0}}, {"backups": {"cron": " 0 0 * * * "}},
    {"backups": {"cron": "*/70 * * * *"}}, {"backups": {"cron": "1/2 * * * *"}},
    {"logs": {"maxDays": -1}}, {"logs": {"maxDataSize": -1}}, {"logs": {"maxDays": 7, "minLevel": -4, "logIP": False,
    "logAuthId": True}}, {"logs": {"minLevel": "x"}}, {"logs": {"minLevel": 99}}, {"logs": {"maxDays": 1.5}},
    {"batch": {"enabled": True, "maxRequests": 0, "timeout": 0}}, {"batch": {"maxRequests": -1, "timeout": -1,
    "maxBodySize": -1}}, {"batch": {"enabled": True}}, {"batch": {"maxBodySize": 1e18}}, {"batch": {"maxRequests": None}},
    {"superuserIPs": ["x"]}, {"superuserIPs": [""]}, {"superuserIPs": ["127.0.0.1", "::1", "10.0.0.0/8"]},
    {"superuserIPs": ["127.0.0.1", "300.1.1.1"]}, {"superuserIPs": None}, {"superuserIPs": "127.0.0.1"},
    {"trustedProxy": {"headers": ["X-Real-IP"], "useLeftmostIP": True}}, {"trustedProxy": {"headers": [""]}},
    {"trustedProxy": {"headers": None}}, {"trustedProxy": {"headers": "x"}},
    rules(enabled=True), rules(rule("/api/")), rules(rule("")), rules(rule("/api/", duration=0, maxRequests=0)),
    rules(rule("/api/", duration=-1, maxRequests=-1)), rules(rule("/api/", audience="nope")), rules(rule("/api/"),
    rule("/api/")), rules(rule("/api/", "@guest"), rule("/api/", "@auth")), rules(rule("/api/"), rule("/api/", "@guest")),
    rules(rule("/api/a"), rule("/api/ab")), rules(rule("/api/"), rule("/api/a")),
    rules(rule("users:list"), rule("users:listAuthMethods")), rules(rule("*:list"), rule("users:list")),
    rules(rule("GET /api/"), rule("/api/")), rules(rule("GET /x"), rule("POST /x")), rules(rule("users")),
    rules(rule("users:")), rules(rule("/api/a.b")), rules(rule("/")), rules(rule("get /x")), rules(rule("a b c")),
    rules(rule("/x y")), rules(rule(":list")), rules(rule("*:*")), rules(rule("*")), rules(rule("a-b:c")),
    rules(rule("ä:list")), rules(rule("X" * 300)),
    rules(excludedIPs=["1.2.3.4", "10.0.0.0/8"]), rules(excludedIPs=["x", ""]), rules({"label": "/x"}), rules({"label": "/x",
    "maxRequests": "5", "duration": 5}), rules({"label": 5}), {"rateLimits": {"rules": None}}, {"rateLimits": {"rules": {}}},
    {"rateLimits": None}, {"meta": {"appName": ""}, "logs": {"maxDays": -1}, "smtp": {"enabled": True, "host": ""}},
    {"smtp": None}, {"s3": None}, {"logs": None}, {"batch": None}, {"trustedProxy": None}, {"backups": None}, {"backups": {"s3": None}},
    {"smtp": {"host": None, "port": None, "tls": None}},
]


@pytest.mark.parametrize("body", values(*PATCHES))
def test_patch(pair, body):
    pair.same("PATCH", S, body)
    pair.same("GET", S)


RAW = [("application/json", ""), ("application/json", "{"), ("application/json", "[]"), ("application/json", "null"),
    ("application/json", '"x"'), ("application/x-www-form-urlencoded", "meta.appName=Form"),
    ("application/x-www-form-urlencoded", "meta.appName=A&meta.hideControls=true&logs.maxDays=3"),
    ("application/x-www-form-urlencoded", "logs.maxDays=x"), ("application/x-www-form-urlencoded",
    "superuserIPs=127.0.0.1&superuserIPs=::1"),
       ("application/x-www-form-urlencoded", "smtp.port=26&smtp.tls=1"), ("application/x-www-form-urlencoded",
       "meta.hideControls=maybe"), ("application/x-www-form-urlencoded", "nope=1"), ("text/plain", "x")]


@pytest.mark.parametrize("type,raw", RAW)
def test_raw_patch(pair, type, raw):
    pair.same("PATCH", S, raw=raw, headers={"Content-Type": type})
    pair.same("GET", S)


def test_secrets_are_kept_and_cleared(pair):
    for body in ({"smtp": {"password": "pw"}}, {"smtp": {"username": "u"}}, {"smtp": {"password": ""}}, {"s3": S3},
        {"s3": {"region": "r2"}}, {"s3": {"secret": ""}}, {"s3": {"enabled": False, "secret": ""}}):
        pair.same("PATCH", S, body)
        pair.same("POST", "/api/sql",
            {"query": "SELECT json_extract(CAST(value AS TEXT), '$.smtp'), json_extract(CAST(value AS TEXT), '$.s3') FROM _params WHERE id = 'settings'"})


def test_superuser_ips_shut_out(pair):
    """127.0.0.1 stays reachable through a trusted proxy header only."""
    pair.same("PATCH", S, {"trustedProxy": {"headers": ["X-Test-IP"]}, "superuserIPs": ["9.9.9.9", "127.0.0.1"]}, expect=200)
    for address in ("8.8.8.8", "9.9.9.9", "", "x", "8.8.8.8, 9.9.9.9", "9.9.9.9, 8.8.8.8", "::1", "9.9.9.9:80"):
        for method, path in (("GET", "/api/health"), ("GET", "/api/crons"), ("GET",
            "/api/collections/tags/records?fields=id&sort=id"), ("POST", "/api/collections/_superusers/auth-refresh"), ("GET",
            "/hello.txt")):
            pair.same(method, path, headers={"X-Test-IP": address})
        pair.same("POST", "/api/collections/_superusers/auth-with-password", {"identity": "admin@example.com",
            "password": "secret-pass-1"}, auth=None, headers={"X-Test-IP": address})


def test_email_and_s3_checks(pair):
    for body in ({}, {"email": "x", "template": "nope"}, {"email": "a@b.de", "template": "verification", "collection": "nope"},
        {"email": "a@b.de", "template": "otp", "collection": "posts"}, {"email": "x" * 256, "template": "verification"}):
        pair.same("POST", S + "/test/email", body)
    for body in ({}, {"filesystem": "nope"}, {"filesystem": "storage"}, {"filesystem": "backups"}):
        pair.same("POST", S + "/test/s3", body)
    for body in ({}, {"clientId": "x", "teamId": "short", "keyId": "1234567890", "privateKey": "x", "duration": 0},
        {"clientId": "x", "teamId": "1234567890", "keyId": "1234567890", "privateKey": "nope", "duration": 1}, {"clientId": "x",
        "teamId": "1234567890", "keyId": "1234567890",
        "privateKey": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "duration": 15777001}):
        pair.same("POST", S + "/apple/generate-client-secret", body)


def pem(curve, kind=serialization.PrivateFormat.PKCS8):
    key = ec.generate_private_key(curve)
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


@pytest.mark.parametrize("changes", values({}, {"teamId": "1" * 11}, {"keyId": "\u00e4" * 10}, {"keyId": "\u00e4" * 5}, {"duration": -1},
    {"duration": 15777000}, {"duration": "5"}, {"duration": 1.5}, {"clientId": ""}, {"clientId": 5}, {"privateKey": pem(ec.SECP384R1())},
    {"privateKey": pem(ec.SECP256R1(), serialization.PrivateFormat.TraditionalOpenSSL)}))
def test_apple_secrets(pair, changes):
    key = pem(ec.SECP256R1())
    body = {"clientId": "x", "teamId": "1234567890", "keyId": "1234567890", "privateKey": key, "duration": 60, **changes}
    answer = pair.same("POST", S + "/apple/generate-client-secret", body, ignore=("secret",))
    if answer.status == 200:
        public = serialization.load_pem_private_key(key.encode(), None).public_key()
        first, second = (jwt.decode(answer.json["secret"], ECKey.import_key(public), algorithms=["ES256"]) for answer in pair.last)
        times = ("iat", "exp")
        assert first.header == second.header
        assert {k: v for k, v in first.claims.items() if k not in times} == {k: v for k, v in second.claims.items() if k not in times}
        assert second.claims["exp"] - second.claims["iat"] == body["duration"]
