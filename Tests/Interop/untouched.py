"""What holds when the tests of a pair of servers are through: none of them changed or removed a fixture."""
from cases import C, records
from fixture_records import RECORDS
from fixtures import SCHEMA

# writes allowed by the tests: notes' and members' own values may be touched by rule tests, ids must stay
SKIPPED = {"password", "passwordConfirm", "tokenKey", "pin"}
SYSTEM = {"users", "_superusers", "_mfas", "_otps", "_externalAuths", "_authOrigins"}
LASTING = {"ccb_system"}     # a test makes it a system collection, which nobody can delete
RULES = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")


def check(pair):
    for name, rows in RECORDS:
        for side in (pair.ref, pair.mart):
            check_records(side, name, rows)
    for schema in SCHEMA:
        got = pair.same("GET", f"{C}/{schema['name']}", expect=200).json
        for rule in RULES:
            assert got[rule] == schema.get(rule), f"{schema['name']}.{rule} changed"
    got = pair.same("GET", C + "?perPage=300&sort=name&fields=name", expect=200).json
    assert {c["name"] for c in got["items"]} - LASTING == {s["name"] for s in SCHEMA} | SYSTEM


def check_records(side, name, rows):
    answer = side.request("GET", records(name) + "?perPage=500", [("Authorization", side.tokens["su"])], None)
    stored = {row["id"]: row for row in answer.json["items"]}
    for row in rows:
        assert row["id"] in stored, f"{side.server.label}: {name}/{row['id']} is gone"
        for key, value in row.items():
            if key not in SKIPPED and key != "js":
                assert stored[row["id"]][key] == value, f"{side.server.label}: {name}/{row['id']}.{key} changed"
