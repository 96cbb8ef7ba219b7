# Deja: build, test, run. `make demo` and `make test` need nothing but a Debian machine with Swift.
SHELL := /bin/bash
PREFIX ?= /usr/local
SWIFT ?= swift
RELEASE = .build/release/deja

.PHONY: demo test build bench bench-peers exam lint fmt install setup setup-test test-asan test-tsan fuzz soak clean

## Replay a day of support traffic through a cache, as a gateway would.
demo: build
	@$(RELEASE) demo $(if $(DATA),--data "$(DATA)")

## Lint, check the import table, build with warnings as errors, run every test; the vectors' again on lesser processors.
test: setup-test lint
	@scripts/check-imports
	@scripts/check-neon
	@$(SWIFT) build --build-tests
	@$(SWIFT) test --skip-build
	@for kernel in portable avx2; do \
		DEJA_KERNEL=$$kernel $(SWIFT) test --skip-build --filter VectorSearchTests || exit 1; done

build: setup
	@$(SWIFT) build -c release --product deja

bench: setup-test build
	@$(RELEASE) bench

## Measure the vector indexes beside faiss, hnswlib and usearch: make bench-peers DATA=FILE [COUNT=100000] [ARGS=…]
bench-peers: build
	@test -n "$(DATA)" || { echo "say which prompts to embed: make bench-peers DATA=FILE" >&2; exit 64; }
	@scripts/bench-peers/run "$(DATA)" $(or $(COUNT),100000) $(ARGS)

## Measure the models on the public sets that releases are judged by: make exam DATA=FOLDER
exam: build
	@test -n "$(DATA)" || { echo "say where the data sets are: make exam DATA=FOLDER" >&2; exit 64; }
	@nice $(RELEASE) exam "$(DATA)" $(if $(ARGS),$(ARGS),--markdown)

lint:
	@$(SWIFT) format lint --strict --parallel -r Sources Tests Package.swift

fmt:
	@$(SWIFT) format -i --parallel -r Sources Tests Package.swift

install: build
	install -D -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/deja
	@scripts/install-models $(DESTDIR)$(PREFIX)/share/deja
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(RELEASE) completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/deja

## Install the Debian packages that are missing (as root or through sudo); does nothing when all are there.
setup:
	@scripts/setup build

setup-test:
	@scripts/setup build test

## The tests under the address and the thread sanitizer. Leak detection stays off: the test runner itself leaks.
test-asan: setup-test
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build/asan

test-tsan: setup-test
	$(SWIFT) test --sanitize=thread --scratch-path .build/tsan

## The parsers under a seeded random mutator, for longer than `make test` does.
fuzz: setup-test
	DEJA_FUZZ_ROUNDS=$(or $(ROUNDS),2000000) $(SWIFT) test -c release -Xswiftc -enable-testing --filter Fuzz --scratch-path .build/fuzz

## Mixed load with faults on SQLite, Redis and Redis Cluster, a third of the time each: make soak [MINUTES=30] [SEED=1]
soak: setup-test
	@$(SWIFT) build --build-tests
	@DEJA_TEST_SOAK_SECONDS=$$(( $(or $(MINUTES),30) * 20 )) DEJA_TEST_SOAK_SEED=$(or $(SEED),1) $(SWIFT) test --skip-build --filter SoakTests

clean:
	rm -rf .build
