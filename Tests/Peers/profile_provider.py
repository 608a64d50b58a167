"""Token and profile endpoints that answer what a test put in, in the shapes of many providers. The code that a client
brings selects the answers, so that several servers can ask for the same ones."""

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ProfileProvider:
    def __init__(self):
        self.answers, self.requests, self.counter = {}, [], itertools.count()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                provider.requests.append(("POST", self.path, dict(self.headers), body))
                if self.path.startswith("/token"):
                    form = dict(part.split("=", 1) for part in body.split("&"))
                    self.answer(provider.token(self.path, form, self.headers))
                else:
                    self.answer(provider.profile(self.path, self.headers))

            def do_GET(self):
                provider.requests.append(("GET", self.path, dict(self.headers), ""))
                self.answer(provider.profile(self.path, self.headers))

            def answer(self, result):
                status, kind, text = result
                if status == 204:
                    text = b""
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()

    def code(self, profile=None, emails=None, token=None, status=200, emails_status=200, token_status=200, token_type="application/json",
             raw=None):
        name = f"code{next(self.counter)}"
        reply = {"access_token": name, "token_type": "Bearer", **(token or {})}
        text = raw if raw is not None else json.dumps(reply)
        self.answers[name] = {"token": (token_status, token_type, text.encode()),
                              "profile": (status, "application/json", json.dumps(profile).encode()),
                              "emails": (emails_status, "application/json", json.dumps(emails).encode())}
        return name

    def token(self, path, form, headers):
        # Some servers take the client's secret in one place only.
        if path == "/token-body" and "authorization" in {key.lower() for key in headers}:
            return 401, "application/json", b'{"error":"invalid_client"}'
        found = self.answers.get(form.get("code"))
        return found["token"] if found else (400, "application/json", b'{"error":"invalid_grant"}')

    def profile(self, path, headers):
        found = self.answers.get((headers.get("authorization") or "").removeprefix("Bearer "))
        if not found:
            return 401, "application/json", b'{"error":"invalid_token"}'
        return found["emails" if path.split("?")[0].endswith("/emails") else "profile"]

    def entry(self, name, **changes):
        return {"name": name, "clientId": "bird", "clientSecret": "secret", "authURL": self.url + "/auth",
                "tokenURL": self.url + "/token", "userInfoURL": self.url + "/me", **changes}
