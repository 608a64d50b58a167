"""Starts and stops the two programs under comparison.

Each server gets a fresh folder of its own:  TMP/pb_data (data), TMP/public (static files).
Program paths come from the environment: REFERENCE_BIN and MARTLET_BIN.
"""
import atexit
import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import time

REFERENCE_BIN = os.environ["REFERENCE_BIN"]
MARTLET_BIN = os.environ["MARTLET_BIN"]

SU_EMAIL = "root@example.com"
SU_PASS = "root-password-1"

PUBLIC_FILES = {
    "index.html": "<!doctype html><title>root</title>",
    "hello.txt": "hello world\n",
    "data.json": '{"a":1}',
    "style.css": "body{}",
    "sub/index.html": "<p>sub</p>",
    "sub/page.html": "<p>page</p>",
    "empty/file.txt": "x",
    "with space.txt": "space",
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One running program. `folder` given: use that data folder and leave it alone at the end."""

    def __init__(self, program, label, folder=None, superuser=True, args=()):
        self.program, self.label, self.args = program, label, list(args)
        self.process, self.restarts = None, 0
        self.root = tempfile.mkdtemp(prefix=f"interop_{label}_")
        self.data = folder or os.path.join(self.root, "pb_data")
        self.public = os.path.join(self.root, "public")
        self.write_public()
        atexit.register(self.close)
        if superuser:
            self.command("superuser", "upsert", SU_EMAIL, SU_PASS)

    def write_public(self):
        for name, text in PUBLIC_FILES.items():
            path = os.path.join(self.public, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)
            os.utime(path, (1700000000, 1700000000))

    def command(self, *words):
        """Runs the program once with the data folder, returns (exit code, output)."""
        done = subprocess.run([self.program, *words, "--dir", self.data], cwd=self.root, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def start(self):
        self.port = free_port()
        self.launch()
        return self

    def launch(self):
        log = open(os.path.join(self.root, "server.log"), "ab")
        self.process = subprocess.Popen(
            [self.program, "serve", "--dir", self.data, "--http", f"127.0.0.1:{self.port}",
             "--publicDir", self.public, *self.args],
            cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            # the other server has no limits on failing sign-ins unless its settings say so
            env={**os.environ, "MARTLET_AUTH_ATTEMPTS": "0"})
        log.close()
        end = time.time() + 30
        while time.time() < end:
            if self.process.poll() is not None:
                break
            try:
                conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                conn.request("GET", "/api/health")
                if conn.getresponse().status == 200:
                    return
            except OSError:
                pass
            finally:
                conn.close()
            time.sleep(0.05)
        raise RuntimeError(f"{self.label} did not start:\n{self.log_tail()}")

    def revive(self):
        """After a crash: start again on the same folder and port (so that one crash is one failure)."""
        if self.process and self.process.poll() is None:
            return False
        self.restarts += 1
        if self.restarts > 20:
            raise RuntimeError(f"{self.label} crashed too often:\n{self.log_tail()}")
        self.launch()
        return True

    def log_tail(self, size=3000):
        try:
            with open(os.path.join(self.root, "server.log"), errors="replace") as f:
                return f.read()[-size:]
        except OSError:
            return ""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def close(self):
        self.stop()
        if not os.environ.get("INTEROP_KEEP"):
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
