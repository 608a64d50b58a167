"""POST /api/batch: requests of every kind, failures, rules inside, limits. Enabled for this file only."""
import pytest

from cases import C, Fresh, field, number, records, text, values
from fixture_records import member, rid

B = "/api/batch"
R = "/api/collections/batched/records"


@pytest.fixture(scope="module", autouse=True)
def batched(pair):
    m = Fresh(pair)
    m("batched", [text("t", max=5), number("n"), field("relation", "owner", collectionId="pbc_members"), text("who")],
        listRule="", viewRule="", createRule="@request.context = 'batch' || @request.auth.id != ''",
        updateRule="@request.auth.id != '' && @request.method = 'PATCH'", deleteRule="@request.auth.id = owner",
      indexes=["CREATE UNIQUE INDEX idx_batched_who ON batched (who) WHERE who != ''"])
    pair.same("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 5}}, expect=200)
    yield
    pair.send("PATCH", "/api/settings", {"batch": {"enabled": False, "maxRequests": 50}})
    m.clean()


def req(method, url, body=None, **rest):
    return {"method": method, "url": url, **({"body": body} if body is not None else {}), **rest}


A, B1 = rid("bat", 1), rid("bat", 2)
CASES = [
    [], [req("POST", R, {"id": A, "t": "a"})], [req("POST", R, {"id": A}), req("PATCH", f"{R}/{A}", {"n+": 2}), req("PATCH",
    f"{R}/{A}", {"n+": 3}), req("DELETE", f"{R}/{A}")], [req("PUT", R, {"id": A, "t": "up"}), req("PUT", R, {"id": A,
    "t": "up2"})], [req("PUT", R, {"id": "", "t": "up"})], [req("PUT", R, {"t": "up"})], [req("PUT", R, {"id": None})],
    [req("PUT", f"{R}/{A}", {"t": "x"})],
    [req("POST", R, {"id": A, "t": "too long"})], [req("POST", R, {"id": A}), req("POST", R, {"id": B1, "t": "too long"})],
    [req("POST", R, {"id": A}), req("POST", R, {"id": A})], [req("POST", R, {"id": A, "who": "x"}), req("POST", R, {"id": B1,
    "who": "x"})], [req("DELETE", f"{R}/nope")], [req("PATCH", f"{R}/nope", {})], [req("GET", f"{R}/{A}")], [req("GET", R)],
    [req("post", R, {})], [req("HEAD", R)], [req("", R)], [req(None, R)],
    [req("POST", "")], [req("POST", None)], [req("POST", "/x" * 1001)], [req("POST", "/api/nope", {})], [req("POST", R + "/",
    {})], [req("POST", "http://127.0.0.1" + R, {})], [req("POST", R[1:], {})], [req("POST", "/api/batch", {"requests": []})],
    [req("POST", "/api/collections", {"name": "x"})], [req("PATCH", "/api/settings", {})], [req("POST",
    R + "?expand=owner&fields=id,expand.owner.name", {"id": A, "owner": member(1)})],
    [req("POST", R + "?fields=id", {"id": A})], [req("POST", R + "?fields=x:bad()", {"id": A})], [req("POST", R, {"id": A},
    headers={"X-A": "b"})], [req("POST", R, {"id": A}, headers={"Authorization": "nope"})], [req("POST", R, {"id": A},
    headers=None)], [req("POST", R, {"id": A}, headers={"X": 5})], [req("POST", R, "x")], [req("POST", R, [])], [req("POST", R,
    5)], [req("POST", R)], [req("POST", R, {"nope": 1})],
    [req("POST", R, {"id": A})] * 6, [req("POST", R, {})] * 5, [req("POST", "/api/collections/nope/records", {})], [req("POST",
    "/api/collections/v_posts/records", {})], [req("POST", "/api/collections/vault/records", {"id": "vaultbatch00001", "name": "x"})], [req("DELETE",
    "/api/collections/tags/records/nope")], [req("POST", "/api/collections/members/records", {"email": "x"})], [None], ["x"],
    [{}], [5], [req("POST", R, {"id": A}, extra=1)],
    [req("POST", "/api/collections/BATCHED/records", {"id": A})], [req("POST", "/api/collections/%62atched/records",
    {"id": A})], [req("POST", R + "?a=1#x", {"id": A})], [req("DELETE", f"{R}/{A}", {"t": "x"})], [req("PATCH",
    f"{R}/{A}?expand=owner", {"owner": member(2)})], [req("DELETE", f"{R}/{rid('keep', 1)}"), req("POST", R, {"id": rid("keep",
    1)})],
]


@pytest.mark.parametrize("requests", values(*CASES))
def test_batch(pair, requests):
    for caller in ("su", "user1", None):
        pair.send("POST", R, {"id": rid("keep", 1), "owner": member(1)})
        pair.same("POST", B, {"requests": requests}, auth=caller)
        pair.same("GET", R + "?sort=t,n,who&fields=t,n,who,owner")
        for side in (pair.ref, pair.mart):
            su = [("Authorization", side.tokens["su"])]
            for row in side.request("GET", R + "?fields=id&perPage=100", su, None).json["items"]:
                side.request("DELETE", f"{R}/{row['id']}", su, None)


BODIES = [{}, {"requests": None}, {"requests": {}}, {"requests": "x"}, [], {"Requests": [req("POST", R, {"id": A})]},
    {"@jsonPayload": "{\"requests\":[]}"}]


@pytest.mark.parametrize("body", values(*BODIES))
def test_body(pair, body):
    pair.same("POST", B, body)
    pair.send("DELETE", f"{R}/{A}")


@pytest.mark.parametrize("raw", values("", "{", "null", "x=1",
    '{"requests":[{"method":"POST","url":"' + R + '","body":{"t":"a"}}]} trailing'))
def test_raw(pair, raw):
    pair.same("POST", B, raw=raw, headers={"Content-Type": "application/json"})


def test_multipart_payload(pair):
    payload = '{"requests":[{"method":"POST","url":"%s","body":{"id":"%s","t":"mp"}},{"method":"PATCH","url":"%s/%s","body":{"n":"007"}}]}' % (R,
        A, R, A)
    for raw in (f'--BB\r\nContent-Disposition: form-data; name="@jsonPayload"\r\n\r\n{payload}\r\n--BB--\r\n',
        '--BB\r\nContent-Disposition: form-data; name="requests"\r\n\r\n[]\r\n--BB--\r\n'):
        pair.same("POST", B, raw=raw, headers={"Content-Type": "multipart/form-data; boundary=BB"})
    pair.send("DELETE", f"{R}/{A}")


def test_disabled(pair):
    for change in ({"enabled": False}, {"enabled": True, "maxRequests": 0}, {"enabled": True, "maxRequests": 1},
        {"maxBodySize": 30}, {"maxBodySize": 0}):
        pair.same("PATCH", "/api/settings", {"batch": change})
        for caller in ("su", None):
            pair.same("POST", B, {"requests": [req("POST", R, {"t": "a"}), req("POST", R, {"t": "b"})]}, auth=caller)
    pair.send("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 5, "maxBodySize": 0}})
