# Everything sets itself up: Python 3.11 or later is all that `make demo` and `make test` need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
PERL_PROGRAMS = $(shell git ls-files 'jitsi_tui/*.pl' 'jitsi_tui/*.pm'; git grep -l '^.!/usr/bin/perl' -- jitsi_tui/demo/sandbox)
SHELL_PROGRAMS = .ci/run $(shell git ls-files '*.sh' '*.init'; git grep -l '^.!/bin/sh' -- jitsi_tui/demo/sandbox)

.PHONY: help demo test check style types programs lab bench screenshots states thorough matrix fuzz soak wheel clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "jitsi-tui needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "python3 -m venv failed; on Debian: apt install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --editable .
	$(BIN)/python -m compileall -q jitsi_tui
	@touch $@

$(DEV_READY): $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(READY) ## the app on the practice server
	@$(BIN)/jitsi-tui demo

test: $(DEV_READY) ## the tests; those on real hosts too where root and Debian's packages are
	$(BIN)/python -m pytest -m 'not slow' -n 6 --dist loadscope

check: style types programs ## style, types, and the programs that run on servers

style: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_READY)
	$(BIN)/mypy

programs: $(DEV_READY)
	for program in $(PERL_PROGRAMS);  do perl -Ijitsi_tui/remote -c "$$program" || exit 1; done
	perlcritic --quiet $(PERL_PROGRAMS)
	shellcheck $(SHELL_PROGRAMS)

lab: $(DEV_READY) ## a real Debian host with Jitsi to play with
	$(BIN)/python -m tests.lab

bench: $(DEV_READY) ## how fast it is, beside its peers
	$(BIN)/python -m benchmarks

screenshots: $(DEV_READY) ## the pictures of the README, taken from the practice server
	$(BIN)/python -m benchmarks.screenshots
	$(BIN)/python -m benchmarks.page_pictures

states: $(DEV_READY) ## what is found in which state of which server, into docs/states.md
	$(BIN)/python -m tests.lab.states

thorough: $(DEV_READY) ## the tests that `make test` leaves out, but for the matrix; takes an hour
	$(BIN)/python -m pytest -m slow --ignore=tests/lab/test_faults.py -n 3 --dist loadscope

matrix: $(DEV_READY) ## every fault at every step, on real hosts; takes hours
	$(BIN)/python -m tests.matrix --jobs 2 --journal .matrix-journal

fuzz: $(DEV_READY) ## keys at random; mutated configuration files against other parsers; takes hours
	$(BIN)/python -m tests.tui.fuzz_keys 500
	for dialect in prosody meet hocon properties; do \
	  $(BIN)/python -m tests.fuzz_configs --dialect $$dialect --count 250000 || exit 1; done

soak: $(DEV_READY) ## thirty minutes of logs that rotate under a connection that breaks; a burst; a still terminal
	$(BIN)/python -m tests.soak_logs --minutes 30
	$(BIN)/python -m tests.burst_logs

wheel: $(DEV_READY) ## the package
	$(BIN)/python -m build --wheel

clean: ## all that was made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .matrix-journal
