# The one list of commands. `make help` prints it.
#
# A fresh machine needs Python 3.11 and make; everything else is put into .venv from hashed lists. The Debian servers
# that some tests start (PostgreSQL) are installed by tools/servers.sh, which `make test` calls.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# What is drawn is drawn from the commit (tests/seeds.py), the order of sets included: a red run is the same red run for
# everybody, and the next commit looks elsewhere.
HASH_SEED = $(shell printf '%d' "0x$$(git rev-parse --short=8 HEAD 2>/dev/null || echo 0)")
# Ledgers are made and thrown away by the thousand: in memory, where there is room for all of them at once.
ROOM := $(shell [ "$$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -ge 6000000 ] 2>/dev/null && echo TMPDIR=/dev/shm)
PYTEST = PYTHONHASHSEED=$(HASH_SEED) $(ROOM) $(BIN)/python -m pytest -n 2 --dist worksteal

export DAGSTER_DISABLE_TELEMETRY := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Images often set it. Without compiled files each of the hundreds of processes here compiles everything it imports, anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo dev serve test soak check lint types contracts definitions format docs bench servers outside doctor \
        requirements new-connector changelog clean

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The lists are complete, so nothing is left to resolve: what is written there is installed, and nothing else.
# Not compiled ahead: what is imported is compiled then, and most of it never is.
INSTALL := $(BIN)/python -m pip install -qq --no-deps --no-compile --require-hashes

# --- setting up -------------------------------------------------------------------------------------------------

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Glowline needs Python 3.11 and found no '$(PYTHON)'. Install it, or say where it is: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What runs. Enough for the demo.
$(VENV)/.runs: requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Glowline runs on, into $(VENV) …"
	@$(INSTALL) -r requirements/build.txt -r requirements/runtime.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

# What builds and tests.
$(VENV)/.builds: requirements/dev.txt $(VENV)/.runs
	@echo "Installing what builds and tests it …"
	@$(INSTALL) -r requirements/dev.txt
	@$(BIN)/python -m pip check >/dev/null || $(BIN)/python -m pip check
	@touch $@

setup: $(VENV)/.builds ## Create .venv with everything needed to work on Glowline

servers: ## Install the Debian servers that tests start, where they are missing
	@tools/servers.sh

doctor: $(VENV)/.runs ## Say what this machine lacks, and what to do about it
	@$(BIN)/python -m tools.doctor

# --- seeing it --------------------------------------------------------------------------------------------------

demo: $(VENV)/.runs ## Three weeks of a pretend practice in a minute or two
	@$(BIN)/python -m tools.demo

dev: $(VENV)/.runs ## Vendors, door and Dagster over what `make demo` left, until Ctrl-C
	@$(BIN)/python -m tools.demo.staying

serve: $(VENV)/.runs ## The webhook port and its worker
	@$(BIN)/glowline serve

# --- proving it -------------------------------------------------------------------------------------------------

test: check servers outside ## Check everything, then run the suite
	@$(PYTEST)

outside: $(VENV)/.builds servers ## The npm clients that use our emulators in the tests
	@$(BIN)/python -m tests.connectors.unibooking.outside

soak: $(VENV)/.builds servers ## The long half: many seeds, every kill point
	@$(PYTEST) -m soak --hypothesis-profile=soak --timeout=3600

check: lint types contracts docs definitions ## All that needs no test run: lint, types, import contracts, docs, definitions

lint: $(VENV)/.builds ## ruff and the house rules
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --check --quiet . || { echo "Formatting differs: make format" >&2; exit 1; }
	@$(BIN)/python -m tools.house_rules

format: $(VENV)/.builds ## Let ruff fix and format what it can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

types: $(VENV)/.builds ## mypy, strict
	@$(BIN)/mypy --no-error-summary

contracts: $(VENV)/.builds ## Imports run downhill only
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }

# Dagster says of its own command that another will follow it; that is no news to whoever runs the checks.
definitions: $(VENV)/.builds ## Dagster can load what orchestration defines
	@PYTHONWARNINGS=ignore $(BIN)/dagster definitions validate --workspace workspace.yaml --log-level warning

docs: $(VENV)/.builds ## Every link and anchor in every page leads somewhere
	@$(BIN)/python -m tools.docs

bench: $(VENV)/.builds ## Measure, on this machine
	@$(BIN)/python -m benchmarks

# --- keeping it -------------------------------------------------------------------------------------------------

COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" ../$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
           --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)

# Not through .builds: that would first install the very lists that are about to change.
$(BIN)/pip-compile: | $(BIN)/python
	@$(INSTALL) -r requirements/dev.txt

requirements: | $(BIN)/pip-compile ## Hash the requirements anew (UPGRADE=--upgrade to move them)
	cd requirements && $(COMPILE) -o build.txt build.in
	cd requirements && $(COMPILE) -o runtime.txt runtime.in
	cd requirements && $(COMPILE) -o dev.txt dev.in

new-connector: $(VENV)/.builds ## Begin a connector that passes the contract: NAME=vendor
	@$(BIN)/python -m tools.new_connector $(NAME) $(if $(TITLE),--title "$(TITLE)") --day "$$(date +%F)"

changelog: $(VENV)/.builds ## Gather changelog.d into CHANGELOG.md (VERSION=1.2.3)
	@$(BIN)/towncrier build --yes --version $(VERSION)

clean: ## Remove what runs leave behind; .venv stays
	rm -rf .demo .dagster .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
