# make serve    build for release and run the server        (DATA=folder, HTTP=address)
# make test     every test: Swift, interop with the reference server, robustness
# make newsroom the example site of pages, on http://127.0.0.1:8090
# make bench    the performance table, written to Benchmarks/RESULTS.md
# make format   format all Swift code
# make lint     what the checks of a change run first

RELEASE := --scratch-path .build-release -c release
DEBUG := --scratch-path .build-debug
PROGRAM := .build-release/release/martlet
DATA ?= martlet_data
HTTP ?= 127.0.0.1:8090
SUITE := REFERENCE_BIN=$(CURDIR)/.venv-tests/bin/pocketbase MARTLET_BIN=$(CURDIR)/$(PROGRAM)
PYTEST := $(CURDIR)/.venv-tests/bin/pytest -q -p no:cacheprovider
# Files of tests side by side, each worker with servers of its own.
PARALLEL := -n 3 --dist loadfile

.PHONY: serve newsroom build test test-swift test-interop test-identity test-files test-docs test-robustness test-scripts test-pages bench \
	format lint

serve: build
	exec $(PROGRAM) serve --dir $(DATA) --http $(HTTP)

newsroom: build
	exec $(PROGRAM) serve --dir examples/newsroom/data --hooksDir examples/newsroom/pb_hooks \
		--migrationsDir examples/newsroom/pb_migrations --pagesDir examples/newsroom/pages --automigrate=false --http $(HTTP)

build:
	@scripts/packages.sh build
	swift build $(RELEASE) --product martlet

test: test-swift test-docs test-interop test-identity test-files test-robustness test-scripts test-pages

test-swift:
	@scripts/packages.sh test
	swift test $(DEBUG)

test-docs: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Docs && $(SUITE) $(PYTEST)

test-interop: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Interop && $(SUITE) $(PYTEST) $(PARALLEL)

test-identity: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Identity && $(SUITE) $(PYTEST)

test-files: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Files && $(SUITE) $(PYTEST)

test-robustness: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Robustness && $(SUITE) $(PYTEST)

test-scripts: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Scripts && $(SUITE) $(PYTEST)

test-pages: build
	@scripts/packages.sh test
	@scripts/python.sh
	cd Tests/Pages && $(SUITE) $(PYTEST)

bench: build
	@scripts/packages.sh bench
	@scripts/python.sh
	cd Benchmarks && $(SUITE) ../.venv-tests/bin/python bench.py --write
	cd Benchmarks && $(SUITE) ../.venv-tests/bin/python files_bench.py --write
	cd Benchmarks && $(SUITE) ../.venv-tests/bin/python pages_bench.py --write

format:
	swift format -i --parallel --recursive Package.swift Sources Tests

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
