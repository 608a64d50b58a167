#!/usr/bin/env python3
"""The speed and memory of `martlet import` on generated CSV. The reference program has no such command."""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from programs import Program, end_on_sigterm, programs
from seeding import WORDS

COLLECTION = "places"
COLUMNS = ["code", "name", "country", "latitude", "longitude", "population", "active", "founded"]


def main() -> int:
    options = arguments()
    end_on_sigterm()
    martlet = programs()[1]
    if not can_import(martlet):
        print(f"Skipped: {martlet.path} has no `import` command yet.")
        return 0
    work = Path(tempfile.mkdtemp(prefix="martlet-import-"))
    try:
        where = report.environment((martlet,), work)
        source, folder = work / "places.csv", work / "data"
        write_rows(source, options.rows)
        martlet.create_folder(folder)
        seconds, peak = timed_import(martlet, source, folder)
        expect_rows(folder, options.rows)
        table = report.table(["import", "rows", "file", "time", "rows/s", "peak memory"], [[
            "CSV into a new collection", f"{options.rows:,}".replace(",", " "),
            f"{source.stat().st_size / 2**20:.0f} MiB", f"{seconds:.1f} s", report.figure(options.rows / seconds),
            f"{peak / 2**20:.0f} MiB"]])
        note = "Peak memory: the highest resident set of the import process. The rows were counted in data.db."
        report.publish("import", "\n\n".join([where, table, note]), options.write)
        return 0
    finally:
        shutil.rmtree(work, ignore_errors=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to import (default 1 000 000)")
    parser.add_argument("--quick", action="store_true", help="50 000 rows")
    parser.add_argument("--write", action="store_true", help="keep the result in RESULTS.md")
    options = parser.parse_args()
    if options.quick:
        options.rows = 50_000
    return options


def can_import(program: Program) -> bool:
    """Whether the program knows the command: its help names the option that is used here."""
    result = program.run("import", "--help")
    return result.returncode == 0 and "--collection" in result.stdout


def write_rows(path: Path, count: int) -> None:
    """Generates the CSV: text with commas and quotes, whole and decimal numbers, booleans and dates."""
    source = random.Random(4)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(count):
            name = f'{source.choice(WORDS).title()} {source.choice(WORDS)}, "{source.choice(WORDS)}"'
            writer.writerow([f"P{number:07d}", name, source.choice(("Chile", "Ghana", "Nepal", "Norway")),
                             f"{source.uniform(-90, 90):.6f}", f"{source.uniform(-180, 180):.6f}",
                             source.randrange(10_000_000), "true" if number % 3 else "false",
                             f"{source.randrange(1800, 2020)}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"])


def timed_import(program: Program, source: Path, folder: Path) -> tuple[float, int]:
    """Runs the import; returns its seconds and the peak resident memory of its process in bytes."""
    command = [program.path, "import", str(source), "--collection", COLLECTION, "--dir", str(folder)]
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            _, status, usage = os.wait4(process.pid, 0)  # unlike RUSAGE_CHILDREN, of this child alone
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
        seconds = time.perf_counter() - began
        if process.returncode != 0:
            output.seek(0)
            printed = output.read()[-1000:].decode(errors="replace")
            raise SystemExit(f"The import ended with {process.returncode}: {printed}")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def expect_rows(folder: Path, count: int) -> None:
    """Ends the run when not every row arrived."""
    database = sqlite3.connect(folder / "data.db")
    try:
        found = database.execute(f"SELECT count(*) FROM {COLLECTION}").fetchone()[0]
    finally:
        database.close()
    if found != count:
        raise SystemExit(f"The import left {found} rows instead of {count}.")


if __name__ == "__main__":
    sys.exit(main())
