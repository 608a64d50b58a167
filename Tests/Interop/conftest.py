import os
import pathlib
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
from cases import Fresh                                      # noqa: E402
from compare import COUNT, Pair                              # noqa: E402
from fixtures import build                                   # noqa: E402
from servers import MARTLET_BIN, REFERENCE_BIN, Server       # noqa: E402
import untouched                                             # noqa: E402


@pytest.fixture(scope="session")
def pair():
    """Both servers with the same fixture collections and records; callers signed in."""
    with Server(REFERENCE_BIN, "reference") as a, Server(MARTLET_BIN, "martlet") as b:
        p = Pair(a, b)
        p.problems = build(p)
        yield p
        untouched.check(p)


@pytest.fixture
def fresh(pair):
    maker = Fresh(pair)
    yield maker
    maker.clean()


@pytest.fixture(scope="module")
def fresh_module(pair):
    maker = Fresh(pair)
    yield maker
    maker.clean()


def pytest_collection_modifyitems(items):
    if MARTLET_BIN == REFERENCE_BIN:
        return
    known, reason = {}, ""
    for line in (pathlib.Path(__file__).parent / "known.txt").read_text().splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line:
            known[line] = reason
    for item in items:
        if reason := known.get(item.nodeid.split("Interop/")[-1]):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=not reason.startswith("sometimes")))


# Under pytest-xdist each worker has servers of its own; what they counted is added up at the end.
def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["count"] = COUNT


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    for name, value in getattr(node, "workeroutput", {}).get("count", {}).items():
        COUNT[name] += value


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(
        f"interop: {COUNT['requests']} requests compared, {COUNT['differ']} differ "
        f"(martlet: {MARTLET_BIN}, reference: {REFERENCE_BIN})")
