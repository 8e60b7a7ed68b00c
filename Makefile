# Everything a developer does here, in one word each. The first use builds .venv from the lock.

PYTHON ?= $(shell python3.11 -V >/dev/null 2>&1 && echo python3.11 || echo python3)
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
FRAMEWORKS := .venv-frameworks
COMPILED := build/compiled
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help install run test check lint types content docs bench soak compiled format lock clean
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/ready ## build .venv with the command `huashu` in it

run: $(VENV)/ready ## place a spoken call on this machine, show it, and go on serving
	$(BIN)/huashu demo

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

compiled: $(COMPILED)/ready ## the faster engine as a wheel in dist/, and unpacked in build/compiled (needs a C compiler)

ONLY ?= scorecard matching turns grading recognition live scale media
bench: $(VENV)/ready $(addprefix bench-,$(ONLY)) ## measure beside other libraries and write docs/ anew (20 minutes); ONLY="media scale" measures these
	$(BIN)/python -m benchmarks.pages

bench-scorecard: bench-matchers
	$(call measured,scorecard,$(BENCH),benchmarks.quality)

bench-matching: bench-matchers bench-compiled
	$(call measured,matching,$(BENCH),benchmarks.matching)

bench-turns: bench-compiled bench-frameworks bench-matchers
bench-grading: bench-compiled bench-matchers
bench-scale: bench-matchers bench-frameworks
bench-media: bench-frameworks
bench-turns bench-grading bench-recognition bench-live bench-scale bench-media: bench-%: $(VENV)/ready
	$(call measured,$*,$(VENV),benchmarks.$*)

# What cannot be built here, as without a C compiler, is not measured; the rest is.
bench-compiled: $(VENV)/ready
	-$(MAKE) --no-print-directory compiled

bench-matchers:
	-$(MAKE) --no-print-directory $(BENCH)/ready

bench-frameworks:
	-$(MAKE) --no-print-directory $(FRAMEWORKS)/ready

# A run that breaks off leaves the results of the last one. The last one of another day is kept: it is compared with.
measured = if test -e $(2)/ready; then $(2)/bin/python -m $(3) > benchmarks/results/$(1).new \
	&& $(BIN)/python -m benchmarks.runs $(1); \
	else echo "$(1) is not measured: $(2) could not be built" >&2; fi

soak: MINUTES = 60
soak: CALLS = 200
soak: $(VENV)/ready ## hold many calls while everything fails that may: make soak MINUTES=60 CALLS=200 (its table goes to docs/)
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --calls $(CALLS) > benchmarks/results/soak.new
	mv benchmarks/results/soak.new benchmarks/results/soak-$(CALLS).jsonl
	$(BIN)/python -m benchmarks.pages

format: $(VENV)/ready ## lay the code out
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# --universal: one lock for all systems. --no-emit-index-url: where packages come from is each machine's own business.
# The overrides keep 190 packages out: pyttsx3's bindings to macOS, where it speaks through espeak here as elsewhere.
COMPILE := --override requirements/overrides.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--quiet --custom-compile-command "make lock"

lock: ## write requirements/*.txt and benchmarks/requirements.txt anew from pyproject.toml, newest versions (needs uv)
	$(UV) pip compile pyproject.toml $(COMPILE) --upgrade -o requirements/run.txt
	$(UV) pip compile pyproject.toml $(COMPILE) --upgrade --all-extras --group dev -c requirements/run.txt -o requirements/dev.txt
	$(UV) pip compile --group build $(COMPILE) --upgrade -c requirements/dev.txt -o requirements/build.txt
	$(UV) pip compile benchmarks/requirements.in $(COMPILE) --upgrade -c requirements/run.txt -o benchmarks/requirements.txt
	$(UV) pip compile benchmarks/frameworks.in $(COMPILE) --upgrade -o benchmarks/frameworks.txt

clean: ## remove all that was built
	rm -rf $(VENV) $(BENCH) $(FRAMEWORKS) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps: a changed lock builds the environment from nothing, so that nothing stale stays behind; a changed
# pyproject.toml only installs huashu again. Wheels only, since building a package would fetch tools without hashes; two
# pure Python packages come as sources alone and are built by the setuptools of the lock, which goes first.
$(VENV)/locked: requirements/build.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("huashu needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) --only-binary :all: -r requirements/build.txt
	$(PIP) --only-binary :all: --no-binary jieba,srt --no-build-isolation -r requirements/dev.txt
	@touch $@

$(VENV)/ready: $(VENV)/locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

# A copy of everything, so that no edited module is ever passed over for what was compiled from it before; `make` knows
# when the copy is out of date.
$(COMPILED)/ready: $(VENV)/ready hatch_build.py $(shell find engine server grammars scripts -name '*.py' -o -name '*.yaml')
	rm -rf $(COMPILED) dist/huashu-*-cp*.whl
	HUASHU_COMPILED=1 $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--no-index --wheel-dir dist .
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-compile \
		--target $(COMPILED) dist/huashu-*-cp*.whl
	@touch $@

# What is measured beside us never enters the environment in which we are built and tested.
$(BENCH)/ready: benchmarks/requirements.txt
	$(PYTHON) -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $<
	@touch $@

# They agree with each other, not with our lock.
$(FRAMEWORKS)/ready: benchmarks/frameworks.txt
	$(PYTHON) -m venv --clear $(FRAMEWORKS)
	$(FRAMEWORKS)/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps --require-hashes -r $<
	@touch $@
