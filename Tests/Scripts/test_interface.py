"""Every name of the hook files' interface, looked up on both servers; writes docs/scripts-compatibility.md.

`WRITE_COMPATIBILITY=1 pytest test_interface.py` writes the table, otherwise the test says whether it is true.
"""
import os
import pathlib
import re

import pytest

from conftest import HERE
from snippets import ALL

TABLE = HERE.parent.parent / "docs" / "scripts-compatibility.md"

# Names that are not there yet.
MISSING = set()
# Hooks that can be bound but are never called yet.
NEVER_CALLED = set()


def sections():
    """(title, expression, names) of interface.txt."""
    for block in (HERE / "interface.txt").read_text().split("\n\n")[1:]:
        head, _, names = block.strip().partition("\n")
        title, expression = re.fullmatch(r"\[(.+)\] (.+)", head).groups()
        yield title, expression, names.split()


def kinds(client, expression, names):
    """The type of each of an object's members."""
    listed = ", ".join(f'"{name}"' for name in names)
    answer = client.eval(f"const it = {expression}; return [{listed}].map((name) => typeof it[name])")
    assert "value" in answer, (expression, answer)
    return dict(zip(names, answer["value"]))


def exercised():
    """The words of all code that runs on both servers and has to end alike."""
    code = "\n".join(code for _, code in ALL) + "\n".join(path.read_text() for path in (HERE / "hooks").glob("*.pb.js"))
    return set(re.findall(r"[$\w]+", code))


def row(title, name, there, words):
    owner = "$app" if title.startswith("$app") else title
    if name in NEVER_CALLED:
        return "there, does not work yet"
    if not there:
        return "missing"
    return "compared" if name in words else "there"


@pytest.fixture(scope="module")
def compared(pair):
    """Section by section: the state of each name."""
    reference, martlet = pair
    words, result = exercised(), []
    names = {client: client.eval("return $app.store().get('names')")["value"] for client in pair}
    result.append(("Hooks and registrations of a file",
                   {name: row("", name, name in names[martlet], words) for name in sorted(names[reference])}))
    for title, expression, members in sections():
        theirs, ours = kinds(reference, expression, members), kinds(martlet, expression, members)
        result.append((title, {name: row(title, name, ours[name] == theirs[name], words) for name in members}))
    return result


def written(compared):
    counts = {}
    for _, names in compared:
        for state in names.values():
            counts[state] = counts.get(state, 0) + 1
    lines = ["# Compatibility of hook files", "",
             "Written by `Tests/Scripts/test_interface.py`, which looks every name up on the reference server (0.40.6) and on Martlet.",
             "", "| state | names | |", "| --- | --- | --- |"]
    for state, meaning in (
            ("compared", "of the same type on both, and its name occurs in code that runs on both with equal results"),
            ("there", "of the same type on both; no code that is compared mentions it"),
            ("there, does not work yet", "it can be called or bound, and fails or does nothing"),
            ("missing", "not there, or of another type")):
        lines.append(f"| {state} | {counts.get(state, 0)} | {meaning} |")
    lines += ["", "A name that occurs on several objects counts as compared on all of them."]
    for title, names in compared:
        lines += ["", f"## {title}", ""]
        for state in ("compared", "there", "there, does not work yet", "missing"):
            some = [f"`{name}`" for name in names if names[name] == state]
            if some:
                lines += [f"- {state}: {', '.join(some)}"]
    return "\n".join(lines) + "\n"


def test_nothing_else_is_missing(compared):
    assert MISSING == {(title, name) for title, names in compared for name, state in names.items() if state == "missing"}



def test_the_table_is_true(compared):
    text = written(compared)
    if os.environ.get("WRITE_COMPATIBILITY"):
        TABLE.write_text(text)
    assert TABLE.read_text() == text, "write it with WRITE_COMPATIBILITY=1"
