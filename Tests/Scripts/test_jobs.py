"""Durable jobs and webhooks: in the transaction that they belong to, until they are done, whatever happens."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

from conftest import MARTLET_BIN, Client, start

JOBS = """
$jobs.on("note", async (job) => {
    await new Promise((done) => setTimeout(done, job.payload.wait ?? 0))
    if (job.payload.refuse === "always" || job.attempt <= (job.payload.refuse ?? 0)) throw new Error(`no: ${job.payload.text}`)
    $app.db().newQuery("INSERT INTO notes (id, text) VALUES ({:id}, {:text})").bind({ id: $security.randomString(15).toLowerCase(), text: job.payload.text }).execute()
}, { parallel: 4 })
$jobs.on("alone", async (job) => {
    const app = $app
    app.store().set("now", (app.store().get("now") ?? 0) + 1)
    app.store().set("most", Math.max(app.store().get("most") ?? 0, app.store().get("now")))
    await new Promise((done) => setTimeout(done, 50))
    app.store().set("now", app.store().get("now") - 1)
})
routerAdd("GET", "/most", (e) => e.json(200, $app.store().get("most")))
routerAdd("POST", "/enqueue", (e) => {
    const { name = "note", payload, options, count = 1 } = e.requestInfo().body
    let id
    for (let index = 0; index < count; index++) id = $jobs.enqueue(name, count > 1 ? { ...payload, text: `${payload.text} ${index}` } : payload, options)
    return e.json(200, { id })
})
routerAdd("POST", "/transaction", (e) => {
    const { payload, undone } = e.requestInfo().body
    try {
        $app.runInTransaction((app) => {
            $jobs.enqueue("note", payload, { app })
            if (undone) throw new Error("undone")
        })
    } catch {}
    return e.noContent(204)
})
onRecordCreateExecute((e) => { e.next(); $jobs.enqueue("note", { text: `made ${e.record.getString("text")}` }) }, "things")
"""


class Receiver(http.server.ThreadingHTTPServer):
    """Takes messages; refuses as many as it is told to."""
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages, self.refuse = [], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append((dict(self.headers.items()), body))
        self.send_response(500 if self.server.refuse > 0 else 204)
        self.server.refuse -= 1
        self.end_headers()

    def log_message(self, *_):
        pass


class App:
    def __init__(self, tmp_path, code=JOBS):
        file = tmp_path / "jobs.pb.js"
        file.write_text(code)
        self.server = start(MARTLET_BIN, "jobs", [file])
        self.server.start()
        self.client = Client(self.server).sign_in()
        for name in ("notes", "things"):
            assert self.client.json("POST", "/api/collections", {"name": name, "type": "base", "fields": [{"name": "text", "type": "text"}]})[0] == 200

    def enqueue(self, payload, **more):
        status, answer = self.client.json("POST", "/enqueue", {"payload": payload, **more})
        assert status == 200, answer
        return answer["id"]

    def notes(self):
        return sorted(item["text"] for item in self.client.json("GET", "/api/collections/notes/records?perPage=1000")[1]["items"])

    def jobs(self):
        return self.client.json("GET", "/api/collections/_jobs/records?perPage=1000")[1]["items"]

    def until(self, condition, patience=15):
        end = time.time() + patience
        while not condition():
            assert time.time() < end, (self.notes(), self.jobs())
            time.sleep(0.05)

    def kill(self):
        os.kill(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait()

    def restart(self):
        self.server.launch()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    app = App(tmp_path_factory.mktemp("jobs"))
    yield app
    app.server.close()


def test_a_job_is_done_and_gone(app):
    app.enqueue({"text": "plain"})
    app.until(lambda: "plain" in app.notes())
    app.until(lambda: not app.jobs())


def test_delay(app):
    began = time.time()
    app.enqueue({"text": "late"}, options={"delay": 1})
    time.sleep(0.5)
    assert "late" not in app.notes()
    app.until(lambda: "late" in app.notes())
    assert time.time() - began >= 1


def test_one_of_a_key(app):
    ids = {app.enqueue({"text": f"keyed {number}"}, options={"key": "k", "delay": 0.5}) for number in range(3)}
    assert len(ids) == 1
    app.until(lambda: "keyed 0" in app.notes())
    assert not {"keyed 1", "keyed 2"} & set(app.notes())
    app.until(lambda: not app.jobs())
    assert app.enqueue({"text": "keyed 3"}, options={"key": "k"}) not in ids, "the first is done"


def test_again_after_a_failure(app):
    app.enqueue({"text": "second time", "refuse": 1})
    app.until(lambda: "second time" in app.notes())


def test_laid_aside_and_taken_up_again(app):
    id = app.enqueue({"text": "never", "refuse": "always"}, options={"retries": 1})
    app.until(lambda: any(job["status"] == "dead" for job in app.jobs()))
    [dead] = app.jobs()
    assert (dead["id"], dead["attempts"], dead["payload"]["text"]) == (id, 2, "never") and "no: never" in dead["error"]
    status, _ = app.client.json("PATCH", f"/api/collections/_jobs/records/{id}", {"status": "waiting", "payload": {"text": "mended"}})
    assert status == 200
    app.until(lambda: "mended" in app.notes() and not app.jobs())


def test_within_the_transaction(app):
    app.client.json("POST", "/transaction", {"payload": {"text": "undone"}, "undone": True})
    app.client.json("POST", "/transaction", {"payload": {"text": "done"}})
    app.client.json("POST", "/api/collections/things/records", {"text": "thing"})
    app.until(lambda: {"done", "made thing"} <= set(app.notes()))
    assert "undone" not in app.notes() and not app.jobs()


def test_who_may_look(app):
    assert app.client.json("GET", "/api/collections/_jobs/records", token=False)[0] == 403


def test_no_more_at_a_time_than_they_want(app):
    app.enqueue({"text": "x"}, name="alone", count=6)
    app.until(lambda: not app.jobs())
    assert app.client.json("GET", "/most")[1] == 1


@pytest.mark.parametrize("options", [{"delay": -1}, {"retries": -1}, {"delay": "soon"}, {"delay": 1e300}, {"retries": 1e18}])
def test_nonsense(app, options):
    status, answer = app.client.json("POST", "/enqueue", {"payload": {}, "options": options})
    assert status == 400 and not app.jobs(), answer


def test_kill(tmp_path):
    """Killed again and again with jobs in flight: each is done in the end, none is lost."""
    app = App(tmp_path)
    try:
        wanted = set()
        for round in range(3):
            app.enqueue({"text": f"round {round}", "wait": 30}, count=60)
            wanted |= {f"round {round} {number}" for number in range(60)}
            app.until(lambda: len(app.notes()) > 20 + 40 * round)
            app.kill()
            app.restart()
            app.client.sign_in()
        app.until(lambda: wanted <= set(app.notes()) and not app.jobs(), patience=60)
        assert set(app.notes()) == wanted
    finally:
        app.server.close()


# MARK: webhooks

@pytest.fixture(scope="module")
def hooked(app):
    receiver = Receiver()
    def command(*words):
        done = subprocess.run([MARTLET_BIN, "webhook", *words, "--dir", app.server.data], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr
    code, text = command("add", receiver.url, "--collection", "things")
    assert code == 0, text
    id, secret = text.split()[1].rstrip("."), text.split()[-1]
    app.until(lambda: app.client.json("GET", "/api/collections/_webhooks/records")[0] == 200)
    time.sleep(0.5)
    yield app, receiver, id, secret, command
    receiver.shutdown()


def deliveries(app):
    return app.client.json("GET", "/api/collections/_deliveries/records?perPage=500&sort=created")[1]["items"]


def test_webhooks(hooked):
    app, receiver, id, secret, _ = hooked
    receiver.messages.clear()
    _, record = app.client.json("POST", "/api/collections/things/records", {"text": "hooked"})
    app.client.json("PATCH", f"/api/collections/things/records/{record['id']}", {"text": "changed"})
    app.client.json("POST", "/api/batch", {})
    app.client.send("DELETE", f"/api/collections/things/records/{record['id']}")
    app.client.json("POST", "/api/collections/notes/records", {"text": "of no interest"})
    app.client.json("PATCH", f"/api/collections/things/records/{record['id']}", {"text": "not there"})
    app.until(lambda: len(receiver.messages) >= 3)
    time.sleep(0.3)
    seen = {}
    for headers, body in receiver.messages:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        code = base64.b64encode(hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{code}"
        message = json.loads(body)
        seen[message["type"]] = message["data"]["text"]
    assert seen == {"things.create": "hooked", "things.update": "changed", "things.delete": "changed"} and len(receiver.messages) == 3
    assert {(item["event"], item["status"]) for item in deliveries(app)} == {(name, 204) for name in seen}


def test_webhooks_are_sent_again(hooked):
    app, receiver, *_ = hooked
    receiver.messages.clear()
    receiver.refuse = 1
    app.client.json("POST", "/api/collections/things/records", {"text": "twice"})
    app.until(lambda: len(receiver.messages) == 2)
    assert receiver.messages[0][0]["webhook-id"] == receiver.messages[1][0]["webhook-id"]
    app.until(lambda: [(item["attempt"], item["status"]) for item in deliveries(app)][-2:] == [(1, 500), (2, 204)])
    assert deliveries(app)[-2]["error"] == "the answer was 500"


def test_webhook_commands(hooked):
    app, receiver, id, _, command = hooked
    assert command("list")[1].split() == [id, "things", "create,update,delete", receiver.url]
    for words in (("add", "ftp://x", "--collection", "things"), ("add", receiver.url, "--collection", "nothing"),
                  ("add", receiver.url, "--collection", "things", "--events", "explode"), ("remove", "nothing")):
        assert command(*words)[0] == 1, words
    assert command("remove", id) == (0, f"Removed {id}.\n")
    time.sleep(1)
    receiver.messages.clear()
    app.client.json("POST", "/api/collections/things/records", {"text": "nobody listens"})
    time.sleep(0.5)
    assert receiver.messages == []


# MARK: what reviews found

@pytest.mark.parametrize("behind", [True, False])
def test_a_write_that_is_taken_back_takes_its_jobs_along(tmp_path, behind):
    step = 'e.next(); $jobs.enqueue("note", { text: "of nobody" })' if behind else '$jobs.enqueue("note", { text: "of nobody" }); e.next()'
    app = App(tmp_path, JOBS + f'onRecordCreateExecute((e) => {{ {step}; throw new BadRequestError("no") }}, "things")\n'
              'onRecordDeleteExecute((e) => { e.next(); throw new BadRequestError("no") }, "notes")\n')
    try:
        assert app.client.json("POST", "/api/collections/things/records", {"text": "x"})[0] == 400
        _, note = app.client.json("POST", "/api/collections/notes/records", {"text": "stays"})
        assert app.client.send("DELETE", f"/api/collections/notes/records/{note['id']}")[0] == 400
        time.sleep(1)
        assert app.client.json("GET", "/api/collections/things/records")[1]["items"] == []
        assert app.notes() == ["stays"]
    finally:
        app.server.close()


def test_a_job_that_says_nothing_of_time(app):
    """Superusers may add rows; one that is not complete holds up no others."""
    status, row = app.client.json("POST", "/api/collections/_jobs/records", {"name": "note", "status": "waiting", "payload": {"text": "by hand"}})
    assert status == 200, row
    app.enqueue({"text": "behind it"})
    app.until(lambda: {"by hand", "behind it"} <= set(app.notes()) and not app.jobs())


def test_names_of_the_server(tmp_path):
    file = tmp_path / "own.pb.js"
    file.write_text('$jobs.on("__webhook", () => {})')
    server = start(MARTLET_BIN, "own", [file])
    server.start()
    assert "the server's own" in server.log_tail()
    server.close()


def test_the_end_of_the_server_does_not_wait_for_jobs(tmp_path):
    app = App(tmp_path)
    app.enqueue({"text": "long", "wait": 20000})
    app.until(lambda: any(job["status"] == "running" for job in app.jobs()))
    began = time.time()
    app.server.process.terminate()
    app.server.process.wait(20)
    assert time.time() - began < 10
    app.server.close()
