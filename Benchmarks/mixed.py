#!/usr/bin/env python3
"""One very slow query, and a flood of sign-ins, beside fast traffic: the latency of views, quiet and during.

The flood is 32 connections that sign users in with their right passwords, one after the other: bcrypt of cost 10
each time. The slow query is a superuser's list whose filter joins two collections of 10 000 records without a condition
and looks for each title in each body: 100 million comparisons that find nothing.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from urllib.parse import quote

import report
from load import Load, require_wrk, run_wrk
from neighbours import Neighbours, add_patience
from programs import Program, Server, end_on_sigterm, programs
from scenarios import sign_in, view_public
from seeding import Seed, copy_seed, make_seed

SLOW = "/api/collections/articles/records?skipTotal=1&filter=" + quote("@collection.drafts.body ?~ title")
LIMIT = 10
NOTE = """\
`wrk -t1 -c{connections} --latency` over views by id, {seconds} s each. Wanted: p99 during the slow query
stays under ten times its quiet value; the flood has no target. Its {connections} connections sign in as fast as they are
let ("{sign_ins}"). The query was under way before and after the measurement
that counts; the time-out of queries (30 s) ends it."""


def main() -> int:
    options = arguments()
    require_wrk()
    end_on_sigterm()
    pair = programs()
    work = Path(tempfile.mkdtemp(prefix="martlet-mixed-"))
    try:
        where = report.environment(pair, work)
        neighbours = Neighbours(options.patience)
        seed = make_seed(pair[0], work / "seed")
        rows, sign_ins = [], []
        for program in pair:
            found, per_second = measure(program, copy_seed(seed, work / program.name), neighbours, options)
            rows += found
            sign_ins.append(f"{program.name} {per_second:.0f}/s")
        header = ["program", "traffic", "views/s", "p50 ms", "p99 ms", "p99 ratio", "under 10"]
        note = NOTE.format(connections=options.connections, seconds=options.seconds, sign_ins=", ".join(sign_ins))
        where += "\n" + neighbours.sentence()
        report.publish("mixed", "\n\n".join([where, report.table(header, rows), note]), options.write)
        return 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (default 5)")
    parser.add_argument("--connections", type=int, default=32, help="connections of the fast traffic (default 32)")
    parser.add_argument("--quick", action="store_true", help="one second each, without patience")
    add_patience(parser)
    parser.add_argument("--write", action="store_true", help="keep the result in RESULTS.md")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.patience = 1, 0
    return options


def measure(program: Program, seed: Seed, neighbours: Neighbours, options: argparse.Namespace
            ) -> tuple[list[list[str]], float]:
    """The three rows of one program, and how many signed in per second."""
    views = view_public(seed)
    with Server(program, seed.folder, seed.public) as server:
        traffic = partial(run_wrk, server.port, views, options.seconds, options.connections)
        run_wrk(server.port, views, 1, options.connections)
        quiet = successful(neighbours.measure(server, traffic), program)
        neighbours.wait_until_quiet()
        with SlowQuery(server, seed.superuser_token) as slow:
            time.sleep(0.5)
            slow.require_under_way("before the measurement")
            during = successful(neighbours.measure_now(server, traffic), program)
            slow.require_under_way("after the measurement")
        neighbours.wait_until_quiet()
        with SignInFlood(server, seed, options) as flood:
            flooded = successful(neighbours.measure_now(server, traffic), program)
    ratio, flood_ratio = during.p99 / quiet.p99, flooded.p99 / quiet.p99
    rows = [[program.name, "quiet", *figures(quiet), "", ""],
            [program.name, "slow query", *figures(during), f"{ratio:.1f}", "yes" if ratio < LIMIT else "no"],
            [program.name, "sign-in flood", *figures(flooded), f"{flood_ratio:.1f}", ""]]
    return rows, successful(flood.load, program).per_second


def figures(load: Load) -> list[str]:
    """The cells of one measurement."""
    return [report.figure(load.per_second), report.figure(load.p50), report.figure(load.p99)]


def successful(load: Load, program: Program) -> Load:
    """The load itself, when every answer was right."""
    if load.failures or not load.requests:
        raise RuntimeError(f"{program.name} under load: {load.detail or 'no answer at all'}")
    return load


class SignInFlood:
    """Sign-ins from a second load generator, from before the measurement until after it."""

    def __init__(self, server: Server, seed: Seed, options: argparse.Namespace):
        run = partial(run_wrk, server.port, sign_in(seed), options.seconds + 2, options.connections)
        self._thread = threading.Thread(target=lambda: setattr(self, "load", run()), daemon=True)
        self.load: Load

    def __enter__(self) -> SignInFlood:
        self._thread.start()
        time.sleep(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()


class SlowQuery:
    """The slow request in a thread of its own; leaving the context hangs up."""

    def __init__(self, server: Server, token: str):
        self._client = server.client(token)
        self._answer = ""
        self._name = server.program.name
        self._thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self) -> SlowQuery:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.abort()
        self._thread.join(timeout=10)

    def require_under_way(self, moment: str) -> None:
        """Ends the run when the query was over too soon, which makes the measurement worthless."""
        if self._answer:
            raise RuntimeError(f"{self._name}: the slow query was over {moment}: {self._answer}")

    def _send(self) -> None:
        began = time.monotonic()
        try:
            status, content = self._client.send("GET", SLOW)
            self._answer = f"{status} after {time.monotonic() - began:.1f} s: {content[:100]!r}"
        except (OSError, http.client.HTTPException) as problem:
            self._answer = f"{problem!r} after {time.monotonic() - began:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
