"""Files on S3: a real server (moto), signatures as botocore makes them, and a store that fails."""

import hashlib
import http.client
import http.server
import os
import random
import re
import socketserver
import subprocess
import sys
import threading
import time
import urllib.parse

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from conftest import docs, environment, fetch, stored, upload
from servers import Server, free_port

# Another server than moto, one that checks signatures, can be given by S3_ENDPOINT with its keys.
ENDPOINT = os.environ.get("S3_ENDPOINT")
KEY, SECRET = os.environ.get("S3_KEY", "access"), os.environ.get("S3_SECRET", "secret-of-the-store")
REGION = os.environ.get("S3_REGION", "eu-west-9")


def settings(endpoint, bucket="files", **options):
    return {"enabled": True, "bucket": bucket, "region": REGION, "endpoint": endpoint, "accessKey": KEY, "secret": SECRET,
            "forcePathStyle": True, **options}


@pytest.fixture(scope="module")
def moto():
    port, process = free_port(), None
    if not ENDPOINT:
        program = os.path.join(os.path.dirname(sys.executable), "moto_server")
        process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = ENDPOINT or f"http://127.0.0.1:{port}"
    client = boto3.client("s3", endpoint_url=url, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    for _ in range(200):
        try:
            client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": REGION})
            break
        except Exception:
            time.sleep(0.05)
    client.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.url = url
    yield client
    if process:
        process.kill()


@pytest.fixture(scope="module", params=[None, "e5" * 32], ids=["plain", "sealed"])
def server(moto, request):
    with environment(MARTLET_MASTER_KEY=request.param), Server() as running:
        docs(running)
        running.must("PATCH", "/api/settings", {"s3": settings(moto.url), "backups": {"s3": settings(moto.url, "backups")}})
        running.is_sealed = request.param is not None
        yield running


def objects(moto, bucket="files"):
    return {item["Key"]: item["Size"] for item in moto.list_objects_v2(Bucket=bucket).get("Contents", [])}


def test_the_test(server):
    for name in ("storage", "backups"):
        assert server.call("POST", "/api/settings/test/s3", {"filesystem": name}).status == 204


@pytest.mark.parametrize("size", [0, 1, 70_000, 20_000_000])
def test_there_and_back(server, moto, size):
    data = random.Random(size).randbytes(size)
    record = upload(server, ("one", "Größe a+b%20.bin", data)).json()
    assert not stored(server, "storage"), "nothing is left on this machine"
    key = next(key for key in objects(moto) if record["id"] in key)
    body = moto.get_object(Bucket="files", Key=key)["Body"].read()
    assert (body == data) != server.is_sealed or size == 0
    assert fetch(server, record).body == data
    for start, end in [(0, 0), (65_530, 65_550), (size - 1, size - 1)]:
        if 0 <= start <= end < size:
            answer = fetch(server, record, headers={"Range": f"bytes={start}-{end}"})
            assert answer.status == 206 and answer.body == data[start:end + 1]
    server.call("DELETE", f"/api/collections/docs/records/{record['id']}")
    for _ in range(100):
        if not any(record["id"] in key for key in objects(moto)):
            break
        time.sleep(0.05)
    assert not any(record["id"] in key for key in objects(moto))


def test_refused_writes_leave_nothing(server, moto):
    before = objects(moto)
    assert upload(server, ("one", "a.bin", b"a"), ("small", "b.bin", b"\0\1")).status == 400
    for _ in range(100):
        if objects(moto) == before:
            break
        time.sleep(0.05)
    assert objects(moto) == before


def test_backups(server, moto):
    name = f"b{int(server.is_sealed)}.zip"
    server.must("POST", "/api/backups", {"name": name})
    assert name in objects(moto, "backups") and any(item["key"] == name for item in server.must("GET", "/api/backups"))
    token = server.must("POST", "/api/files/token")["token"]
    assert server.guest("GET", f"/api/backups/{name}", query={"token": token}).body.startswith(b"PK")
    server.must("DELETE", f"/api/backups/{name}")
    assert name not in objects(moto, "backups")


# ---- a store of our own

class Store(http.server.BaseHTTPRequestHandler):
    """As much of S3 as is needed, with faults on demand; it keeps the requests."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        state = self.server.state
        state["requests"].append((self.command, self.path, dict(self.headers.items()), hashlib.sha256(body).hexdigest()))
        fault = state["faults"].pop(0) if state["faults"] else state["always"]
        path = urllib.parse.unquote(self.path.split("?")[0])
        if fault == "error":
            return self.answer(500, b"<Error><Code>InternalError</Code><Message>try again</Message></Error>")
        if fault == "busy":
            return self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
        if fault == "slow":
            time.sleep(1)
        if fault == "silent":
            time.sleep(30)
        if fault == "refuse":
            return self.answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
        if fault == "hang up":
            self.close_connection = True
            return None
        kept = state["objects"]
        if self.command == "PUT":
            kept[path] = (body, self.headers.get("Content-Type"), {k: v for k, v in self.headers.items() if k.lower().startswith("x-amz-meta")})
            return self.answer(200, b"", ETag='"1"')
        if self.command == "DELETE":
            kept.pop(path, None)
            return self.answer(204, b"")
        if "list-type" in self.path:
            return self.answer(200, b"<ListBucketResult></ListBucketResult>")
        if path not in kept:
            return self.answer(404, b"")
        data, kind, meta = kept[path]
        wanted = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
        part = data[int(wanted[1]):int(wanted[2]) + 1] if wanted else data
        return self.answer(206 if wanted else 200, part, half=fault == "half", **{"Content-Type": kind, "ETag": '"1"', **meta,
                           "Last-Modified": "Fri, 27 Nov 2026 10:00:00 GMT"})

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any

    def answer(self, status, body, half=False, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:len(body) // 2] if half else body)
        if half:
            self.close_connection = True


class Threaded(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@pytest.fixture
def store():
    server = Threaded(("127.0.0.1", 0), Store)
    server.state = {"requests": [], "faults": [], "always": None, "objects": {}}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def client(store):
    with environment(MARTLET_MASTER_KEY=None), Server() as running:
        docs(running)
        running.must("PATCH", "/api/settings", {"s3": settings(f"http://127.0.0.1:{store.server_port}")})
        store.state["requests"].clear()
        yield running


def signature(method, url, headers):
    """What botocore makes of a request that was recorded."""
    signed = re.search(r"SignedHeaders=([^,]+)", headers["Authorization"])[1].split(";")
    date = headers["x-amz-date"]
    request = botocore.awsrequest.AWSRequest(method, url, {name: headers[name] for name in signed})
    request.context.update({"payload_signing_enabled": False, "timestamp": date})
    signer = botocore.auth.S3SigV4Auth(botocore.credentials.Credentials(KEY, SECRET), "s3", REGION)
    canonical = signer.canonical_request(request)
    return signer.signature(signer.string_to_sign(request, canonical), request)


def test_signatures(client, store):
    names = ["a.txt", "Größe.txt", "a b+c%20d=e&f.t*x", "x.tar.gz", "ü.ü", "a'b(c)!.txt", "n" * 200 + ".txt"]
    for name in names:
        record = upload(client, ("one", name, b"content"), ("many", name, b"more")).json()
        assert fetch(client, record).body == b"content"
        client.call("DELETE", f"/api/collections/docs/records/{record['id']}")
    client.call("POST", "/api/settings/test/s3", {"filesystem": "storage"})
    time.sleep(1)
    checked = 0
    for method, path, headers, _ in store.state["requests"]:
        headers = {name.lower() if name.lower() != "authorization" else "Authorization": value for name, value in headers.items()}
        ours = re.search(r"Signature=([0-9a-f]{64})$", headers["Authorization"])[1]
        assert ours == signature(method, f"http://{headers['host']}{path}", headers), (method, path, headers)
        assert SECRET not in str(headers)
        checked += 1
    assert checked >= 40 and {request[0] for request in store.state["requests"]} == {"PUT", "HEAD", "GET", "DELETE"}


@pytest.mark.parametrize("faults", [["error"], ["busy", "busy"], ["hang up"], ["slow"], ["error", "hang up", "busy"]])
def test_passing_faults(client, store, faults):
    store.state["faults"] = list(faults)
    record = upload(client, ("one", "a.bin", b"x" * 1000))
    assert record.status == 200, record
    store.state["faults"] = list(faults)
    assert fetch(client, record.json()).body == b"x" * 1000


@pytest.mark.parametrize("fault", ["error", "busy", "refuse", "hang up"])
def test_lasting_faults(client, store, fault):
    """A clear answer, no record without its file, and everything as before when the store is back."""
    store.state["always"] = fault
    start = time.monotonic()
    answer = upload(client, ("one", "a.bin", b"x" * 1000))
    assert answer.status == 400 and answer.json()["message"] == "Failed to create record."
    assert time.monotonic() - start < 10
    assert client.must("GET", "/api/collections/docs/records")["totalItems"] == 0
    test = client.call("POST", "/api/settings/test/s3", {"filesystem": "storage"})
    assert test.status == 400 and SECRET not in test.body.decode()
    store.state["always"] = None
    assert upload(client, ("one", "a.bin", b"x" * 1000)).status == 200


def test_a_download_that_breaks_off(client, store):
    """It is taken up again where it was."""
    data = random.Random(1).randbytes(500_000)
    record = upload(client, ("one", "a.bin", data)).json()
    store.state["faults"] = [None, "half", "half"]
    assert fetch(client, record).body == data
    ranges = [request[2].get("range") or request[2].get("Range") for request in store.state["requests"] if request[0] == "GET"]
    starts = [int(re.match(r"bytes=(\d+)-", value)[1]) for value in ranges]
    assert len(starts) == 3 and 0 == starts[0] < starts[1] < starts[2]


@pytest.mark.parametrize("kind", ["upload", "download"])
def test_stopping_while_the_store_says_nothing(client, store, kind):
    """The store is not waited for for ever, and nothing in the log speaks of the program's own end."""
    record = upload(client, ("one", "a.bin", b"x" * 1000)).json()
    store.state["always"] = "silent"

    def ask():
        try:
            upload(client, ("one", "b.bin", b"y")) if kind == "upload" else fetch(client, record)
        except (OSError, http.client.HTTPException):
            pass

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    time.sleep(0.5)
    assert client.stop() == 0
    asking.join(5)
    assert "ERROR" not in client.log() and "fatal" not in client.log().lower()


def test_nobody_is_there(client, store):
    client.must("PATCH", "/api/settings", {"s3": settings(f"http://127.0.0.1:{free_port()}")})
    start = time.monotonic()
    assert upload(client, ("one", "a.bin", b"x")).status == 400
    assert time.monotonic() - start < 10
