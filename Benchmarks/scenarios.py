"""The rows of the table in design.md ("Performance targets"): what is sent and what a right answer is.

Lists use the default of the API (with the total) unless the row says otherwise.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any, Callable
from urllib.parse import quote

from api import Client
from load import Request
from programs import PASSWORD
from seeding import ARTICLES, AUTHORS, USERS, Seed, body_text, category, open_database, record_id

GENERATED = {"id", "created", "updated", "token"}
LIST = "/api/collections/{}/records?perPage=30"
VARIANTS = 500


@dataclass(frozen=True)
class Scenario:
    """One row: its target ratio, and its requests (none for a row that belongs to a later issue)."""

    name: str
    target: float
    requests: Callable[[Seed], list[Request]] | None = None
    writes: bool = False
    generates: bool = False
    items: int = 0
    listeners: int = 0
    threads: int = 1
    scripted: bool = False

    def later(self) -> bool:
        """Whether a later issue brings what this row measures."""
        return self.requests is None


def health(_: Seed) -> list[Request]:
    """The smallest answer there is."""
    return [Request("/api/health")]


def static_page(_: Seed) -> list[Request]:
    """A file of 4096 bytes from the public folder."""
    return [Request("/page.html")]


def view_public(_: Seed) -> list[Request]:
    """Random articles, each by its id."""
    numbers = random.Random(1).sample(range(ARTICLES), VARIANTS)
    return [Request(f"/api/collections/articles/records/{record_id('article', number)}") for number in numbers]


def view_under_rule(seed: Seed) -> list[Request]:
    """Articles of the signed-in user; the rule goes over a relation."""
    own = own_articles(seed)
    return [Request(f"/api/collections/guarded/records/{identifier}", token=seed.user_token) for identifier in own]


def list_without_total(_: Seed) -> list[Request]:
    """The first page of 30."""
    return [Request(LIST.format("articles") + "&skipTotal=1")]


def list_with_total(_: Seed) -> list[Request]:
    """The first page of 30, counted."""
    return [Request(LIST.format("articles"))]


def list_by_indexed_filter(_: Seed) -> list[Request]:
    """Each of the 100 categories in turn; 100 articles match."""
    categories = sorted({category(number) for number in range(ARTICLES)})
    return [Request(LIST.format("articles") + "&filter=" + quote(f'category="{name}"')) for name in categories]


def list_by_scanning_filter(_: Seed) -> list[Request]:
    """A word in the title: every article is looked at, about 6 % match."""
    words = ("glacier", "hollow", "quartz", "zephyr", "anchor", "copper")
    return [Request(LIST.format("articles") + "&filter=" + quote(f'title~"{word}"')) for word in words]


def list_sorted_and_expanded(_: Seed) -> list[Request]:
    """The newest 30 (an index helps) with their authors."""
    return [Request(LIST.format("articles") + "&sort=-created&expand=author")]


def list_under_rule(seed: Seed) -> list[Request]:
    """The 5 % of the articles that the signed-in user may see."""
    return [Request(LIST.format("guarded"), token=seed.user_token)]


def create(_: Seed) -> list[Request]:
    """Single creates."""
    return [Request("/api/collections/entries/records", "POST", article) for article in new_articles(VARIANTS)]


def update(_: Seed) -> list[Request]:
    """Single updates of two fields, spread over the table."""
    numbers = random.Random(2).sample(range(ARTICLES), VARIANTS)
    return [Request(f"/api/collections/drafts/records/{record_id('article', number)}", "PATCH",
                    {"title": f"changed {number}", "views": number}) for number in numbers]


def batch_of_creates(_: Seed) -> list[Request]:
    """50 creates in one transaction."""
    articles = new_articles(50 * 10)
    batches = [articles[start:start + 50] for start in range(0, len(articles), 50)]
    return [Request("/api/batch", "POST", {"requests": [
        {"method": "POST", "url": "/api/collections/entries/records", "body": article} for article in batch
    ]}) for batch in batches]


def auth_refresh(seed: Seed) -> list[Request]:
    """A token for a token."""
    return [Request("/api/collections/users/auth-refresh", "POST", token=seed.user_token)]


def sign_in(_: Seed) -> list[Request]:
    """The users in turn, each with the right password; bcrypt of cost 10 is nearly all of it."""
    return [Request("/api/collections/users/auth-with-password", "POST",
                    {"identity": f"user{number}@example.com", "password": PASSWORD}) for number in range(USERS)]


def small_file(seed: Seed) -> list[Request]:
    """A record's file of 10 000 bytes."""
    return [Request(f"/api/files/files/{record_id('file', 0)}/{file_name(seed, 0)}")]


def large_file(seed: Seed) -> list[Request]:
    """A record's file of 1 000 000 bytes."""
    return [Request(f"/api/files/files/{record_id('file', 1)}/{file_name(seed, 1)}")]


def script_answer(_: Seed) -> list[Request]:
    """A small object from a script."""
    return [Request("/js/json")]


def script_computing(_: Seed) -> list[Request]:
    """The 22nd Fibonacci number, by recursion."""
    return [Request("/js/fib")]


def script_query(_: Seed) -> list[Request]:
    """30 articles of a category, each of the 100 in turn."""
    return [Request(f"/js/query/{name}") for name in sorted({category(number) for number in range(ARTICLES)})]


def script_page(_: Seed) -> list[Request]:
    """A page made of an article with a template."""
    numbers = random.Random(4).sample(range(ARTICLES), VARIANTS)
    return [Request(f"/js/template/{record_id('article', number)}") for number in numbers]


SCENARIOS = [
    Scenario("health", 2, health),
    Scenario("static page 4 kB", 2, static_page),
    Scenario("view by id, public", 5, view_public),
    Scenario("view, token and rule", 5, view_under_rule),
    Scenario("list 30, no total", 12, list_without_total, items=30),
    Scenario("list 30 with total", 8, list_with_total, items=30),
    Scenario("list by indexed filter", 5, list_by_indexed_filter, items=30),
    Scenario("list by scanning filter", 2, list_by_scanning_filter, items=30),
    Scenario("list sorted, one relation expanded", 8, list_sorted_and_expanded, items=30),
    Scenario("list under a rule, with token", 8, list_under_rule, items=30),
    Scenario("create (durable)", 4, create, writes=True),
    Scenario("update (durable)", 4, update, writes=True),
    Scenario("batch of 50 creates", 5, batch_of_creates, writes=True),
    Scenario("auth refresh", 5, auth_refresh, generates=True),
    Scenario("sign in with password (bcrypt data)", 1, sign_in, generates=True),
    Scenario("file 10 kB", 5, small_file),
    Scenario("file 1 MB, two generator threads", 2, large_file, threads=2),
    Scenario("realtime deliveries, 200 clients", 4, create, writes=True, listeners=200),
    Scenario("JS route, JSON answer", 2, script_answer, scripted=True),
    Scenario("JS route, fib(22)", 20, script_computing, scripted=True),
    Scenario("JS route with a query", 5, script_query, items=30, scripted=True),
    Scenario("JS route with a template", 2, script_page, scripted=True),
]


def new_articles(count: int) -> list[dict[str, Any]]:
    """Bodies of creates."""
    source = random.Random(3)
    return [{"title": f"new {number}", "body": body_text(source),
             "author": record_id("author", source.randrange(AUTHORS)), "category": category(number),
             "views": number, "published": True} for number in range(count)]


def own_articles(seed: Seed) -> list[str]:
    """Ids of guarded articles that the signed-in user may see."""
    own = [record_id("author", number) for number in range(0, AUTHORS, USERS)]
    marks = ",".join("?" * len(own))
    with open_database(seed.folder) as database:
        rows = database.execute(f"SELECT id FROM guarded WHERE author IN ({marks}) ORDER BY id", own)
        return [row[0] for row in rows.fetchmany(VARIANTS)]


def file_name(seed: Seed, number: int) -> str:
    """The name under which a file is stored."""
    with open_database(seed.folder) as database:
        return database.execute("SELECT file FROM files WHERE id = ?", [record_id("file", number)]).fetchone()[0]


def check(scenario: Scenario, requests: list[Request], clients: list[Client]) -> str:
    """Sends the first requests to every program; returns what is wrong with the answers, or nothing."""
    for request in requests[:3]:
        answers = []
        for client in clients:
            client.token = request.token
            status, content = client.send(request.method, request.path, request.body)
            if status != 200:
                return f"{request.method} {request.path[:60]} answered {status}: {content[:120]!r}"
            answers.append(masked(content, scenario.writes or scenario.generates))
        if any(answer != answers[0] for answer in answers):
            return f"{request.method} {request.path[:60]} differs from the reference's answer"
        if not scenario.items:
            continue
        items = answers[0]["items"] if isinstance(answers[0], dict) else answers[0]
        if len(items) != scenario.items:
            return f"{request.path[:60]} gave {len(items)} items instead of {scenario.items}"
    return ""


def masked(content: bytes, writes: bool) -> Any:
    """An answer that can be compared: JSON where it is JSON, without what a write generates."""
    try:
        value = json.loads(content)
    except ValueError:
        return content
    return without_generated(value) if writes else value


def without_generated(value: Any) -> Any:
    """The value with generated fields blanked at every depth."""
    if isinstance(value, list):
        return [without_generated(item) for item in value]
    if isinstance(value, dict):
        return {key: "*" if key in GENERATED else without_generated(item) for key, item in value.items()}
    return value
