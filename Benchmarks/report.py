"""What is printed and what is kept: tables in Markdown, and the sections of RESULTS.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from programs import Program

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
SECTIONS = {
    "bench": "Side by side",
    "files": "Large files and photographs",
    "growth": "How cost grows",
    "mixed": "A slow query beside fast traffic",
    "import": "Import",
    "pages": "Pages",
}


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table whose source is aligned too. The first column is text, the others are figures."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = [[cell.ljust(width) if column == 0 else cell.rjust(width)
              for column, (cell, width) in enumerate(zip(row, widths))] for row in [header, *rows]]
    rule = ["-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def figure(value: float) -> str:
    """A number with the digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def environment(programs: tuple[Program, ...], folder: Path) -> str:
    """Where and how the figures came about."""
    command = " ".join(["python3", os.path.basename(sys.argv[0]), *sys.argv[1:]])
    versions = "; ".join(f"{program.name}: {program.version()}" for program in programs)
    return "\n".join([
        f"- Command: `{command}`",
        f"- Date: {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"- Machine: {processor()}, {os.cpu_count()} cores shared with the load generator, {memory()}; "
        f"load before the run {os.getloadavg()[0]:.1f}",
        f"- System: {platform.system()} {platform.release()}; data on {filesystem(folder)}, "
        f"one fsync {fsync_milliseconds(folder):.2f} ms",
        f"- Versions: {versions}",
    ])


def processor() -> str:
    """The name of the processor."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.machine()


def memory() -> str:
    """The machine's memory."""
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{size / 2**30:.0f} GiB of memory"


def filesystem(folder: Path) -> str:
    """The kind of file system that holds a folder: durable writes cost nothing on tmpfs."""
    best = ("", "an unknown file system")
    try:
        mounts = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return best[1]
    for line in mounts:
        _, point, kind, *_ = line.split()
        inside = point == "/" or str(folder.resolve()).startswith(point + "/")
        if inside and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


def fsync_milliseconds(folder: Path) -> float:
    """What one durable write of 4 kB costs here: the median of 30."""
    costs = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(30):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            costs.append((time.perf_counter() - began) * 1000)
    return statistics.median(costs)


def publish(key: str, body: str, write: bool) -> None:
    """Prints a section, and with `write` puts it into RESULTS.md in place of the former one."""
    print("\n" + body, flush=True)
    if not write:
        return
    text = RESULTS.read_text() if RESULTS.exists() else ""
    kept = {name: content for name, content in
            re.findall(r"<!-- begin (\w+) -->\n(.*?)\n<!-- end \1 -->", text, re.DOTALL)}
    kept[key] = f"## {SECTIONS[key]}\n\n{body}"
    parts = [f"<!-- begin {name} -->\n{kept[name]}\n<!-- end {name} -->" for name in SECTIONS if name in kept]
    RESULTS.write_text("# Results\n\nWritten by the programs in this folder; see README.md.\n\n"
                       + "\n\n".join(parts) + "\n")
    print(f"\nWritten to {RESULTS}")
