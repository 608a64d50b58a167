#!/usr/bin/env python3
"""The table of performance targets: Martlet beside the reference program, on equal data.

Both servers are started once on copies of the same folder. Only the one whose turn it is runs; the other
is frozen (SIGSTOP). Each scenario goes reference, martlet, reference, martlet… and the median of the rounds
counts. Afterwards the memory of both is read, and the time from start to first answer is taken.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import report
from deliveries import deliveries
from load import Request, require_wrk, run_wrk
from neighbours import Neighbours, add_patience
from programs import Program, Server, end_on_sigterm, programs
from scenarios import SCENARIOS, Scenario, check
from seeding import Seed, copy_seed, make_seed

STARTS = 7
NOTE = """\
Ratio: requests per second, martlet over reference; for memory and start, martlet's part of the reference's.
`wrk -t1 -c32`, requests prepared beforehand, the median of {rounds} rounds of {seconds} s taken in turn after
{warm_up} s of warm-up. Before each row both programs gave the right answer, equal but for generated values, and no
answer under load was anything but a success.
Writes are not equally durable: martlet commits with `synchronous=FULL` (an answered write survives a power cut),
the reference with `synchronous=NORMAL` (it may not). A batch counts as one request.
One generator thread takes no more than some 1 600 files of 1 MB in a second, whoever serves them (nginx no more than
that either): that row has two."""
HOOKS = Path(__file__).resolve().parent / "hooks"


def main() -> int:
    options = arguments()
    require_wrk()
    end_on_sigterm()
    pair = programs()
    work = Path(tempfile.mkdtemp(prefix="martlet-bench-"))
    try:
        where = report.environment(pair, work)
        say("making the data…")
        seed = make_seed(pair[0], work / "seed")
        seeds = [copy_seed(seed, work / program.name) for program in pair]
        neighbours = Neighbours(options.patience)
        rows, failed = measure(pair, seeds, neighbours, options)
        if not options.only:
            rows.append(start_row(pair, seeds, neighbours))
        header = ["scenario", "reference", "martlet", "ratio", "target", "reached"]
        note = NOTE.format(rounds=options.rounds, seconds=options.seconds, warm_up=options.warm_up)
        where += "\n" + neighbours.sentence()
        report.publish("bench", "\n\n".join([where, report.table(header, rows), note]), options.write)
        return 1 if failed else 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (default 5)")
    parser.add_argument("--warm-up", type=int, default=1, help="length of the warm-up before it (default 1)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each program (default 3)")
    add_patience(parser)
    parser.add_argument("--quick", action="store_true", help="one round of one second, without patience")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the scenarios whose name contains TEXT")
    parser.add_argument("--write", action="store_true", help="keep the result in RESULTS.md")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.patience = 1, 1, 0
    if options.write and options.only:
        parser.error("--write keeps only whole tables, not --only")
    return options


def measure(pair: tuple[Program, ...], seeds: list[Seed], neighbours: Neighbours,
            options: argparse.Namespace) -> tuple[list[list[str]], bool]:
    """The rows of all scenarios and of the memory after them, and whether a row failed."""
    chosen = [scenario for scenario in SCENARIOS if options.only in scenario.name]
    plain = rows_of([scenario for scenario in chosen if not scenario.scripted], None, pair, seeds, neighbours, options)
    scripted = rows_of([scenario for scenario in chosen if scenario.scripted], HOOKS, pair, seeds, neighbours, options)
    return plain[0] + scripted[0], plain[1] or scripted[1]


def rows_of(chosen: list[Scenario], hooks: Path | None, pair: tuple[Program, ...], seeds: list[Seed],
            neighbours: Neighbours, options: argparse.Namespace) -> tuple[list[list[str]], bool]:
    """The rows of scenarios that share two servers; memory is that of servers without scripts."""
    prepared = {scenario.name: scenario.requests(seeds[0]) for scenario in chosen if scenario.requests}
    rows, failed = [], False
    if not chosen:
        return rows, failed
    with ExitStack() as stack:
        servers = [stack.enter_context(Server(program, seed.folder, seed.public, hooks))
                   for program, seed in zip(pair, seeds)]
        for scenario in chosen:
            if scenario.later():
                rows.append([scenario.name, "later", "later", "", report.figure(scenario.target), "later"])
                continue
            say(f"{scenario.name}…")
            try:
                figures = race(scenario, prepared[scenario.name], servers, seeds[0], neighbours, options)
                rows.append(row(scenario.name, *figures, scenario.target))
            except WrongAnswer as problem:
                failed = True
                say(f"  {problem}")
                rows.append([scenario.name, "", f"failed: {problem}", "", report.figure(scenario.target), "no"])
        if not options.only and not hooks:
            rows += memory_rows(servers)
    return rows, failed


class WrongAnswer(Exception):
    """A scenario that cannot be counted because an answer was wrong."""


def race(scenario: Scenario, requests: list[Request], servers: list[Server], seed: Seed,
         neighbours: Neighbours, options: argparse.Namespace) -> list[float]:
    """Requests per second of each program: the median of the rounds, taken in turn."""
    for server in servers:
        server.thaw()
    with ExitStack() as stack:
        problem = check(scenario, requests, [stack.enter_context(server.client()) for server in servers])
    if problem:
        raise WrongAnswer(problem)
    found: dict[str, list[float]] = {server.program.name: [] for server in servers}
    for server in servers:
        server.freeze()
    for _ in range(options.rounds):
        for server in servers:
            server.thaw()
            if scenario.writes:
                with server.client(seed.superuser_token) as client:
                    client.call("DELETE", "/api/collections/entries/truncate")
            if scenario.listeners:
                bodies = [request.body for request in requests]
                found[server.program.name].append(deliveries(server, bodies, scenario.listeners, options.seconds))
                server.freeze()
                continue
            run_wrk(server.port, requests, options.warm_up)
            load = neighbours.measure(
                server, lambda: run_wrk(server.port, requests, options.seconds, threads=scenario.threads))
            server.freeze()
            if load.failures or not load.requests:
                raise WrongAnswer(f"{server.program.name} under load: {load.detail or 'no answer at all'}")
            found[server.program.name].append(load.per_second)
    medians = [statistics.median(found[server.program.name]) for server in servers]
    say("  " + ", ".join(f"{name} {' '.join(report.figure(value) for value in values)}"
                         for name, values in found.items()))
    return medians


def row(name: str, reference: float, martlet: float, target: float, unit: str = "/s") -> list[str]:
    """A row where more is better."""
    ratio = martlet / reference
    return [name, report.figure(reference) + unit, report.figure(martlet) + unit, f"{ratio:.2f}",
            report.figure(target), "yes" if ratio >= target else "no"]


def cost_row(name: str, reference: float, martlet: float, unit: str, target: float | None) -> list[str]:
    """A row where less is better; without a target it is only shown."""
    ratio = martlet / reference
    return [name, report.figure(reference) + unit, report.figure(martlet) + unit, f"{ratio:.2f}",
            f"≤ {target}" if target else "", "" if target is None else "yes" if ratio <= target else "no"]


def memory_rows(servers: list[Server]) -> list[list[str]]:
    """Resident memory two seconds after the last load, and the highest during it."""
    for server in servers:
        server.thaw()
    time.sleep(2)
    now, peak = zip(*(server.memory() for server in servers))
    return [cost_row("memory after the load", now[0] / 1024, now[1] / 1024, " MiB", 0.5),
            cost_row("memory at its peak", peak[0] / 1024, peak[1] / 1024, " MiB", None)]


def start_row(pair: tuple[Program, ...], seeds: list[Seed], neighbours: Neighbours) -> list[str]:
    """The time from exec to the first 200 on /api/health, on the data that the load has left."""
    say("start to first answer…")
    times: list[list[float]] = [[], []]
    for _ in range(STARTS):
        for program, seed, found in zip(pair, seeds, times):
            neighbours.wait_until_quiet()
            with Server(program, seed.folder, seed.public) as server:
                found.append(server.seconds_to_first_answer * 1000)
    reference, martlet = (statistics.median(found) for found in times)
    return cost_row("start to first answer, existing data", reference, martlet, " ms", 0.5)


def say(text: str) -> None:
    """Progress, apart from the result."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
