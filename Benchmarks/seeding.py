"""The data that is measured: made once by a program, filled directly with sqlite3, the same in every run.

| collection | rows    | used for                                                      |
|------------|---------|---------------------------------------------------------------|
| articles   | 10 000  | everything that reads without a token                         |
| guarded    | 10 000  | the same rows under the rule "only what my authors have written" |
| drafts     | 10 000  | updates, and the slow cross join                              |
| entries    | 0       | creates and batches; emptied before every measurement         |
| authors    | 200     | the relation that is expanded; ten authors a user             |
| users      | 20      | bcrypt passwords                                              |
| files      | 2       | downloads of 10 kB and 1 MB                                   |
"""

from __future__ import annotations

import http.client
import random
import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

from api import Client
from programs import EMAIL, PASSWORD, Program, Server

ARTICLES = 10_000
AUTHORS = 200
USERS = 20
OWN_RULE = '@request.auth.id != "" && author.owner = @request.auth.id'
ARTICLE_INDEXES = ["category", "created", "author"]
WORDS = ("amber bridge canyon delta ember forest garden harbor island jungle kettle lantern meadow north ocean "
         "prairie quartz river summit timber upland valley willow zephyr anchor beacon copper drift echo field "
         "glacier hollow").split()
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Seed:
    """A filled data folder and what a client needs to know about it."""

    folder: Path
    public: Path
    user_token: str
    superuser_token: str


def record_id(kind: str, number: int) -> str:
    """A record id as the servers make them, but the same in every run."""
    source = random.Random(f"{kind}-{number}")
    return "".join(source.choice(ALPHABET) for _ in range(15))


def category(number: int) -> str:
    """The category of an article: 100 to every 10 000 articles, so that each holds 100 however many there are."""
    return category_name(number // ARTICLES * 100 + number % 100)


def category_name(index: int) -> str:
    """The name of a category."""
    return f"category-{index:05d}"


def make_seed(program: Program, root: Path) -> Seed:
    """Makes and fills a data folder with `program`. Takes a few seconds."""
    folder, public = root / "data", root / "public"
    program.create_folder(folder)
    write_public(public)
    with Server(program, folder, public) as server, server.client() as client:
        superuser_token = client.sign_in("_superusers", EMAIL, PASSWORD)
        define_collections(client)
        create_users(client)
        for number, size in enumerate((10_000, 1_000_000)):
            upload(server.port, record_id("file", number), random.Random(size).randbytes(size))
    fill_authors(folder)
    for table in ("articles", "guarded", "drafts"):
        fill_articles(folder, table, 0, ARTICLES)
    with Server(program, folder, public) as server, server.client() as client:
        user_token = client.sign_in("users", "user0@example.com", PASSWORD)
    settle(folder)
    return Seed(folder, public, user_token, superuser_token)


def copy_seed(seed: Seed, root: Path) -> Seed:
    """The same data for another program."""
    shutil.copytree(seed.folder, root / "data")
    return Seed(root / "data", seed.public, seed.user_token, seed.superuser_token)


def define_collections(client: Client) -> None:
    """Creates the collections and allows batches."""
    client.call("PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": 50, "timeout": 30}})
    users = client.call("GET", "/api/collections/users")["id"]
    authors = client.call("POST", "/api/collections", collection("authors", [
        {"name": "name", "type": "text"},
        {"name": "owner", "type": "relation", "collectionId": users, "maxSelect": 1},
    ], indexes=["owner"]))["id"]
    fields = [
        {"name": "title", "type": "text", "required": True},
        {"name": "body", "type": "text"},
        {"name": "author", "type": "relation", "collectionId": authors, "maxSelect": 1},
        {"name": "category", "type": "text"},
        {"name": "views", "type": "number"},
        {"name": "published", "type": "bool"},
        {"name": "created", "type": "autodate", "onCreate": True},
        {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
    ]
    for name in ("articles", "drafts", "entries"):
        client.call("POST", "/api/collections", collection(name, fields, ARTICLE_INDEXES))
    client.call("POST", "/api/collections", collection("files", [{"name": "file", "type": "file", "maxSize": 4 << 30}], []))
    guarded = collection("guarded", fields, ARTICLE_INDEXES)
    guarded.update(listRule=OWN_RULE, viewRule=OWN_RULE)
    client.call("POST", "/api/collections", guarded)


def collection(name: str, fields: list[dict[str, Any]], indexes: list[str]) -> dict[str, Any]:
    """A base collection that everybody may use, with an index on each of the named columns."""
    rules = {f"{action}Rule": "" for action in ("list", "view", "create", "update", "delete")}
    statements = [f"CREATE INDEX idx_{name}_{column} ON {name} ({column})" for column in indexes]
    return {"name": name, "type": "base", "fields": fields, "indexes": statements, **rules}


def create_users(client: Client) -> None:
    """Creates the users through the API, so that their passwords are real bcrypt hashes."""
    for number in range(USERS):
        client.call("POST", "/api/collections/users/records", {
            "id": record_id("user", number), "email": f"user{number}@example.com", "name": f"User {number}",
            "verified": True, "password": PASSWORD, "passwordConfirm": PASSWORD,
        })


def upload(port: int, identifier: str, content: bytes, name: str = "data.bin") -> bytes:
    """Creates a record with a file; returns the answer."""
    parts = b""
    for disposition, data in ((b'name="id"', identifier.encode()), (b'name="file"; filename="%s"' % name.encode(), content)):
        parts += b"--BB\r\nContent-Disposition: form-data; " + disposition + b"\r\n\r\n" + data + b"\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/collections/files/records", parts + b"--BB--\r\n",
                       {"Content-Type": "multipart/form-data; boundary=BB"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"an upload was answered with {answer.status}: {body[:200]!r}")
    return body


def fill_authors(folder: Path) -> None:
    """Inserts the authors, ten for each user."""
    rows = ((record_id("author", number), f"Author {number}", record_id("user", number % USERS))
            for number in range(AUTHORS))
    with open_database(folder) as database:
        database.executemany("INSERT INTO authors (id, name, owner) VALUES (?, ?, ?)", rows)


def fill_articles(folder: Path, table: str, first: int, last: int) -> None:
    """Inserts the articles numbered from `first` to `last - 1`."""
    with open_database(folder) as database:
        database.executemany(
            f"INSERT INTO {table} (id, title, body, author, category, views, published, created, updated) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", article_rows(first, last))


def article_rows(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """The columns of the articles, in the order of `fill_articles`."""
    source = random.Random(first)
    authors = [record_id("author", number) for number in range(AUTHORS)]
    for number in range(first, last):
        title = f"{source.choice(WORDS)} {source.choice(WORDS)} {number}"
        moment = f"2026-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d} {number // 3600 % 24:02d}:" \
                 f"{number // 60 % 60:02d}:{number % 60:02d}.{number % 1000:03d}Z"
        yield (record_id("article", number), title, body_text(source), source.choice(authors),
               category(number), source.randrange(10_000), number % 3 != 0, moment, moment)


def body_text(source: random.Random) -> str:
    """About 300 characters of words."""
    return " ".join(source.choices(WORDS, k=43))[:300]


@contextmanager
def open_database(folder: Path) -> Iterator[sqlite3.Connection]:
    """The data of a folder whose server is not running; committed and closed at the end."""
    database = sqlite3.connect(folder / "data.db")
    try:
        database.execute("PRAGMA synchronous = OFF")
        yield database
        database.commit()
    finally:
        database.close()


def settle(folder: Path) -> None:
    """Leaves the folder as a nightly maintenance would: statistics up to date, nothing in the WAL."""
    with open_database(folder) as database:
        database.execute("ANALYZE")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def write_public(public: Path) -> None:
    """The static page of exactly 4 kB, and a root page."""
    public.mkdir(parents=True, exist_ok=True)
    start, end = "<!doctype html><title>Page</title><p>", "</p>\n"
    (public / "page.html").write_text(start + "x" * (4096 - len(start) - len(end)) + end)
    (public / "index.html").write_text("<!doctype html><title>Root</title>\n")
