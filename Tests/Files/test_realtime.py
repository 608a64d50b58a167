"""The event stream under load, and what a client is told that was away."""

import json
import pathlib
import resource
import socket
import threading
import time
from urllib.parse import quote

import pytest
from conftest import OPEN, Events, docs
from eventstream import Stream
from servers import Server, read_answer


def make(server, n, collection="docs", **values):
    return server.must("POST", f"/api/collections/{collection}/records", {"n": n, **values})


def change(server, record, **values):
    return server.must("PATCH", f"/api/collections/docs/records/{record['id']}", values)


def test_events(server):
    client = Events(server, "docs/*")
    assert client.answer.status == 204
    record = make(server, 1, title="a")
    change(server, record, title="b")
    server.call("DELETE", f"/api/collections/docs/records/{record['id']}")
    events = [client.next() for _ in range(3)]
    assert [name for name, _ in events] == ["docs/*"] * 3
    assert [(data["action"], data["record"]["title"]) for _, data in events] == [("create", "a"), ("update", "b"), ("delete", "b")]
    assert not any("position" in data for _, data in events), "nobody asked for it"
    client.close()


ODD_FILTERS = ["parts_via_doc.t='p'", "parts_via_doc.id=''", "parts_via_doc.nope=1", "nope_via_doc.id=''", "n >", "nope=1", "@request.auth.id=''",
               "@collection.docs.n?=1", "(" * 500, "title~'" + "%a" * 1500 + "'", "strftime('" + "%Y" * 1500 + "')='1'", "one:length=1", "n='x'",
               "geoDistance(n,n,n,title)>'x'", "||".join(f"parts_via_doc.doc.parts_via_doc.t='{i}'" for i in range(60))]


def test_odd_filters_are_their_askers_trouble(tmp_path):
    """Whatever somebody asks, the others are told, and nobody's write fails by it."""
    with Server(folder=tmp_path) as server:
        owner = docs(server)
        server.must("POST", "/api/collections", {"name": "parts", "type": "base", **OPEN, "fields": [
            {"name": "t", "type": "text"}, {"name": "doc", "type": "relation", "collectionId": owner["id"]}]})
        topics = ["docs/*?options=" + json.dumps({"query": {"filter": text}}) for text in ODD_FILTERS]
        odd = [Events(server, topic, token=None) for topic in topics if len(topic) < 2500]
        odd.append(Events(server, *[topic for topic in topics if len(topic) < 2500], token=None))
        plain = Events(server, "docs/*", token=None)
        for n in range(3):
            record = make(server, n)
            server.must("POST", "/api/collections/parts/records", {"t": "p", "doc": record["id"]})
            change(server, record, title="a")
            assert server.call("DELETE", f"/api/collections/docs/records/{record['id']}").status == 204
            assert [plain.next()[1]["action"] for _ in range(3)] == ["create", "update", "delete"]
        for client in [plain, *odd]:
            client.close()


def test_what_takes_too_long_is_not_waited_for(tmp_path):
    """A thousand questions that each look through a large collection: whoever asks them is let go, others are told."""
    with Server(folder=tmp_path) as server:
        docs(server)
        server.must("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 50_000, "timeout": 60}})
        record = server.must("POST", "/api/collections/docs/records", {"title": "asked about"})
        owner = server.must("GET", "/api/collections/docs")["id"]
        fields = [{"name": "doc", "type": "relation", "collectionId": owner}, {"name": "n", "type": "number"}]
        server.must("POST", "/api/collections", {"name": "kids", "type": "base", "fields": fields, **OPEN})
        kids = [{"method": "POST", "url": "/api/collections/kids/records", "body": {"doc": record["id"], "n": n}} for n in range(20_000)]
        assert server.call("POST", "/api/batch", {"requests": kids}, timeout=90).status == 200
        filters = (f"kids_via_doc.n ?= {-n - 1}" for n in range(900))
        slow = Stream(server, *("docs/*?options=" + quote(json.dumps({"query": {"filter": filter}})) for filter in filters))
        quick = Stream(server, "docs/*")
        for change in ("PATCH", "PATCH", "DELETE"):
            began = time.monotonic()
            server.must(change, f"/api/collections/docs/records/{record['id']}", {"n": 1} if change == "PATCH" else None)
            assert quick.next(20) and time.monotonic() - began < 8
        assert slow.rest(quiet=5) == [] and slow.has_ended
        # Many changes at once.
        records = [server.must("POST", "/api/collections/docs/records", {"title": f"r{n}"}) for n in range(20)]
        for record in records:
            server.must("POST", "/api/collections/kids/records", {"doc": record["id"], "n": 1})
        slow = Stream(server, *("docs/*?options=" + quote(json.dumps({"query": {"filter": f"kids_via_doc.n ?= {-n - 1}"}})) for n in range(900)))
        updates = [{"method": "PATCH", "url": f"/api/collections/docs/records/{record['id']}", "body": {"n": 5}} for record in records]
        began = time.monotonic()
        assert server.call("POST", "/api/batch", {"requests": updates}).status == 200
        assert [quick.next(20)[1]["record"]["id"] for _ in records] == [record["id"] for record in records]
        assert time.monotonic() - began < 6


def test_a_question_that_is_slow_for_some_records(tmp_path):
    """Whether a question is known as slow changes while changes are told together: each event comes once all the same."""
    with Server(folder=tmp_path) as server:
        owner = docs(server)["id"]
        server.must("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 50_000, "timeout": 60}})
        fields = [{"name": "doc", "type": "relation", "collectionId": owner}, {"name": "n", "type": "number"}]
        server.must("POST", "/api/collections", {"name": "kids", "type": "base", "fields": fields, **OPEN})
        slow, *quick = (server.must("POST", "/api/collections/docs/records", {"n": 1})["id"] for _ in range(6))
        kids = [{"method": "POST", "url": "/api/collections/kids/records", "body": {"doc": slow, "n": n}} for n in range(1000)]
        assert server.call("POST", "/api/batch", {"requests": kids}, timeout=90).status == 200
        filter = "n = 5 || kids_via_doc.doc.kids_via_doc.n ?= -1"
        client = Stream(server, "docs/*?options=" + quote(json.dumps({"query": {"filter": filter}})))
        for _ in range(8):
            order = [*quick[:2], slow, *quick[2:]]
            changes = [{"method": "PATCH", "url": f"/api/collections/docs/records/{id}", "body": {"n": 7 if id == slow else 5}} for id in order]
            assert server.call("POST", "/api/batch", {"requests": changes}).status == 200
            told = [data["record"]["id"] for _, data in client.rest(quiet=1.5)]
            assert sorted(told) == sorted(quick)


def test_rules_that_ask_who_points_to_a_record(tmp_path):
    with Server(folder=tmp_path) as server:
        owner = docs(server)
        server.must("POST", "/api/collections", {"name": "parts", "type": "base", **OPEN, "fields": [
            {"name": "t", "type": "text"}, {"name": "doc", "type": "relation", "collectionId": owner["id"]}]})
        server.must("PATCH", "/api/collections/docs", {"listRule": "parts_via_doc.t ?= 'open'", "viewRule": "parts_via_doc.t ?= 'open'"})
        client = Events(server, "docs/*", token=None)
        hidden, shown = make(server, 1), make(server, 2)
        server.must("POST", "/api/collections/parts/records", {"t": "open", "doc": shown["id"]})
        for record in (hidden, shown):
            change(server, record, title="a")
        told = client.next()[1]
        assert (told["action"], told["record"]["id"]) == ("update", shown["id"])
        server.call("DELETE", f"/api/collections/docs/records/{hidden['id']}")
        server.must("PATCH", f"/api/collections/docs/records/{shown['id']}", {"n": 3})
        told = client.next()[1]
        assert (told["action"], told["record"]["id"], told["record"]["n"]) == ("update", shown["id"], 3)
        client.close()


def test_what_was_missed(server):
    client = Events(server, "docs/*", since="")
    assert client.answer.status == 200
    kept = make(server, 1)
    position = client.next()[1]["position"]
    client.close()
    change(server, kept, title="x")
    change(server, kept, title="y")
    gone = make(server, 2)
    server.call("DELETE", f"/api/collections/docs/records/{gone['id']}")
    new = make(server, 3)
    client = Events(server, "docs/*", since=position)
    first, second = client.next()[1], client.next()[1]
    assert (first["action"], first["record"]["id"], first["record"]["title"]) == ("update", kept["id"], "y")
    assert (second["action"], second["record"]["id"]) == ("create", new["id"])
    make(server, 4)
    assert client.next()[1]["record"]["n"] == 4, "what follows comes once"
    client.close()


def test_deleted_meanwhile(server):
    record = make(server, 1, title="last words")
    client = Events(server, f"docs/{record['id']}", since="")
    position = client.answer.json()["position"]
    client.close()
    server.call("DELETE", f"/api/collections/docs/records/{record['id']}")
    client = Events(server, f"docs/{record['id']}", since=position)
    data = client.next()[1]
    assert data["action"] == "delete" and data["record"]["title"] == "last words"
    client.close()


def test_the_rules_of_now(server):
    docs(server, "ruled")
    client = Events(server, "ruled/*", since="")
    position = client.answer.json()["position"]
    client.close()
    make(server, 1, "ruled")
    make(server, 2, "ruled")
    server.must("PATCH", "/api/collections/ruled", {"listRule": "n = 2"})
    client = Events(server, "ruled/*", since=position)
    assert client.next()[1]["record"]["n"] == 2
    client.close()


@pytest.mark.parametrize("since", ["nonsense", "aaaaaaaa-1", "-", "x" * 300])
def test_gaps(server, since):
    client = Events(server, "docs/*", since=since)
    assert client.answer.status == 200
    name, data = client.next()
    assert name == "@gap" and data["position"] == client.answer.json()["position"]
    client.close()


def test_a_restart_is_a_gap(tmp_path):
    with Server(folder=tmp_path) as server:
        docs(server)
        client = Events(server, "docs/*", since="")
        position = client.answer.json()["position"]
        server.stop()
        server.start()
        assert Events(server, "docs/*", since=position).next()[0] == "@gap"


def test_hidden_states_are_not_shown(server):
    """A state that somebody may not see is not told because a later one may be seen."""
    docs(server, "shy", listRule="n = 1")
    client = Events(server, "shy/*")
    for n in range(30):
        record = make(server, 0, "shy", title=f"secret {n}")
        server.must("PATCH", f"/api/collections/shy/records/{record['id']}", {"n": 1, "title": f"open {n}"})
    titles = [data["record"]["title"] for _, data in client.until(lambda _, data: data["record"]["title"] == "open 29")]
    assert titles == [f"open {n}" for n in range(30)]
    client.close()


def test_nothing_is_lost_or_doubled(server):
    """A client that comes and goes, while others write."""
    count, states, seen = 400, {}, {}
    first = Events(server, "docs/*", since="")
    position = first.answer.json()["position"]
    first.close()

    def write():
        for n in range(count):
            record = make(server, n)
            states[record["id"]] = n
            if n % 3 == 0:
                change(server, record, n=n + 10_000)
                states[record["id"]] = n + 10_000

    writer = threading.Thread(target=write)
    writer.start()
    marks = []
    while writer.is_alive() or not marks or marks[-1] < 2:
        client = Events(server, "docs/*", since=position)
        try:
            for _ in range(15):
                name, data = client.next(2)
                assert name == "docs/*"
                place = int(data["position"].split("-")[1])
                assert place > int(position.split("-")[1]), "an event came twice, or out of order"
                position = data["position"]
                seen[data["record"]["id"]] = data["record"]["n"]
        except TimeoutError:
            marks.append(2 if not writer.is_alive() else 0)
        client.close()
    writer.join()
    assert seen == states


def test_a_slow_reader_harms_nobody(server):
    """It is let go after a bounded buffer; the others get everything."""
    slow, quick = Events(server, "docs/*"), Events(server, "docs/*")
    slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    before, events = server.memory(), []
    reader = threading.Thread(target=lambda: events.extend(quick.until(lambda _, data: data["record"]["n"] == 299)))
    reader.start()
    for n in range(300):
        make(server, n, title="x" * 20_000)
    reader.join(20)
    assert [data["record"]["n"] for _, data in events] == list(range(300))
    assert server.memory() < before + 60
    quick.close()
    slow.close()


def test_others_do_not_speak_for_a_client(server):
    client = Events(server, "docs/*")
    with socket.create_connection(("127.0.0.1", server.port), source_address=("127.0.0.2", 0)) as sock:
        body = json.dumps({"clientId": client.id, "subscriptions": []}).encode()
        sock.sendall(b"POST /api/realtime HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert read_answer(sock.makefile("rb")).status == 400
    make(server, 77)
    assert client.next()[1]["record"]["n"] == 77
    client.close()


def test_topics_make_no_lines(server):
    topic = 'docs/*?options={"query":{"x":"\n\nevent:evil\ndata:{}\n\n"}}'
    client = Events(server, topic, "docs/*")
    make(server, 5)
    names = {client.next()[0], client.next()[0]}
    assert "evil" not in names
    client.close()


def test_many_clients():
    """Idle clients cost little. (A release build holds 10 000 of them in under 200 MB.)"""
    count = 2000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 3 * count), hard))
    try:
        with Server() as server:
            server.must("POST", "/api/collections", {"name": "news", "type": "base", "fields": [{"name": "n", "type": "number"}], **OPEN})
            before, clients = server.memory(), []
            for _ in range(count):
                sock = socket.create_connection(("127.0.0.1", server.port), 20)
                sock.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: a\r\n\r\n")
                clients.append(sock)
            ids = [client_id(sock) for sock in clients]
            for name in ids[::100]:
                server.must("POST", "/api/realtime", {"clientId": name, "subscriptions": ["news/*"]})
            used = server.memory() - before
            assert used < count * 0.02 + 20, f"{used:.0f} MiB for {count} clients"
            make(server, 1, "news")
            for sock in clients[::100]:
                assert b'"action":"create"' in sock.recv(65536)
            for sock in clients:
                sock.close()
            for _ in range(100):
                if server.connections() < 50:
                    break
                time.sleep(0.1)
            assert server.connections() < 50
            server.assert_healthy()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def client_id(sock):
    data = b""
    while b"\n\n" not in data:
        data += sock.recv(4096)
    return json.loads(data.split(b"data:")[1].split(b"\n")[0])["clientId"]


@pytest.mark.parametrize("filter, is_told", [("email~'hidden'", False), ("email~'shown'", True), ("id!=''", True)])
def test_filters_see_no_hidden_addresses(server, filter, is_told):
    """Else somebody could guess an address letter by letter from the events that a filter lets through."""
    name = f"people{abs(hash(filter))}"
    server.must("POST", "/api/collections", {"name": name, "type": "auth", **OPEN})
    shown = "shown" in filter
    account = {"email": f"{'shown' if shown else 'hidden'}@example.com", "emailVisibility": shown}
    password = {"password": "1234567890", "passwordConfirm": "1234567890"}
    client = Events(server, f'{name}/*?options={json.dumps({"query": {"filter": filter}})}', f"{name}/*")
    record = server.must("POST", f"/api/collections/{name}/records", {**account, **password})
    server.must("PATCH", f"/api/collections/{name}/records/{record['id']}", {"verified": True})
    server.call("DELETE", f"/api/collections/{name}/records/{record['id']}")
    told = [client.next() for _ in range(6 if is_told else 3)]
    assert [data["action"] for topic, data in told if "options" in topic] == (["create", "update", "delete"] if is_told else [])
    client.close()


def test_what_a_slow_reader_did_not_take_is_dropped(server):
    slow = [Events(server, "docs/*") for _ in range(30)]
    for n in range(400):
        make(server, n, title="x" * 20_000)
    time.sleep(2)
    held = pathlib.Path(f"/proc/{server.process.pid}/net/tcp").read_text()
    port = f":{server.port:04X}"
    waiting = [line.split() for line in held.splitlines()[1:] if line.split()[1].endswith(port)]
    assert not [line for line in waiting if line[3] == "01" and int(line[4].split(":")[0], 16) > 100_000], "still connected"
    for client in slow:
        client.close()


def test_streams_leave_nothing_behind(server):
    def visits(count):
        for _ in range(count):
            with socket.create_connection(("127.0.0.1", server.port), 20) as sock:
                sock.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: a\r\n\r\n")
                client_id(sock)
        time.sleep(0.5)
        return server.memory()

    visits(3000)
    before = visits(500)
    assert visits(4000) - before < 8, "a visit that is over takes memory"
