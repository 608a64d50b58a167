"""How much of the machine other processes take while we measure, and patience until they are quiet."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Callable

from load import Load
from programs import Server

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
QUIET = 0.10


class Neighbours:
    """Measures while others are quiet, as far as the patience reaches, and remembers how disturbed it was."""

    def __init__(self, patience: float):
        self._patience = patience
        self._others = 0.0
        self._available = 0.0
        self._worst = 0.0

    def measure(self, server: Server, run: Callable[[], Load]) -> Load:
        """One measurement; taken again when others took more than a tenth of the machine and patience is left."""
        while True:
            self.wait_until_quiet()
            load, others, available = self._observe(server, run)
            if others <= QUIET * available or self._patience <= 0:
                self._count(others, available)
                return load
            self._patience -= available / CORES

    def measure_now(self, server: Server, run: Callable[[], Load]) -> Load:
        """One measurement without waiting."""
        load, others, available = self._observe(server, run)
        self._count(others, available)
        return load

    def wait_until_quiet(self) -> None:
        """Waits, as long as there is patience, until the machine is idle but for us."""
        while self._patience > 0:
            busy = busy_seconds()
            time.sleep(0.3)
            if busy_seconds() - busy <= QUIET * 0.3 * CORES + 1 / TICK:
                return
            self._patience -= 0.3

    def sentence(self) -> str:
        """A line for the list of circumstances."""
        share = self._others / self._available if self._available else 0.0
        verdict = "" if self._worst <= QUIET else ": ratios prove little, measure again on a quiet machine"
        return (f"- Other processes took {share:.0%} of the machine during the measurements, "
                f"{self._worst:.0%} in the worst{verdict}")

    def _observe(self, server: Server, run: Callable[[], Load]) -> tuple[Load, float, float]:
        """The load, and the processor seconds that others took and that there were."""
        began, busy, own = time.monotonic(), busy_seconds(), self._own_seconds(server)
        load = run()
        available = (time.monotonic() - began) * CORES
        return load, max(0.0, busy_seconds() - busy - (self._own_seconds(server) - own)), available

    def _count(self, others: float, available: float) -> None:
        self._others += others
        self._available += available
        self._worst = max(self._worst, others / available)

    @staticmethod
    def _own_seconds(server: Server) -> float:
        times = os.times()
        mine = times.user + times.system + times.children_user + times.children_system
        return mine + server.processor_seconds()


def add_patience(parser: argparse.ArgumentParser) -> None:
    """The option that every measuring program has."""
    parser.add_argument("--patience", type=float, default=300, metavar="SECONDS",
                        help="how long in all to wait for other processes to be quiet (default 300)")


def busy_seconds() -> float:
    """Processor time of everything on the machine, since it was started, including what the host stole."""
    user, nice, system, _, _, irq, soft, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + soft + steal) / TICK
