"""The fixture collections and records themselves came out equal on both servers."""
import pytest

from cases import C, listing
from fixture_records import RECORDS
from fixtures import SCHEMA


def test_fixtures_were_built_without_differences(pair):
    assert not pair.problems, "\n".join(pair.problems)


@pytest.mark.parametrize("name", [s["name"] for s in SCHEMA] + ["users", "_superusers", "_mfas", "_otps", "_externalAuths",
                                                                "_authOrigins"])
def test_collection(pair, name):
    pair.same("GET", f"{C}/{name}", expect=200)


@pytest.mark.parametrize("name", [r[0] for r in RECORDS] + ["v_posts", "v_stats"])
@pytest.mark.parametrize("caller", ["su", None, "user1", "boss"])
def test_records(pair, name, caller):
    pair.same("GET", listing(name, perPage=200), auth=caller)


def test_callers_signed_in(pair):
    for side in (pair.ref, pair.mart):
        for caller in ("su", "user1", "user2", "user3", "boss", "clerk"):
            assert side.tokens[caller].count(".") == 2 and "received" not in side.tokens[caller], (side.server.label, caller)
