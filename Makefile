# The bus's command list. `make` alone prints it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The version of uv that makes the lock files; it is used nowhere else.
UV     := uv==0.13.9

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check format integration chaos browser bench wheel ci lock clean services

help: ## print this list
	@printf 'lgsp: the message bus through which a province'"'"'s agencies exchange signed documents\n\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nThe first run makes %s and takes a minute or two; later runs start at once.\n' '$(VENV)'

demo: $(VENV)/runtime.stamp ## send signed documents from agencies to ministries and back, on this machine, with no server
	@$(BIN)/lgsp demo

test: $(VENV)/dev.stamp services ## run all tests; installs PostgreSQL, RabbitMQ and xmlsec1 when they are missing
	@$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadgroup

check: $(VENV)/dev.stamp ## lint, format, types, import contracts, and documents made from the code that have gone stale
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/conformance/test_docs.py

format: $(VENV)/dev.stamp ## format the code, mend what the linter can mend, and make the reference pages anew
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .
	@$(BIN)/python -m tests.conformance.reference

integration: $(VENV)/dev.stamp services ## run only the tests that need PostgreSQL and RabbitMQ
	@$(BIN)/python -m pytest tests/integration

chaos: $(VENV)/dev.stamp services ## bring every fault upon the bus at work, then count: nothing may be lost (LONG=1: for hours)
	@LGSP_CHAOS_DOCUMENTS=$${LGSP_CHAOS_DOCUMENTS:-$(if $(LONG),200000,2000)} $(BIN)/python -m pytest tests/chaos

browser: ## run the console's tests in a browser (there is no console yet)
	@echo 'There is no console yet, so no test ran. Here its tests will open each page in Chromium, as a person would.'

bench: $(VENV)/dev.stamp services ## measure documents a second, delays, CPU, memory and disk, beside two yardsticks (minutes)
	@$(BIN)/python -m tests.benchmarks

wheel: $(VENV)/dev.stamp ## build the wheel, install it in a clean place, and run unit and conformance tests there
	@rm -rf dist
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@.ci/try-wheel '$(PYTHON)' dist/*.whl

ci: ## do what the build server does
	@bash .ci/run

lock: ## make the lock files anew from pyproject.toml
	@PYTHON='$(PYTHON)' UV='$(UV)' .ci/lock

clean: ## remove what these commands made; var/ keeps what the bus itself holds
	rm -rf $(VENV) dist build var/demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

services:
	@tests/services/install

# Each stamp is newer than what it was made from, so that a second run has nothing to do.

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo 'Python 3.11, 3.12 or 3.13 is needed. Name it: make PYTHON=python3.13 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'Python cannot make an environment. On Debian: apt-get install python3-venv' >&2; exit 1; }
	@touch $@

$(VENV)/runtime.stamp: $(VENV)/python.stamp requirements.lock requirements-build.lock pyproject.toml
	@echo 'Installing what the bus needs into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp requirements-dev.lock
	@echo 'Installing what its tests need into $(VENV) ...'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
