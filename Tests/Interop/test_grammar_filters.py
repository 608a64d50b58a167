"""Generated filters on `posts` (see grammar.py)."""
import pytest

from cases import listing
from grammar import Grammar, filters

AS_SUPERUSER = filters(450)
AS_GUEST = filters(150, seed=4711, public=True)


@pytest.mark.parametrize("i", range(len(AS_SUPERUSER)))
def test_superuser(pair, i):
    pair.same("GET", listing("posts", filter=AS_SUPERUSER[i], fields="id", perPage=100))


@pytest.mark.parametrize("i", range(len(AS_GUEST)))
def test_guest_and_user(pair, i):
    for caller in (None, "user1"):
        pair.same("GET", listing("posts", filter=AS_GUEST[i], fields="id", perPage=100), auth=caller)


def test_most_filters_are_valid_and_select_something(pair):
    """Guards the generator itself: too many invalid or empty ones would test little."""
    good = some = 0
    for text in AS_SUPERUSER[:150]:
        answer = pair.send("GET", listing("posts", filter=text, fields="id", perPage=100))[0]
        good += answer.status == 200
        some += answer.status == 200 and 0 < answer.json["totalItems"] < 12
    assert good > 120 and some > 40, (good, some)


def test_same_seed_same_text():
    assert Grammar("x").expression() == Grammar("x").expression()
