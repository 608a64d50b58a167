"""A small JSON client: one connection, one token."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any


class Client:
    """Speaks to a server on this machine. Not for measuring: wrk does that."""

    def __init__(self, port: int, token: str = "", timeout: float = 120):
        self.token = token
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Sends one request and returns status and body as they are."""
        headers = {"Authorization": self.token} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        payload = None if body is None else json.dumps(body)
        self._connection.request(method, path, body=payload, headers=headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Sends one request that must succeed and returns its JSON."""
        status, answer = self.send(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path} answered {status}: {answer[:500].decode(errors='replace')}")
        return json.loads(answer) if answer else None

    def sign_in(self, collection: str, email: str, password: str) -> str:
        """Signs in with a password, keeps the token for the next calls and returns it."""
        path = f"/api/collections/{collection}/auth-with-password"
        self.token = self.call("POST", path, {"identity": email, "password": password})["token"]
        return self.token

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def abort(self) -> None:
        """Hangs up while another thread waits for the answer; that thread gets an error."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
