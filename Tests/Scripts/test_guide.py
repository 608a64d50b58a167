"""The files of docs/scripts.md do what it says."""
import pathlib
import re
import subprocess
import time

from conftest import HERE, MARTLET_BIN, Client, start

BLOCKS = re.compile(r"```js\n// pb_hooks/(\S+)\n(.*?)```", re.S)


def test_the_guide(tmp_path):
    files = []
    for name, code in BLOCKS.findall((HERE.parent.parent / "docs" / "scripts.md").read_text()):
        files.append(tmp_path / name)
        files[-1].write_text(code)
    assert len(files) == 4
    with start(MARTLET_BIN, "guide", files) as server:
        client = Client(server).sign_in()
        assert client.json("GET", "/hello/you") == (200, {"hello": "you"})
        assert client.json("GET", "/words") == (200, {"words": ["swift", "martlet"], "bytes": 13, "digest": 32, "id": 36})
        status, answer = client.json("POST", "/api/collections", {"name": "articles", "type": "base", "fields": [
            {"name": "title", "type": "text"}, {"name": "slug", "type": "text"}]})
        assert status == 200, answer
        for title in ("A first one", ""):
            status, record = client.json("POST", "/api/collections/articles/records", {"title": title})
            assert status == 200, record
            assert record["slug"] == title.lower().replace(" ", "-")
        assert client.json("POST", "/api/crons/tidy")[0] == 204
        for _ in range(100):
            titles = [item["title"] for item in client.json("GET", "/api/collections/articles/records")[1]["items"]]
            if titles == ["A first one"]:
                break
            time.sleep(0.05)
        assert titles == ["A first one"]
        # a command beside a server that goes on
        root = pathlib.Path(server.root)
        said = subprocess.run([MARTLET_BIN, "count", "articles", "--dir", root / "pb_data", "--hooksDir", root / "pb_hooks"],
                              capture_output=True, text=True, timeout=60)
        assert said.returncode == 0 and said.stdout.split()[-1] == "1", said
