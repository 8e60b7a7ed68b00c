# Everything a developer does here, in one word each. The first use builds .venv from the lock.

PYTHON ?= $(shell python3.11 -V >/dev/null 2>&1 && echo python3.11 || echo python3)
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench

.DEFAULT_GOAL := help
.PHONY: help run test check lint types content docs bench format lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/ready ## play a call and print what was said
	$(BIN)/huashu simulate scripts/phone-robot.yaml docs/examples/appointment.jsonl --transcript

test: $(VENV)/ready ## run the tests
	$(BIN)/pytest

check: lint types content test ## everything a change must pass

lint: $(VENV)/ready ## layout and style of the code
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: $(VENV)/ready ## types, strictly
	$(BIN)/mypy --strict engine server

content: $(VENV)/ready ## scripts, grammars and their conversations
	$(BIN)/huashu check scripts grammars
	$(BIN)/huashu test

docs: $(VENV)/ready ## write the reference, the schemas and the output shown in docs/ anew
	$(BIN)/python -m server.reference
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m tests.doc_pages

bench: $(BENCH)/ready $(VENV)/ready ## measure against other libraries and write the tables in docs/ anew (2 minutes)
	$(BENCH)/bin/python -m benchmarks.quality > benchmarks/results/scorecard.new
	$(BENCH)/bin/python -m benchmarks.matching > benchmarks/results/matching.new
	mv benchmarks/results/scorecard.new benchmarks/results/scorecard.jsonl
	mv benchmarks/results/matching.new benchmarks/results/matching.jsonl
	$(BIN)/python -m benchmarks.pages

format: $(VENV)/ready ## lay the code out
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# --universal: one lock for all systems. --no-emit-index-url: where packages come from is each machine's own business.
COMPILE := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--quiet --custom-compile-command "make lock"

lock: ## write requirements/*.txt and benchmarks/requirements.txt anew from pyproject.toml, newest versions (needs uv)
	$(UV) pip compile pyproject.toml $(COMPILE) --upgrade -o requirements/run.txt
	$(UV) pip compile pyproject.toml $(COMPILE) --upgrade --group dev -c requirements/run.txt -o requirements/dev.txt
	$(UV) pip compile benchmarks/requirements.in $(COMPILE) --upgrade -c requirements/run.txt -o benchmarks/requirements.txt

clean: ## remove all that was built
	rm -rf $(VENV) $(BENCH) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps: a changed lock builds the environment from nothing, so that nothing stale stays behind; a changed
# pyproject.toml only installs huashu again. Wheels only, since building a package would fetch tools without hashes;
# the backend that installs huashu itself is in the lock.
$(VENV)/locked: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("huashu needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

# What is measured beside us never enters the environment in which we are built and tested.
$(BENCH)/ready: benchmarks/requirements.txt
	$(PYTHON) -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $<
	@touch $@
