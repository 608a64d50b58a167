"""Hooks of messages to clients of the event stream."""
import json
import socket
import threading
import time


class Stream:
    """A client that listens to posts."""
    def __init__(self, client):
        self.label, self.events = client.server.label, []
        self.wire = socket.create_connection(("127.0.0.1", client.server.port), timeout=20)
        self.wire.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: x\r\n\r\n")
        threading.Thread(target=self.read, daemon=True).start()
        self.until(1)
        status, _, body = client.send("POST", "/api/realtime", {"clientId": json.loads(self.events[0][1])["clientId"], "subscriptions": ["posts/*"]})
        assert status == 204, body

    def read(self):
        event = {}
        try:
            for line in self.wire.makefile("rb"):
                name, _, value = line.decode().strip().partition(":")
                if name in ("event", "data"):
                    event[name] = value
                elif "data" in event:
                    self.events.append((event.get("event"), event.get("data")))
                    event = {}
        except (OSError, ValueError, AttributeError):
            pass

    def until(self, count):
        end = time.time() + 10
        while len(self.events) < count:
            assert time.time() < end, (self.label, self.events)
            time.sleep(0.02)


def told(client, titles, count):
    """The titles that a client hears of."""
    stream = Stream(client)
    for title in titles:
        status, record = client.json("POST", "/api/collections/posts/records", {"title": title})
        assert status == 200, record
    stream.until(1 + count)
    time.sleep(0.3)
    stream.wire.shutdown(socket.SHUT_RDWR)
    for record in client.json("GET", "/api/collections/posts/records?perPage=500")[1]["items"]:
        if not record["id"].startswith("post0000"):
            client.send("DELETE", f"/api/collections/posts/records/{record['id']}")
    assert all("record" in json.loads(data) for _, data in stream.events[1:]), (stream.label, stream.events)
    return [json.loads(data)["record"]["title"] for _, data in stream.events[1:]]


def test_messages_on_their_way(pair):
    reference, martlet = (told(client, ("as it is", "to be changed", "the last"), 3) for client in pair)
    assert martlet == reference == ["as it is", "changed on the way", "the last"]


def test_messages_that_are_kept_back(pair):
    """(On the reference server they end the stream.)"""
    assert told(pair[1], ("one", "swallowed", "two", "refused", "three"), 3) == ["one", "two", "three"]
