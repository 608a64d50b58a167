"""What a client is told that was away, or that comes while others write: nothing is lost, doubled, or shown that is not its business."""

import random
import threading
import time

import pytest
from conftest import OPEN, docs
from eventstream import Stream
from servers import Client, Server

PATH = "/api/collections/{}/records"
BATCH = {"batch": {"enabled": True, "maxRequests": 50_000, "timeout": 60, "maxBodySize": 64 << 20}}


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.must("PATCH", "/api/settings", BATCH)
        docs(running)
        yield running


@pytest.fixture
def notes(server):
    """A collection of one test alone."""
    name = f"notes{random.randrange(10**9)}"
    fields = [{"name": "title", "type": "text", "max": 1_000_000}, {"name": "n", "type": "number"},
              {"name": "secret", "type": "text", "hidden": True}, {"name": "last", "type": "text"}]
    server.must("POST", "/api/collections", {"name": name, "type": "base", "fields": fields, **OPEN})
    yield name
    server.assert_healthy()


def make(server, name, **values):
    return server.must("POST", PATH.format(name), values)


def change(server, name, record, **values):
    return server.must("PATCH", f"{PATH.format(name)}/{record['id']}", values)


def remove(server, name, record):
    server.must("DELETE", f"{PATH.format(name)}/{record['id']}")


def batch(server, requests):
    answer = server.call("POST", "/api/batch", {"requests": requests}, timeout=90)
    assert answer.status == 200, answer


def creates(name, count):
    return [{"method": "POST", "url": PATH.format(name), "body": {"n": n}} for n in range(count)]


def position_now(server, *topics):
    client = Stream(server, *(topics or ["nothing/*"]), since="")
    client.close()
    return client.position


def number(position):
    return int(position.split("-")[1])


# ---- at the border between what was and what comes

@pytest.mark.parametrize("since", [None, ""], ids=["plain", "since"])
def test_whoever_sees_a_record_is_told_of_its_end(server, notes, since):
    """Clients come while a long transaction runs that deletes a record first: who still finds the record is told later."""
    record = make(server, notes, title="condemned")
    requests = [{"method": "DELETE", "url": f"{PATH.format(notes)}/{record['id']}"}] + creates(notes, 6000)
    writer = threading.Thread(target=batch, args=(server, requests))
    writer.start()
    watchers = []
    while writer.is_alive() and len(watchers) < 200:
        client = Stream(server, f"{notes}/{record['id']}", since=since)
        if server.guest("GET", f"{PATH.format(notes)}/{record['id']}").status != 200:
            client.close()
            break
        watchers.append(client)
        time.sleep(0.01)
    writer.join()
    lost = 0
    for client in watchers:
        try:
            assert client.next(5)[1]["action"] == "delete"
        except TimeoutError:
            lost += 1
        client.close()
    assert watchers and not lost, f"{lost} of {len(watchers)} clients were not told"


@pytest.mark.parametrize("since", [None, ""], ids=["plain", "since"])
def test_the_first_listener_of_all(since):
    """Nobody has listened before: what a transaction did before it subscribed, and commits after, is told."""
    with Server() as server:
        server.must("PATCH", "/api/settings", BATCH)
        docs(server)
        count = 6000
        start = time.monotonic()
        batch(server, creates("docs", count))
        took = time.monotonic() - start
        for share in (0.5, 0.7, 0.85):
            server.must("DELETE", "/api/collections/docs/truncate")
            writer = threading.Thread(target=batch, args=(server, creates("docs", count)))
            writer.start()
            time.sleep(took * share)
            client = Stream(server, "docs/*", since=since)
            there = server.must("GET", "/api/collections/docs/records?perPage=1")["totalItems"]
            writer.join()
            told = {data["record"]["id"] for _, data in client.rest(1.5)}
            client.close()
            assert there in (0, count)
            assert there == count or len(told) == count, f"{len(told)} of {count} are told"
            if since == "":
                break       # from here on all changes are kept


def test_coming_and_going(server, notes):
    """Fifty visits while three writers create, change and delete: what the events say is what there is in the end."""
    stop = threading.Event()

    def write(seed):
        draws, client, own = random.Random(seed), Client(server.port), []
        while not stop.is_set():
            what = draws.random()
            if what < 0.5 or not own:
                own.append(client.call("POST", PATH.format(notes), {"n": draws.randrange(10**6)}).json()["id"])
            elif what < 0.75:
                client.call("PATCH", f"{PATH.format(notes)}/{draws.choice(own)}", {"n": draws.randrange(10**6)})
            else:
                client.call("DELETE", f"{PATH.format(notes)}/{own.pop(draws.randrange(len(own)))}")

    position, state, seen, draws = position_now(server), {}, set(), random.Random(1)
    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()

    def take(event):
        nonlocal position
        name, data = event
        assert name == f"{notes}/*", name
        assert data["position"] not in seen and number(data["position"]) > number(position), "twice, or out of order"
        position = data["position"]
        seen.add(position)
        if data["action"] == "delete":
            state.pop(data["record"]["id"], None)
        else:
            state[data["record"]["id"]] = data["record"]["n"]

    for visit in range(50):
        client = Stream(server, f"{notes}/*", since=position)
        end = time.monotonic() + draws.uniform(0, 0.12)
        try:
            while time.monotonic() < end:
                take(client.next(0.05))
        except TimeoutError:
            pass
        client.close()
        if visit == 45:
            stop.set()
            for writer in writers:
                writer.join()
    client = Stream(server, f"{notes}/*", since=position)
    for event in client.rest():
        take(event)
    client.close()
    stored, page = {}, 1
    while items := server.must("GET", f"{PATH.format(notes)}?perPage=1000&page={page}&sort=id")["items"]:
        stored.update((item["id"], item["n"]) for item in items)
        page += 1
    assert len(stored) > 50
    assert {id for id in stored if id not in state} == set(), "creates are lost"
    assert {id for id in state if id not in stored} == set(), "deletes are lost"
    assert state == stored, "updates are lost"


def test_asking_again_on_the_same_stream(server, notes):
    """Topics are replaced, with the last position, while records come and go. What was on its way already comes again, with a
    position that the client knows; nothing is left out."""
    client = Stream(server, f"{notes}/*", since="")
    position, told, stop = client.position, {}, threading.Event()

    def write():
        while not stop.is_set():
            record = make(server, notes, n=1)
            remove(server, notes, record)

    def take(data):
        nonlocal position
        if number(data["position"]) > number(position):
            position = data["position"]
            told.setdefault(data["record"]["id"], []).append(data["action"])

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            for _ in range(7):
                take(client.next(0.1)[1])
        except TimeoutError:
            pass
        client.subscribe(f"{notes}/*", since=position)
    stop.set()
    for writer in writers:
        writer.join()
    for _, data in client.rest():
        take(data)
    client.close()
    assert len(told) > 20
    wrong = {id: actions for id, actions in told.items() if actions not in (["create", "delete"], ["delete"])}
    assert not wrong, wrong


# ---- what is replayed

def test_many_changes_of_a_record_are_one(server, notes):
    record, position = make(server, notes, n=0), position_now(server)
    for n in range(1, 41):
        change(server, notes, record, n=n)
    client = Stream(server, f"{notes}/*", f"{notes}/{record['id']}", since=position)
    events = client.rest()
    assert sorted(name for name, _ in events) == sorted([f"{notes}/*", f"{notes}/{record['id']}"])
    for _, data in events:
        assert (data["action"], data["record"]["n"], data["position"]) == ("update", 40, client.position)
    client.close()


def test_made_and_changed_is_made_and_deleted_is_nothing(server, notes):
    position = position_now(server)
    made, gone = make(server, notes, n=1), make(server, notes, n=2)
    change(server, notes, made, n=3)
    remove(server, notes, gone)
    client = Stream(server, f"{notes}/*", since=position)
    assert [(data["action"], data["record"]["n"]) for _, data in client.rest()] == [("create", 3)]
    client.close()


def test_options_hold_for_what_was_missed(server, notes):
    position = position_now(server)
    for n in range(4):
        make(server, notes, n=n, title=f"t{n}", secret="hidden")
    topic = notes + '/*?options={"query":{"filter":"n>1","fields":"n"}}'
    client = Stream(server, topic, since=position)
    assert [(name, data["record"]) for name, data in client.rest()] == [(topic, {"n": 2}), (topic, {"n": 3})]
    client.close()


def person(server, name):
    body = {"email": f"{name}{random.randrange(10**9)}@example.com", "password": "a-good-password", "passwordConfirm": "a-good-password"}
    id = server.must("POST", PATH.format("users"), body)["id"]
    login = {"identity": body["email"], "password": body["password"]}
    return id, server.guest("POST", "/api/collections/users/auth-with-password", login).json()["token"]


def test_other_people_are_told_of_their_own(server, notes):
    (ann, ann_token), (bob, bob_token) = person(server, "ann"), person(server, "bob")
    server.must("PATCH", f"/api/collections/{notes}", {"listRule": "title = @request.auth.id", "viewRule": None})
    position = position_now(server)
    kept = [make(server, notes, title=id, secret="hidden") for id in (ann, bob)]
    gone = [make(server, notes, title=id) for id in (ann, bob)]
    middle = position_now(server)
    for record in gone:
        remove(server, notes, record)
    for token, mine in ((ann_token, 0), (bob_token, 1), (None, None)):
        for start, records in ((position, [kept[mine]] if token else []), (middle, [gone[mine]] if token else [])):
            client = Stream(server, f"{notes}/*", f"{notes}/{kept[0]['id']}", f"{notes}/{gone[0]['id']}", since=start, token=token)
            events = client.rest(0.6)
            assert [data["record"]["id"] for _, data in events] == [record["id"] for record in records]
            assert "hidden" not in str(events)
            client.close()
    client = Stream(server, f"{notes}/*", since=position, token=server.token)
    assert sum(data["record"]["secret"] == "hidden" for _, data in client.rest(0.6)) == 2
    client.close()


def test_a_closed_collection_tells_nothing_any_more(server, notes):
    position, record = position_now(server), make(server, notes, n=1)
    later = position_now(server)
    remove(server, notes, record)
    server.must("PATCH", f"/api/collections/{notes}", {"listRule": None, "viewRule": None})
    for start in (position, later):
        client = Stream(server, f"{notes}/*", f"{notes}/{record['id']}", since=start)
        assert client.rest(0.6) == []
        client.close()


def test_a_collection_with_another_name(server, notes):
    position, record = position_now(server), make(server, notes, n=1)
    server.must("PATCH", f"/api/collections/{notes}", {"name": notes + "b"})
    client = Stream(server, f"{notes}b/*", f"{notes}/*", since=position)
    assert [(name, data["record"]["id"]) for name, data in client.rest()] == [(f"{notes}b/*", record["id"])]
    client.close()


def fields_before(fields):
    return [fields[0], {"name": "fresh", "type": "text"}, *fields[1:]]


def fields_less(fields):
    return [field for field in fields if field["name"] != "title"]


def fields_more(fields):
    return fields + [{"name": f"more{n}", "type": "number"} for n in range(12)]


def fields_turned(fields):
    return [fields[0], *reversed(fields[1:])]


@pytest.mark.parametrize("changed", [fields_before, fields_less, fields_more, fields_turned])
def test_a_deleted_record_of_before_a_change_of_the_collection(changed):
    """The fields are others by now: no value comes under another name, least of all a hidden one."""
    with Server() as server:
        fields = [{"name": "title", "type": "text"}, {"name": "secret", "type": "text", "hidden": True}, {"name": "last", "type": "text"}]
        server.must("POST", "/api/collections", {"name": "notes", "type": "base", "fields": fields, **OPEN})
        record = make(server, "notes", title="a title", secret="HIDDEN", last="the last")
        position = position_now(server)
        remove(server, "notes", record)
        fields = server.must("GET", "/api/collections/notes")["fields"]
        server.must("PATCH", "/api/collections/notes", {"fields": changed(fields)})
        client = Stream(server, "notes/*", f"notes/{record['id']}", since=position)
        events = client.rest()
        server.assert_healthy()
        assert "HIDDEN" not in str(events), "a hidden value is shown"
        for name, data in events:
            if name != "@gap":
                assert data["action"] == "delete" and data["record"]["id"] == record["id"], data
                assert data["record"].get("last", "the last") == "the last", data
        assert events, "neither the delete nor a gap"
        client.close()


def test_a_deletion_that_nobody_can_judge_any_more(server):
    """What the rule looks at is gone too: whoever may have seen the record is told that it misses something."""
    server.must("POST", "/api/collections", {"name": "cases", "type": "base", "fields": [{"name": "title", "type": "text"}], **OPEN})
    parent = server.must("GET", "/api/collections/cases")["id"]
    rules = {**OPEN, "listRule": "parent.title = 'open'", "viewRule": "parent.title = 'open'"}
    fields = [{"name": "parent", "type": "relation", "collectionId": parent, "cascadeDelete": True}]
    server.must("POST", "/api/collections", {"name": "papers", "type": "base", "fields": fields, **rules})
    case = make(server, "cases", title="open")
    first, second = (make(server, "papers", parent=case["id"]) for _ in range(2))
    position = position_now(server)
    remove(server, "papers", first)
    events = Stream(server, "papers/*", since=position).rest()
    assert [(data["action"], data["record"]["id"]) for _, data in events] == [("delete", first["id"])]
    remove(server, "cases", case)
    client = Stream(server, "papers/*", since=position)
    events = client.rest()
    assert events[-1][0] == "@gap" and second["id"] not in str(events)
    make(server, "papers", parent=make(server, "cases", title="open")["id"])
    assert client.next()[1]["action"] == "create"


def test_large_records_to_a_slow_reader(server, notes):
    """A replay gives a client no more than it takes, and so comes to its end."""
    position = position_now(server)
    made = [make(server, notes, title="x" * 900_000)["id"] for _ in range(12)]
    client = Stream(server, f"{notes}/*", since=position, buffer=4096)
    told = []
    for _ in made:
        time.sleep(0.3)
        told.append(client.next()[1]["record"]["id"])
    assert told == made


# ---- positions

def test_positions_that_mean_nothing(server):
    now = position_now(server)
    epoch, last = now.split("-")
    for since in (f"{epoch}-{int(last) + 1}", f"{epoch}-99999999999999999999", f"{epoch}--1", f"{epoch}-", f"{epoch}-1-1", f"-{last}",
                  f"{epoch}_{last}", f"{epoch}-1e3", f"{epoch[::-1]}-{last}", " ", f"{epoch}-\u0661", "\0", "\n"):
        client = Stream(server, "docs/*", since=since)
        assert client.answer.status == 200, client.answer
        name, data = client.next()
        assert name == "@gap" and data == {"position": client.position}, (since, data)
        assert client.rest(0.1) == []
        client.close()


@pytest.mark.parametrize("since", [1, True, [], {}, ["x"]])
def test_positions_that_are_no_text(server, since):
    client = Stream(server, "docs/*")
    client.subscribe("docs/*", since=since).problem(400)
    client.close()


def test_who_stops_asking_for_positions_sees_none(server, notes):
    client = Stream(server, f"{notes}/*", since="")
    make(server, notes, n=1)
    assert list(client.next()[1]) == ["record", "action", "position"]
    assert client.subscribe(f"{notes}/*").status == 204
    make(server, notes, n=2)
    assert list(client.next()[1]) == ["record", "action"]
    client.close()


def test_others_cannot_ask_for_it(server, notes):
    """A client's events may only be asked for from where it is connected, and by who it is."""
    position = position_now(server)
    make(server, notes, n=1)
    client = Stream(server, f"{notes}/*", since=position, address="127.0.0.3")
    assert client.answer.status == 400
    (_, ann), (_, bob) = person(server, "ann"), person(server, "bob")
    client = Stream(server, f"{notes}/*", token=ann)
    assert client.answer.status == 204 and client.subscribe(f"{notes}/*", since=position, token=bob).status == 403
    assert client.rest(0.3) == []
    client.close()


# ---- what it costs others

def test_old_positions_and_what_a_replay_costs_others():
    """The log keeps the last 20 000 changes. Whoever asks for all of them again and again delays nobody."""
    with Server() as server:
        server.must("PATCH", "/api/settings", BATCH)
        docs(server)
        docs(server, "others")
        first = position_now(server)
        batch(server, creates("docs", 10_000))
        middle = position_now(server)
        batch(server, creates("docs", 10_500))
        client = Stream(server, "docs/*", since=first)
        assert client.answer.status == 200 and client.next()[0] == "@gap", "the log does not reach back so far"
        client.close()
        quick = Stream(server, "others/*")

        def delay():
            start = time.monotonic()
            make(server, "others", n=1)
            quick.next(60)
            return time.monotonic() - start

        delay()
        greedy = [Stream(server, "nothing/*", since="") for _ in range(6)]
        threads = [threading.Thread(target=client.subscribe, args=("docs/*",), kwargs={"since": middle}) for client in greedy]
        readers = [threading.Thread(target=client.rest, args=(3,)) for client in greedy]
        for thread in readers + threads:
            thread.start()
        time.sleep(0.2)
        delays = [delay() for _ in range(3)]
        for client in greedy:
            client.close()
        for thread in readers + threads:
            thread.join()
        assert max(delays) < 2, f"an event came after {max(delays):.1f} s"


def test_the_log_is_small_whatever_is_deleted(server, notes):
    position_now(server)

    def churn(count):
        for _ in range(count):
            remove(server, notes, make(server, notes, title="x" * 500_000))
        return server.memory()

    before = churn(40)
    after = churn(200)
    assert after - before < 40, f"{after - before:.0f} MiB for 200 deleted records of 0.5 MB"
