"""`martlet import`: nothing is lost without a word, whatever the file looks like."""

import json
import os
import resource
import sqlite3
import subprocess

import pytest

from servers import PROGRAM, Server

pytestmark = pytest.mark.martlet("has no import")
BOM = b"\xef\xbb\xbf"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("import")


@pytest.fixture
def load(folder, request):
    """load(bytes, *arguments, name=…) -> (completed process, rows of the collection)"""
    count = [0]

    def run(content, *arguments, name="in.csv", into=None):
        file = folder / name
        file.write_bytes(content)
        into = into or "c" + str(abs(hash(request.node.name)) % 10**10)
        command = [PROGRAM, "import", str(file), "--collection", into, "--dir", str(folder / "data"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        count[0] += 1
        return done, into

    return run


@pytest.fixture(scope="module")
def rows(folder):
    """Reads a collection's rows straight from the database file; None when there is no such table."""
    def read(name):
        with sqlite3.connect(folder / "data" / "data.db") as db:
            db.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in db.execute(f"SELECT * FROM `{name}` ORDER BY rowid")]
            except sqlite3.OperationalError:
                return None

    return read


TAKEN = {
    "plain": (b"name,age\nAnn,3\n", [("Ann", 3)]),
    "CRLF": (b"name,age\r\nAnn,3\r\n", [("Ann", 3)]),
    "CR": (b"name,age\rAnn,3\r", [("Ann", 3)]),
    "blank lines": (b"\n\nname,age\n\nAnn,3\n\n", [("Ann", 3)]),
    "byte-order mark": (BOM + b"name,age\nAnn,3\n", [("Ann", 3)]),
    "byte-order mark, quoted": (BOM + b'"name",age\nAnn,3\n', [("Ann", 3)]),
    "quotes": (b'name,age\n"A ""n"", \nn",3\n', [('A "n", \nn', 3)]),
    "no end of line": (b"name,age\nAnn,3", [("Ann", 3)]),
}


@pytest.mark.parametrize("case", TAKEN)
def test_forms_of_csv(load, rows, case):
    content, expected = TAKEN[case]
    done, into = load(content)
    assert done.returncode == 0, done.stderr
    assert [(row["name"], row["age"]) for row in rows(into)] == expected


REFUSED = {
    "empty": (b"", "in.csv"), "header only": (b"a,b\n", "in.csv"), "empty array": (b"[]", "in.json"),
    "same column twice": (b"name,city,name\nAnn,Oslo,Bob\n", "in.csv"),
    "quote without end": (b'a,b\n"x,2\n3,4\n', "in.csv"),
    "no array": (b'{"a":1}', "in.json"), "unended array": (b'[{"a":1}', "in.json"),
    "too many columns": (b",".join(b"c%d" % i for i in range(3000)) + b"\n" + b",".join([b"1"] * 3000), "in.csv"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_files_without_rows_make_no_collection(load, rows, case):
    content, name = REFUSED[case]
    done, into = load(content, name=name)
    assert done.returncode == 1 and done.stderr.startswith("Error: ") and "failed(" not in done.stderr, done
    assert not rows(into)


@pytest.mark.parametrize("content", [b'[{"a":1},]', b'[{"a":1}] more', b'[{"a":1} {"a":2}]', b'[{"a":1}'])
def test_arrays_that_are_not_well_formed_are_told(load, content):
    done, _ = load(content, name="in.json")
    assert done.returncode == 1 and "array" in done.stderr, done


def test_rows_without_a_key_are_refused(load, rows, folder):
    done, into = load(b"k,v\n1,one\n2,two\n1,dup\n,none\n", "--key", "k")
    assert done.returncode == 0
    assert [(row["k"], row["v"]) for row in rows(into)] == [(1, "dup"), (2, "two")]
    rejected = [json.loads(line) for line in (folder / "in.csv.rejects.ndjson").read_text().splitlines()]
    assert [row["line"] for row in rejected] == [5] and "key" in rejected[0]["reason"]
    again, _ = load(b'{"k":null,"v":"x"}\n{"v":"y"}\n', "--key", "k", name="in.ndjson", into=into)
    assert again.returncode == 1 and len(rows(into)) == 2


def test_the_same_key_finds_the_same_record_again(load, rows):
    content = b"id,v\nabc,x\naaaaaaaaaaaaaaa,y\n"
    for _ in range(2):
        done, into = load(content, "--key", "id")
        assert done.returncode == 0, done.stderr
        assert [(row["source_id"], row["v"]) for row in rows(into)] == [("abc", "x"), ("aaaaaaaaaaaaaaa", "y")]


def test_columns_without_a_field_are_told(load, rows):
    _, into = load(b"n\n1\n")
    done, _ = load(b"n,extra\n7,8\n", into=into)
    assert done.returncode == 1 and "extra" in done.stderr and len(rows(into)) == 1
    done, _ = load(b"n,extra\n7,8\n", "--ignore-unknown", into=into)
    assert done.returncode == 0 and len(rows(into)) == 2


def test_numbers_keep_their_digits(load, rows):
    _, into = load(b"n,m\n12345678901234567890,1\n9007199254740993,2.5\n")
    assert [(row["n"], row["m"]) for row in rows(into)] == [("12345678901234567890", 1), ("9007199254740993", 2.5)]
    done, into = load(b"n\n1\n", into="hexes")
    done, _ = load(b"n\n0x10\nabc\n", into=into)
    assert done.returncode == 1 and [row["n"] for row in rows(into)] == [1]


def test_text_that_is_no_utf8_is_refused(load, rows):
    done, into = load(b"a,b\nx,1\n\xff\xfe,2\n")
    assert done.returncode == 0 and len(rows(into)) == 1 and "UTF-8" in done.stderr


def test_a_preview_leaves_nothing_behind(load, folder):
    done, _ = load(b"a\n1\n", "--dry-run", "--dir", str(folder / "untouched"))
    assert done.returncode == 0 and "number" in done.stdout and not (folder / "untouched").exists()


def test_large_rows_in_bounded_memory(folder):
    file = folder / "large.csv"
    with file.open("w") as out:
        out.write("n,t\n")
        for i in range(3000):
            out.write(f"{i},{'x' * 100_000}\n")
    command = [PROGRAM, "import", str(file), "--collection", "large", "--dir", str(folder / "large")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    file.unlink()
    assert peak < 250_000, f"{peak} kB"


def test_wrong_values_of_the_environment_are_told(folder):
    for name, value in (("QUERY_TIMEOUT", "abc"), ("QUERY_TIMEOUT", "-1"), ("INDEX_FALLBACK", "nope"), ("LOG_FORMAT", "xml")):
        done = subprocess.run([PROGRAM, "serve", "--dir", str(folder / "env"), "--http", "127.0.0.1:0"], capture_output=True,
                              text=True, timeout=20, env={f"MARTLET_{name}": value})
        assert done.returncode == 1 and "Error" in done.stderr, (name, value, done)


def test_the_environment_switches_statements_on(folder):
    os.environ["MARTLET_DEV"] = "true"
    try:
        with Server() as server:
            server.must("GET", "/api/collections")
            assert "SELECT" in server.log(200)
    finally:
        del os.environ["MARTLET_DEV"]
