"""Broken HTTP: each case is answered with a 4xx or closed, and the server goes on."""

import json
import time

import pytest

from servers import reset

HOST = b"Host: localhost\r\n"
RECORDS = "/api/collections/inbox/records"
REFUSALS = [*range(400, 500), 501, 505]


def get(path, *headers, version="1.1"):
    return f"GET {path} HTTP/{version}\r\n".encode() + HOST + b"".join(h + b"\r\n" for h in headers) + b"\r\n"


def post(*headers, body=b"", path=RECORDS):
    lines = [f"POST {path} HTTP/1.1".encode(), b"Host: localhost", b"Content-Type: application/json", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def named(cases):
    return pytest.mark.parametrize("payload", cases.values(), ids=cases.keys())


# Not HTTP, or HTTP that no server may guess about.
BROKEN = {
    "no target": b"GET\r\n\r\n",
    "HTTP/0.9": b"GET /api/health\r\n\r\n",
    "blank first": b" GET /api/health HTTP/1.1\r\n" + HOST + b"\r\n",
    "version 9.9": get("/api/health", version="9.9"),
    "version words": get("/api/health", version="one"),
    "blank in target": get("/api/he alth"),
    "method with a slash": b"G/T /api/health HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS hello": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "noise": bytes(range(256)) * 8 + b"\r\n\r\n",
    "NULs": b"\0" * 4096 + b"\r\n\r\n",
    "NUL in target": get("/api/\0health"),
    "NUL in header value": get("/api/health", b"X-A: a\0b"),
    "NUL in header name": get("/api/health", b"X\0A: b"),
    "header without colon": get("/api/health", b"nonsense"),
    "blank before colon": get("/api/health", b"X-A : b"),
    "empty header name": get("/api/health", b": b"),
    "no host": b"GET /api/health HTTP/1.1\r\n\r\n",
    "two hosts": get("/api/health", b"Host: other"),
    "length -1": post(b"Content-Length: -1"),
    "length +2": post(b"Content-Length: +2", body=b"{}"),
    "length text": post(b"Content-Length: two", body=b"{}"),
    "length hex": post(b"Content-Length: 0x2", body=b"{}"),
    "length too big": post(b"Content-Length: 99999999999999999999", body=b"{}"),
    "two different lengths": post(b"Content-Length: 2", b"Content-Length: 5", body=b"{}   "),
    "length list": post(b"Content-Length: 2, 5", body=b"{}   "),
    "unknown coding": post(b"Transfer-Encoding: sandwich", body=b"{}"),
    "coding after chunked": post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"),
    "chunked twice": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "malformed percent in path": get("/api/collections/%zz/records"),
    "cut percent in path": get("/api/collections/%4"),
}

# The head is fine, so the application is asked: error shape or close.
BROKEN_BODIES = {
    "chunk size text": post(b"Transfer-Encoding: chunked", body=b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunk size negative": post(b"Transfer-Encoding: chunked", body=b"-2\r\n{}\r\n0\r\n\r\n"),
    "chunk size overflow": post(b"Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"),
    "chunk size 2^63": post(b"Transfer-Encoding: chunked", body=b'8000000000000000\r\n{"title":'),
    "chunk longer than said": post(b"Transfer-Encoding: chunked", body=b"1\r\n{}\r\n0\r\n\r\n"),
    "chunk extension flood": post(b"Transfer-Encoding: chunked", body=b"2;" + b"x" * 200_000 + b"\r\n{}\r\n0\r\n\r\n"),
    "body ends early": post(b"Content-Length: 100", body=b'{"title":"a"'),
    "chunks end early": post(b"Transfer-Encoding: chunked", body=b'5\r\n{"tit'),
    "no last chunk": post(b"Transfer-Encoding: chunked", body=b'c\r\n{"title":"a"\r\n'),
}

TOO_LARGE = {
    "header of 2 MiB": get("/api/health", b"X-A: " + b"a" * (2 << 20)),
    "20000 headers of 100 bytes": get("/api/health", *(b"X-%05d: " % i + b"a" * 90 for i in range(20_000))),
    "URL of 2 MiB": get("/api/health?" + "a" * (2 << 20)),
    "path of 2 MiB": get("/api/collections/" + "a" * (2 << 20)),
    "method of 2 MiB": b"G" * (2 << 20) + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "line without end": b"GET /" + b"a" * (3 << 20),
    "one header name of 2 MiB": get("/api/health", b"X" * (2 << 20) + b": a"),
}

# Unusual, long or odd, but HTTP: an ordinary answer, or a 4xx.
ODD = {
    "5000 small headers": get("/api/health", *(b"X-%d: a" % i for i in range(5000))),
    "same header 5000 times": get("/api/health", *[b"X-A: a"] * 5000),
    "100000 query parameters": get("/api/collections/posts/records?" + "&".join(["a=1"] * 100_000)),
    "100000 different parameters": get("/api/collections/posts/records?" + "&".join(f"a{i}=1" for i in range(100_000))),
    "100000 ampersands": get("/api/collections/posts/records?" + "&" * 100_000),
    "path of 60000": get("/api/collections/" + "a" * 60_000 + "/records"),
    "10000 path segments": get("/api" + "/a" * 10_000),
    "10000 slashes": get("/" * 10_000),
    "id of 60000": get("/api/collections/posts/records/" + "a" * 60_000),
    "NUL percent-encoded": get("/api/collections/%00/records"),
    "invalid UTF-8 percent-encoded": get("/api/collections/%ff%fe/records/%c0%af"),
    "raw bytes above 127": b"GET /api/collections/\xff\xfe\xc3/records HTTP/1.1\r\n" + HOST + b"\r\n",
    "dots": get("/api/../../../../etc/passwd"),
    "dots percent-encoded": get("/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    "slash percent-encoded": get("/..%2f..%2f..%2f..%2fetc%2fpasswd"),
    "backslashes": get("/..%5c..%5cetc%5cpasswd"),
    "malformed percent in query": get("/api/collections/posts/records?filter=%zz&sort=%"),
    "semicolons in query": get("/api/collections/posts/records?a;b;filter=1;=2"),
    "absolute URL": get("http://localhost/api/health"),
    "absolute URL elsewhere": get("http://elsewhere.example/api/health"),
    "empty absolute URL": get("http://"),
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT elsewhere.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "TRACE": b"TRACE /api/health HTTP/1.1\r\n" + HOST + b"\r\n",
    "unknown method": b"BREW /api/health HTTP/1.1\r\n" + HOST + b"\r\n",
    "lower-case method": b"get /api/health HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/1.0": b"GET /api/health HTTP/1.0\r\n\r\n",
    "folded header": get("/api/health", b"X-A: a\r\n b"),
    "bare line feeds": b"GET /api/health HTTP/1.1\nHost: localhost\n\n",
    "host with blanks": b"GET /api/health HTTP/1.1\r\nHost: a b\r\n\r\n",
    "empty host": b"GET /api/health HTTP/1.1\r\nHost:\r\n\r\n",
    "upgrade": get("/api/health", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAAA"),
    "websocket": get("/api/health", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
    "unknown expectation": post(b"Expect: miracles", b"Content-Length: 2", body=b"{}"),
    "token of 100000": get("/api/health", b"Authorization: Bearer " + b"e" * 100_000),
    "token of dots": get("/api/health", b"Authorization: " + b"." * 10_000),
    "range flood": get("/api/health", b"Range: bytes=" + b"0-1," * 10_000),
    "bad conditional": get("/", b"If-Modified-Since: yesterday", b"If-None-Match: \"\"\"", b"Range: bytes=9-1"),
    "accept-encoding flood": get("/_/", b"Accept-Encoding: " + b"gzip;q=1," * 5_000),
}


@named(BROKEN)
def test_is_refused(server, payload):
    for answer in server.raw(payload, finish=True):
        assert answer.status in REFUSALS, answer


@named(BROKEN_BODIES)
def test_broken_body_is_refused(server, payload):
    for answer in server.raw(payload, finish=True):
        answer.problem()


@named(TOO_LARGE)
def test_too_large_is_refused_in_bounded_memory(server, payload):
    before = server.memory("VmHWM")
    for answer in server.raw(payload, finish=True):
        assert answer.status in REFUSALS, answer
    assert server.memory("VmHWM") - before < 64


@named(ODD)
def test_is_answered_or_refused(server, payload):
    for answer in server.raw(payload):
        assert answer.status < 500 or answer.status == 501, answer
        assert b"root:" not in answer.body
        if answer.status >= 400 and "json" in answer.headers.get("content-type", ""):
            answer.problem()


@pytest.mark.parametrize("path", ["/api/collections/nope/records", "/api/collections/%F0%9F%92%A9/records/x",
                                  "/api/collections/" + "a" * 2000 + "/records", "/api/collections/posts/records?page=x"])
def test_what_can_be_parsed_is_answered_in_the_error_shape(server, path):
    server.guest("GET", path).problem(400, 404)
    server.guest("PATCH", path, {}).problem(400, 404)


def test_length_and_chunked_together_do_not_smuggle(server):
    """Refused, or read as chunked (RFC 9112, 6.3); in no case is a part of the body taken for another request."""
    second = get("/api/collections/smuggled/records", b"Connection: close")
    body = b"2\r\n{}\r\n0\r\n\r\n" + second
    for length in (0, 2, 7, len(body)):
        for headers in ([b"Content-Length: %d" % length, b"Transfer-Encoding: chunked"], [b"Transfer-Encoding: chunked", b"Content-Length: %d" % length]):
            answers = [answer.status for answer in server.raw(post(*headers, body=body), answers=3)]
            assert answers in ([200, 404], [200], []) or len(answers) == 1 and answers[0] in REFUSALS, answers


def test_pipelined_requests_are_answered_in_order(server):
    ids = [item["id"] for item in server.guest("GET", "/api/collections/posts/records").json()["items"]]
    wanted = ids * 5
    payload = b"".join(get(f"/api/collections/posts/records/{i}") for i in wanted)
    assert [a.json()["id"] for a in server.raw(payload, answers=len(wanted))] == wanted
    mixed = (post(b"Content-Length: 15", body=b'{"title":"one"}') + get("/api/collections/nope/records")
             + post(b"Content-Length: 9", body=b'{"broken"') + get("/api/health"))
    assert [a.status for a in server.raw(mixed, answers=4)] == [200, 404, 400, 200]


def test_http_1_0_closes_and_head_has_no_body(server):
    assert len(server.raw(b"GET /api/health HTTP/1.0\r\n\r\n", answers=2)) == 1
    head = b"HEAD /api/health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    with server.socket() as sock:
        sock.sendall(head)
        assert sock.makefile("rb").read().endswith(b"\r\n\r\n")


def test_expect_100_continue(server):
    with server.socket() as sock:
        sock.sendall(post(b"Expect: 100-continue", b"Content-Length: 13"))
        assert b" 100 " in sock.recv(100)
        sock.sendall(b'{"title":"x"}')
        assert b" 200 " in sock.recv(4096)


def test_byte_by_byte(server):
    with server.socket() as sock:
        for byte in get("/api/health"):
            sock.sendall(bytes([byte]))
        assert b" 200 " in sock.recv(4096)


def test_many_slow_clients_do_not_hold_up_others(server):
    """300 clients that never finish their heads or bodies, still trickling, while others are served at once."""
    before, slow = server.connections(), []
    try:
        for i in range(300):
            slow.append(server.socket())
            slow[-1].sendall(b"GET /api/health HTTP/1.1\r\nX-A: " if i % 2 else post(b"Content-Length: 1000", body=b"{"))
        for _ in range(10):
            for sock in slow:
                sock.sendall(b"a")
            started = time.monotonic()
            assert server.guest("GET", "/api/collections/posts/records").status == 200
            assert time.monotonic() - started < 2
    finally:
        for sock in slow:
            sock.close()
    wait_for_fewer_connections(server, before + 5)


def test_early_disconnects_leave_nothing_behind(server):
    """Gone in the middle of heads, bodies and answers, politely and with a reset."""
    big = [server.must("POST", RECORDS, {"title": "big", "body": "x" * 1_000_000})["id"] for _ in range(3)]
    requests = [get(f"{RECORDS}?perPage=100&sort=-title"), get("/api/realtime"), get("/api/heal")[:-9],
                post(b"Content-Length: 100000", body=b'{"title":"' + b"x" * 5000), post(b"Transfer-Encoding: chunked", body=b"ff\r\n{"),
                post(b"Content-Length: 2", body=b"{}")]
    connections, memory = server.connections(), []
    for _ in range(4):
        for i in range(90):
            sock = server.socket()
            sock.sendall(requests[i % len(requests)])
            if i % 3 == 1:
                time.sleep(0.005)
            reset(sock) if i % 2 else sock.close()
        server.assert_healthy()
        wait_for_fewer_connections(server, connections + 5)
        memory.append(server.memory())
    assert memory[-1] - memory[0] < 150, memory  # The first round is the warm-up.
    for i in big:
        server.must("DELETE", f"{RECORDS}/{i}")


def test_reader_that_never_reads(server):
    """Answers pile up for a client that reads nothing: the server must stop making them."""
    for i in range(6):
        server.must("POST", RECORDS, {"title": f"pile {i}", "body": "x" * 500_000})
    memory = server.memory()
    with server.socket() as sock:
        sock.setblocking(False)
        try:
            sock.send(get(f"{RECORDS}?perPage=100") * 200)
        except BlockingIOError:
            pass
        time.sleep(2)
        assert server.memory() - memory < 200
        server.assert_healthy()


def wait_for_fewer_connections(server, limit, seconds=5):
    end = time.monotonic() + seconds
    while server.connections() > limit and time.monotonic() < end:
        time.sleep(0.05)
    assert server.connections() <= limit, "connections are left open"


def test_error_answers_are_json_even_without_a_route(server):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        shape = server.guest(method, "/api/no/such/route").problem(404)
        assert json.dumps(shape["data"]) == "{}"
