#!/usr/bin/env bash
# Makes .venv-tests with what the suites in Tests/ and Benchmarks/ need, once for each version of the list.
set -euo pipefail
cd "$(dirname "$0")/.."

list=Tests/requirements.txt
stamp=.venv-tests/installed.txt
if ! cmp -s "$list" "$stamp"; then
    python3 -m venv .venv-tests
    .venv-tests/bin/pip install --quiet --disable-pip-version-check -r "$list"
    cp "$list" "$stamp"
fi
