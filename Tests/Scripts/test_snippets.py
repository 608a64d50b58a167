"""Hook code gives the same on both servers."""
import json
import pathlib

import pytest

from snippets import ALL

KNOWN = {}
reason = ""
for line in (pathlib.Path(__file__).parent / "known.txt").read_text().splitlines():
    if line.startswith("# "):
        reason = line[2:]
    elif line:
        KNOWN[line] = reason


def cases():
    for index, (section, code) in enumerate(ALL):
        mark = [pytest.mark.xfail(reason=KNOWN[code], strict=True)] if code in KNOWN else []
        yield pytest.param(code, id=f"{section}-{index}", marks=mark)


def worded(answer):
    """The reference server's decoder says "unable to" or "cannot" by chance, once per process."""
    return json.loads(json.dumps(answer).replace("json: unable to ", "json: cannot "))


@pytest.mark.parametrize("code", cases())
def test_same(pair, code):
    reference, martlet = (worded(client.eval(code)) for client in pair)
    assert martlet == reference, code
