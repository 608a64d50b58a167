"""Sends one request to both servers and compares the answers.

Both JSON trees are walked together. Two different leaf texts still count as equal when both are
server generated and of the same kind:
  * dates of "now" (between the start of the run and the present),
  * JWTs (their claims are compared, `exp` within some seconds),
  * generated 15-char ids, otp ids, secrets: only via a one-to-one mapping reference <-> Martlet kept
    for the whole run, and never when the text occurred in a request (client-chosen),
  * values of two fixture fields that have an autogeneratePattern (GENERATED),
  * random parts inside texts: `_clone_XXXX` ids, random index suffixes, temp_view names,
  * the random parts of stored file names: one-to-one like the ids.
Anything else must be equal, including number/bool kinds.
"""
import base64
import datetime
import http.client
import json
import os
import re
import time
from urllib.parse import quote, unquote, urlencode

START = time.time()
ISSUED_TOGETHER = 5      # seconds
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z")
JWT = re.compile(r"^[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}$")
ID15 = re.compile(r"^[a-z0-9]{15}$")
WORD15 = re.compile(r"[a-z0-9]{15,}")
RANDOM_PARTS = [
    (re.compile(r"_clone_[A-Za-z0-9]{4}(?![A-Za-z0-9])"), "_clone_????"),
    (re.compile(r"idx_(tokenKey|email)_[a-z0-9]{10}(?![a-z0-9])"), r"idx_\1_??????????"),
    (re.compile(r"temp_view_[A-Za-z0-9]{5}"), "temp_view_?????"),
    (re.compile(r"([?&](state|code_challenge)=)[\w-]+"), r"\1?"),
    (re.compile(r"(--|^multipart/byteranges; boundary=)[0-9a-f]{60}(?![0-9a-f])"), r"\1?"),
]
# stored file names before their extension: NAME_RANDOM; a NAME under 3 bytes is followed by RANDOM, and in a batch
# there is one RANDOM more
STORED = re.compile(r"(?<![a-z0-9_])[a-z0-9_]*_[a-z0-9]{10}(?![A-Za-z0-9_])")
# values of fixture fields with an autogeneratePattern: key -> random part
GENERATED = {"gen_code": re.compile(r"X\d{4}$"), "id": re.compile(r"^k\d{9}$")}
REFERENCES = re.compile(r"^(Failed to delete collection probably due to existing reference in )(.*)(?=\.$)")
LOG = open(os.environ["INTEROP_LOG"], "w") if os.environ.get("INTEROP_LOG") else None
COUNT = {"requests": 0, "differ": 0}


def q(path, **params):
    """Path with a percent-encoded query (None values left out)."""
    return path + "?" + urlencode({k: v for k, v in params.items() if v is not None}, quote_via=quote)


def is_now(text):
    try:
        t = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return False
    return START - 5 <= t.timestamp() <= time.time() + 5


def claims_of(token):
    try:
        parts = [p + "=" * (-len(p) % 4) for p in token.split(".")[:2]]
        head, claims = (json.loads(base64.urlsafe_b64decode(p)) for p in parts)
    except ValueError:
        return None
    return {"header": head, "claims": claims}


def tokens_match(a, b, same_id=lambda a, b: a == b):
    """Equal header and claims, issued by two servers at nearly the same time."""
    a, b = claims_of(a), claims_of(b)
    if a is None or b is None:
        return False
    if same_id(*(x["claims"].get("id") for x in (a, b))):
        b["claims"]["id"] = a["claims"].get("id")
    ends = [x["claims"].get("exp") for x in (a, b)]
    if all(is_number(end) for end in ends) and abs(ends[0] - ends[1]) <= ISSUED_TOGETHER:
        b["claims"]["exp"] = ends[0]
    return a == b


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.type = (headers.get("content-type") or "") if headers else ""

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    def value(self):
        if self.type.startswith("application/json"):
            try:
                return self.json
            except ValueError as e:
                return f"INVALID JSON ({e}): {self.body!r}"
        return self.body.decode("utf-8", "replace")


class Headers:
    """Quick replacement of the e-mail parser http.client uses (it took most of the run time)."""

    def __init__(self, pairs):
        self.pairs = pairs

    def get_all(self, name):
        name = name.lower()
        return [v for k, v in self.pairs if k == name] or None

    def get(self, name, default=None):
        return (self.get_all(name) or [default])[0]


library_parser = http.client.parse_headers


def read_headers(fp, _class=None):
    if _class:              # a server of a test
        return library_parser(fp, _class)
    pairs = []
    while (line := fp.readline(65537)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        pairs.append((name.strip().lower(), value.strip()))
    return Headers(pairs)


http.client.parse_headers = read_headers


class Connection(http.client.HTTPConnection):
    def _validate_path(self, url):      # odd paths are sent on purpose
        pass

    def _encode_request(self, request):
        return request.encode("utf-8")


class Side:
    def __init__(self, server):
        self.server, self.conn = server, None
        self.tokens, self.kept, self.timeouts = {}, {}, 0

    def start(self, method, path, headers, body):
        """Sends; the answer is fetched by finish(), so both servers work at the same time."""
        self.pending = (method, path, headers, body)
        try:
            if self.conn is None:
                self.conn = Connection("127.0.0.1", self.server.port, timeout=30 if self.timeouts < 3 else 3)
            self.conn.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                self.conn.putheader(name, value)
            if body is not None and not {n.lower() for n, _ in headers} & {"content-length", "transfer-encoding"}:
                self.conn.putheader("Content-Length", str(len(body)))
            self.conn.endheaders(body)
        except (OSError, http.client.HTTPException):
            self.drop()

    def finish(self, again=True):
        error = "connection lost while sending"
        if self.conn:
            try:
                answer = self.conn.getresponse()
                data = answer.read()
                if answer.will_close:
                    self.drop()
                return Response(answer.status, answer.headers, data)
            except (OSError, http.client.HTTPException) as e:
                error = e
                self.drop()
                if isinstance(e, TimeoutError):     # no second try, and less patience from now on
                    self.timeouts += 1
                    again = False
        crashed = self.server.revive()
        if again and not crashed:           # an idle connection may have been closed by the server
            self.start(*self.pending)
            return self.finish(False)
        return Response(0, None, f"NO ANSWER{' (CRASH)' if crashed else ''}: {error!r}".encode())

    def request(self, *args):
        self.start(*args)
        return self.finish()

    def drop(self):
        if self.conn:
            self.conn.close()
        self.conn = None


class Pair:
    """The reference server and Martlet, addressed together."""

    def __init__(self, reference, martlet):
        self.ref, self.mart = Side(reference), Side(martlet)
        self.sent, self.forward, self.backward = set(), {}, {}

    # ---- sending
    def headers_for(self, side, auth, headers, json_body):
        out = []
        if auth:
            out.append(("Authorization", side.tokens.get(auth, auth)))
        if json_body:
            out.append(("Content-Type", "application/json"))
        out += headers.items() if isinstance(headers, dict) else (headers or [])
        return out

    def send(self, method, path, body=None, auth="su", headers=None, raw=None):
        """`body` = JSON value, `raw` = exact bytes/text. Texts may hold $NAME$: replaced per side by a
        value kept with keep(). Returns both responses."""
        as_json = body is not None
        data = json.dumps(body) if as_json else raw
        if isinstance(data, str):
            data = data.encode()
        for shown in (path, data.decode("utf-8", "replace") if data is not None and len(data) < 200000 else ""):
            self.sent.update(WORD15.findall(shown))
            self.sent.update(stem[-10:] for stem in STORED.findall(shown))
        for side in (self.ref, self.mart):
            p, d = path, data
            for name, value in side.kept.items():
                if f"${name}$" in p:
                    p = p.replace(f"${name}$", value)
                if d and f"${name}$".encode() in d:
                    d = d.replace(f"${name}$".encode(), value.encode())
            side.start(method, p, self.headers_for(side, auth, headers, as_json), d)
        return [side.finish() for side in (self.ref, self.mart)]

    def keep(self, name, reader):
        """Remembers a generated value of each side: reader(response json) -> text, for the last answers."""
        for side, answer in zip((self.ref, self.mart), self.last):
            try:
                value = reader(answer.json)
            except (KeyError, TypeError, ValueError, IndexError):
                value = "missing_value"
            side.kept[name] = str(value)

    # ---- comparing
    def differences(self, method, path, body=None, auth="su", headers=None, raw=None, check=(), ignore=()):
        a, b = self.last = self.send(method, path, body, auth, headers, raw)
        out = []
        if a.status != b.status:
            out.append(("status", a.status, b.status))
        if a.headers is not None and b.headers is not None:
            for name in ("content-type", "location", *check):
                x, y = a.headers.get_all(name), b.headers.get_all(name)
                if x != y and not (x and y and len(x) == len(y) and all(self.texts_match("", *z) for z in zip(x, y))):
                    out.append((f"header {name}", x, y))
        self.walk("", a.value(), b.value(), out, set(ignore))
        COUNT["requests"] += 1
        if LOG:
            shown = json.dumps(body, ensure_ascii=False) if body is not None else repr(raw) if raw is not None else ""
            LOG.write(f"{method} {unquote(path)} [{auth or 'guest'}] {shown[:600]}\n    {a.status} {a.body[:1500].decode('utf-8', 'replace')}\n")
        COUNT["differ"] += bool(out)
        return out

    def same(self, method, path, body=None, auth="su", headers=None, raw=None, check=(), ignore=(), expect=None):
        """Asserts equal answers (and, when given, the status both must have). Returns the reference answer."""
        out = self.differences(method, path, body, auth, headers, raw, check, ignore)
        if out:
            raise AssertionError(self.report(method, path, body, auth, headers, raw, out))
        if expect is not None:
            assert self.last[0].status == expect, f"{method} {path}: {self.last[0].status} {self.last[0].body[:500]!r}"
        return self.last[0]

    def report(self, method, path, body, auth, headers, raw, out):
        lines = ["", f"{method} {path}", f"  as {auth or 'guest'}" + (f"  headers {headers}" if headers else "")]
        if body is not None or raw is not None:
            text = json.dumps(body, ensure_ascii=False) if body is not None else repr(raw)
            lines.append("  body " + (text if len(text) < 1500 else text[:1500] + "…"))
        for where, x, y in out[:25]:
            lines += [f"  at {where or '(whole)'}", f"    reference: {short(x)}", f"    martlet:   {short(y)}"]
        if len(out) > 25:
            lines.append(f"  … {len(out) - 25} more")
        if any(w == "status" for w, _, _ in out):
            lines += [f"  reference answered {self.last[0].body[:600]!r}", f"  martlet answered   {self.last[1].body[:600]!r}"]
        return "\n".join(lines)

    def walk(self, where, a, b, out, ignore):
        key = where.rsplit(".", 1)[-1]
        if key in ignore:
            return
        if isinstance(a, dict) and isinstance(b, dict):
            if where.endswith(".data") and a.get("type") == "request" and b.get("type") == "request":
                ignore = ignore | {"details"}               # the text of an internal error
            for k in sorted(a.keys() | b.keys()):
                if k not in ignore and (k not in a or k not in b):
                    out.append((f"{where}.{k}", a.get(k, MISSING), b.get(k, MISSING)))
                elif k not in ignore:
                    self.walk(f"{where}.{k}", a[k], b[k], out, ignore)
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                out.append((where, a, b))
                return
            for i, (x, y) in enumerate(zip(a, b)):
                self.walk(f"{where}[{i}]", x, y, out, ignore)
        elif isinstance(a, str) and isinstance(b, str):
            if a.startswith("CREATE TABLE"):
                a, b = a.replace('"', "`"), b.replace('"', "`")    # SQLite's versions quote altered names differently
            if a != b and not self.texts_match(key, a, b):
                out.append((where, a, b))
        elif key == "execTime" and is_number(a) and is_number(b):
            pass
        elif is_number(a) and is_number(b):
            if float(a) != float(b):
                out.append((where, a, b))
        elif type(a) is not type(b) or a != b:
            out.append((where, a, b))

    def texts_match(self, key, a, b):
        if key != "code":
            b = self.with_names_of(a, b)
        if JWT.match(a) and JWT.match(b):
            return tokens_match(a, b, self.same_id)
        if ID15.match(a) and ID15.match(b) and a not in self.sent and b not in self.sent:
            return self.mapped(a, b)
        if key in ("state", "codeVerifier", "codeChallenge", "secret", "tokenKey", "fingerprint") and len(a) == len(b):
            return True
        pattern = GENERATED.get(key)
        if pattern and a not in self.sent and pattern.search(a) and pattern.search(b):
            a, b = pattern.sub("?", a), pattern.sub("?", b)
        if "Raw error:\njson: " in a:       # text of the reference's JSON decoder: its wording and key order are random
            return b.startswith(a[:a.index("json: ")])
        return self.plain(a) == self.plain(b)

    def same_id(self, a, b):
        return a == b or all(isinstance(x, str) and ID15.match(x) for x in (a, b)) and self.mapped(a, b)

    def mapped(self, a, b):
        if a not in self.forward and b not in self.backward:
            self.forward[a], self.backward[b] = b, a
        return self.forward.get(a) == b

    def with_names_of(self, a, b):
        """`b` with the stored file names of `a`, where they belong together."""
        x, y = STORED.findall(a), STORED.findall(b)
        if len(x) != len(y):
            return b
        names = iter(u if self.stems_match(u, v) else v for u, v in zip(x, y))
        return STORED.sub(lambda _: next(names), b)

    def stems_match(self, a, b):
        a, b = a.split("_"), b.split("_")
        return len(a) == len(b) and all(
            u == v or len(u) == len(v) >= 10 and u[:-10] == v[:-10] and not {u[-10:], v[-10:]} & self.sent and
            len(u) <= 12 and i >= len(a) - 3 and self.mapped(u[-10:], v[-10:])
            for i, (u, v) in enumerate(zip(a, b)))

    def unmask(self, text):
        """A text of the reference with Martlet's generated ids and file names."""
        def one(m):
            word = m[0]
            return self.forward.get(word) or word[:-10] + self.forward.get(word[-10:], word[-10:])
        return re.sub("[a-z0-9]{10,}", one, text)

    def plain(self, text):
        for pattern, to in RANDOM_PARTS:
            text = pattern.sub(to, text)
        # the reference lists these names in a random order
        text = REFERENCES.sub(lambda m: m[1] + ", ".join(sorted(m[2].split(", "))), text)
        return DATE.sub(lambda m: "<now>" if is_now(m[0]) else m[0], text)

    # ---- signing in
    def sign_in(self, name, collection, identity, password):
        body = {"identity": identity, "password": password}
        for side, answer in zip((self.ref, self.mart),
                                self.send("POST", f"/api/collections/{collection}/auth-with-password", body, auth=None)):
            try:
                side.tokens[name] = answer.json["token"]
            except (KeyError, TypeError, ValueError):
                side.tokens[name] = "no.token.received"


MISSING = "(missing)"


def is_number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def short(x):
    text = json.dumps(x, ensure_ascii=False, default=str) if not isinstance(x, str) else repr(x)
    return text if len(text) < 700 else text[:700] + "…"
