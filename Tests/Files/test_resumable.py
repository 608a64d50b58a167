"""Uploads that can be taken up again (tus 1.0), by a client of that protocol and by hand."""

import base64
import hashlib
import io
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import OPEN, docs, environment, fetch, stored, upload
from servers import Server
from tusclient import client as tus
from tusclient.exceptions import TusCommunicationError

VERSION = {"Tus-Resumable": "1.0.0"}
PATCH = {**VERSION, "Content-Type": "application/offset+octet-stream"}
MIB = 1 << 20


def metadata(**values):
    values = {"filename": "film.bin", "collection": "docs", "field": "one", **values}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def begin(server, size, token="superuser", **values):
    headers = {**VERSION, "Upload-Length": str(size), "Upload-Metadata": metadata(**values)}
    return server.call("POST", "/api/uploads", headers=headers, token=token)


def send(server, path, offset, data, token="superuser", **headers):
    return server.call("PATCH", path, data, {**PATCH, "Upload-Offset": str(offset), **headers}, token=token)


def offset(server, path, token="superuser"):
    answer = server.call("HEAD", path, headers=VERSION, token=token)
    return int(answer.headers["upload-offset"]) if answer.status == 200 else answer.status


def finished(server, data, token="superuser", **values):
    path = begin(server, len(data), token, **values).headers["location"]
    assert send(server, path, 0, data, token).status == 204
    return path.split("/")[-1]


def content(size):
    return hashlib.shake_128(str(size).encode()).digest(size)


def uploader(server, data, **options):
    client = tus.TusClient(f"http://127.0.0.1:{server.port}/api/uploads", headers={"Authorization": server.token})
    return client.uploader(file_stream=io.BytesIO(data), chunk_size=3 * MIB, retries=0,
                           metadata={"filename": "film.bin", "collection": "docs", "field": "one"}, **options)


def test_a_client_of_the_protocol(server):
    data = content(10 * MIB)
    up = uploader(server, data)
    up.upload()
    record = server.must("POST", "/api/collections/docs/records", {"one": up.url.split("/")[-1]})
    assert record["one"].startswith("film_") and fetch(server, record).body == data
    assert offset(server, "/api/uploads/" + up.url.split("/")[-1]) == 404, "it is used up"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_restart_in_the_middle(tmp_path, how):
    data = content(30 * MIB)
    with Server(folder=tmp_path) as server:
        docs(server)
        up = uploader(server, data)
        for _ in range(5):
            up.upload_chunk()
        told = up.offset
        server.stop(how)
        with pytest.raises((TusCommunicationError, Exception)):
            up.upload_chunk()
        url = up.url.replace(f":{server.port}/", ":PORT/")
        server.start()
        again = uploader(server, data, url=url.replace("PORT", str(server.port)))
        assert again.offset >= told, "what was acknowledged is there"
        again.upload()
        record = server.must("POST", "/api/collections/docs/records", {"one": url.split("/")[-1]})
        assert fetch(server, record).body == data


def test_a_broken_connection(server):
    """Of a request that breaks off, what came counts."""
    size = 20 * MIB
    data, path = content(size), begin(server, size).headers["location"]
    head = f"PATCH {path} HTTP/1.1\r\nHost: a\r\nAuthorization: {server.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
    with server.socket() as sock:
        sock.sendall(head.encode() + f"Content-Type: application/offset+octet-stream\r\nContent-Length: {size}\r\n\r\n".encode())
        sock.sendall(data[:17 * MIB])
        time.sleep(0.5)
    for _ in range(50):     # the last part of what came is put away meanwhile
        at = offset(server, path)
        if at >= 16 * MIB and (answer := send(server, path, at, data[at:])).status == 204:
            break
        time.sleep(0.1)
    assert answer.headers["upload-offset"] == str(size)
    record = server.must("POST", "/api/collections/docs/records", {"one": path.split("/")[-1]})
    assert fetch(server, record).body == data


def test_options(server):
    answer = server.call("OPTIONS", "/api/uploads")
    assert answer.status == 204 and answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "termination", "expiration", "checksum"}


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_checksums(server, algorithm):
    data, path = content(1000), begin(server, 2000).headers["location"]
    right = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
    wrong = base64.b64encode(hashlib.new(algorithm, b"x").digest()).decode()
    assert send(server, path, 0, data, **{"Upload-Checksum": f"{algorithm} {wrong}"}).status == 460
    assert offset(server, path) == 0
    assert send(server, path, 0, data, **{"Upload-Checksum": f"{algorithm} {right}"}).status == 204
    assert send(server, path, 1000, data, **{"Upload-Checksum": "crc9 AAAA"}).status == 400
    assert offset(server, path) == 1000


def test_refusals(server):
    path = begin(server, 100).headers["location"]
    assert send(server, path, 1, b"a").status == 409
    assert server.call("PATCH", path, b"a", {**PATCH, "Tus-Resumable": "0.9", "Upload-Offset": "0"}).status == 412
    assert server.call("PATCH", path, b"a", {**VERSION, "Content-Type": "text/plain", "Upload-Offset": "0"}).status == 415
    assert send(server, path, 0, b"a" * 101).status == 413
    assert send(server, path, 0, b"a" * 50).status == 204
    assert send(server, "/api/uploads/upload_nothing", 0, b"a").status == 404
    assert server.call("DELETE", path, headers=VERSION).status == 204
    assert offset(server, path) == 404
    for values in ({"collection": "nope"}, {"field": "title"}, {"field": "nope"}):
        assert begin(server, 100, **values).status == 400
    assert begin(server, 1001, field="small").status == 413
    assert begin(server, -1).status == 400
    for headers in ({"Upload-Length": "10"}, {"Upload-Length": "10", "Upload-Metadata": "filename !!"}, {}):
        assert server.call("POST", "/api/uploads", headers={**VERSION, **headers}).status == 400
    server.must("POST", "/api/collections", {"name": "closed", "type": "base", "fields": [{"name": "one", "type": "file"}]})
    assert begin(server, 10, token=None, collection="closed").status == 403


def test_refusals_speak_the_protocol(server):
    """Clients of the protocol look at these headers before anything else."""
    path = begin(server, 10).headers["location"]
    for answer in (send(server, path, 5, b"a"), send(server, path + "x", 0, b"a"), begin(server, -1),
                   server.call("PATCH", path, b"a", {**PATCH, "Tus-Resumable": "0.2", "Upload-Offset": "0"}),
                   server.call("PATCH", path, b"a", {"Tus-Resumable": "0.2", "Content-Type": "text/plain"})):
        assert answer.status >= 400 and answer.headers["tus-resumable"] == "1.0.0", answer
        assert answer.headers["tus-version"] == "1.0.0"
    assert answer.status == 412, "the version comes first"


def test_a_client_that_can_only_post(server):
    data = content(3 * MIB)
    path = begin(server, len(data)).headers["location"]
    headers = {**PATCH, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert server.call("POST", path, data, headers).headers["upload-offset"] == str(len(data))
    assert server.call("POST", path, b"", {**VERSION, "X-HTTP-Method-Override": "PUT"}).status == 404
    assert server.call("POST", path, b"", {**VERSION, "X-HTTP-Method-Override": "DELETE"}).status == 204
    assert offset(server, path) == 404


def test_many_small_pieces(tmp_path):
    """They do not stay as many files, and are there after a restart."""
    data = content(4000)
    with Server(folder=tmp_path) as server:
        docs(server)
        path = begin(server, len(data)).headers["location"]
        at = 0
        for size in [1] * 300 + [7] * 100 + [400] * 3 + list(range(40, 1, -1)):
            assert send(server, path, at, data[at:at + size]).status == 204
            at += size
        parts = [name for name in stored(server, ".martlet_uploads") if "part_" in name and not name.endswith(".attrs")]
        assert len(parts) <= 12, parts
        server.stop(signal.SIGKILL)
        server.start()
        assert offset(server, path) == at
        assert send(server, path, at, data[at:]).status == 204
        record = server.must("POST", "/api/collections/docs/records", {"one": path.split("/")[-1]})
        assert fetch(server, record).body == data


def test_a_client_that_comes_again(server):
    """While the server still waits for what its last request was to bring."""
    data, path = content(MIB), begin(server, MIB).headers["location"]
    head = (f"PATCH {path} HTTP/1.1\r\nHost: a\r\nAuthorization: {server.token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nContent-Length: {MIB}\r\n\r\n")
    with server.socket() as silent:
        silent.sendall(head.encode() + data[:1000])
        time.sleep(0.3)
        began = time.monotonic()
        at = offset(server, path)
        assert at == 1000, "what came is kept"
        assert send(server, path, at, data[at:]).status == 204 and time.monotonic() - began < 3


def test_one_upload_is_one_file(server):
    """Requests that come at the same time do not make several of it."""
    for _ in range(5):
        upload = finished(server, content(2 * MIB))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: server.call("POST", "/api/collections/docs/records", {"one": upload}), range(8)))
        assert sorted(answer.status for answer in answers)[:2][0] == 200
        assert sum(answer.status == 200 for answer in answers) == 1
        assert {answer.status for answer in answers} <= {200, 400, 423}


def test_in_batches(server):
    server.must("PATCH", "/api/settings", {"batch": {"enabled": True}})
    path = "/api/collections/docs/records"

    def batch(*bodies):
        return server.call("POST", "/api/batch", {"requests": [{"method": "POST", "url": path, "body": body} for body in bodies]})

    first, second = finished(server, b"first"), finished(server, b"second")
    assert batch({"one": first}, {"one": second, "small": "nope"}).status == 400
    answer = batch({"one": first}, {"many": [second]})
    assert answer.status == 200, "they stay until they are used"
    records = [item["body"] for item in answer.json()]
    assert fetch(server, records[0]).body == b"first" and fetch(server, records[1], records[1]["many"][0]).body == b"second"
    assert batch({"one": first}).status == 400
    third = finished(server, b"third")
    assert batch({"one": third}, {"one": third}).status == 400
    assert batch({"one": third}).status == 200


def test_what_no_record_takes_stays(server):
    """An upload for a field that the caller may not write, and one too many for a field of one."""
    fields = [{"name": "one", "type": "file"}, {"name": "secret", "type": "file", "hidden": True}]
    server.must("POST", "/api/collections", {"name": "hiding", "type": "base", "fields": fields, **OPEN})
    first, second, third = (finished(server, content(n), token=None, collection="hiding") for n in (10, 20, 30))
    path = "/api/collections/hiding/records"
    assert server.guest("POST", path, {"secret": first}).status == 200
    assert server.guest("POST", path, {"one": [second, third]}).status == 200
    left = [offset(server, f"/api/uploads/{upload}", token=None) for upload in (first, second, third)]
    assert left[0] == 10 and sorted(left[1:]) in ([20, 404], [30, 404]), left


def test_bodies_that_are_not_read(server):
    """Only what is written to an upload may be of any length, and that does not lie in memory."""
    path = begin(server, 10).headers["location"]
    for method, target in (("POST", "/api/uploads"), ("DELETE", path), ("HEAD", path)):
        answer = server.call(method, target, headers={**VERSION, "Content-Length": str(1 << 40)})
        assert answer.status == 413, (method, answer)


def test_an_upload_is_not_put_together_for_ever(server):
    upload = finished(server, content(1000))
    answers = [server.call("POST", "/api/collections/docs/records", {"one": upload, "small": "nope"}).status for _ in range(12)]
    assert set(answers) == {400}
    assert offset(server, f"/api/uploads/{upload}") == 404


def test_guests_do_not_take_the_room_of_all(tmp_path):
    with Server(folder=tmp_path) as server:
        docs(server)
        begun = [begin(server, 10, token=None).status for _ in range(201)]
        assert begun == [201] * 200 + [429]
        assert begin(server, 10).status == 201
    with Server() as server:
        docs(server, fields=[{"name": "one", "type": "file", "maxSize": 1 << 50}])
        assert begin(server, 1 << 45, token=None).status == 429, "not even when nobody else is there"
        assert begin(server, 6 << 30, token=None).status == 201
        assert begin(server, 3 << 30, token=None).status == 429, "of one network"
        assert begin(server, 1 << 45).status == 201


def test_whose_it_is(server):
    path = begin(server, 10).headers["location"]
    assert offset(server, path, token=None) == 404 and send(server, path, 0, b"a" * 10, token=None).status == 404
    guest = begin(server, 10, token=None).headers["location"]
    assert send(server, guest, 0, b"a" * 10, token=None).status == 204
    mine = finished(server, b"a" * 10)
    answer = server.guest("POST", "/api/collections/docs/records", {"one": mine})
    assert answer.status == 400 and answer.json()["data"]["one"]["code"] == "validation_invalid_file"
    assert server.guest("POST", "/api/collections/docs/records", {"one": guest.split("/")[-1]}).status == 200


def test_becoming_files(server):
    first, second, third = (finished(server, content(n)) for n in (10, 20, 30))
    answer = upload(server, ("many", "new.txt", b"new"), ("many+", None, first.encode()), ("title", None, b"t"))
    record = answer.json()
    assert answer.status == 200 and len(record["many"]) == 2, answer
    path = f"/api/collections/docs/records/{record['id']}"
    record = server.must("PATCH", path, {"many+": [second, third]})
    assert [fetch(server, record, name).body for name in record["many"][-2:]] == [content(20), content(30)]
    unfinished = begin(server, 10).headers["location"].split("/")[-1]
    assert server.call("PATCH", path, {"one": unfinished}).status == 400
    assert server.call("PATCH", path, {"small": finished(server, b"\0\1\2binary")}).status == 400, "of another type than the field takes"
    kept = finished(server, b"kept")
    assert server.call("PATCH", path, {"one": kept, "small": "nope"}).status == 400
    assert server.must("PATCH", path, {"one": kept})["one"], "an upload stays until it is used"


def test_encrypted(tmp_path):
    mark = b"a plain mark of an upload " * 500_000
    with environment(MARTLET_MASTER_KEY="c3" * 32), Server(folder=tmp_path) as server:
        docs(server)
        path = begin(server, len(mark) + 1).headers["location"]
        assert send(server, path, 0, mark).status == 204
        parts = stored(server, ".martlet_uploads")
        assert len(parts) >= 4 and not any(b"plain mark" in part.read_bytes() for part in parts.values())
        assert send(server, path, len(mark), b"!").status == 204
        record = server.must("POST", "/api/collections/docs/records", {"one": path.split("/")[-1]})
        assert fetch(server, record).body == mark + b"!"
        assert not stored(server, ".martlet_uploads")
