#!/usr/bin/env python3
"""An article's page (two queries and a template) in requests per second: Martlet's pages, the reference server's template
route, and PHP-FPM behind nginx, on the same data."""

from __future__ import annotations

import argparse
import html
import http.client
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import report
from load import Request, require_wrk, run_wrk
from programs import Server, end_on_sigterm, free_port, programs
from seeding import make_seed, record_id

HERE = Path(__file__).resolve().parent / "pages"
PHP = next((name for name in ("php-fpm8.2", "php-fpm8.3", "php-fpm8.4", "php-fpm") if shutil.which(name, path="/usr/sbin:/usr/bin")), None)


def main() -> int:
    options = arguments()
    end_on_sigterm()
    require_wrk()
    work = Path(tempfile.mkdtemp(prefix="martlet-pages-"))
    os.chmod(work, 0o755)
    try:
        reference, martlet = programs()
        reference_seed, martlet_seed = (make_seed(program, work / program.name) for program in (reference, martlet))
        site = make_site(work / "site")
        found: dict[str, list[float]] = {}
        texts: dict[str, str] = {}
        for _ in range(options.rounds):
            with Server(reference, reference_seed.folder, hooks=HERE / "hooks") as server:
                note(found, texts, "the reference server's template route", server.port, "articles", options)
            with Server(martlet, martlet_seed.folder, pages=site, hooks=HERE / "hooks") as server:
                note(found, texts, "Martlet: the same hook file", server.port, "articles", options)
            # Routes of hook files come before pages.
            with Server(martlet, martlet_seed.folder, pages=site) as server:
                note(found, texts, "Martlet: a page", server.port, "articles", options)
                note(found, texts, "Martlet: a page that is kept", server.port, "kept", options)
            if PHP and shutil.which("nginx"):
                with php(work, martlet_seed.folder / "data.db") as port:
                    note(found, texts, "PHP-FPM behind nginx", port, "articles", options)
        return publish(found, texts, (reference, martlet), work, options)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def make_site(folder: Path) -> Path:
    """The pages, with the article's once more as one that is kept."""
    shutil.copytree(HERE / "site", folder)
    text = (folder / "articles/[id].html").read_text()
    (folder / "kept").mkdir()
    (folder / "kept/[id].html").write_text(text.replace(
        "export function get", 'export const cache = { seconds: 600, tags: ["articles"] }\nexport function get', 1))
    return folder


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement (default 4)")
    parser.add_argument("--write", action="store_true", help="keep the result in RESULTS.md")
    return parser.parse_args()


def note(found: dict[str, list[float]], texts: dict[str, str], name: str, port: int, folder: str, options: argparse.Namespace) -> None:
    """One measurement, after a look at what is answered."""
    requests = [Request(f"/{folder}/{record_id('article', number)}") for number in range(1, 1001)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", requests[6].path)
    answer = connection.getresponse()
    text = html.unescape(answer.read().decode())
    if answer.status != 200:
        raise SystemExit(f"{name} answers {answer.status}: {text[:300]}")
    texts[name] = re.sub(r"\s+", "", text.replace("/kept/", "/articles/"))
    run_wrk(port, requests, 1)
    load = run_wrk(port, requests, options.seconds)
    if load.failures:
        raise SystemExit(f"{name} fails: {load.detail}")
    found.setdefault(name, []).append(load.per_second)


@contextmanager
def php(work: Path, database: Path) -> Iterator[int]:
    """nginx in front of as many PHP processes as Martlet has threads for scripts, with the compiled pages kept."""
    port, socket = free_port(), work / "php.sock"
    (work / "fpm.conf").write_text(f"""[global]
error_log = {work}/php.log
daemonize = no
[www]
user = www-data
group = www-data
listen = {socket}
listen.mode = 0666
pm = static
pm.max_children = {max(4, 2 * (os.cpu_count() or 1))}
env[DATABASE] = {database}
php_admin_value[opcache.enable] = 1
php_admin_value[opcache.validate_timestamps] = 0
""")
    (work / "nginx.conf").write_text(f"""worker_processes auto; pid {work}/nginx.pid; error_log {work}/nginx.log; daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    upstream php {{ server unix:{socket}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            fastcgi_pass php; fastcgi_keep_conn on; include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME {HERE}/php/article.php;
        }}
    }}
}}
""")
    for path in (database, database.parent, work, HERE / "php"):
        os.chmod(path, 0o755 if path.is_dir() else 0o644)
    for path in database.parent.parents:
        if path.is_relative_to(work):
            os.chmod(path, 0o755)
    processes = [subprocess.Popen([shutil.which(PHP, path="/usr/sbin:/usr/bin"), "-y", str(work / "fpm.conf"), "-R"]),
                 subprocess.Popen(["nginx", "-c", str(work / "nginx.conf")])]
    try:
        end = time.time() + 10
        while time.time() < end:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", f"/articles/{record_id('article', 1)}")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        yield port
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(10)


def publish(found: dict[str, list[float]], texts: dict[str, str], pair, work: Path, options: argparse.Namespace) -> int:
    """The table. All programs have to have answered with the same page."""
    if len(set(texts.values())) != 1:
        raise SystemExit(f"the pages differ: { {name: len(text) for name, text in texts.items()} }")
    medians = {name: statistics.median(rates) for name, rates in found.items()}
    base = medians["the reference server's template route"]
    rows = [[name, f"{report.figure(rate)}/s", f"{rate / base:.2f}"] for name, rate in medians.items()]
    lines = [report.environment(pair, work), report.table(["an article's page", "requests", "ratio"], rows),
             f"Two queries and a template on 10 000 articles, 1 000 of them asked for in turn, 32 connections, median of {options.rounds}. "
             "All answers are the same but for blanks."]
    if "PHP-FPM behind nginx" in medians:
        lines.append(subprocess.run([shutil.which(PHP, path='/usr/sbin:/usr/bin'), "-v"], capture_output=True, text=True).stdout.splitlines()[0]
                     + ", opcache, persistent connections to the database, four processes.")
    report.publish("pages", "\n\n".join(lines), options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
