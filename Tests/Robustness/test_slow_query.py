"""One very slow query beside fast traffic: the fast requests stay fast, and the slow one is ended by --queryTimeout."""

import contextlib
import statistics
import threading
import time
from http.client import HTTPException

import pytest

from servers import Client, Server

ROWS, TIMEOUT = 3000, 2
RECORDS = "/api/collections/big/records"
# 3000 x 3000 x 3000 comparisons of two columns, none of which is true.
SLOW = {"filter": "@collection.big:a.word ?~ @collection.big:b.other", "skipTotal": "1"}


@pytest.fixture(scope="module")
def server():
    with Server(f"--queryTimeout={TIMEOUT}") as running:
        fields = [{"name": "word", "type": "text"}, {"name": "other", "type": "text"}]
        rules = {"listRule": "", "viewRule": ""}
        running.must("POST", "/api/collections", {"name": "big", "type": "base", "fields": fields, **rules})
        running.must("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 1000, "timeout": 60}})
        for start in range(0, ROWS, 1000):
            rows = [{"id": f"{i:015d}", "word": f"word {i} " * 5, "other": f"nowhere {i} " * 5} for i in range(start, start + 1000)]
            running.must("POST", "/api/batch", {"requests": [{"method": "POST", "url": RECORDS, "body": row} for row in rows]})
        yield running


def fast_times(server, seconds):
    """Times (ms) of view requests, one after the other on one connection, at a moderate pace."""
    guest, times, end = Client(server.port), [], time.monotonic() + seconds
    while time.monotonic() < end:
        started = time.perf_counter()
        assert guest.call("GET", f"{RECORDS}/{len(times) % ROWS:015d}").status == 200
        times.append((time.perf_counter() - started) * 1000)
        time.sleep(0.001)
    guest.close()
    return times


def p99(times):
    return statistics.quantiles(times, n=100)[98]


def slow(server, answers):
    started = time.monotonic()
    with contextlib.suppress(OSError, HTTPException):
        answers.append((server.call("GET", RECORDS, query=SLOW, timeout=25), time.monotonic() - started))


def test_slow_query_is_ended_by_the_time_out(server):
    answers = []
    slow(server, answers)
    answer, seconds = answers[0]
    print(f"{answer} after {seconds:.2f} s")
    answer.problem(400, 408, 500, 503, 504)
    assert TIMEOUT * 0.8 < seconds < TIMEOUT + 3
    server.assert_healthy()


def test_fast_requests_beside_a_slow_query(server, capsys):
    """p99 under ten times its quiet value, or under 20 ms (a quiet value far below a millisecond must not make this a lottery)."""
    results = []
    for _ in range(3):  # The machine may be busy with other things: the best of three counts.
        quiet = p99(fast_times(server, 1.2))
        answers = []
        thread = threading.Thread(target=slow, args=(server, answers))
        thread.start()
        time.sleep(0.1)
        loaded = p99(fast_times(server, 1.5))
        assert thread.is_alive(), f"the slow query was not slow: {answers}"
        thread.join()
        results.append((loaded, quiet))
        if loaded < max(10 * quiet, 20):
            break
    with capsys.disabled():
        print("\n  p99 of fast requests:", ", ".join(f"{quiet:.2f} ms quiet, {loaded:.2f} ms beside a slow query" for loaded, quiet in results), end=" ")
    assert any(loaded < max(10 * quiet, 20) for loaded, quiet in results)


def test_several_slow_queries_at_once(server):
    """Eight of them: reads and writes are still answered within a second, and all eight end."""
    answers = []
    threads = [threading.Thread(target=slow, args=(server, answers)) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    for i in range(5):
        started = time.monotonic()
        assert server.guest("GET", f"{RECORDS}/{i:015d}").status == 200
        server.must("PATCH", f"{RECORDS}/{i:015d}", {"word": "changed"})
        assert time.monotonic() - started < 1
    for thread in threads:
        thread.join(30)
    assert len(answers) == 8
    for answer, _ in answers:
        answer.problem(400, 408, 429, 500, 503, 504)
    assert fast_times(server, 0.3)


def test_slow_query_ends_when_its_client_has_gone(server):
    """Its work does not pile up: 20 impatient clients, and soon after the time-out the processor is idle again."""
    for _ in range(20):
        with contextlib.suppress(TimeoutError):
            server.call("GET", RECORDS, query=SLOW, timeout=0.05)
    end = time.monotonic() + TIMEOUT + 6
    while (busy := share_of_processor(server)) > 0.2 and time.monotonic() < end:
        pass
    assert busy <= 0.2, f"still using {busy:.0%} of a processor"


def test_sigterm_does_not_wait_long_for_a_slow_query(server):
    """With the usual time-out of 30 s the query would run on for long."""
    server.stop()
    server.args = ()
    server.start()
    answers = []
    thread = threading.Thread(target=slow, args=(server, answers))
    thread.start()
    time.sleep(0.3)
    assert server.stop(timeout=14) == 0
    thread.join(10)
    assert not thread.is_alive()
    server.start()
    assert server.guest("GET", f"{RECORDS}/{1:015d}").status == 200


def share_of_processor(server, seconds=0.3):
    def used():
        fields = open(f"/proc/{server.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100
    before = used()
    time.sleep(seconds)
    return (used() - before) / seconds
