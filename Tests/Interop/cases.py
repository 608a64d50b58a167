"""Small helpers for case tables.

A case is a tuple (label, method, path, options); `table(...)` turns a list into pytest parameters and
`run(pair, case)` sends it to both servers.
"""
import functools
import re
import time
from urllib.parse import quote

import pytest

from compare import q

C = "/api/collections"

# The one moment that cases are relative to; ids name it, so that they are the same in each run and each process.
NOW = int(time.time())


def case(label, method, path, **options):
    return (label, method, path, options)


def table(cases):
    """Decorator: one test per case, readable ids (repeated labels get a number)."""
    seen, params = {}, []
    for c in cases:
        n = seen[c[0]] = seen.get(c[0], 0) + 1
        label = c[0] if n == 1 else f"{c[0]}-{n}"
        params.append(pytest.param(c, id=label.replace(" ", "_")[:80]))
    return pytest.mark.parametrize("c", params)


def run(pair, c):
    _, method, path, options = c
    return pair.same(method, path, **options)


def values(*items):
    """Parameters from plain texts/tuples with short ids."""
    return [pytest.param(x, id=f"{i:03d}-" + "".join(ch if 33 <= ord(ch) < 127 else "_" for ch in timeless(x))[:50])
            for i, x in enumerate(items)]


def timeless(item):
    """Its text, with moments near NOW as their distance from it."""
    def distance(match):
        seconds = int(match[0]) - NOW
        return f"now{seconds:+d}" if abs(seconds) < 100_000 else match[0]
    return re.sub(r"\b\d{10}\b", distance, str(item))


def listing(collection, **params):
    """Path of a record list; sort=id unless told otherwise."""
    params.setdefault("sort", "id")
    return q(f"{C}/{collection}/records", **params)


def records(collection, rid=None):
    return f"{C}/{collection}/records" + (f"/{rid}" if rid else "")


def collection(name, fields=(), type="base", **rest):
    return {"name": name, "type": type, "fields": list(fields), **rest}


def field(type, name, **options):
    return {"type": type, "name": name, **options}


text = functools.partial(field, "text")
number = functools.partial(field, "number")


class Fresh:
    """Creates collections for one test and removes them afterwards."""

    def __init__(self, pair):
        self.pair, self.names = pair, []

    def __call__(self, name, fields=(), compare=True, **rest):
        return self.create(collection(name, fields, **rest), compare)

    def create(self, body, compare=True):
        self.names.append(body["name"])
        if compare:
            return self.pair.same("POST", C, body, expect=200)
        return self.pair.send("POST", C, body)[0]

    def add(self, name):
        """Have a collection removed that the test makes in another way."""
        self.names.append(name)

    def clean(self):
        for name in reversed(self.names):
            self.pair.send("DELETE", f"{C}/{quote(name)}")
