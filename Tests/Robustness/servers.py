"""Starts and stops the program under test and talks to it. Standard library only, 127.0.0.1 only.

The program is MARTLET_BIN, or the release build of this project. The reference program works as well:
both take `serve --dir DIR --http 127.0.0.1:PORT` and `superuser upsert EMAIL PASSWORD --dir DIR`.
"""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field

PROGRAM = os.environ.get("MARTLET_BIN") or str(pathlib.Path(__file__).parents[2] / ".build/release/martlet")
IS_MARTLET = "martlet" in pathlib.Path(PROGRAM).name.lower()  # False: some stricter promises are not tested.
EMAIL, PASSWORD = "root@example.com", "robust-password-1"


@dataclass
class Answer:
    status: int
    headers: dict = field(default_factory=dict)  # lower-case names
    body: bytes = b""

    def json(self):
        return json.loads(self.body)

    def problem(self, *allowed):
        """Checks the error shape {"data","message","status"} and that the status is one of `allowed` (default: any 4xx)."""
        assert self.status in allowed if allowed else 400 <= self.status < 500, self
        shape = self.json()
        assert list(shape) == ["data", "message", "status"], self
        assert shape["status"] == self.status and isinstance(shape["data"], dict) and shape["message"], self
        return shape

    def ordinary(self):
        """Either a success or a 4xx in the error shape: what any decent request may get. Never a 5xx."""
        if not 200 <= self.status < 400:
            self.problem()
        return self

    def __repr__(self):
        return f"<{self.status} {self.headers.get('content-type')} {self.body[:300]!r}>"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_answer(stream, method="GET"):
    """One HTTP answer from a binary stream; None when the peer closed (or reset) instead of answering."""
    try:
        line = stream.readline(65536)
        if not line:
            return None
        assert line.startswith(b"HTTP/1."), f"not an HTTP answer: {line[:100]!r}"
        answer = Answer(int(line.split()[1]))
        while (header := stream.readline(65536)) not in (b"\r\n", b"\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            answer.headers[name.strip().lower()] = value.strip()
        if answer.status == 100:
            return read_answer(stream, method)
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if answer.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(stream.readline().split(b";")[0], 16):
                answer.body += stream.read(size)
                stream.readline()
            stream.readline()
        elif "content-length" in answer.headers:
            answer.body = stream.read(int(answer.headers["content-length"]))
        else:
            answer.body = stream.read()
        return answer
    except ConnectionError:
        return None


class Client:
    """A kept-alive connection. Use one per thread."""

    def __init__(self, port, token=None, timeout=30):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.token = token

    def call(self, method, path, body=None, headers=None, query=None):
        """`body`: bytes are sent as they are, everything else as JSON. `query`: a dict, encoded for you."""
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", self.token)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if query:
            path += "?" + urllib.parse.urlencode(query, errors="surrogatepass")
        try:
            try:
                self.connection.request(method, path, body, headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # It may answer and close before the whole body is sent: read what it said.
            got = self.connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        except Exception:
            self.connection.close()  # The next call opens a new one.
            raise

    def close(self):
        self.connection.close()


class Server:
    """One program on one data folder. It may be stopped, killed and started again on the same folder."""

    def __init__(self, *args, folder=None, file_size_limit=None):
        self.owned = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="robust-"))
        self.data = self.folder / "data"
        (self.folder / "public").mkdir(exist_ok=True)
        self.args, self.file_size_limit = args, file_size_limit
        self.process = self.port = self.token = None

    # -- life

    def start(self):
        if self.token is None:
            command = [PROGRAM, "superuser", "upsert", EMAIL, PASSWORD, "--dir", str(self.data)]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        self.port = free_port()
        command = [PROGRAM, "serve", "--dir", str(self.data), "--http", f"127.0.0.1:{self.port}",
                   "--publicDir", str(self.folder / "public"), *self.args]
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=self._limit)
        self._wait_until_ready()
        if self.token is None:
            login = {"identity": EMAIL, "password": PASSWORD}
            answer = self.call("POST", "/api/collections/_superusers/auth-with-password", login, token=None)
            assert answer.status == 200, f"cannot sign in: {answer}"
            self.token = answer.json()["token"]
        return self

    def _limit(self):
        if self.file_size_limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_size_limit, resource.RLIM_INFINITY))

    def _wait_until_ready(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the program ended with {self.process.returncode}:\n{self.log()}"
            try:
                if self.call("GET", "/api/health", token=None, timeout=2).status == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"not ready after {seconds} s:\n{self.log()}")

    def stop(self, how=signal.SIGTERM, timeout=15):
        """Sends the signal (None: it was sent already), waits, and returns the exit code (-9 after SIGKILL)."""
        if how and self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running {timeout} s after signal {how}:\n{self.log()}") from None

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.owned:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *_):
        self.remove()

    # -- looking at it

    def log(self, lines=25):
        return "\n".join((self.folder / "server.log").read_text(errors="replace").splitlines()[-lines:])

    def memory(self, key="VmRSS"):
        """MiB: VmRSS now, VmHWM the peak so far."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(key + ":")) / 1024

    def connections(self):
        """How many sockets it holds. (Plain files are the business of its database pools.)"""
        count = 0
        for entry in os.scandir(f"/proc/{self.process.pid}/fd"):
            try:
                count += os.readlink(entry.path).startswith("socket:")
            except FileNotFoundError:
                pass
        return count

    def assert_healthy(self):
        assert self.process.poll() is None, f"the program died ({self.process.returncode}):\n{self.log()}"
        assert self.call("GET", "/api/health", token=None, timeout=10).status == 200

    # -- talking to it

    def call(self, method, path, body=None, headers=None, query=None, token="superuser", timeout=30):
        client = Client(self.port, self.token if token == "superuser" else token, timeout)
        try:
            return client.call(method, path, body, headers, query)
        finally:
            client.close()

    def guest(self, method, path, body=None, headers=None, query=None):
        return self.call(method, path, body, headers, query, token=None)

    def must(self, method, path, body=None):
        answer = self.call(method, path, body)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer}"
        return answer.json() if answer.body else None

    def socket(self, timeout=10):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def raw(self, payload, answers=1, finish=False, timeout=10):
        """Sends bytes, reads up to `answers` answers. An empty list means: closed without a word.

        `finish` closes our sending side after the payload. A server that neither answers nor closes fails (TimeoutError).
        """
        with self.socket(timeout) as sock:
            try:
                sock.sendall(payload)
                if finish:
                    with contextlib.suppress(OSError):                 # the server may have hung up already
                        sock.shutdown(socket.SHUT_WR)
            except ConnectionError:
                pass  # It may answer and close before we have sent everything.
            stream, got = sock.makefile("rb"), []
            while len(got) < answers and (answer := read_answer(stream)):
                got.append(answer)
            return got


def reset(sock):
    """Closes so that the peer sees a connection reset instead of an orderly end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
