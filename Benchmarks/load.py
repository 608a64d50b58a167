"""Runs wrk over prepared requests and reads what it found."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parent / "wrk" / "replay.lua"


@dataclass(frozen=True)
class Request:
    """One HTTP request, the same for both programs."""

    path: str
    method: str = "GET"
    body: Any = None
    token: str = ""

    def raw(self) -> bytes:
        """The bytes that go over the wire."""
        payload = b"" if self.body is None else json.dumps(self.body, separators=(",", ":")).encode()
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        if self.token:
            head.append(f"Authorization: {self.token}")
        if self.body is not None:
            head += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
        return "\r\n".join(head + ["", ""]).encode() + payload


@dataclass(frozen=True)
class Load:
    """What one run of wrk found. Latencies are in milliseconds."""

    requests: int
    per_second: float
    failures: int
    p50: float
    p99: float
    detail: str


def require_wrk() -> None:
    """Ends with a clear message when wrk is missing."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")


def run_wrk(port: int, requests: list[Request], seconds: int, connections: int = 32, threads: int = 1) -> Load:
    """Sends the requests in turn over 32 connections, from one thread if not told otherwise, for some seconds."""
    with tempfile.NamedTemporaryFile(prefix="martlet-wrk-") as file:
        for request in requests:
            raw = request.raw()
            file.write(b"%d\n%s" % (len(raw), raw))
        file.flush()
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "--latency",
                   "-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", file.name]
        output = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120)
    return parse(output.stdout + output.stderr)


def run_until_seen(port: int, requests: list[Request], seconds: int, enough: int = 32) -> Load:
    """As `run_wrk`, but longer when answers take so long that almost none arrives in the given time."""
    load = run_wrk(port, requests, seconds)
    while load.requests < enough and seconds < 30:
        seconds = min(30, seconds * 3)
        load = run_wrk(port, requests, seconds)
    return load


def parse(output: str) -> Load:
    """Reads the line that `replay.lua` prints at the end."""
    line = next((line for line in output.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise RuntimeError(f"wrk gave no result:\n{output[-2000:]}")
    values = {key: int(value) for key, value in (part.split("=") for part in line.split()[1:])}
    errors = {kind: values[kind] for kind in ("connect", "read", "write", "status", "timeout") if values[kind]}
    return Load(
        requests=values["requests"],
        per_second=values["requests"] / (values["duration"] / 1e6),
        failures=sum(errors.values()),
        p50=values["p50"] / 1000,
        p99=values["p99"] / 1000,
        detail=", ".join(f"{count} {kind} errors" for kind, count in errors.items()),
    )
