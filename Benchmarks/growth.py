#!/usr/bin/env python3
"""How the cost of reading grows with the table: lists, count and an indexed filter at three sizes.

Each program makes its own folder; the rows are inserted with sqlite3 while it is not running.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import quote

import report
from load import Request, require_wrk, run_until_seen, run_wrk
from neighbours import Neighbours, add_patience
from programs import EMAIL, PASSWORD, Program, Server, end_on_sigterm, programs
from seeding import category_name, create_users, define_collections, fill_articles, fill_authors, settle

SIZES = [10_000, 100_000, 1_000_000]
RECORDS = "/api/collections/articles/records"
NOTE = """\
Requests per second, `wrk -t1 -c32`. Count: `perPage=1&fields=id`, which gives `totalItems`. Indexed filter: with its
total; every 10 000 records have 100 categories of their own, so that 100 records match at every size."""


def main() -> int:
    options = arguments()
    require_wrk()
    end_on_sigterm()
    pair = programs()
    sizes = [size for size in SIZES if size <= options.up_to]
    work = Path(tempfile.mkdtemp(prefix="martlet-growth-"))
    try:
        where = report.environment(pair, work)
        neighbours = Neighbours(options.patience)
        found = {}
        for program in pair:
            found.update(grow(program, work / program.name, sizes, options.seconds, neighbours))
            shutil.rmtree(work / program.name)
        rows = []
        for kind in requests(sizes[0]):
            for size in sizes:
                theirs, ours = (found[program.name, size, kind] for program in pair)
                rows.append([kind, f"{size:,}".replace(",", " "), report.figure(theirs), report.figure(ours),
                             f"{ours / theirs:.2f}"])
        table = report.table(["request", "records", "reference /s", "martlet /s", "ratio"], rows)
        where += "\n" + neighbours.sentence()
        report.publish("growth", "\n\n".join([where, table, NOTE]), options.write)
        return 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="length of one measurement (default 5)")
    parser.add_argument("--quick", action="store_true", help="one second each, without patience")
    add_patience(parser)
    parser.add_argument("--up-to", type=int, default=SIZES[-1], help="the largest number of records")
    parser.add_argument("--write", action="store_true", help="keep the result in RESULTS.md")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.patience = 1, 0
    if options.up_to < SIZES[0]:
        parser.error(f"--up-to is at least {SIZES[0]}")
    return options


def grow(program: Program, root: Path, sizes: list[int], seconds: int,
         neighbours: Neighbours) -> dict[tuple[str, int, str], float]:
    """Fills one program's folder step by step and measures it at each size."""
    folder = root / "data"
    program.create_folder(folder)
    with Server(program, folder) as server, server.client() as client:
        client.sign_in("_superusers", EMAIL, PASSWORD)
        define_collections(client)
        create_users(client)
    fill_authors(folder)
    found, filled = {}, 0
    for size in sizes:
        fill_articles(folder, "articles", filled, size)
        settle(folder)
        filled = size
        with Server(program, folder) as server:
            for kind, prepared in requests(size).items():
                expect_total(server, prepared[0], kind, size)
                run_wrk(server.port, prepared, 1)
                load = neighbours.measure(server, partial(run_until_seen, server.port, prepared, seconds))
                if load.failures or not load.requests:
                    raise RuntimeError(f"{program.name}, {kind} at {size}: {load.detail or 'no answer in 30 s'}")
                found[program.name, size, kind] = load.per_second
                print(f"{program.name}, {size} records, {kind}: {report.figure(load.per_second)}/s",
                      file=sys.stderr, flush=True)
    return found


def requests(size: int) -> dict[str, list[Request]]:
    """What is asked, by its name in the table."""
    names = [category_name(index) for index in range(0, size // 100, size // 10_000)]
    return {
        "list 30, no total": [Request(f"{RECORDS}?perPage=30&skipTotal=1")],
        "list 30 with total": [Request(f"{RECORDS}?perPage=30")],
        "count": [Request(f"{RECORDS}?perPage=1&fields=id")],
        "indexed filter": [Request(f"{RECORDS}?perPage=30&filter=" + quote(f'category="{name}"')) for name in names],
    }


def expect_total(server: Server, request: Request, kind: str, size: int) -> None:
    """Ends the run when the answer does not show the rows that were inserted."""
    expected = {"list 30, no total": -1, "indexed filter": 100}.get(kind, size)
    with server.client() as client:
        total = client.call(request.method, request.path)["totalItems"]
    if total != expected:
        raise RuntimeError(f"{server.program.name}, {kind}: totalItems is {total} instead of {expected}")


if __name__ == "__main__":
    sys.exit(main())
